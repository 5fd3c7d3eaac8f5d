"""What everybody may see tells of nobody: no view, and nothing that follows from several, is about fewer than ten."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.comparing import NpsSample
from vocapp.domain.disclosure import (
    COMPANY,
    EDGE,
    FEWEST,
    Cell,
    Votes,
    cell,
    cells,
    left_out,
    nearly_same,
    places_shown,
    rounded_down,
)
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


@settings(max_examples=200)
@given(companies())
def test_whatever_is_added_and_subtracted_is_about_nobody_or_ten_people_at_least(
    company: tuple[Tree, list[dict[str, int]]],
) -> None:
    """Also for staff of any place: what is said there they know, each by each, and take it away."""
    parents, classes = company
    out = left_out(parents, classes[0])
    classes = [{place: n for place, n in counts.items() if place not in out} for counts in classes]
    shown = places_shown(parents, classes)
    for counts in classes:
        for own in (None, *parents):
            elsewhere = {place: n for place, n in counts.items() if own is None or not _within(place, own, parents)}
            for block, n in atoms(parents, elsewhere, shown).items():
                assert not block or n == 0 or n >= FEWEST, own


@settings(max_examples=60)
@given(companies())
def test_of_three_cells_and_all_of_ones_own_place_every_sum_and_difference_is_about_ten_at_least(
    company: tuple[Tree, list[dict[str, int]]],
) -> None:
    """The same, said without blocks: by hand, over people, in whatever way one's own people are counted with it."""
    parents, (counts, *_) = company
    out = left_out(parents, counts)
    people = {place: n for place, n in counts.items() if n and place not in out}
    shown = sorted(places_shown(parents, [people]))
    for own in (None, *parents):
        others = [place for place in people if own is None or not _within(place, own, parents)]
        for some in [*combinations(shown, 1), *combinations(shown, 2), *combinations(shown, 3)]:
            for signs in product((-1, 0, 1), repeat=len(some)):
                total = {
                    place: sum(
                        sign
                        for sign, cell in zip(signs, some, strict=True)
                        if cell == COMPANY or _within(place, cell, parents)
                    )
                    for place in others
                }
                if set(total.values()) <= {0, 1}:
                    singled_out = sum(people[place] for place, n in total.items() if n)
                    assert singled_out == 0 or singled_out >= FEWEST, (own, some, signs)


def _within(place: str, other: str, parents: Tree) -> bool:
    while place in parents:
        if place == other:
            return True
        place = parents[place]
    return False


def test_the_smallest_is_hidden_with_one_that_is_too_small() -> None:
    parents = {"north": COMPANY, "south": COMPANY, "lille": "north", "roubaix": "north", "nice": "south"}
    counts = {"lille": 30, "roubaix": 4, "nice": 12, COMPANY: 50}
    assert places_shown(parents, [counts]) == {COMPANY, "south", "nice"}, "lille would tell of roubaix, and knows it"
    assert places_shown(parents, [{**counts, "roubaix": 10}]) >= {"lille", "roubaix"}
    others = {**counts, "amiens": 12, "reims": 40, "roubaix": 1}
    wider = {**parents, "amiens": "north", "reims": "north"}
    shown = places_shown(wider, [others])
    assert shown == {COMPANY, "north", "south", "nice", "reims"}, "13 less the 12 of amiens are the one of roubaix"
    assert places_shown(parents, [{"lille": 9}]) == frozenset()
    both = [{"lille": 20, "nice": 20}, {"lille": 3, "nice": 30}]
    assert places_shown(parents, both) == {"south", "nice"}, "three who did not mention it would be told of"


def test_staff_of_the_large_store_do_not_learn_of_the_only_one_beside_it() -> None:
    parents = {"north": COMPANY, "south": COMPANY, "lille": "north", "tiny": "north", "nice": "south"}
    assert places_shown(parents, [{"lille": 43, "tiny": 1, "nice": 25}]) == {COMPANY}, "north less lille is one person"
    assert places_shown(parents, [{"lille": 43, "tiny": 10, "nice": 25}]) == {COMPANY, *parents}
    of_its_own = {"lille": 43, "tiny": 0, "nice": 25}
    assert places_shown(parents, [of_its_own]) == {COMPANY, "north", "south", "lille", "nice"}
    till = {**parents, "till": "lille"}
    assert "lille" not in places_shown(till, [{"lille": 3, "till": 40, "nice": 25}]), "nor those of its till"


