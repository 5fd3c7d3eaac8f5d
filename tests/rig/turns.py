"""Which tests are told, and in which order."""

from __future__ import annotations

import os
import zlib

import pytest

DATABASES = ("postgresql", "sqlite")
DRAWN = ("tests/web/", "tests/services/", "tests/cli/")
ON_BOTH = ("tests/services/checking/",)
"""Folders of which a test runs on one database, drawn by its name: half of them on each. And one in them that does not.

What differs between the databases (locks, bulk statements, streams, counts of statements, races) is marked
`both_databases`, a test or a module. Whoever names a test gets what they named; `HYPOTHESIS_PROFILE=explore` draws
nothing.
"""

LONGEST_FIRST = (
    "tests/web/console/test_pages.py", "tests/runtime/test_faults_queue.py", "tests/faults/",
    "tests/journeys/test_killed_at_each_arrow.py",
    "tests/journeys/test_make_run.py", "tests/journeys/test_erased.py", "tests/journeys/test_supervisor.py",
    "tests/journeys/test_browser.py", "tests/hostile/", "tests/runtime/test_rolling_restart.py",
)  # fmt: skip
"""What takes long must not begin when all others end."""
WAITING = ("tests/journeys/", "tests/faults/", "tests/runtime/", "tests/rig/")


def arrange(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests by what they need, leave out what is not drawn, and put the longest first."""
    for item in items:
        _mark(item)
    _draw(config, items)
    items[:] = _mixed(items)


def _mark(item: pytest.Item) -> None:
    asked = set(getattr(item, "fixturenames", ()))
    if "journeys" in item.path.parts:
        item.add_marker(pytest.mark.journey)
    if "browser" in asked:
        item.add_marker(pytest.mark.browser)
    if asked & {"postgres", "postgres_url", "empty_postgres_url"}:
        item.add_marker(pytest.mark.postgres)


def _draw(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("HYPOTHESIS_PROFILE") == "explore" or any("::" in wanted for wanted in config.args):
        return
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


def _is_left_out(item: pytest.Item) -> bool:
    if (
        not item.nodeid.startswith(DRAWN)
        or item.nodeid.startswith(ON_BOTH)
        or item.get_closest_marker("both_databases")
    ):
        return False
    drawn_from = getattr(item, "callspec", None) and item.callspec.params.get("database_url")  # type: ignore[attr-defined]
    if drawn_from not in DATABASES:
        return False
    name = item.nodeid.replace(drawn_from, "*")
    return drawn_from != DATABASES[zlib.crc32(name.encode()) % 2]


def _mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """Put the modules that wait (for a process, a lease, a clock, a browser) one by one between the others.

    Each module is told by one process, in the order given here: several that wait at once leave a core idle.
    Within a module all stays as written.
    """
    modules: dict[str, list[pytest.Item]] = {}
    waiting = set()
    for item in items:
        module = item.nodeid.partition("::")[0]
        modules.setdefault(module, []).append(item)
        if module.startswith(WAITING) or item.get_closest_marker("browser"):
            waiting.add(module)
    ordered = sorted(modules, key=_turn)
    slow, quick = [one for one in ordered if one in waiting], [one for one in ordered if one not in waiting]
    step = max(1, int(len(quick) * 0.7) // max(1, len(slow)))
    mixed = []
    for number, name in enumerate(slow):
        mixed += [name, *quick[number * step : (number + 1) * step]]
    mixed += quick[len(slow) * step :]
    return [item for name in mixed for item in modules[name]]


def _turn(module: str) -> tuple[int, int]:
    long = (turn for turn, start in enumerate(LONGEST_FIRST) if module.startswith(start))
    return next(long, len(LONGEST_FIRST)), zlib.crc32(module.encode())
