"""Themes that lie within one another: whoever knows that subtracts, and still isolates nobody."""

from __future__ import annotations

import random
from collections import Counter

from vocapp.domain.disclosure import COMPANY, FEWEST
from vocapp.services.publishing import MENTIONED, NEGATIVE, theme_figures

TREE = {"north": COMPANY, "south": COMPANY, "lille": "north", "roubaix": "north", "nice": "south"}


def test_of_a_theme_less_one_within_it_nobody_learns_of_fewer_than_ten_people_anywhere() -> None:
    draw = random.Random(9)
    both = 0
    for _ in range(150):
        in_a_queue = draw.random()
        texts = {
            place: [_themes(draw, in_a_queue) for _ in range(draw.choice((12, 40, 70)))]
            for place in ("lille", "nice", "roubaix")
        }
        shown = {
            figure.removeprefix(MENTIONED): set(found)
            for figure, found in theme_figures(TREE, texts)
            if figure.startswith(MENTIONED)
        }
        common = shown.get("waiting", set()) & shown.get("queue", set())
        both += bool(common)
        rest = {
            place: sum("waiting" in labels and "queue" not in labels for labels in said)
            for place, said in texts.items()
        }
        for own in (None, *TREE):
            blocks: Counter[frozenset[str]] = Counter()
            for place, n in rest.items():
                if own not in _above(place):
                    blocks[_above(place) & common] += n
            assert all(n == 0 or n >= FEWEST for block, n in blocks.items() if block), (own, rest, common)
    assert 20 < both < 130, "in some of these companies both are shown, in some one hides the other"


def test_two_small_themes_that_overlap_are_both_shown_and_twins_are_too() -> None:
    texts = {
        "lille": [{"price": "negative", "stock": "neutral", "range": "neutral"}] * 6 + [{"price": "negative"}] * 20,
        "nice": [{"stock": "positive", "range": "neutral"}] * 20 + [{}] * 30,
        "roubaix": [{"price": "positive", "stock": "neutral", "range": "neutral"}] * 12 + [{}] * 30,
    }
    shown = {figure for figure, found in theme_figures(TREE, texts) if found}
    assert shown == {f"{kind}{theme}" for kind in (MENTIONED, NEGATIVE) for theme in ("price", "stock", "range")}


def _themes(draw: random.Random, in_a_queue: float) -> dict[str, str]:
    if draw.random() < 0.4:
        return {}
    waiting = {"waiting": draw.choice(("negative", "neutral"))}
    return waiting | {"queue": "negative"} if draw.random() < in_a_queue else waiting


def _above(place: str) -> frozenset[str]:
    found = {COMPANY}
    while place != COMPANY:
        found.add(place)
        place = TREE[place]
    return frozenset(found)
