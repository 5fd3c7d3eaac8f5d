"""What goes with low scores: found where it is, and nothing claimed where chance alone is at work."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from random import Random

import pytest

from vocapp.domain.comparing import ShareSample
from vocapp.domain.drivers import FEWEST, LIMITS, NOTHING, Occasion, find, fisher, stratified
from vocapp.domain.factors import Known, factors_of


def drawn(seed: int, n: int = 600, *, late_hurts: bool = True) -> list[Occasion]:
    """Draw occasions: late ones are low half the time; the north is late more often, and hurts nobody by itself."""
    chance = Random(seed)
    found = []
    for who in range(n):
        north = chance.random() < 0.5
        late = chance.random() < (0.5 if north else 0.1)
        low = chance.random() < (0.6 if late and late_hurts else 0.1)
        facts = {
            "late": frozenset(("yes" if late else "no",)),
            "region": frozenset(("north" if north else "south",)),
            "colour": frozenset((chance.choice(("red", "green", "blue")),)),
        }
        found.append(Occasion(who, low, facts))
    return found


def test_fishers_tea():
    """Fisher 1935: all four cups with the milk first are told from the others by chance once in seventy."""
    assert fisher(4, 4, 4, 8) == pytest.approx(1 / 70)
    assert fisher(3, 4, 4, 8) == pytest.approx(17 / 70)
    assert fisher(0, 10, 5, 100) == pytest.approx(1.0)
    assert fisher(2, 10, 2, 1000) == pytest.approx(comb(998, 8) / comb(1000, 10))


def test_the_difference_within_strata_is_the_plain_one_of_a_single_stratum():
    within = stratified([(ShareSample(40, 100), ShareSample(20, 100))])
    assert (within.low + within.high) / 2 == pytest.approx(20.0)
    assert 7 < within.low < 9  # Wald's 7.6; Sato's lies close to it
    assert stratified([(ShareSample(1, 5), ShareSample(0, 0))]) is None


def test_what_hurts_comes_first_and_what_only_goes_along_is_said_to():
    found = find(drawn(1))
    (first, *others) = found.drivers
    assert (first.factor, first.level, first.goes_with) == ("late", "yes", None)
    assert first.gap.interval.low < 50 < first.gap.interval.high
    assert [(one.factor, one.level, one.goes_with) for one in others] == [("region", "north", ("late", "yes"))]
    assert found.looked_at == 7
    document = found.document()
    assert document["drivers"][1]["goes_with"] == {"factor": "late", "level": "yes"}


def test_what_always_goes_together_cannot_be_told_apart_and_is_said_so():
    """In 100 of 100, as in 99: the second is marked, and that nothing could tell which of them it is."""
    for parted, always in ((20, False), (0, True)):
        both = [
            replace(one, facts={**one.facts, "carrier": frozenset(("slow" if slow else "fast",))})
            for at, one in enumerate(drawn(1, 2000))
            for slow in [(one.facts["late"] == {"yes"}) != (at < parted)]
        ]
        found = {one.factor: one for one in find(both).drivers}
        first, second = sorted((found["late"], found["carrier"]), key=lambda one: one.goes_with is not None)
        assert (first.goes_with, first.always_together) == (None, False)
        assert (second.goes_with, second.always_together) == ((first.factor, first.level), always)
        assert second.document()["always_together"] is always


def test_what_half_of_another_goes_without_is_not_always_together_with_it():
    """Deliveries by one carrier, deliveries by the other, and calls of which no carrier is known."""
    known = [{"event": "delivered", "carrier": "dpd"}, {"event": "delivered", "carrier": "ups"}, {"event": "called"}]
    occasions = [
        Occasion(400 * kind + n, n < low, {name: frozenset((level,)) for name, level in facts.items()})
        for kind, (low, facts) in enumerate(zip((240, 40, 60), known, strict=True))
        for n in range(400)
    ]
    found = {one.factor: one for one in find(occasions).drivers}
    assert set(found) == {"carrier", "event"}
    assert not any(one.always_together for one in found.values())


def test_what_is_never_known_beside_another_stands_by_itself():
    one, other = ([replace(it, who=(name, it.who), facts={name: it.facts["late"]}) for it in drawn(1)] for name in "ab")
    assert [(it.factor, it.goes_with) for it in find([*one, *other]).drivers] == [("a", None), ("b", None)]


def test_that_nothing_was_told_is_no_driver():
    """Past answers name no event and no properties: they say nothing of what goes with a low score."""
    told = [
        Known({"event": "order.delivered", "place": "lyon"}, {"channel": "web" if n % 2 else "shop"}, {})
        for n in range(600)
    ]
    past = [Known({"event": None, "place": "lyon"}, {}, {})] * 60
    bare = [Known({"event": "order.delivered", "place": "lyon"}, {"days": n}, {}) for n in range(60)]
    low = [*(n % 10 == 0 for n in range(600)), *[True] * 120]
    facts = factors_of([*told, *past, *bare])
    assert facts[600] == {"place": {"lyon"}}
    assert facts[660]["properties.channel"] == {NOTHING}
    found = find([Occasion(who, its, known) for who, (its, known) in enumerate(zip(low, facts, strict=True))])
    assert not [one for one in found.drivers if one.level == NOTHING]
    assert {one.factor for one in found.drivers} <= {"properties.days"}


def test_chance_alone_claims_nothing_in_ninety_five_of_a_hundred():
    chance, silent = Random(3), 0
    occasions = drawn(2, 300)
    low = [one.low for one in occasions]
    for _ in range(100):
        chance.shuffle(low)
        shuffled = [Occasion(one.who, its, one.facts) for one, its in zip(occasions, low, strict=True)]
        silent += not find(shuffled).drivers
    assert silent >= 95


def test_of_few_people_nothing_is_told_however_often_they_answer():
    crowd = [Occasion(who, who % 9 == 0, {"street": frozenset(("main",))}) for who in range(200)]
    few = [Occasion(1000 + n % (FEWEST - 1), True, {"street": frozenset(("secret",))}) for n in range(200)]
    assert find([*crowd, *few]).looked_at == 0
    enough = [Occasion(1000 + n % FEWEST, True, {"street": frozenset(("secret",))}) for n in range(200)]
    assert find([*crowd, *enough]).drivers[0].level == "secret"
    assert find([]).looked_at == 0


def test_what_is_known_becomes_factors():
    late = {"promised": "2026-03-01T12:00:00+01:00", "arrived": "2026-03-01T11:30:00Z", "note": None}
    soon = {"promised": "2026-03-02", "arrived": "2026-03-01T23:00:00Z"}
    known = [
        Known(
            {"place": "lyon" if n % 2 else None},
            {**(late if n % 3 == 0 else soon), "order": f"o-{n}", "weight": n, "gift": n % 2 == 0, "tags": ["a"]},
            {"reason": ["price", "colour"]},
        )
        for n in range(90)
    ]
    known.append(Known({"place": None}, {}, {}, ["delivery", "price"]))
    facts = factors_of(known)
    assert facts[0]["arrived after promised"] == {"yes"}
    assert facts[1]["arrived after promised"] == {"no"}
    assert facts[0]["properties.weight"] == {"≤ 22"}
    assert facts[89]["properties.weight"] == {"≥ 67"}
    assert facts[45]["properties.weight"] == set()
    assert facts[0]["properties.gift"] == {"yes"}
    assert facts[90].keys() == {"theme"}, "nothing is known of its place, nor any property"
    assert facts[0]["answers.reason"] == {"price", "colour"}
    assert facts[90]["theme"] == {"delivery", "price"}
    assert "theme" not in facts[0], "nothing was written"
    assert ("place" in facts[0], facts[1]["place"]) == (False, {"lyon"})
    assert not any("order" in factor or "tags" in factor for one in facts for factor in one)


def test_the_limits_are_said_in_both_languages():
    assert all(text.keys() == {"fr", "en"} for text in LIMITS.values())
