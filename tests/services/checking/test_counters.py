"""Counters that are not what the rows say."""

from __future__ import annotations

from sqlalchemy import delete, update

from tests.services.checking.conftest import Broken
from vocapp.models import Counter, Summary


def test_a_counter_that_is_off_is_found(broken: Broken) -> None:
    def more(question: str):
        return update(Counter).where(Counter.question == question).values(n=Counter.n + 1)

    assert broken(more("")) == {"counters_equal_scores": 2, **folded(6)}  # finished, unfinished
    assert broken(more("@nps")) == {"counters_equal_scores": 4, **folded(6)}  # 10, 2, 9 and, unfinished, 4
    assert broken(more("likes")) == {"counters_equal_answers": 2}
    assert broken(more("again")) == {"counters_equal_answers": 2}
    assert broken(more("why")) == {"counters_equal_answers": 1}


def test_a_counter_that_is_missing_or_out_of_nowhere_is_found(broken: Broken) -> None:
    assert broken(delete(Counter).where(Counter.question == "buys_for")) == {"counters_equal_answers": 1}
    assert broken(delete(Counter).where(Counter.question == "@csat")) == {"counters_equal_scores": 3, **folded(3)}
    of_a_bucket = delete(Counter).where(Counter.question == "@mail")
    assert broken(of_a_bucket) == {"counters_equal_circumstances": 1, **folded(3)}  # three that left
    of_nobody = update(Counter).where(Counter.question == "buys_for").values(question="removed")
    assert broken(of_nobody) == {"counters_equal_answers": 2}


def test_a_summary_that_is_off_is_found(broken: Broken) -> None:
    assert broken(update(Summary).where(Summary.unit == "week").values(completed=Summary.completed + 1)) == folded(2)


def folded(n: int) -> dict[str, int]:
    """Say that so many days, weeks or months are off: in each of the three slices."""
    return {"summaries_equal_counters": 3 * n}
