"""Whether a customer may be called about an alert, and when to try again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from vocapp.domain.alerts import NoCall, Outcome
from vocapp.domain.attempts import next_attempt
from vocapp.domain.consent import CALLS
from vocapp.models import Alert, Attribute, Customer, Promise, db
from vocapp.services import calling_hours
from vocapp.services.consenting import latest_consents

DO_NOT_CALL = "do_not_call"
"""The attribute by which other systems say that a customer is not to be called."""


def why_no_call(*, workspace_id: int, alerts: Collection[Alert], now: datetime) -> dict[UUID, NoCall]:
    """Return, for those of these alerts whose customers are not to be called, why."""
    silent = not_to_be_called(workspace_id=workspace_id, customer_ids={alert.customer_id for alert in alerts}, now=now)
    declined = list_declined(workspace_id=workspace_id, alert_ids=[alert.id for alert in alerts])
    found: dict[UUID, NoCall] = {}
    for alert in alerts:
        if alert.customer_id in silent:
            found[alert.id] = "do_not_call"
        elif alert.id in declined:
            found[alert.id] = "declined"
        elif alert.wrong_number:
            found[alert.id] = "wrong_number"
    return found


def plan_next(alert: Alert, *, outcome: Outcome, now: datetime) -> datetime | None:
    """Return when to try again after this outcome; None: not by phone, or not again."""
    if outcome not in ("voicemail", "no_answer") or alert.wrong_number:
        return None
    calling = calling_hours.load(workspace_id=alert.workspace_id, places=[alert.place])
    zone = db.session.scalar(
        select(Customer.timezone).where(Customer.workspace_id == alert.workspace_id, Customer.id == alert.customer_id)
    )
    hours = calling.of(alert.place)
    return next_attempt(now, alert.misses, hours, calling.policy.quiet, zone, fallback=calling.zone)


def asks_for_no_call(*, workspace_id: int, customer_id: UUID, now: datetime) -> bool:
    """Say whether a customer asks not to be called."""
    return bool(not_to_be_called(workspace_id=workspace_id, customer_ids=[customer_id], now=now))


def not_to_be_called(*, workspace_id: int, customer_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Return who asks not to be called: by an attribute, or by refusing a consent to it."""
    told = db.session.execute(
        select(Attribute.customer_id, Attribute.value).where(
            Attribute.workspace_id == workspace_id,
            Attribute.customer_id.in_(list(customer_ids)),
            Attribute.key == DO_NOT_CALL,
            or_(Attribute.expires_at.is_(None), Attribute.expires_at > now),
        )
    )
    said = latest_consents(workspace_id=workspace_id, customer_ids=customer_ids)
    return {customer_id for customer_id, value in told if value in (True, "true", "yes", "1", 1)} | {
        customer_id for (customer_id, purpose), granted in said.items() if purpose == CALLS and not granted
    }


def list_declined(*, workspace_id: int, alert_ids: Collection[UUID]) -> set[UUID]:
    """Return the alerts whose customers, asked whether to be called, said no last."""
    rows = db.session.execute(
        select(Promise.alert_id, Promise.status)
        .where(Promise.workspace_id == workspace_id, Promise.alert_id.in_(list(alert_ids)))
        .order_by(Promise.made_at, Promise.id)
    )
    said = {alert_id: status for alert_id, status in rows if alert_id is not None}
    return {alert_id for alert_id, status in said.items() if status == "declined"}
