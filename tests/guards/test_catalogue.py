"""What is said of the catalogue of ready-made surveys is what stands in its files: how many, which, which are sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.guards.source import ROOT

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen")  # fmt: skip


def catalogue() -> dict[str, dict[str, Any]]:
    """Return the surveys by key."""
    read = (yaml.safe_load(path.read_text()) for path in sorted((ROOT / "surveys").glob("*.yaml")))
    return {one["key"]: one for one in read if "questions" in one}


def sent() -> set[str]:
    """Return those that go out by themselves."""
    return {key for key, one in catalogue().items() if one.get("trigger") and one["trigger"].get("active", True)}


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("docs/tour.md", r"(\w+) ready-made surveys\b.*?\. (\w+) are sent by themselves"),
        ("CHANGELOG.md", r"(\w+) ready-made surveys\b.*?: (\w+) are sent at once"),
    ],
)
def test_as_many_are_told_of_as_there_are(path: str, written: str) -> None:
    [told] = re.findall(written, (ROOT / path).read_text(), re.DOTALL)
    assert [word.lower() for word in told] == [WORDS[len(catalogue())], WORDS[len(sent())]]


def test_the_table_has_a_line_for_each_and_says_which_are_sent() -> None:
    lines = re.findall(r"^\| `(\w+)` \|.*\| (.*)\|$", (ROOT / "surveys/README.md").read_text(), re.MULTILINE)
    told = {key: by_itself.strip() for key, by_itself in lines if key in catalogue()}
    assert told.keys() == catalogue().keys()
    assert {key for key, by_itself in told.items() if by_itself == "yes"} == sent()
