"""What follows from a call to the team, whether it was heard: see the table in `domain/notices.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select

from vocapp.adapters.notifiers import KINDS, Gone, Halted, Later, Never, NotTold, Perhaps
from vocapp.domain import notices
from vocapp.models import Alert, AlertMove, Fact, Notice, NotifierRow, db, new_id
from vocapp.models.feed import changed
from vocapp.models.outbox import give_up, postpone, settle, try_again
from vocapp.services import noticing
from vocapp.services.telling import Call

HALTED_FOR = timedelta(minutes=5)
"""Credentials or sender were turned down: no sooner is anything else to be expected."""


@dataclass(frozen=True, slots=True)
class _Message:
    """One call with the rows that it concerns, all locked."""

    fact_id: int
    notices: Sequence[Notice]
    """Its own first, then those that it carries."""
    notifier: NotifierRow | None
    alerts: Mapping[UUID, Alert]

    @property
    def first(self) -> Notice:
        return self.notices[0]


def conclude(*, outcomes: Sequence[tuple[Call, NotTold | None]], now: datetime) -> None:
    """Write down how calls went: told, again later, given up, or the notifier switched off."""
    carried = {call.fact_id: _carried_by(call) for call, _ in outcomes}
    touched: dict[int, set[UUID]] = {}
    for call, _ in outcomes:
        ids = {one.alert_id for one in carried[call.fact_id] if one.alert_id is not None}
        touched.setdefault(call.workspace_id, set()).update(ids)
    held = {workspace_id: _lock_alerts(workspace_id, ids) for workspace_id, ids in sorted(touched.items())}
    for call, error in outcomes:
        rows = [one for one in carried[call.fact_id] if one.status == "waiting"]
        if rows:
            _conclude(_Message(call.fact_id, rows, _notifier_of(rows[0]), held[call.workspace_id]), error, now)
        else:  # told by another worker meanwhile, or erased
            settle([call.fact_id], now=now)
    db.session.flush()
    for workspace_id, alerts in held.items():
        if alerts:
            changed("alerts", sorted(alerts), workspace_id=workspace_id)


def give_back(*, calls: Sequence[Call], now: datetime) -> None:
    """Let calls for which there was no time be made by the next job; no failure."""
    for call in calls:
        postpone(call.fact_id, until=now)


def _conclude(message: _Message, error: NotTold | None, now: datetime) -> None:
    if error is None:
        _told(message, now)
    elif isinstance(error, Never):
        _write(message, "not_told", error.detail, now)
        _mark(message, "refused", error.detail)
        settle([message.fact_id], now=now)
    elif isinstance(error, Halted):
        postpone(message.fact_id, until=now + HALTED_FOR)
    elif isinstance(error, Gone) and message.notifier is not None:
        message.notifier.disabled_at, message.notifier.disabled_reason = now, error.detail[:300]
        _give_up(message, error.detail, now)
    elif isinstance(error, Perhaps):
        _perhaps(message, error, now)
    else:
        _try_again(message, error, now)


def _told(message: _Message, now: datetime) -> None:
    _write(message, "told", None, now)
    for one in message.notices:
        one.status, one.told_at, one.error, one.attempts = "told", now, None, one.attempts + 1
    notifier = message.notifier
    if notifier is not None:
        notifier.failures, notifier.waits_until, notifier.error, notifier.told_at = 0, None, None, now
        every = timedelta(minutes=notifier.repeat_minutes)
        for one in message.notices:
            alert = message.alerts.get(one.alert_id) if one.alert_id is not None else None
            if alert is not None and notices.reminds(
                priority=alert.priority, status=alert.status, every=every, reminders=one.number
            ):
                noticing.remind(notice=one, every=every, now=now)
    settle([message.fact_id], now=now)


def _perhaps(message: _Message, error: Perhaps, now: datetime) -> None:
    _write(message, "maybe_told", error.detail, now)
    for one in message.notices:
        one.unknown += 1
    if message.first.unknown >= notices.MOST_UNKNOWN:
        _mark(message, "told", error.detail)
        settle([message.fact_id], now=now)
    else:
        _try_again(message, error, now)


def _try_again(message: _Message, error: NotTold, now: datetime) -> None:
    for one in message.notices:
        one.attempts = min(one.attempts + 1, 1000)
        one.failing_since = one.failing_since or now
        one.error = error.detail[:300]
    first, notifier = message.first, message.notifier
    if notices.is_over(first.failing_since, now):
        _give_up(message, f"{error.detail} (tried for a day)", now)
        return
    asked = error.retry_after if isinstance(error, Later) else None
    wait = notices.wait_before(first.attempts, of=first.id, asked_seconds=asked)
    try_again(message.fact_id, until=now + wait, error=error.detail)
    if notifier is not None and not KINDS[notifier.kind].by_mail:
        notifier.failures = min(notifier.failures + 1, 1000)
        notifier.error = error.detail[:300]
        wait = notices.wait_before(notifier.failures, of=notifier.id, asked_seconds=asked)
        notifier.waits_until = max(notifier.waits_until or now, now + wait)


def _give_up(message: _Message, why: str, now: datetime) -> None:
    _write(message, "not_told", why, now)
    _mark(message, "failed", why)
    give_up(message.fact_id, now=now, error=why)


def _mark(message: _Message, status: str, why: str) -> None:
    for one in message.notices:
        one.status, one.error = status, why[:300]


def _write(message: _Message, action: str, why: str | None, now: datetime) -> None:
    """Write into the alerts' histories who was told, perhaps was, or was not."""
    lines = []
    for one in message.notices:
        alert = message.alerts.get(one.alert_id) if one.alert_id is not None else None
        if alert is not None:
            notifier = {"notifier": str(one.notifier_id)} if one.notifier_id else {}
            lines.append(
                {
                    "workspace_id": alert.workspace_id,
                    "id": new_id(),
                    "alert_id": alert.id,
                    "at": now,
                    "action": action,
                    "by": None,
                    "status": alert.status,
                    "details": {"notice": str(one.id), **notifier, **({"why": why} if why else {})},
                }
            )
    if lines:
        db.session.execute(insert(AlertMove), lines)


def _carried_by(call: Call) -> list[Notice]:
    """Lock the notices that the call's message carried, its own first; none where its fact is ended by now."""
    found = db.session.scalars(
        select(Notice)
        .join(Fact, (Fact.id == call.fact_id) & Fact.done_at.is_(None) & Fact.failed_at.is_(None))
        .where(
            Notice.workspace_id == call.workspace_id,
            (Notice.id == call.notice_id) | (Notice.message_id == call.notice_id),
        )
        .order_by(Notice.id)
        .with_for_update(of=Notice)
        .execution_options(populate_existing=True)
    ).all()
    return sorted(found, key=lambda one: (one.id != call.notice_id, one.created_at, one.id))


def _lock_alerts(workspace_id: int, ids: set[UUID]) -> dict[UUID, Alert]:
    found = db.session.scalars(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.id.in_(ids))
        .order_by(Alert.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in found}


def _notifier_of(notice: Notice) -> NotifierRow | None:
    if notice.notifier_id is None:
        return None
    key = (notice.workspace_id, notice.notifier_id)
    return db.session.get_one(NotifierRow, key, with_for_update=True, populate_existing=True)
