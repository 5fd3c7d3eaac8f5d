"""What to do is read off the figures: what cannot wait comes first, and nothing is claimed that is not known."""

from __future__ import annotations

from collections import Counter
from random import Random

from vocapp.domain.advice import MOST, Moved, Situation, advise, grown
from vocapp.domain.comparing import NpsSample, difference


def keys(**situation) -> list[str]:
    return [one.key for one in advise(Situation(**situation))]


def test_what_is_late_comes_before_all_else() -> None:
    fell = Moved("nps", difference(NpsSample(10, 10, 80), NpsSample(80, 10, 10)))
    assert keys(late=2, open=5, promises_missed=1, answers=100, moved=[fell], driver=True) == [
        "late_alerts",
        "promises_missed",
        "open_alerts",
        "score_fell",
    ]
    assert len(advise(Situation(late=1, open=9, promises_missed=1, answers=0, moved=[fell], driver=True))) == MOST


def test_a_change_within_chance_is_none() -> None:
    same = Moved("nps", difference(NpsSample(5, 4, 3), NpsSample(4, 4, 4)))
    assert keys(answers=12, moved=[same, Moved("csat", None)]) == ["nothing"]


def test_few_answers_are_said_to_be_few() -> None:
    [only] = advise(Situation(answers=3))
    assert (only.key, only.values) == ("few_answers", {"n": 3})
    assert keys(answers=0) == ["no_answers"]


def test_only_a_cause_that_grew_clearly_is_named() -> None:
    assert grown({"late": 9, "price": 1}, {"late": 2, "price": 8}) == "late"
    assert grown({"late": 5, "price": 5}, {"late": 4, "price": 6}) is None
    assert grown({"late": 9}, {}) is None  # of fewer than ten nothing is compared


def test_where_nothing_changed_hardly_a_report_says_that_a_cause_grew() -> None:
    """Of 300 pairs of weeks drawn alike, with twenty causes each: fifteen would be 5 %."""
    draw, causes = Random(7), [f"cause {n}" for n in range(20)]
    weeks = [Counter(draw.choices(causes, k=200)) for _ in range(600)]
    said = sum(grown(now, before) is not None for now, before in zip(weeks[::2], weeks[1::2], strict=True))
    assert said <= 15
