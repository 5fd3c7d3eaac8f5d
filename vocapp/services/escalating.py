"""Alerts that nobody closes in time go on: who else is told, and whose they are, by the workspace's steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from vocapp.domain.alerts import OPEN
from vocapp.domain.escalation import team_after
from vocapp.models import Alert, AlertMove, db, new_id
from vocapp.models.feed import changed
from vocapp.services import calling_hours, noticing

MOST_AT_ONCE = 200


def workspaces_to_escalate(*, now: datetime) -> list[int]:
    """Return the workspaces in which a step is due."""
    return list(db.session.scalars(select(Alert.workspace_id).where(Alert.escalates_at <= now).distinct()))


def escalate(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Take the next step of each alert whose time has come, with a line in its history; return how many it were.

    An alert that somebody moves in this moment is passed over; the next round finds it. Where several steps are due at
    once, because nothing ran for a while, each has its own round.
    """
    waiting = db.session.scalars(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.escalates_at <= now)
        .order_by(Alert.escalates_at, Alert.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    calling = calling_hours.load(workspace_id=workspace_id, places={alert.place for alert in waiting})
    steps, lines, told = calling.escalation.steps, [], []
    for alert in waiting:
        if alert.status not in OPEN or alert.escalation >= len(steps):  # fewer steps than when it was opened
            alert.escalates_at = None
            continue
        hours = calling.of(alert.place)
        at = calling.escalation.next_at(alert.due_at, alert.escalation, hours)
        if at is not None and at > now:  # the steps, or the hours, are others than when this was planned
            alert.escalates_at = at
            continue
        step, team = steps[alert.escalation], alert.team
        alert.team = team_after(step.to, alert.team, calling.teams_of(alert.place))
        alert.escalation += 1
        alert.escalates_at = calling.escalation.next_at(alert.due_at, alert.escalation, hours)
        alert.updated_at = now
        alert.version += 1
        lines.append(_line(alert, now))
        if step.to == "stay" or step.tell or alert.team != team:  # else it is whose it was: no news
            told.append((alert, step.tell))
    db.session.flush()
    if lines:
        db.session.execute(insert(AlertMove), lines)
        noticing.tell_of_escalation(workspace_id=workspace_id, told=told, now=now)
        changed("alerts", [line["alert_id"] for line in lines], workspace_id=workspace_id)
    return len(waiting)


def _line(alert: Alert, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": alert.workspace_id,
        "id": new_id(),
        "alert_id": alert.id,
        "at": now,
        "action": "escalated",
        "by": None,
        "status": alert.status,
        "details": {"step": alert.escalation, "team": alert.team},
    }
