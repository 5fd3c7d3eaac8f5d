"""Figures come with n and an honest interval, against published and computed references."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.scores import Interval, ces_figure, csat_figure, nps_category, nps_figure

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "nps" / "nps_reference.json"
COUNTS = st.integers(0, 5000)


@pytest.mark.parametrize(
    ("score", "category"), [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter")]
)
def test_a_score_makes_a_category(score, category):
    assert nps_category(score) == category


def test_the_published_nps_with_its_margin():
    """talkstats.com, thread 58500: NPS −9 with a margin of 4.4 at n = 1,162."""
    figure = nps_figure(291, 476, 395)
    assert figure.nps == pytest.approx(-8.950086)
    assert (figure.interval.low, figure.interval.high) == pytest.approx((-13.3084, -4.5457), abs=1e-4)
    assert figure.document() == {
        "nps": -8.9501,
        "promoters": 291,
        "passives": 476,
        "detractors": 395,
        "responses": 1162,
        "interval": {"low": -13.3084, "high": -4.5457, "level": 0.95},
    }


def test_the_reference_cases_agree_where_there_is_one():
    if not REFERENCE.exists():
        pytest.skip("the reference of NPS cases does not lie beside this checkout")
    cases = json.loads(REFERENCE.read_text())
    for case in [case["computed"] for case in cases["cases"]] + cases["extra"]:
        counts = case["promoters"], case["passives"], case["detractors"]
        figure = nps_figure(*counts)
        if sum(counts) < 10:
            assert (figure.nps, figure.interval) == (None, None)
            continue
        low, high = case["adjusted_wald95_unclipped"]
        assert figure.nps == pytest.approx(case["nps"], abs=1e-4)
        assert (figure.interval.low, figure.interval.high) == pytest.approx((max(low, -100), min(high, 100)), abs=1e-3)


def test_under_ten_answers_there_are_only_counts():
    assert nps_figure(9, 0, 0).document() == {
        "nps": None,
        "promoters": 9,
        "passives": 0,
        "detractors": 0,
        "responses": 9,
        "interval": None,
    }
    assert csat_figure({5: 9}).document() == {
        "top2": None,
        "mean": None,
        "counts": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 9},
        "responses": 9,
        "interval": None,
    }
    assert nps_figure(0, 0, 0).responses == ces_figure({}).responses == 0


def test_satisfaction_is_the_share_of_the_two_best():
    document = csat_figure({1: 1, 3: 1, 4: 3, 5: 5}).document()
    assert document["top2"] == 80.0
    assert document["mean"] == 4.1
    assert document["counts"] == {"1": 1, "2": 0, "3": 1, "4": 3, "5": 5}
    # Wilson's interval of 8 in 10, as published in many tables: 49.0 to 94.3 %
    assert document["interval"] == {"low": 49.0162, "high": 94.3318, "level": 0.95, "of": "top2"}


def test_ease_is_the_share_of_the_three_best():
    document = ces_figure({1: 5, 5: 1, 7: 4}).document()
    assert document["top3"] == 50.0
    assert document["mean"] == 3.8
    assert document["interval"]["of"] == "top3"


@settings(deadline=None)
@given(promoters=COUNTS, passives=COUNTS, detractors=COUNTS)
def test_an_nps_interval_has_width_and_lies_on_the_scale(promoters, passives, detractors):
    figure = nps_figure(promoters, passives, detractors)
    assert figure.responses == promoters + passives + detractors
    if figure.responses < 10:
        assert figure.interval is None
        return
    assert -100 <= figure.interval.low < figure.interval.high <= 100
    assert nps_figure(detractors, passives, promoters).nps == -figure.nps


@settings(deadline=None)
@given(counts=st.dictionaries(st.integers(1, 5), COUNTS))
def test_a_share_lies_in_its_interval_and_both_on_the_scale(counts):
    figure = csat_figure(counts)
    if figure.responses < 10:
        assert (figure.top, figure.mean, figure.interval) == (None, None, None)
        return
    assert isinstance(figure.interval, Interval)
    assert 0 <= figure.interval.low <= figure.top + 1e-9
    assert figure.top - 1e-9 <= figure.interval.high <= 100
    assert figure.interval.low < figure.interval.high
    assert 1 <= figure.mean <= 5
