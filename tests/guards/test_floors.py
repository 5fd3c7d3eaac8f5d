"""What import-linter can't see: who may read the clock, draw lots, commit, print."""

from __future__ import annotations

import re

from tests.guards.source import at, calls, modules, tree

CLOCK_AND_CHANCE = re.compile(
    r"(datetime|date|time|dt)\.(now|utcnow|today|time|monotonic|time_ns)|random\.\w+|uuid\.uuid\d|uuid[1-8]"
)
COMMITS = re.compile(r"(.*\.)?commit|(.*\.)?transaction")
MAY_PRINT = ("vocapp/cli", "vocapp/supervisor", "vocapp/__main__.py")


def test_time_and_chance_are_given_to_domain_and_services() -> None:
    found = [
        f"{at(path, call.lineno)}: {name}"
        for path in modules("vocapp/domain", "vocapp/services")
        for name, call in calls(path)
        if CLOCK_AND_CHANCE.fullmatch(name)
    ]
    assert not found


def test_services_never_commit() -> None:
    found = [
        f"{at(path, call.lineno)}: {name}"
        for path in modules("vocapp/services")
        for name, call in calls(path)
        if COMMITS.fullmatch(name)
    ]
    assert not found


def test_only_the_command_line_prints() -> None:
    found = [
        at(path, call.lineno)
        for path in modules("vocapp")
        for name, call in calls(path)
        if name in {"print", "pprint"} and not at(path).startswith(MAY_PRINT)
    ]
    assert not found


def test_only_the_settings_read_the_environment() -> None:
    allowed = ("vocapp/config.py", "vocapp/cli", "vocapp/supervisor", "vocapp/adapters/sentiment")
    found = [
        at(path, call.lineno)
        for path in modules("vocapp")
        for name, call in calls(path)
        if name in {"os.getenv", "os.environ.get", "getenv", "environ.get"} and not at(path).startswith(allowed)
    ]
    assert not found


def test_a_package_builds_nothing_when_it_is_imported() -> None:
    """`vocapp/__init__.py` is a docstring; `domain` and `services` packages hold no state made by I/O."""
    package = next(path for path in modules("vocapp") if at(path) == "vocapp/__init__.py")
    assert len(tree(package).body) <= 2
