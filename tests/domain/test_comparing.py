"""What changed, and who may be put in an order: by intervals, and of few answers nothing."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.comparing import NpsSample, Rank, ShareSample, difference, differences, quantile, ranks, said
from vocapp.domain.scores import Z

ENOUGH = st.integers(4, 400)
SAMPLES = st.builds(NpsSample, ENOUGH, ENOUGH, ENOUGH)


def test_the_published_difference_of_two_shares():
    """Newcombe 1998, table II, case (a): 56 of 70 against 48 of 80, by method 10: 0.0524 to 0.3339."""
    found = difference(ShareSample(56, 70), ShareSample(48, 80))
    assert found.value == pytest.approx(20.0)
    assert (found.interval.low, found.interval.high) == pytest.approx((5.24, 33.39), abs=0.01)
    assert found.clear


def test_of_few_answers_nothing_is_compared():
    assert difference(NpsSample(9, 0, 0), NpsSample(0, 0, 100)) is None
    assert ranks({"a": ShareSample(9, 9), "b": ShareSample(0, 100)}) == {}
    assert said(ShareSample(3, 9)) == {"value": None, "interval": None, "n": 9}
    assert said(ShareSample(0, 0))["n"] == 0


def test_only_what_is_surely_better_stands_above():
    best, middle, worst = NpsSample(900, 50, 50), NpsSample(600, 200, 200), NpsSample(100, 200, 700)
    few = NpsSample(10, 5, 5)
    found = ranks({"worst": worst, "few": few, "best": best, "middle": middle})
    assert found["best"] == Rank(1, 1, 4)
    assert found["middle"].best == 2
    assert found["worst"] == Rank(4, 4, 4)
    assert (found["few"].best, found["few"].worst) == (2, 3)
    alike = ranks({key: NpsSample(50, 30, 20 + n) for n, key in enumerate("abc")})
    assert not any(rank.distinguishable for rank in alike.values())


def test_the_more_are_compared_the_surer_each_pair_must_be():
    assert quantile(pairs=1) == pytest.approx(Z)
    assert quantile(pairs=1) < quantile(pairs=3) < quantile(pairs=300)


def test_many_changes_read_together_are_not_taken_for_one():
    pair = (NpsSample(60, 20, 20), NpsSample(45, 25, 30))
    assert difference(*pair).clear
    assert differences({"one": pair})["one"].interval.low == pytest.approx(difference(*pair).interval.low)
    many = differences({**{str(n): pair for n in range(40)}, "few": (NpsSample(9, 0, 0), NpsSample(0, 0, 9))})
    assert len(many) == 40
    assert not any(one.clear for one in many.values())
    assert differences({}) == {}


@settings(deadline=None, max_examples=60)
@given(SAMPLES, SAMPLES)
def test_a_difference_turned_round_is_the_same_turned_round(one, other):
    there, back = difference(one, other), difference(other, one)
    assert there.interval.low <= there.value <= there.interval.high
    assert back.value == pytest.approx(-there.value)
    assert (back.interval.low, back.interval.high) == pytest.approx((-there.interval.high, -there.interval.low))


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), SAMPLES, min_size=2))
def test_ranks_leave_room_for_everybody(samples):
    found = ranks(samples)
    assert found.keys() == samples.keys()
    for key, rank in found.items():
        better = sum(other.value > samples[key].value for other in samples.values())
        assert rank.best <= better + 1 <= rank.worst


def test_alike_places_are_hardly_ever_put_in_an_order():
    """Of ten places of one population somebody is ranked in at most five of a hundred looks."""
    chance, wrong = Random(7), 0
    for _ in range(200):
        places = {}
        for place in range(10):
            drawn = chance.choices((1, 0, -1), (0.5, 0.3, 0.2), k=chance.choice((10, 40, 150)))
            places[str(place)] = NpsSample(drawn.count(1), drawn.count(0), drawn.count(-1))
        wrong += any(rank.distinguishable for rank in ranks(places).values())
    assert wrong <= 10
