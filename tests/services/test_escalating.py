"""Nobody calls: the alert goes up, step by step, once each, and those who are to know are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.unhappy import alerts_of, complain, make_customer, make_workspace
from vocapp.models import Alert, AlertMove, Notice, Workspace, transaction
from vocapp.services import alerting, calling_back, escalating

STEPS = [
    {"after_minutes": 0, "tell": ["lead@maison.test"]},
    {"after_minutes": 60, "to": "above"},
    {"after_minutes": 120, "to": "central"},
]


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    return make_workspace(
        now,
        escalation={"steps": STEPS},
        handing_out={"teams": ["store", "brand"]},
        alert_recipients=["care@maison.test"],
    )


@pytest.fixture
def alert_id(workspace_id: int, now: datetime) -> UUID:
    with transaction():
        customer_id = make_customer(workspace_id, "C", now)
    fact = complain(workspace_id, customer_id, now, nps=2, place="store")
    with transaction():
        alerting.open_or_join(fact_ids=[fact], now=now)
    [alert] = alerts_of(workspace_id)
    return alert.id


def escalate(workspace_id: int, now: datetime) -> int:
    with transaction():
        return escalating.escalate(workspace_id=workspace_id, now=now)


def alert_of(workspace_id: int) -> Alert:
    [alert] = alerts_of(workspace_id)
    return alert


def test_an_alert_that_nobody_closes_goes_up_once_for_each_step(
    db: Any, workspace_id: int, alert_id: UUID, now: datetime
) -> None:
    alert = alert_of(workspace_id)
    due = alert.due_at
    assert (alert.team, alert.escalates_at) == ("store", due)
    assert escalate(workspace_id, due - timedelta(seconds=1)) == 0
    seen = []
    for at in (due, due, due + timedelta(hours=1), due + timedelta(days=3)):
        with transaction():
            calling_back.claim(workspace_id=workspace_id, alert_id=alert_id, agent="Ana", now=at)  # holding is no call
        taken = escalate(workspace_id, at)
        alert = alert_of(workspace_id)
        seen.append((taken, alert.escalation, alert.team))
    assert seen == [(1, 1, "store"), (0, 1, "store"), (1, 2, "brand"), (1, 3, None)]
    assert alert.escalates_at is None
    assert escalate(workspace_id, due + timedelta(days=30)) == 0
    lines = db.session.scalars(
        select(AlertMove.details).where(AlertMove.action == "escalated").order_by(AlertMove.at, AlertMove.id)
    )
    assert list(lines) == [{"step": 1, "team": "store"}, {"step": 2, "team": "brand"}, {"step": 3, "team": None}]
    told = db.session.scalars(select(Notice.recipient).where(Notice.event == "alert.escalated")).all()
    assert sorted(told) == ["care@maison.test"] * 3 + ["lead@maison.test"]


def test_other_steps_hold_for_what_is_open_already(db: Any, workspace_id: int, alert_id: UUID, now: datetime) -> None:
    due = alert_of(workspace_id).due_at
    with transaction() as session:
        workspace = session.get_one(Workspace, workspace_id)
        workspace.settings = {**workspace.settings, "escalation": {"steps": [{"after_minutes": 30}]}}
    later = due + timedelta(minutes=30)
    assert (escalate(workspace_id, due), alert_of(workspace_id).escalates_at) == (1, later)
    assert alert_of(workspace_id).escalation == 0
    assert (escalate(workspace_id, later), alert_of(workspace_id).escalation) == (1, 1)


def test_what_is_resolved_in_time_goes_nowhere_and_opened_again_it_begins_anew(
    db: Any, workspace_id: int, alert_id: UUID, now: datetime
) -> None:
    first = alert_of(workspace_id).due_at
    assert escalate(workspace_id, first) == 1
    who = {"workspace_id": workspace_id, "alert_id": alert_id, "now": first}
    with transaction():
        calling_back.claim(agent="Ana", **who)
        calling_back.contact(outcome="reached", note=None, by="Ana", **who)
        calling_back.resolve(root_cause="delivery.late", note=None, by="Ana", **who)
    assert escalating.workspaces_to_escalate(now=first + timedelta(days=9)) == []
    with transaction():
        calling_back.reopen(note=None, by="Ana", **who)
    alert = alert_of(workspace_id)
    assert (alert.team, alert.escalation, alert.escalates_at) == ("store", 0, alert.due_at)
    assert escalate(workspace_id, alert.due_at) == 1
    told = db.session.scalars(select(Notice.recipient).where(Notice.event == "alert.escalated")).all()
    assert sorted(told) == ["care@maison.test"] * 2 + ["lead@maison.test"] * 2, "told again, of another occasion"


def test_an_alert_that_was_held_for_days_goes_up_all_the_same(
    db: Any, workspace_id: int, alert_id: UUID, now: datetime
) -> None:
    with transaction() as session:
        session.get_one(Alert, (workspace_id, alert_id)).version = 40_000
    assert escalate(workspace_id, alert_of(workspace_id).due_at) == 1
    assert {notice.number for notice in db.session.scalars(select(Notice))} == {1}


def test_a_step_that_changes_nothing_is_told_to_nobody(db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now, alert_recipients=["care@maison.test"])
    with transaction():
        customer_id = make_customer(workspace_id, "C", now)
    fact = complain(workspace_id, customer_id, now, nps=2)
    with transaction():
        alerting.open_or_join(fact_ids=[fact], now=now)
    assert escalate(workspace_id, now + timedelta(days=30)) == 1
    assert alert_of(workspace_id).escalation == 1
    assert db.session.scalars(select(Notice).where(Notice.event == "alert.escalated")).all() == []