def test_where_the_whole_cannot_be_shown_its_parts_stand_by_themselves() -> None:
    parents = {"brand": COMPANY, "north": "brand", "south": "brand", "lille": "north"}
    counts = {COMPANY: 3, "lille": 40, "south": 40}
    assert places_shown(parents, [counts]) == set(parents), "the company less the brand is three people"
    assert places_shown({**parents, "other": COMPANY}, [{"lille": 40, "other": 4, "south": 9}]) == {"north", "lille"}
    assert places_shown(parents, [{**counts, COMPANY: 10}]) == {COMPANY, *parents}


def test_a_few_at_no_store_or_at_a_tiny_one_are_left_out_where_that_shows_more() -> None:
    parents = {"north": COMPANY, "south": COMPANY, "lille": "north", "roubaix": "north"}
    counts = {COMPANY: 3, "north": 2, "lille": 30, "roubaix": 20, "south": 40}
    assert left_out(parents, counts) == {COMPANY, "north"}
    assert left_out(parents, {**counts, COMPANY: 0, "north": 10}) == set(), "nobody must be"
    assert left_out(parents, {"lille": 43, "roubaix": 1, "south": 25}) == {"roubaix"}, "north is lille"
    assert left_out(parents, {"lille": 43, "roubaix": 1, "north": 9, "south": 25}) == set(), "ten are a rest to show"
    assert left_out(parents, {"lille": 5, "roubaix": 4, "north": 3}) == set(), "they are needed for ten"


def test_of_an_ordinary_company_most_is_shown() -> None:
    """Three regions with four stores each, where forty answer at least, and two where hardly anybody does."""
    parents = {f"region{at}": "brand" for at in range(3)} | {"brand": COMPANY}
    counts = {f"store{at}": 40 + 7 * at for at in range(12)}
    parents |= {store: f"region{at // 4}" for at, store in enumerate(counts)}
    assert places_shown(parents, [counts]) == {COMPANY, *parents}
    assert places_shown(parents, [{**counts, COMPANY: 4}]) == set(parents)
    shrunk = {**counts, "store1": 6, "store10": 2}
    assert left_out(parents, shrunk) == {"store1", "store10"}
    assert len(places_shown(parents, [{store: n for store, n in shrunk.items() if n > 9}])) == len(parents) - 1
    few = places_shown(parents, [shrunk])
    assert few == {COMPANY, *parents} - {"store1", "store0", "store2", "store10", "store8", "store9"}


def test_two_groups_of_which_one_has_few_beside_the_other_are_not_both_told_of() -> None:
    assert nearly_same(14, 12, 12), "the two beside twelve"
    assert nearly_same(14, 13, 12), "who wrote the one knows it"
    assert not nearly_same(12, 12, 12)
    assert not nearly_same(30, 12, 12)
    assert not nearly_same(30, 14, 12)
    assert not nearly_same(14, 13, 8), "nobody subtracts what overlaps"


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
    for one, true in ((share, 100 * plus / n), (points, 100 * (plus - minus) / n)):
        assert one.bound != "at_most" or true <= one.value
        assert one.bound != "at_least" or true >= one.value
    for one, is_points in ((share, False), (points, True)):
        assert FEWEST <= one.n <= n
        sample = one.sample(points=is_points)
        assert sample.n == one.n
        assert sample.value == pytest.approx(one.value, abs=100 / one.n)
        assert one.held(points=is_points) == one
    if EDGE <= plus <= n - EDGE:
        assert share == Cell(round(100 * plus / n), "", rounded_down(n))


def test_a_figure_that_is_held_tells_the_number_of_people_no_closer() -> None:
    for tens in ({*range(20, 30)}, {*range(100, 150)}):
        for points, against in ((False, 0), (True, 1)):
            for all_of in (0, 1):
                told = {cell(Votes(n * all_of, n * against * (1 - all_of), n), points=points) for n in tens}
                assert len(told) == 1
    assert cell(Votes(2, 0, 25), points=False) == Cell(15, "at_most", 20)
    assert cell(Votes(699, 0, 700), points=False) == Cell(99, "at_least", 700), "not all"
    assert Cell(12, "at_most", 20).held(points=False) == Cell(15, "at_most", 20), "as it was told once"


def test_an_interval_of_what_is_shown_is_at_least_as_wide_as_the_true_one() -> None:
    for promoters, passives, detractors in ((60, 20, 20), (9, 2, 1), (300, 500, 170), (5, 40, 5)):
        true = NpsSample(promoters, passives, detractors).within(Z)
        n = promoters + passives + detractors
        told = cell(Votes(promoters, detractors, n), points=True).sample(points=True).within(Z)
        assert told.high - told.low >= true.high - true.low - 0.01


def test_numbers_of_people_are_told_rounded_down() -> None:
    told = [rounded_down(n) for n in (10, 19, 99, 100, 149, 999, 1000, 1099, 123_456)]
    assert told == [10, 10, 90, 100, 100, 950, 1000, 1000, 123_400]
