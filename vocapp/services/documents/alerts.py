"""Alerts as documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.helpdesks import External
from vocapp.domain.urgency import in_english
from vocapp.models import Alert, AlertMove, Promise, database_now, db
from vocapp.services import keeping_promises
from vocapp.services.alert_parts import parts_of
from vocapp.services.attempting import why_no_call
from vocapp.services.documents.people import name_customers


def alert_documents(
    *, workspace_id: int, ids: Collection[UUID], places: Collection[str] | None = None
) -> dict[UUID, dict[str, Any]]:
    """Return alerts with the ids of their responses and of the events that told by themselves, and their whole history.

    The oldest move comes first; an event's id is that by which it was told. With `places`, only alerts of these, and
    nothing of the responses and events of others that joined them.
    """
    query = select(Alert).where(Alert.workspace_id == workspace_id, Alert.id.in_(list(ids)))
    if places is not None:
        query = query.where(Alert.place.in_(list(places)))
    alerts = db.session.scalars(query).all()
    if not alerts:  # who asks every few seconds mostly finds nothing new
        return {}
    found = [alert.id for alert in alerts]
    people = name_customers(workspace_id=workspace_id, customer_ids={alert.customer_id for alert in alerts})
    no_call = why_no_call(workspace_id=workspace_id, alerts=alerts, now=database_now())
    promises = keeping_promises.latest(workspace_id=workspace_id, alert_ids=found)
    parts = parts_of(workspace_id=workspace_id, alerts=alerts, places=places)
    history: dict[UUID, list[AlertMove]] = defaultdict(list)
    for move in db.session.scalars(
        select(AlertMove)
        .where(AlertMove.workspace_id == workspace_id, AlertMove.alert_id.in_(found))
        .order_by(AlertMove.at, AlertMove.id)
    ):
        history[move.alert_id].append(move)
    history = {alert_id: part.history_of(history[alert_id]) for alert_id, part in parts.items()}
    return {
        alert.id: {
            "id": alert.id,
            "kinds": parts[alert.id].kinds,
            "priority": alert.priority,
            "priority_reasons": [
                {"factor": one.factor, "times": one.times, "because": in_english(one), "figure": one.figure}
                for one in parts[alert.id].reasons_of(alert)
            ],
            "status": alert.status,
            "opened_at": alert.opened_at,
            "due_at": alert.due_at,
            "next_attempt_at": alert.next_attempt_at,
            "promise": _promise(promises.get(alert.id)),
            "no_call": no_call.get(alert.id),
            "customer": people.get(alert.customer_id),
            "responses": parts[alert.id].responses,
            "events": parts[alert.id].events,
            "place": alert.place,
            "team": alert.team,
            "escalation": alert.escalation,
            "reason": parts[alert.id].reason_of(alert, history[alert.id]),
            "assignee": alert.assignee,
            "claimed_until": alert.claimed_until,
            "root_cause": alert.root_cause,
            "remedy": alert.remedy,
            "external": external_document(alert),
            "resolution": _resolution(alert, history[alert.id]),
            "history": [
                {"at": move.at, "action": move.action, "by": move.by, "status": move.status, **move.details}
                for move in history[alert.id]
            ],
        }
        for alert in alerts
    }


def external_document(alert: Alert) -> dict[str, Any] | None:
    """Return where else an alert lives, and what was told of it there last."""
    known = External.read(alert.external)
    if known is None:
        return None
    names = ("tool", "reference", "url", "status", "at", "who")
    return {**{name: getattr(known, name) for name in names}, "has_it": alert.elsewhere}


def _promise(one: Promise | None) -> dict[str, Any] | None:
    """What was promised to the customer last, or declined by them."""
    if one is None:
        return None
    return {name: getattr(one, name) for name in ("status", "means", "starts_at", "ends_at", "reason")}


def _resolution(alert: Alert, history: Sequence[AlertMove]) -> str | None:
    """How a resolved alert ended, such as `spoken_to` or `unreachable`."""
    if alert.status not in {"resolved", "closed"}:
        return None
    return next((move.details["resolution"] for move in reversed(history) if move.details.get("resolution")), None)
