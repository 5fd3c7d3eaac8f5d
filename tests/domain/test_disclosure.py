"""What everybody may see tells of nobody: no view, and nothing that follows from several, is about fewer than ten."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.comparing import NpsSample
from vocapp.domain.disclosure import COMPANY, EDGE, FEWEST, Cell, Votes, cell, cells, places_shown, rounded_down
from vocapp.domain.scores import Z

Tree = dict[str, str]


@st.composite
def companies(draw: st.DrawFn) -> tuple[Tree, list[dict[str, int]]]:
    """Draw a tree of places, and people of one or two kinds at each of them and at none."""
    parents: Tree = {}
    for number in range(draw(st.integers(0, 9))):
        parents[f"p{number}"] = draw(st.sampled_from([COMPANY, *parents]))
    counts = st.dictionaries(st.sampled_from([COMPANY, "gone", *parents]), st.sampled_from([0, 1, 3, 9, 10, 11, 25]))
    return parents, draw(st.lists(counts, min_size=1, max_size=2))


def atoms(parents: Tree, counts: dict[str, int], shown: frozenset[str]) -> Counter[frozenset[str]]:
    """Return how many people are in each block that nothing shown divides, by the places shown that they count for.

    A sum of shown cells with any factors is the same for all of a block: a set of people that it singles out is made
    of whole blocks.
    """
    found: Counter[frozenset[str]] = Counter()
    for place, n in counts.items():
        above, here = {COMPANY}, place if place in parents else COMPANY
        while here != COMPANY:
            above.add(here)
            here = parents[here]
        found[frozenset(above & shown)] += n
    return found


@settings(max_examples=300)
@given(companies())
def test_whatever_is_added_and_subtracted_is_about_nobody_or_ten_people_at_least(
    company: tuple[Tree, list[dict[str, int]]],
) -> None:
    parents, classes = company
    shown = places_shown(parents, classes)
    for counts in classes:
        for block, n in atoms(parents, counts, shown).items():
            assert not block or n == 0 or n >= FEWEST


@settings(max_examples=100)
@given(companies())
def test_of_two_or_three_cells_every_sum_and_difference_is_about_ten_at_least(
    company: tuple[Tree, list[dict[str, int]]],
) -> None:
    """The same, said without blocks: by hand, over people."""
    parents, (counts, *_) = company
    shown = sorted(places_shown(parents, [counts]))
    people = [(place, number) for place, n in counts.items() for number in range(n)]

    def of(place: str) -> frozenset[tuple[str, int]]:
        return frozenset(one for one in people if place == COMPANY or _within(one[0], place, parents))

    sets = {place: of(place) for place in shown}
    for some in [*combinations(shown, 1), *combinations(shown, 2), *combinations(shown, 3)]:
        for signs in range(3 ** len(some)):
            total: Counter[tuple[str, int]] = Counter()
            for at, place in enumerate(some):
                for one in sets[place]:
                    total[one] += signs // 3**at % 3 - 1
            singled_out = {one for one, n in total.items() if n}
            if {total[one] for one in singled_out} <= {1}:
                assert not singled_out or len(singled_out) >= FEWEST


def _within(place: str, other: str, parents: Tree) -> bool:
    while place in parents:
        if place == other:
            return True
        place = parents[place]
    return False


def test_the_smallest_is_hidden_with_one_that_is_too_small() -> None:
    parents = {"north": COMPANY, "south": COMPANY, "lille": "north", "roubaix": "north", "nice": "south"}
    counts = {"lille": 30, "roubaix": 4, "nice": 12, COMPANY: 50}
    assert places_shown(parents, [counts]) == {COMPANY, "north", "south", "nice"}, "lille would tell of roubaix"
    assert places_shown(parents, [{**counts, "roubaix": 10}]) >= {"lille", "roubaix"}
    assert places_shown(parents, [{"lille": 9}]) == frozenset()
    both = [{"lille": 20, "nice": 20}, {"lille": 3, "nice": 30}]
    assert places_shown(parents, both) == {COMPANY}, "three who did not mention it would be told of"


def test_what_is_shown_is_decided_by_numbers_alone() -> None:
    parents = {"lille": COMPANY, "nice": COMPANY}
    shown = places_shown(parents, [{"lille": 12, "nice": 11}])
    for plus in range(12):
        assert (
            cells(parents, {"lille": Votes(plus, 0, 12), "nice": Votes(0, 0, 11)}, shown, points=False).keys() == shown
        )


@given(n=st.integers(FEWEST, 3000), data=st.data())
def test_no_figure_says_that_all_or_nearly_all_agree(n: int, data: st.DataObject) -> None:
    plus = data.draw(st.integers(0, n))
    minus = data.draw(st.integers(0, n - plus))
    share, points = cell(Votes(plus, 0, n), points=False), cell(Votes(plus, minus, n), points=True)
    assert 100 * EDGE / n - 0.5 <= share.value <= 100 * (n - EDGE) / n + 0.5
    assert abs(points.value) <= 100 * (n - EDGE) / n + 0.5
    for one, is_points in ((share, False), (points, True)):
        assert FEWEST <= one.n <= n
        sample = one.sample(points=is_points)
        assert sample.n == one.n
        assert sample.value == pytest.approx(one.value, abs=100 / one.n)
    if EDGE <= plus <= n - EDGE:
        assert share == Cell(round(100 * plus / n), "", rounded_down(n))


def test_an_interval_of_what_is_shown_is_at_least_as_wide_as_the_true_one() -> None:
    for promoters, passives, detractors in ((60, 20, 20), (9, 2, 1), (300, 500, 170), (5, 40, 5)):
        true = NpsSample(promoters, passives, detractors).within(Z)
        n = promoters + passives + detractors
        told = cell(Votes(promoters, detractors, n), points=True).sample(points=True).within(Z)
        assert told.high - told.low >= true.high - true.low - 0.01


def test_numbers_of_people_are_told_rounded_down() -> None:
    told = [rounded_down(n) for n in (10, 19, 99, 100, 149, 999, 1000, 1099, 123_456)]
    assert told == [10, 10, 90, 100, 100, 950, 1000, 1000, 123_400]
