"""What becomes of promises: kept by who calls, missed by the clock, cancelled where there is nothing left to keep.

A missed one is apologised for in the same transaction: its mail is planned, or it is owed (`apologising.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Case, case, exists, or_, select

from vocapp.domain.alerts import OPEN, Outcome, Via
from vocapp.domain.promises import HELD_WITHIN, NOTED_WITHIN, after, is_kept_by
from vocapp.models import Alert, AlertMove, Promise, db
from vocapp.services import ageing, alert_lines, apologising, attempting, promising
from vocapp.services.apologising import APOLOGIES

MOST_AT_ONCE = 200
SOON: Final = timedelta(hours=1)
"""A promise comes first in the queue from so long before its time."""


def attach(*, workspace_id: int, alerts: Mapping[UUID, Alert], now: datetime) -> None:
    """Tell alerts that were just opened or joined what was promised meanwhile; `alerts`: by response, all locked."""
    waiting = db.session.scalars(
        select(Promise)
        .where(
            Promise.workspace_id == workspace_id,
            Promise.response_id.in_(list(alerts)),
            Promise.alert_id.is_(None),
        )
        .order_by(Promise.made_at, Promise.id)
        .with_for_update()
    ).all()
    for one in waiting:
        alert = alerts[one.response_id] if one.response_id is not None else None
        if alert is None:
            continue
        if one.status in {"made", "declined"}:
            promising.tie(one, alert, now=now)
        else:  # over before its alert was opened
            one.alert_id = alert.id


def keep(alert: Alert, *, outcome: Outcome, via: Via, by: str | None, now: datetime) -> None:
    """Note on what was promised about a locked alert that somebody tried to reach the customer."""
    for one in _of(alert, "made", "missed", "owed"):
        reached = outcome == "reached"
        if one.status != "made":
            if reached:
                apologising.in_person(one, alert, by=by, now=now)
            continue
        if one.starts_at is None or one.ends_at is None or not (reached or via == one.means):
            continue
        noted_by = one.ends_at + NOTED_WITHIN
        held = now > noted_by and _was_held(alert, noted_by)
        if is_kept_by(now, start=one.starts_at, end=one.ends_at, reached=reached, held=held):
            one.status, one.settled_at = after("made", "keep"), now
            alert_lines.note(alert, "promise_kept", now=now, by=by)
        elif reached:  # too late, and before the clock has told so
            one.status, one.settled_at = after("made", "miss"), now
            alert_lines.note(alert, "promise_missed", now=now, **promising.said_of(one))
            apologising.in_person(one, alert, by=by, now=now)


def is_bound(alert: Alert) -> bool:
    """Say whether something is still promised about an alert."""
    return bool(_of(alert, "made"))


def release(alert: Alert, *, reason: str, now: datetime) -> None:
    """Cancel what is promised about a locked alert that is over, or whose customer is not to be called."""
    for one in _of(alert, "made"):
        _cancel(one, alert, reason, now)


def list_to_mind(*, now: datetime) -> list[tuple[int, UUID]]:
    """Return what the sweep has to look at: promises whose time is over, by workspace and id."""
    in_hand = exists().where(
        Alert.workspace_id == Promise.workspace_id, Alert.id == Promise.alert_id, Alert.claimed_until > now
    )
    due = select(Promise.workspace_id, Promise.id).where(
        Promise.status == "made",
        Promise.ends_at < now - NOTED_WITHIN,
        or_(Promise.ends_at < now - HELD_WITHIN, ~in_hand),
    )
    return [(row[0], row[1]) for row in db.session.execute(due.order_by(Promise.ends_at).limit(MOST_AT_ONCE))]


def mind(*, workspace_id: int, promise_id: UUID, now: datetime) -> None:
    """Miss one promise whose time is over, and apologise for it; where it was kept meanwhile, nothing.

    Where somebody has the alert in hand, they may be on the phone with the customer: they are waited for a while.
    """
    held = APOLOGIES.lock(workspace_id, promise_id)
    if held is None:
        return
    one, alert = held.row, held.alert
    if one.status != "made" or one.ends_at is None or one.ends_at >= now - NOTED_WITHIN:
        return
    in_hand = alert is not None and alert.claimed_until is not None and alert.claimed_until > now
    if in_hand and one.ends_at >= now - HELD_WITHIN:
        return
    one.status, one.settled_at = after("made", "miss"), now
    if alert is not None:
        alert_lines.note(alert, "promise_missed", now=now, **promising.said_of(one))
    apologising.plan(one, alert, held.customer, now=now)


def list_silenced(*, now: datetime) -> list[tuple[int, UUID]]:
    """Return the promises of a call whose customers ask since not to be called."""
    rows = db.session.execute(
        select(Promise.workspace_id, Promise.id, Promise.customer_id).where(
            Promise.status == "made", Promise.means == "phone", Promise.ends_at >= now - NOTED_WITHIN
        )
    ).all()
    by_workspace: dict[int, dict[UUID, UUID]] = {}
    for workspace_id, promise_id, customer_id in rows:
        if customer_id is not None:
            by_workspace.setdefault(workspace_id, {})[promise_id] = customer_id
    found = []
    for workspace_id, mine in sorted(by_workspace.items()):
        silent = attempting.not_to_be_called(workspace_id=workspace_id, customer_ids=set(mine.values()), now=now)
        found += [(workspace_id, one) for one, customer_id in sorted(mine.items()) if customer_id in silent]
    return found


def silence(*, workspace_id: int, promise_id: UUID, now: datetime) -> None:
    """Cancel the promise of a call to somebody who asks not to be called."""
    held = APOLOGIES.lock(workspace_id, promise_id)
    if held is not None and held.row.status == "made":
        _cancel(held.row, held.alert, "do_not_call", now)


def turn(now: datetime) -> Case[int]:
    """Write an alert's turn as SQL: 0 where a call is promised for now, 1 where it is open, 2 where it is over."""
    promised = exists().where(
        Promise.workspace_id == Alert.workspace_id,
        Promise.alert_id == Alert.id,
        Promise.status == "made",
        Promise.starts_at <= now + SOON,
    )
    is_open = Alert.status.in_(OPEN)
    return case((is_open & promised, 0), (is_open, 1), else_=2)


