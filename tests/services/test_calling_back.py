"""Agents call back: one holder at a time, whoever is quicker, and nothing resolved that was not spoken about."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.unhappy import alerts_of, complain, complaints, make_customer, make_workspace
from vocapp.models import Alert, AlertMove, Change, transaction
from vocapp.services import alerting, callback_queue, callback_report, calling_back
from vocapp.services.callback_queue import AlertFilter, Rank
from vocapp.services.calling_back import AlertNotFound, NotMoved
from vocapp.services.staff import Scope


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    return make_workspace(now)


@pytest.fixture
def alert_id(workspace_id: int, now: datetime) -> UUID:
    return opened(workspace_id, complaints(workspace_id, 1, now, place="store"), now)[0]


def opened(workspace_id: int, facts: list[int], now: datetime) -> list[UUID]:
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)
    return [alert.id for alert in alerts_of(workspace_id)]


class Desk:
    """Moves one alert, each move in a transaction of its own."""

    def __init__(self, workspace_id: int, alert_id: UUID, now: datetime) -> None:
        self.where = {"workspace_id": workspace_id, "alert_id": alert_id, "now": now}

    def claim(self, agent: str = "Ana", **given: Any) -> None:
        self._do(calling_back.claim, agent=agent, **given)

    def release(self) -> None:
        self._do(calling_back.release, by=None)

    def contact(self, outcome: Any = "reached") -> None:
        self._do(calling_back.contact, outcome=outcome, note="a note", by=None)

    def resolve(self) -> None:
        self._do(calling_back.resolve, root_cause="carrier_late", note=None, by=None)

    def reopen(self) -> None:
        self._do(calling_back.reopen, note=None, by="Boss")

    def _do(self, move: Any, **given: Any) -> None:
        with transaction():
            move(**self.where, **given)


@pytest.fixture
def desk(workspace_id: int, alert_id: UUID, now: datetime) -> Desk:
    return Desk(workspace_id, alert_id, now)


def test_a_call_says_when_it_was_due_so_that_figures_know_whether_it_was_in_time(workspace_id: int, desk: Desk) -> None:
    due_at = alerts_of(workspace_id)[0].due_at
    desk.claim()
    desk.contact()
    desk.resolve()
    [found] = callback_report.list_dues(
        scope=Scope(workspace_id), since=due_at, until=due_at + timedelta(1), now=due_at + timedelta(1)
    )
    assert (found.at, found.in_time) == (due_at, desk.where["now"] <= due_at)


def test_an_alert_is_claimed_reached_resolved_and_opened_again(db: Any, workspace_id: int, desk: Desk) -> None:
    desk.claim()
    desk.contact("voicemail")
    assert alerts_of(workspace_id)[0].status == "claimed"
    desk.contact("reached")
    desk.resolve()
    [alert] = alerts_of(workspace_id)
    assert (alert.status, alert.root_cause, alert.misses, alert.version) == ("resolved", "carrier_late", 1, 5)
    desk.reopen()
    [alert] = alerts_of(workspace_id)
    assert (alert.status, alert.assignee, alert.root_cause) == ("new", None, None)
    lines = db.session.scalars(select(AlertMove).order_by(AlertMove.at, AlertMove.id)).all()
    assert [(line.action, line.by) for line in lines] == [
        ("opened", None),
        ("claim", "Ana"),
        ("contact", "Ana"),
        ("contact", "Ana"),
        ("resolve", "Ana"),
        ("reopen", "Boss"),
    ]


def test_nobody_is_resolved_who_was_not_reached_or_missed_three_times(db: Any, workspace_id: int, desk: Desk) -> None:
    desk.claim()
    for outcome in ("no_answer", "voicemail"):
        desk.contact(outcome)
        with pytest.raises(NotMoved):
            desk.resolve()
    desk.contact("wrong_number")
    desk.resolve()
    [line] = db.session.scalars(select(AlertMove).where(AlertMove.action == "resolve"))
    assert line.details["resolution"] == "unreachable"


def test_who_comes_second_is_told_who_holds_it(workspace_id: int, desk: Desk) -> None:
    desk.claim("Ana")
    with pytest.raises(NotMoved) as refused:
        desk.claim("Ben")
    assert (refused.value.holder, refused.value.status) == ("Ana", "claimed")
    assert "Ana" in refused.value.detail
    desk.release()
    desk.claim("Ben")
    assert alerts_of(workspace_id)[0].assignee == "Ben"


def test_a_refused_move_leaves_no_trace(db: Any, workspace_id: int, desk: Desk) -> None:
    desk.claim()
    before = (alerts_of(workspace_id)[0].version, len(db.session.scalars(select(AlertMove)).all()))
    with pytest.raises(NotMoved):
        desk.reopen()
    assert (alerts_of(workspace_id)[0].version, len(db.session.scalars(select(AlertMove)).all())) == before


def test_every_move_is_in_the_feed(db: Any, workspace_id: int, alert_id: UUID, desk: Desk) -> None:
    before = db.session.get(Change, (workspace_id, "alerts", alert_id)).number
    db.session.rollback()
    desk.claim()
    db.session.expire_all()
    assert db.session.get(Change, (workspace_id, "alerts", alert_id)).number > before


def test_a_customer_with_another_open_alert_is_not_opened_twice(db: Any, workspace_id: int, now: datetime) -> None:
    with transaction():
        customer_id = make_customer(workspace_id, "C-9", now)
    [first] = opened(workspace_id, [complain(workspace_id, customer_id, now)], now)
    desk = Desk(workspace_id, first, now)
    desk.claim()
    desk.contact()
    desk.resolve()
    second = next(one for one in opened(workspace_id, [complain(workspace_id, customer_id, now)], now) if one != first)
    Desk(workspace_id, second, now).claim("Ben")
    with pytest.raises(NotMoved) as refused:
        desk.reopen()
    assert (refused.value.holder, refused.value.status) == ("Ben", "resolved")
    assert db.session.get(Alert, (workspace_id, first)).status == "resolved"


def test_staff_of_another_place_find_no_alert(workspace_id: int, alert_id: UUID, desk: Desk) -> None:
    with pytest.raises(AlertNotFound):
        desk.claim(places=["other"])
    desk.claim(places=["store"])


def test_an_unknown_alert_and_another_workspaces_are_not_found(alert_id: UUID, now: datetime) -> None:
    other = make_workspace(now, key="other")
    for unknown in (alert_id, uuid4()):
        with pytest.raises(AlertNotFound):
            Desk(other, unknown, now).claim()


def test_the_queue_is_read_page_by_page_the_most_urgent_first(db: Any, workspace_id: int, now: datetime) -> None:
    facts = [
        *complaints(workspace_id, 3, now, place="store", nps=6),
        *complaints(workspace_id, 3, now, place="other", nps=0),
    ]
    everything = opened(workspace_id, facts, now)
    gone = Desk(workspace_id, next(a.id for a in alerts_of(workspace_id) if a.place == "other"), now)
    gone.claim()
    gone.contact()
    gone.resolve()
    read = partial(callback_queue.list_alert_ranks, workspace_id=workspace_id, limit=2, now=now)
    pages: list[Rank] = []
    after = None
    while page := read(wanted=AlertFilter(), after=after):
        pages += page
        after = page[-1]
    assert pages == sorted(pages)
    assert sorted(rank.id for rank in pages) == sorted(everything)
    assert pages[-1].id == gone.where["alert_id"]  # what is over comes last, however urgent it was
    assert len(read(wanted=AlertFilter(place="brand"), after=None, limit=9)) == 3  # store lies below brand
    assert len(read(wanted=AlertFilter(statuses=("resolved",)), after=None)) == 1
    assert len(read(wanted=AlertFilter(assignee="Ana"), after=None)) == 1
