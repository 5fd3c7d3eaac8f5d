"""Every file: small, named for what it is, explained, and at home on any machine."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.guards.source import ROOT, at, files, modules, own_files, tree

MOST_LINES = 400
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "shared", "lib"}
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".html", ".css", ".js", ".json", ".sh", ".cfg", ".ini", ""}


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        at(path): lines
        for path in own_files(".py", ".js", ".css", ".html", ".j2", ".sh")
        if "migrations" not in path.parts  # a migration is written once and read from top to bottom
        and (lines := path.read_text().count("\n")) > MOST_LINES
    }
    assert not long, f"read without scrolling for ever: {long}"


def test_every_module_says_what_lives_in_it() -> None:
    explained = modules("vocapp", "bench", "migrations", "tests/rig")
    silent = [at(path) for path in explained if not ast.get_docstring(tree(path))]
    assert not silent


def test_no_name_says_nothing() -> None:
    assert not [at(path) for path in modules("vocapp", "bench", "tests") if {path.stem, *_parents(path)} & SAY_NOTHING]


def test_no_test_takes_the_day_of_greenwich_for_that_of_the_company() -> None:
    """An hour or two of each day they differ, and a test then fails; `tests/days.py` has the right one."""
    later = r"\.now\b(?![^=\n]*astimezone)[^=\n]*\)\.date\(\)"
    asked = re.compile(rf"\b(?:now\(UTC\)|\w+\.now|database_now\(\))\.date\(\)|\bdate\.today\(\)|{later}")
    found = {at(path): match[0] for path in modules("tests") if (match := asked.search(path.read_text("utf-8")))}
    assert not found


def test_no_file_names_a_place_on_one_machine() -> None:
    place = re.compile(r"(?<![\w.:/*-])/(?:work|root|Users|home)/[\w.-]+")
    found = [
        f"{at(path, number)}: {match[0]}"
        for path in files()
        if path.suffix in TEXT and path.stat().st_size < 1_000_000
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if (match := place.search(line))
    ]
    assert not found


def test_every_library_is_pinned() -> None:
    lists = (ROOT / "requirements.txt", ROOT / "requirements-dev.txt")
    lines = [line.split("#")[0].strip() for path in lists for line in path.read_text().splitlines()]
    asked = [line for line in lines if line and not line.startswith("-r ")]
    assert not [line for line in asked if not re.fullmatch(r"[\w.\[\],-]+==[\w.]+", line)]


def test_the_example_of_env_names_the_settings_that_are_read() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]{3,})"', (ROOT / "vocapp/config.py").read_text()))
    shown = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert shown == read - {"DEBUG", "INFO", "WARNING", "ERROR"}


def _parents(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).parts[:-1]
