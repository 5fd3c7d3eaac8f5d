"""The tour: its page shows the pictures that are taken, each with words for who cannot see it, and they stay small."""

from __future__ import annotations

import re

from tests.guards.source import ROOT
from tests.tour.stops import SHOWN

FOLDER = ROOT / "docs/tour"
MOST_BYTES = 2_000_000
LEAST_WORDS = 8


def test_the_page_shows_each_picture_once_with_words() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(tour/([^)]+)\)", (ROOT / "docs/tour.md").read_text())
    assert sorted(name for _, name in shown) == sorted(picture.name for picture in SHOWN)
    assert [name for words, name in shown if len(words.split()) < LEAST_WORDS] == []


def test_the_pictures_are_there_and_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sizes.keys() == {picture.name for picture in SHOWN}
    assert sum(sizes.values()) < MOST_BYTES
