"""What was given up is taken up again by hand: once, with its history, and no message goes twice for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from tests.builders import House
from tests.conftest import NOW
from tests.services.sending_by_hand import claim, invited, send, stands
from vocapp.models import Fact, LedgerEntry, Replay
from vocapp.services import replaying, sending, unsubscribing

WHO = "owner@maison.test"


def give_up(house: House, fact_id: int) -> None:
    with house.writing() as session:
        session.execute(
            update(Fact).where(Fact.id == fact_id).values(failed_at=NOW, attempts=20, error="ValueError", due_at=NOW)
        )
        sending.give_up(fact_ids=[fact_id], now=NOW)


def replay(house: House, fact_id: int) -> int:
    with house.writing():
        return replaying.replay_one(workspace_id=house.id, fact_id=fact_id, by=WHO, now=house.now)


def fact(house: House, fact_id: int) -> Any:
    [found] = house.rows(Fact, Fact.id == fact_id)
    return found


@pytest.fixture
def dead(house: House) -> tuple[UUID, int]:
    """Give an invitation that never left and was given up, with its fact."""
    invitation_id, fact_id = invited(house)
    give_up(house, fact_id)
    assert stands(house, invitation_id) == ("failed", "given_up")
    assert house.rows(LedgerEntry) == []
    return invitation_id, fact_id


def test_a_message_that_never_left_is_planned_again_and_goes_once(house: House, dead: tuple[UUID, int]) -> None:
    invitation_id, fact_id = dead
    assert replay(house, fact_id) == 1
    again = fact(house, fact_id)
    assert (again.failed_at, again.error, again.attempts, again.leased_until) == (None, None, 0, None)
    assert stands(house, invitation_id) == ("scheduled", "replayed")
    [place] = house.rows(LedgerEntry)
    assert (place.id, place.made) == (invitation_id, False)
    assert send(house, fact_id, NOW) is not None
    assert stands(house, invitation_id) == ("sent", None)
    assert replay(house, fact_id) == 0
    assert len(house.mailer.sent) == 1


def test_twice_is_once_and_leaves_one_line_of_history(house: House, dead: tuple[UUID, int]) -> None:
    _, fact_id = dead
    assert [replay(house, fact_id), replay(house, fact_id)] == [1, 0]
    [line] = house.rows(Replay)
    assert (line.fact_id, line.kind, line.attempts, line.error, line.by) == (
        fact_id,
        "InvitationDue",
        20,
        "ValueError",
        WHO,
    )
    assert line.failed_at == NOW


def test_what_may_have_left_is_not_sent_again(house: House) -> None:
    invitation_id, fact_id = invited(house)
    assert claim(house, fact_id, NOW) is not None  # and then its worker died
    give_up(house, fact_id)
    assert stands(house, invitation_id) == ("unknown", "given_up")
    assert replay(house, fact_id) == 1
    assert send(house, fact_id, NOW) is None
    assert stands(house, invitation_id)[0] == "unknown"
    assert fact(house, fact_id).done_at is not None  # there was nothing left to do
    assert house.mailer.sent == []


def test_whoever_unsubscribed_meanwhile_gets_nothing(house: House, dead: tuple[UUID, int]) -> None:
    invitation_id, fact_id = dead
    with house.writing():
        unsubscribing.unsubscribe(invitation_id=invitation_id, now=NOW)
    assert replay(house, fact_id) == 1
    assert send(house, fact_id, NOW) is None
    assert house.mailer.sent == []


def test_all_of_a_kind_are_taken_up_and_no_others(house: House) -> None:
    customer_id = house.customer()
    for key in ("a", "b"):
        house.event(customer_id, key)
    other = House(house.app, "other", now=NOW)
    other.event(other.customer(), "c")
    with house.writing() as session:
        session.execute(update(Fact).values(failed_at=NOW, attempts=20, error="KeyError"))
    with house.writing():
        assert replaying.replay_kind(workspace_id=house.id, kind="ResponseCompleted", by=WHO, now=NOW) == 0
        assert replaying.replay_kind(workspace_id=house.id, kind="EventAccepted", by=WHO, now=NOW) == 2
    assert {one.failed_at for one in house.rows(Fact)} == {None}
    assert {one.failed_at for one in other.rows(Fact)} == {NOW}
    assert len(house.rows(Replay)) == 2
    [elsewhere] = other.rows(Fact)
    assert replay(house, elsewhere.id) == 0
    assert house.rows(Fact, Fact.due_at > NOW + timedelta(seconds=1)) == []
