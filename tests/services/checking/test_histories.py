"""Alerts that came to where they stand by moves that nobody may make; two open alerts of one customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import Alert, AlertMove, Response


@pytest.fixture
def resolved(shared: House) -> Alert:
    """Give the alert that was resolved after three misses."""
    [alert] = shared.rows(Alert, Alert.status == "resolved")
    return alert


@pytest.fixture
def moves(shared: House, resolved: Alert) -> list[AlertMove]:
    found = shared.rows(AlertMove, AlertMove.alert_id == resolved.id)
    assert [one.action for one in found] == ["opened", "claim", "contact", "contact", "contact", "resolve"]
    return found


def changed(move: AlertMove, **values: Any):
    return update(AlertMove).where(AlertMove.id == move.id).values(**values)


def without(*moves: AlertMove):
    return delete(AlertMove).where(AlertMove.id.in_([one.id for one in moves]))


def test_a_history_that_does_not_lead_to_where_the_alert_stands_is_found(
    broken: Broken, resolved: Alert, moves: list[AlertMove]
) -> None:
    wrong = {"histories_legal": 1}
    opened, claimed, first, second, third, concluded = moves
    for status in ("claimed", "closed"):
        assert broken(update(Alert).where(Alert.id == resolved.id).values(status=status)) == wrong
    assert broken(without(*moves)) == wrong
    assert broken(without(opened)) == wrong
    assert broken(without(claimed)) == wrong
    assert broken(without(concluded)) == wrong
    assert broken(without(second)) == wrong  # two misses are not enough to give up
    assert broken(changed(third, details={"outcome": "reached"})) == wrong
    assert broken(changed(concluded, action="close", status="closed")) == wrong
    assert broken(changed(first, status="contacted", details={"outcome": "voicemail"})) == wrong


def test_what_may_happen_is_not_wrong(broken: Broken, resolved: Alert, moves: list[AlertMove], shared: House) -> None:
    opened, claimed, *_, concluded = moves
    # two clocks, read before a lock was had: the order of the ids is right
    assert broken(changed(claimed, at=opened.at - timedelta(seconds=1))) == {}
    # one who reached the customer needs no misses; somebody was told meanwhile
    spoken = [
        without(*moves[2:4]),
        changed(moves[4], status="contacted", details={"outcome": "reached"}),
    ]
    assert broken(*spoken) == {}
    assert broken(changed(moves[3], action="told"), changed(moves[2], action="joined"), *spoken[1:]) == {}
    # it was overdue, and went up; a wrong number, or who is not to be called, needs no three misses
    assert broken(changed(moves[3], action="overdue"), changed(moves[2], action="escalated"), *spoken[1:]) == {}
    assert broken(without(*moves[3:5]), changed(moves[2], details={"outcome": "wrong_number"})) == {}
    silent = {"resolution": "not_called", "root_cause": "x"}
    assert broken(without(*moves[2:5]), changed(concluded, details=silent)) == {}
    assert broken(without(*moves[2:5])) == {"histories_legal": 1}
    again = [
        changed(concluded, action="resolve"),
        update(Alert).where(Alert.id == resolved.id).values(status="resolved"),
    ]
    assert broken(*again) == {}


def test_a_claim_without_an_end_and_a_conversation_that_never_was_are_found(
    broken: Broken, resolved: Alert, moves: list[AlertMove], shared: House
) -> None:
    wrong = {"histories_legal": 1}
    opened, claimed, first, second, third, concluded = moves
    held = [without(second, third, concluded), update(Alert).where(Alert.id == resolved.id).values(status="claimed")]
    until = update(Alert).where(Alert.id == resolved.id)
    assert broken(*held) == wrong
    assert broken(*held, until.values(claimed_until=opened.at)) == {}
    assert broken(until.values(claimed_until=opened.at)) == wrong
    # who had reached the customer, and comes back after the claim was over, has still reached them
    over = [
        changed(first, details={"outcome": "reached"}, status="contacted"),
        changed(second, action="lease_over", status="new", details={"holder": "zoe@maison.test"}),
        changed(third, action="claim", status="contacted", details={}),
    ]
    assert broken(*over) == {}
    assert broken(changed(claimed, status="contacted")) == wrong
    assert broken(*over, changed(first, details={"outcome": "voicemail"})) == wrong


def test_two_open_alerts_of_one_customer_are_found(
    broken: Broken, of: Callable[[str], Response], resolved: Alert
) -> None:
    found = broken(
        "drop index uq_alerts_one_open_per_customer",
        update(Alert).where(Alert.id == resolved.id).values(status="new", customer_id=of("torn").customer_id),
    )
    assert found == {"one_open_alert": 1, "histories_legal": 1, "signals_alerted": 1}
