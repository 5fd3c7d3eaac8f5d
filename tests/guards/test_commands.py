"""Every command that an operator is told of is there: in the doctor's advice, the README and the other pages."""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.source import ROOT
from vocapp import cli
from vocapp.services.checking import CHECKS

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "surveys/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
READY = "is ready on"
"""What it prints; no command."""


def told_in(text: str) -> Iterator[str]:
    """Give what stands behind `vocapp` in spans of code, which may go over a line's end, and in lines of code."""
    text = re.sub(r"^ *```.*$", "", text, flags=re.MULTILINE)
    for span in re.findall(r"`([^`]+)`", text):
        found = re.match(r"(?:\S*python -m )?vocapp ([a-z].*)", " ".join(span.split()))
        if found and not found[1].startswith(READY):
            yield found[1]
    for line in re.findall(r"^[^`\n]*python -m vocapp +([^`\n]+)$", text, re.MULTILINE):
        yield re.split(r"[#;)]|  | [>|] ", line)[0].strip()


def advised() -> Iterator[str]:
    """Give the commands of the doctor's advice, which says the second time no more than `counters rebuild`."""
    for check in CHECKS:
        yield from told_in(check.advice)
        for span in re.findall(r"`([a-z]+ [^`]+)`", check.advice):
            if span.split()[0] in cli.COMMANDS:
                yield span


def unknown(command: str) -> list[str]:
    """Return the words of a command that its parser does not know. `a|b` is either, `[…]` may be left out."""
    words = [word for word in re.sub(r"[\[\]…]", " ", command).split() if word.strip("|.,:")]
    ways = [word.split("|") if re.fullmatch(r"[a-z|-]+", word) else [word] for word in words]
    return sorted({word for way in itertools.product(*ways) for word in _unknown(way)})


def _unknown(words: tuple[str, ...]) -> Iterator[str]:
    parser = cli._parser(words)
    rest = iter(words)
    for word in rest:
        below = _below(parser)
        if word.startswith("--"):
            option = parser._option_string_actions.get(word)
            if option is None:
                yield word
            elif option.nargs != 0:
                next(rest, None)
        elif below is not None:
            if word not in below:
                yield word
                return
            parser = below[word]
        elif not [action for action in parser._actions if not action.option_strings]:
            yield word


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser] | None:
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_names_no_command_that_is_not_there(path: Path) -> None:
    assert {one: wrong for one in told_in(path.read_text()) if (wrong := unknown(one))} == {}


def test_the_doctor_advises_nothing_that_can_not_be_done() -> None:
    told = set(advised())
    assert {"counters rebuild --verify", "counters rebuild", "value rebuild --verify"} <= told
    assert {one: wrong for one in told if (wrong := unknown(one))} == {}


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("counters rebuild --verify --workspace KEY", []),
        ("worth rebuild", ["worth"]),
        ("counters mend", ["mend"]),
        ("counters rebuild --really", ["--really"]),
        ("suppression list|add|drop", ["drop"]),
        ("doctor EVERYTHING", ["EVERYTHING"]),
        ("suppression add ADDRESS… | - [--reason manual|bounce|complaint]", []),
    ],
)
def test_the_guard_tells_what_is_there_from_what_is_not(command: str, wrong: list[str]) -> None:
    assert unknown(command) == wrong


def test_the_guard_reads_spans_and_lines() -> None:
    text = "Run `python -m vocapp counters\nrebuild`, or:\n\n    python -m vocapp up --demo   # at once\n\n`vocapp_x`\n"
    assert list(told_in(text)) == ["counters rebuild", "up --demo"]
