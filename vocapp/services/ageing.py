"""How urgent an alert is, on its row: waiting makes it more so, by the clock, until somebody has cared for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from vocapp.domain.alerts import OPEN
from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.urgency import Urgency
from vocapp.models import Alert, AlertMove, db, new_id
from vocapp.models.feed import changed
from vocapp.models.outbox import announce_many
from vocapp.services import calling_hours

MOST_AT_ONCE = 200


def urgency_of(alert: Alert) -> Urgency:
    """Return how urgent an alert is, factor by factor."""
    return Urgency(alert.severity, alert.value, alert.age)


def keep_urgency(alert: Alert, urgency: Urgency) -> None:
    """Write how urgent an alert is."""
    alert.severity, alert.value, alert.age = urgency.severity, urgency.value, urgency.age
    alert.priority = urgency.priority


def begin_anew(alert: Alert, *, now: datetime) -> None:
    """Let an alert that is opened again be due from now on, as urgently as it was at first."""
    calling = calling_hours.load(workspace_id=alert.workspace_id, places=[alert.place])
    hours = calling.of(alert.place)
    urgency = Urgency(alert.severity, alert.value)
    keep_urgency(alert, urgency)
    alert.due_at = urgency.due_at(now, hours)
    alert.ages_at = alert.due_at
    alert.team, alert.escalation = next(iter(calling.teams_of(alert.place)), None), 0
    alert.escalates_at = calling.escalation.next_at(alert.due_at, 0, hours)


def fall_due(alert: Alert, at: datetime | None = None) -> None:
    """Let a locked alert be due at a time; without one, when it would be had nobody been promised anything.

    When it ages and when it goes on to others follow from that.
    """
    calling = calling_hours.load(workspace_id=alert.workspace_id, places=[alert.place])
    hours, urgency = calling.of(alert.place), urgency_of(alert)
    if at is None:
        at = urgency.due_at(_began(alert), hours)
    alert.due_at, alert.ages_at = at, urgency.ages_at(at, hours)
    alert.escalates_at = calling.escalation.next_at(at, alert.escalation, hours)


def _began(alert: Alert) -> datetime:
    """Return since when somebody is to call: since it was opened, or opened again."""
    own = (AlertMove.workspace_id == alert.workspace_id, AlertMove.alert_id == alert.id)
    reopened = db.session.scalar(select(func.max(AlertMove.at)).where(*own, AlertMove.action == "reopen"))
    return reopened or alert.opened_at


def workspaces_to_age(*, now: datetime) -> list[int]:
    """Return the workspaces in which some alert has waited too long."""
    return list(db.session.scalars(select(Alert.workspace_id).where(Alert.ages_at <= now).distinct()))


def age(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Make those more urgent that have waited too long, with a line in their history; return how many it were.

    An alert that somebody moves in this moment is passed over; the next round finds it.
    """
    waiting = db.session.scalars(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.ages_at <= now)
        .order_by(Alert.ages_at, Alert.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not waiting:
        return 0
    hours = _hours(workspace_id, waiting)
    told: dict[Alert, dict[str, Any]] = {}
    for alert in waiting:
        while alert.ages_at is not None and alert.ages_at <= now:
            if alert.status not in OPEN:
                alert.ages_at = None
                break
            older = urgency_of(alert).aged()
            keep_urgency(alert, older)
            alert.ages_at = older.ages_at(alert.due_at, hours[alert])
            told[alert] = {"priority": older.priority, "reason": older.reasons()[-1].because}
    for alert in told:
        alert.updated_at = now
        alert.version += 1
    db.session.flush()
    lines = [
        {
            "workspace_id": workspace_id,
            "id": new_id(),
            "alert_id": alert.id,
            "at": now,
            "action": "overdue",
            "by": None,
            "status": alert.status,
            "details": details,
        }
        for alert, details in told.items()
    ]
    if lines:
        db.session.execute(insert(AlertMove), lines)
        announce_many("AlertRaised", [alert.id for alert in told], workspace_id=workspace_id, due_at=now)
        changed("alerts", [alert.id for alert in told], workspace_id=workspace_id)
    return len(waiting)


def _hours(workspace_id: int, alerts: Sequence[Alert]) -> dict[Alert, BusinessHours]:
    calling = calling_hours.load(workspace_id=workspace_id, places={alert.place for alert in alerts})
    return {alert: calling.of(alert.place) for alert in alerts}
