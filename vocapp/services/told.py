"""What follows from a call to the team, whether it was heard: see the table in `domain/notices.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import insert, select, update

from vocapp.adapters.notifiers import KINDS, Gone, Halted, Later, Never, NotTold, Perhaps
from vocapp.domain import notices
from vocapp.models import Alert, AlertMove, Fact, Notice, NotifierRow, db, new_id
from vocapp.models.feed import changed
from vocapp.models.outbox import give_up, postpone, settle, try_again
from vocapp.services import noticing
from vocapp.services.telling import Call

_Row = TypeVar("_Row", Alert, NotifierRow)

HALTED_FOR = timedelta(minutes=5)
"""Credentials or sender were turned down: no sooner is anything else to be expected."""


@dataclass(frozen=True, slots=True)
class _Message:
    """One call with the rows that it concerns, all locked."""

    fact_id: int
    notices: Sequence[Notice]
    """Its own first, then those that it carries."""
    left_out: frozenset[UUID]
    """Of those, the ones that it said nothing of: they were over."""
    notifier: NotifierRow | None
    alerts: Mapping[UUID, Alert]

    @property
    def first(self) -> Notice:
        return self.notices[0]

    @property
    def said(self) -> list[Notice]:
        return [one for one in self.notices if one.id not in self.left_out]


def conclude(*, outcomes: Sequence[tuple[Call, NotTold | None]], now: datetime) -> None:
    """Write down how calls went: told, again later, given up, or the notifier switched off.

    Rows are locked in one order, here as wherever notices are: facts, alerts, notifiers, notices.
    """
    messages = _lock([call for call, _ in outcomes])
    touched: dict[int, set[UUID]] = defaultdict(set)
    for call, error in outcomes:
        message = messages.get(call.fact_id)
        if message is not None:
            _conclude(message, error, now)
            touched[call.workspace_id] |= {one.alert_id for one in message.notices if one.alert_id is not None}
    db.session.flush()
    for workspace_id, ids in sorted(touched.items()):
        if ids:
            changed("alerts", sorted(ids), workspace_id=workspace_id)


def give_back(*, calls: Sequence[Call], now: datetime) -> None:
    """Let calls for which there was no time be made by the next job; no failure."""
    for call in calls:
        postpone(call.fact_id, until=now)
    for call in calls:
        mine = (Notice.workspace_id == call.workspace_id, Notice.id == call.notice_id)
        db.session.execute(update(Notice).where(*mine).values(calling_until=None))


def _conclude(message: _Message, error: NotTold | None, now: datetime) -> None:
    message.first.calling_until = None
    if error is None:
        _told(message, now)
    elif message.first.event == notices.TEST:
        _show(message, error, now)
    elif isinstance(error, Never):
        if message.notifier is not None:
            message.notifier.failures = min(message.notifier.failures + 1, 1000)
            message.notifier.error = error.detail[:300]
        _give_up(message, error.detail, now)
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
        one.status, one.error, one.attempts = "dropped", None, one.attempts + 1
    for one in message.said:
        one.status, one.told_at = "told", now
    notifier = message.notifier
    if notifier is not None:
        notifier.failures, notifier.waits_until, notifier.error, notifier.told_at = 0, None, None, now
        every = timedelta(minutes=notifier.repeat_minutes)
        reminded = []
        for one in message.said:
            alert = message.alerts.get(one.alert_id) if one.alert_id is not None else None
            if alert is not None and notices.reminds(priority=alert.priority, status=alert.status, every=every):
                reminded.append((one, every))
        noticing.remind(told=reminded, now=now)
    settle([message.fact_id], now=now)


def _show(message: _Message, error: NotTold, now: datetime) -> None:
    """Let whoever asked for a test see why it failed: they stand before it, and try again by hand."""
    for one in message.notices:
        one.attempts += 1
    _mark(message, "refused", error.detail)
    if message.notifier is not None:
        message.notifier.error = error.detail[:300]
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
        _let_wait(notifier, error, asked, now)


def _let_wait(notifier: NotifierRow, error: NotTold, asked: float | None, now: datetime) -> None:
    """Leave a receiver in trouble alone for a while. Calls that were made side by side are one failure."""
    if notifier.waits_until is None or notifier.waits_until <= now:
        notifier.failures = min(notifier.failures + 1, 1000)
        notifier.waits_until = now
    notifier.error = error.detail[:300]
    wait = notices.wait_before(notifier.failures, of=notifier.id, asked_seconds=asked)
    notifier.waits_until = max(notifier.waits_until, now + wait)


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
    for one in message.said:
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


def _lock(calls: Sequence[Call]) -> dict[int, _Message]:
    """Return the messages of calls by fact; without those that were concluded by another worker, erased, taken away."""
    query = select(Fact).where(
        Fact.id.in_([call.fact_id for call in calls]), Fact.done_at.is_(None), Fact.failed_at.is_(None)
    )
    facts = {one.id for one in db.session.scalars(query.order_by(Fact.id).with_for_update(key_share=True))}
    held = [call for call in sorted(calls, key=lambda one: one.fact_id) if call.fact_id in facts]
    carried = {call.fact_id: _carried_by(call) for call in held}
    together = [one for some in carried.values() for one in some]
    found = _lock_rows(Alert, {(one.workspace_id, one.alert_id) for one in together})
    notifiers = _lock_rows(NotifierRow, {(one.workspace_id, one.notifier_id) for one in together})
    messages = {}
    for call in held:
        rows = [one for one in _carried_by(call, lock=True) if one.status == "waiting"]
        if rows:
            notifier = notifiers.get((call.workspace_id, rows[0].notifier_id))
            alerts = {one.alert_id: found[call.workspace_id, one.alert_id] for one in rows if one.alert_id}
            messages[call.fact_id] = _Message(call.fact_id, rows, call.left_out, notifier, alerts)
    return messages


def _carried_by(call: Call, *, lock: bool = False) -> list[Notice]:
    """Return the notices that the call's message carried, its own first."""
    mine = (Notice.id == call.notice_id) | (Notice.message_id == call.notice_id)
    query = select(Notice).where(Notice.workspace_id == call.workspace_id, mine).order_by(Notice.id)
    if lock:
        query = query.with_for_update(key_share=True)
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    return sorted(found, key=lambda one: (one.id != call.notice_id, one.created_at, one.id))


def _lock_rows(model: type[_Row], keys: set[tuple[int, UUID | None]]) -> dict[tuple[int, UUID | None], _Row]:
    """Lock rows by their keys; whoever refers to one need not wait."""
    found: dict[tuple[int, UUID | None], _Row] = {}
    for workspace_id in sorted({workspace_id for workspace_id, _ in keys}):
        ids = [one for where, one in keys if where == workspace_id and one is not None]
        query = select(model).where(model.workspace_id == workspace_id, model.id.in_(ids)).order_by(model.id)
        rows = db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True))
        found |= {(workspace_id, one.id): one for one in rows}
    return found