def latest(*, workspace_id: int, alert_ids: Collection[UUID]) -> dict[UUID, Promise]:
    """Return what was promised about these alerts, or declined, last."""
    rows = db.session.scalars(
        select(Promise)
        .where(Promise.workspace_id == workspace_id, Promise.alert_id.in_(list(alert_ids)))
        .order_by((Promise.status == "made"), Promise.made_at, Promise.id)
        .execution_options(populate_existing=True)
    )
    return {one.alert_id: one for one in rows if one.alert_id is not None and one.reason != "moved"}


def _cancel(one: Promise, alert: Alert | None, reason: str, now: datetime) -> None:
    promising.cancel(one, reason=reason, now=now)
    if alert is not None:
        if alert.status in OPEN:
            ageing.fall_due(alert)
        alert_lines.note(alert, "promise_cancelled", now=now, why=reason)


def _was_held(alert: Alert, at: datetime) -> bool:
    """Say whether who holds an alert has had it in hand since then, without a break."""
    last = db.session.execute(
        select(AlertMove.action, AlertMove.at)
        .where(
            AlertMove.workspace_id == alert.workspace_id,
            AlertMove.alert_id == alert.id,
            AlertMove.action.in_(("claim", "assign", "release", "lease_over")),
        )
        .order_by(AlertMove.at.desc(), AlertMove.id.desc())
        .limit(1)
    ).one_or_none()
    return last is not None and last.action in ("claim", "assign") and last.at <= at


def _of(alert: Alert, *statuses: str) -> list[Promise]:
    return list(
        db.session.scalars(
            select(Promise)
            .where(
                Promise.workspace_id == alert.workspace_id,
                Promise.alert_id == alert.id,
                Promise.status.in_(statuses),
            )
            .order_by(Promise.made_at, Promise.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
