"""Facts that nobody follows up, that ended without a word, or that were never announced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import Fact


def test_a_due_fact_that_nobody_follows_up_is_found(broken: Broken, shared: House) -> None:
    [fact, *_] = shared.rows(Fact, Fact.kind == "ResponseCompleted")
    now = shared.now

    def fares(**values: Any) -> int:
        return broken(update(Fact).where(Fact.id == fact.id).values(**{"done_at": None} | values)).get(
            "facts_followed_up", 0
        )

    assert fares(due_at=now - timedelta(minutes=6)) == 1
    assert fares(due_at=now - timedelta(minutes=4)) == 0
    assert fares(due_at=now + timedelta(hours=4)) == 0
    assert fares(due_at=now - timedelta(minutes=6), leased_until=now - timedelta(seconds=1)) == 1
    in_hand = now + timedelta(seconds=30)
    assert fares(due_at=now - timedelta(minutes=6), leased_until=in_hand) == 0
    assert fares(due_at=now - timedelta(hours=2), leased_until=in_hand) == 1  # again and again
    assert fares(failed_at=now, error="ValueError") == 0
    assert fares(failed_at=now, error=None) == 1
    assert fares(failed_at=now, error="") == 1
    assert fares(failed_at=now, error="ValueError", done_at=now) == 1


def test_the_time_that_something_may_be_on_its_way_can_be_set(broken: Broken, shared: House) -> None:
    late = update(Fact).where(Fact.kind == "AlertOpened").values(done_at=None, due_at=shared.now - timedelta(seconds=5))
    assert broken(late) == {}
    assert broken(late, grace=timedelta(0)) == {"facts_followed_up": 3}


def test_what_was_never_announced_is_found(broken: Broken) -> None:
    assert broken(delete(Fact).where(Fact.kind == "ResponseCompleted")) == {"facts_announced": 3}
    assert broken(delete(Fact).where(Fact.kind == "AlertOpened")) == {"facts_announced": 3}
