"""Due in the hours of those who call, and more urgent the longer it waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from tests.unhappy import alerts_of, complain, make_customer, make_workspace
from vocapp.models import AlertMove, Attribute, transaction
from vocapp.services import ageing, alerting, calling_back
from vocapp.services.documents import alert_documents

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = datetime(2026, 3, 7, 17, tzinfo=PARIS)


def open_alert(workspace_id: int, now: datetime, *, place: str | None = None, orders: int | None = None) -> UUID:
    with transaction() as session:
        customer_id = make_customer(workspace_id, f"C-{place}-{orders}", now)
        if orders is not None:
            session.execute(
                insert(Attribute).values(
                    workspace_id=workspace_id,
                    customer_id=customer_id,
                    key="orders_count",
                    value=orders,
                    source="crm",
                    observed_at=now,
                )
            )
    fact = complain(workspace_id, customer_id, now, nps=2, place=place)
    with transaction():
        alerting.open_or_join(fact_ids=[fact], now=now)
    return next(alert.id for alert in alerts_of(workspace_id) if alert.customer_id == customer_id)


def age(workspace_id: int, now: datetime) -> int:
    with transaction():
        return ageing.age(workspace_id=workspace_id, now=now)


def document(workspace_id: int, alert_id: UUID) -> dict[str, Any]:
    return alert_documents(workspace_id=workspace_id, ids=[alert_id])[alert_id]


def test_an_alert_is_due_in_the_hours_of_the_place_that_calls(db: Any) -> None:
    workspace_id = make_workspace(
        SATURDAY, callback_team={"places": {"brand": {"week": {"sat": [], "mon": ["14:00-20:00"]}}}}
    )
    usual = document(workspace_id, open_alert(workspace_id, SATURDAY))
    below = document(workspace_id, open_alert(workspace_id, SATURDAY, place="store"))
    assert usual["due_at"] == datetime(2026, 3, 9, 17, tzinfo=PARIS)  # an hour on Saturday, eight on Monday
    assert below["due_at"] == datetime(2026, 3, 10, 12, tzinfo=PARIS)  # six on Monday, three on Tuesday
    dear = document(workspace_id, open_alert(workspace_id, SATURDAY, orders=12))
    assert dear["due_at"] == datetime(2026, 3, 9, 12, tzinfo=PARIS)
    assert [(one["factor"], one["times"], one["figure"]) for one in dear["priority_reasons"]] == [
        ("severity", 3, None),
        ("value", 3, 12.0),
        ("age", 1, None),
    ]


@pytest.mark.parametrize("late", [False, True])
def test_waiting_makes_it_more_urgent_once_for_each_step(db: Any, late: bool) -> None:
    workspace_id = make_workspace(SATURDAY)
    alert_id = open_alert(workspace_id, SATURDAY)
    due = document(workspace_id, alert_id)["due_at"]
    with transaction():
        assert ageing.workspaces_to_age(now=due) == [workspace_id]
    at = due + timedelta(days=2) if late else due
    assert age(workspace_id, due - timedelta(seconds=1)) == 0
    assert (age(workspace_id, at), age(workspace_id, at)) == (1, 0)
    [alert] = alerts_of(workspace_id)
    assert (alert.priority, alert.age, alert.version) == ((9, 3, 2) if late else (6, 2, 2))
    assert alert.due_at == due
    line = db.session.scalars(select(AlertMove).order_by(AlertMove.at.desc(), AlertMove.id.desc())).first()
    assert (line.action, line.by, line.details["priority"]) == ("overdue", None, alert.priority)


def test_what_is_cared_for_ages_no_more_and_begins_anew_when_it_is_opened_again(db: Any) -> None:
    workspace_id = make_workspace(SATURDAY)
    alert_id = open_alert(workspace_id, SATURDAY)
    due = document(workspace_id, alert_id)["due_at"]
    age(workspace_id, due)
    where: dict[str, Any] = {"workspace_id": workspace_id, "alert_id": alert_id, "now": due}
    with transaction():
        calling_back.claim(**where, agent="Ana")
        calling_back.contact(**where, outcome="reached", note=None, by=None)
        calling_back.resolve(**where, root_cause="late", note=None, by=None)
    assert alerts_of(workspace_id)[0].ages_at is None
    assert age(workspace_id, due + timedelta(days=9)) == 0
    with transaction():
        calling_back.reopen(**where, note=None, by="Boss")
    [alert] = alerts_of(workspace_id)
    assert (alert.priority, alert.age) == (3, 1)
    assert alert.due_at == alert.ages_at == datetime(2026, 3, 10, 17, tzinfo=PARIS)
