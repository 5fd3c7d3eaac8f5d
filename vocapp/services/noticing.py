"""Who is told of which alert: one notice per event, notifier and recipient, each with its fact `NoticeDue`.

A notice's id is made of event, notifier and recipient, so that planning twice makes nothing twice. `alert_recipients`
of the workspace's settings are a notifier of their own: by mail, of every alert, each at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from vocapp.adapters.notifiers import KINDS
from vocapp.domain import alerts, notices
from vocapp.domain.notices import Event, Wish
from vocapp.models import Alert, Notice, NotifierRow, Place, Workspace, db
from vocapp.models.bulk import insert_many
from vocapp.models.outbox import announce_each, hold, settle

_EVERYTHING = Wish()


@dataclass(frozen=True, slots=True)
class Way:
    """A notifier as planning sees it."""

    notifier_id: UUID | None
    recipients: tuple[str, ...]
    wish: Wish = _EVERYTHING
    digest: timedelta = timedelta(0)


def plan(*, fact_ids: Sequence[int], now: datetime) -> None:
    """Make the notices of the alerts of these facts, and settle the facts. Those that are over are told to nobody."""
    facts = hold(fact_ids)
    by_workspace: dict[int, list[UUID]] = defaultdict(list)
    for fact in facts:
        by_workspace[fact.workspace_id].append(fact.subject_id)
    for workspace_id, alert_ids in sorted(by_workspace.items()):
        found = db.session.scalars(
            select(Alert)
            .where(Alert.workspace_id == workspace_id, Alert.id.in_(alert_ids), Alert.status.in_(alerts.OPEN))
            .order_by(Alert.id)
        ).all()
        _plan(workspace_id, found, now)
    settle([fact.id for fact in facts], now=now)


def remind(*, notice: Notice, every: timedelta, now: datetime) -> None:
    """Plan that an alert is told of once more."""
    if notice.alert_id is not None:
        event_id = notices.event_id("alert.reminder", notice.alert_id, notice.number + 1)
        row = _row(notice.workspace_id, notice.notifier_id, notice.recipient, "alert.reminder", event_id, now)
        more = {"alert_id": notice.alert_id, "number": notice.number + 1, "due_at": now + every}
        _keep(notice.workspace_id, [row | more])


def plan_test(*, notifier: NotifierRow, event_id: UUID, now: datetime) -> list[UUID]:
    """Plan that a notifier shows that it works; return the ids of the notices."""
    rows = [
        _row(notifier.workspace_id, notifier.id, one, "notifier.test", event_id, now) for one in recipients_of(notifier)
    ]
    _keep(notifier.workspace_id, rows)
    return [row["id"] for row in rows]


def recipients(settings: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a workspace names under `alert_recipients`, each once."""
    named = settings.get("alert_recipients") or []
    return each_once(one for one in named if isinstance(one, str)) if isinstance(named, list) else []


def recipients_of(notifier: NotifierRow) -> tuple[str, ...]:
    """Return whom a notifier tells: mailboxes, or the one that its target is."""
    return tuple(notifier.target.split(",")) if KINDS[notifier.kind].by_mail else ("",)


def each_once(addresses: Iterable[str]) -> list[str]:
    """Return addresses without blanks around them, each once, in whatever case it is written."""
    given = [one.strip() for one in addresses if one.strip()]
    return list({one.casefold(): one for one in reversed(given)}.values())[::-1]


def _plan(workspace_id: int, opened: Sequence[Alert], now: datetime) -> None:
    ways = _ways(workspace_id)
    if not opened or not ways:
        return
    windows = _windows(workspace_id, ways, now)
    rows = []
    for alert in opened:
        event_id = notices.event_id("alert.opened", alert.id)
        for way in ways:
            if not way.wish.wants(kinds=alert.kinds, priority=alert.priority, place=alert.place):
                continue
            for recipient in way.recipients:
                key = (way.notifier_id, recipient)
                due_at = notices.due_at(now, priority=alert.priority, digest=way.digest, waiting_until=windows.get(key))
                if due_at > now:
                    windows[key] = due_at
                row = _row(workspace_id, way.notifier_id, recipient, "alert.opened", event_id, now)
                rows.append(row | {"alert_id": alert.id, "due_at": due_at})
    _keep(workspace_id, rows)


def _ways(workspace_id: int) -> list[Way]:
    named = recipients(db.session.get_one(Workspace, workspace_id).settings)
    ways = [Way(None, tuple(named))] if named else []
    rows = db.session.scalars(
        select(NotifierRow)
        .where(NotifierRow.workspace_id == workspace_id, NotifierRow.disabled_at.is_(None))
        .order_by(NotifierRow.id)
    ).all()
    for row in rows:
        wish = Wish(tuple(row.kinds), row.least_priority, _below(workspace_id, row.place))
        ways.append(Way(row.id, recipients_of(row), wish, timedelta(minutes=row.digest_minutes)))
    return ways


def _below(workspace_id: int, place: str | None) -> frozenset[str] | None:
    """Return a place's key with those below it; None for no place at all."""
    if place is None:
        return None
    path = db.session.get_one(Place, (workspace_id, place)).path
    keys = select(Place.key).where(Place.workspace_id == workspace_id, func.substr(Place.path, 1, len(path)) == path)
    return frozenset(db.session.scalars(keys))


def _windows(workspace_id: int, ways: Sequence[Way], now: datetime) -> dict[tuple[UUID | None, str], datetime]:
    """Return until when the notifiers that collect are collecting."""
    collecting = [way.notifier_id for way in ways if way.digest]
    if not collecting:
        return {}
    rows = db.session.execute(
        select(Notice.notifier_id, Notice.recipient, func.min(Notice.due_at))
        .where(
            Notice.workspace_id == workspace_id,
            Notice.notifier_id.in_(collecting),
            Notice.status == "waiting",
            Notice.event == "alert.opened",
            Notice.message_id.is_(None),
            Notice.due_at > now,
        )
        .group_by(Notice.notifier_id, Notice.recipient)
    )
    return {(notifier_id, recipient): until for notifier_id, recipient, until in rows}


def _row(
    workspace_id: int, notifier_id: UUID | None, recipient: str, event: Event, event_id: UUID, now: datetime
) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "id": notices.notice_id(event_id, recipient, notifier_id),
        "notifier_id": notifier_id,
        "event": event,
        "event_id": event_id,
        "alert_id": None,
        "recipient": recipient,
        "number": 0,
        "status": "waiting",
        "attempts": 0,
        "unknown": 0,
        "created_at": now,
        "due_at": now,
    }


def _keep(workspace_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the notices that are not there yet, and announce those."""
    ids = [row["id"] for row in rows]
    there = set(
        db.session.scalars(select(Notice.id).where(Notice.workspace_id == workspace_id, Notice.id.in_(ids))).all()
    )
    fresh = [row for row in rows if row["id"] not in there]
    insert_many(Notice, sorted(fresh, key=lambda row: str(row["id"])), passing_over=True)
    announce_each("NoticeDue", [(row["id"], row["due_at"]) for row in fresh], workspace_id=workspace_id)
