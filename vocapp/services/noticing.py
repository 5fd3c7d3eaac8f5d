"""Who is told of which alert: one notice per event, notifier and recipient, each with its fact `NoticeDue`.

A notice's id is made of event, notifier and recipient, so that planning twice makes nothing twice. `alert_recipients`
of the workspace's settings are a notifier of their own: by mail, of every alert, each at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update

from vocapp.adapters.notifiers import KINDS
from vocapp.domain import alerts, notices
from vocapp.domain.notices import Event, Wish
from vocapp.models import Alert, AlertMove, Fact, Notice, NotifierRow, Workspace, db
from vocapp.models.bulk import insert_many
from vocapp.models.outbox import announce_each, hold, postpone, settle
from vocapp.services.reporting import below

_EVERYTHING = Wish()


@dataclass(frozen=True, slots=True)
class Way:
    """A notifier as planning sees it."""

    notifier_id: UUID | None
    recipients: tuple[str, ...]
    wish: Wish = _EVERYTHING
    digest: timedelta = timedelta(0)
    every: timedelta = timedelta(0)
    tool: str | None = None
    """The helpdesk at the other end, which hears of every move but its own."""


class _Past(NamedTuple):
    reopened: Mapping[UUID, int]
    reopened_by: Mapping[UUID, str]
    """Which tool opened an alert again last, in small letters; others are not in it."""
    told: Mapping[tuple[UUID | None, int, UUID | None, str], Notice]
    """By alert, how often it had been opened again, notifier and recipient."""


def plan(*, fact_ids: Sequence[int], now: datetime) -> None:
    """Make the notices of the alerts of these facts, and settle the facts. Those that are over are told to nobody.

    An alert may come again: opened anew, or more urgent. Who is told of it already is told again only as the table in
    `domain/notices.py` says.
    """
    facts = hold(fact_ids)
    by_workspace: dict[int, list[UUID]] = defaultdict(list)
    for fact in facts:
        by_workspace[fact.workspace_id].append(fact.subject_id)
    for workspace_id, alert_ids in sorted(by_workspace.items()):
        found = db.session.scalars(
            select(Alert)
            .where(Alert.workspace_id == workspace_id, Alert.id.in_(alert_ids), Alert.status.in_(alerts.OPEN))
            .order_by(Alert.id)
            .with_for_update(key_share=True)  # two plans of one alert, or a plan and what becomes of a call
            .execution_options(populate_existing=True)
        ).all()
        _plan(workspace_id, found, now)
    settle([fact.id for fact in facts], now=now)


def remind(*, told: Sequence[tuple[Notice, timedelta]], now: datetime) -> None:
    """Plan that alerts are told of once more, each after its time, unless that is planned, or was done often enough.

    The notices are of one workspace.
    """
    if not told:
        return
    workspace_id = told[0][0].workspace_id
    found = db.session.execute(
        select(
            Notice.alert_id,
            Notice.notifier_id,
            Notice.recipient,
            func.max(Notice.number),
            func.count().filter(Notice.status == "waiting"),
        )
        .where(
            Notice.workspace_id == workspace_id,
            Notice.alert_id.in_({notice.alert_id for notice, _ in told if notice.alert_id is not None}),
            Notice.event == "alert.reminder",
            Notice.id.not_in([notice.id for notice, _ in told]),
        )
        .group_by(Notice.alert_id, Notice.notifier_id, Notice.recipient)
    )
    before = {(alert_id, *to): (last, waits) for alert_id, *to, last, waits in found}
    rows: dict[UUID, dict[str, Any]] = {}
    for notice, every in told:
        last, waits = before.get((notice.alert_id, notice.notifier_id, notice.recipient), (0, 0))
        number = max(last, notice.number if notice.event == "alert.reminder" else 0) + 1
        if notice.alert_id is not None and not waits and number <= notices.MOST_REMINDERS:
            event_id = notices.event_id("alert.reminder", notice.alert_id, number)
            row = plain_row(workspace_id, notice.notifier_id, notice.recipient, "alert.reminder", event_id, now)
            more = {"alert_id": notice.alert_id, "number": number, "priority": notice.priority, "due_at": now + every}
            rows.setdefault(row["id"], row | more)
    keep_rows(workspace_id, list(rows.values()))


def tell_of_escalation(*, workspace_id: int, told: Sequence[tuple[Alert, Sequence[str]]], now: datetime) -> None:
    """Plan that those are told who are for such alerts, and for each at once the mailboxes that its step names."""
    if not told:
        return
    ways = list_ways(workspace_id)
    windows, reopened = (
        windows_of(workspace_id, ways, now),
        count_reopened(workspace_id, [alert.id for alert, _ in told]),
    )
    rows: dict[UUID, dict[str, Any]] = {}
    for alert, named in told:
        number = notices.number_of_step(reopened.get(alert.id, 0), alert.escalation)
        extra = [Way(None, tuple(each_once(named)))] if named else []
        for way in (*extra, *ways):
            if not way.wish.wants(kinds=alert.kinds, priority=alert.priority, place=alert.place):
                continue
            for recipient in way.recipients:
                to = (way.notifier_id, recipient)
                due_at = goes_at(alert, way, to, windows, now)
                row = row_about(alert, *to, "alert.escalated", number, due_at, now)
                rows.setdefault(row["id"], row)
    keep_rows(workspace_id, list(rows.values()))


def tell_of_moves(*, workspace_id: int, told: Sequence[tuple[Alert, Mapping[str, Any]]], now: datetime) -> None:
    """Plan that helpdesks are told of lines that were added to histories: each under the line's own id."""
    ways = list_ways(workspace_id, only_tools=True)
    rows: list[dict[str, Any]] = []
    for alert, line in told if ways else ():
        event = notices.event_of_move(line["action"], line["details"].get("outcome"))
        by, lives_in = _tool_of(line["details"]), _tool_of(alert.external or {})
        for way in ways:
            if event is None or way.tool == by:
                continue
            wanted = way.wish.wants(kinds=alert.kinds, priority=alert.priority, place=alert.place)
            if wanted or way.tool == lives_in:
                row = plain_row(workspace_id, way.notifier_id, "", event, line["id"], now)
                rows.append(row | {"alert_id": alert.id, "priority": alert.priority})
    keep_rows(workspace_id, rows)


def plan_test(*, notifier: NotifierRow, event_id: UUID, now: datetime) -> list[UUID]:
    """Plan that a notifier shows that it works; return the ids of the notices."""
    rows = [
        plain_row(notifier.workspace_id, notifier.id, one, "notifier.test", event_id, now)
        for one in recipients_of(notifier)
    ]
    keep_rows(notifier.workspace_id, rows)
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


def _plan(workspace_id: int, found: Sequence[Alert], now: datetime) -> None:
    ways = list_ways(workspace_id)
    if not found or not ways:
        return
    windows, past = windows_of(workspace_id, ways, now), _past(workspace_id, found)
    rows, waiting, dropped, reminded = [], [], [], []
    again: dict[UUID, dict[str, Any]] = {}
    for alert in found:
        number = past.reopened.get(alert.id, 0)
        for way in ways:
            if not way.wish.wants(kinds=alert.kinds, priority=alert.priority, place=alert.place):
                continue
            for recipient in way.recipients:
                to = (way.notifier_id, recipient)
                told = past.told.get((alert.id, number, *to))
                if told is None and number and way.tool is not None and way.tool == past.reopened_by.get(alert.id):
                    continue  # it was this tool that did so
                if told is None:
                    due_at = goes_at(alert, way, to, windows, now)
                    rows.append(
                        row_about(alert, *to, "alert.reopened" if number else "alert.opened", number, due_at, now)
                    )
                elif notices.becomes_urgent(priority=alert.priority, told=told.priority, status=alert.status):
                    again[told.id] = row_about(alert, *to, "alert.urgent", number, now, now)
                    if told.status == "waiting":
                        waiting.append(told)
                elif notices.is_needed_again(event=told.event, notice=told.status, status=alert.status):
                    dropped.append(told.id)
                elif told.status == "told" and notices.reminds(
                    priority=alert.priority, status=alert.status, every=way.every
                ):  # it is in the queue again: those who were reminded until somebody took it are again
                    reminded.append((told, way.every))
    _take_up(workspace_id, dropped, now)
    remind(told=reminded, now=now)
    keep_rows(workspace_id, [*rows, *(again[one] for one in again.keys() - _hurry(workspace_id, waiting, now))])


def goes_at(
    alert: Alert, way: Way, to: tuple[UUID | None, str], windows: dict[tuple[UUID | None, str], datetime], now: datetime
) -> datetime:
    """Return when this is told of an alert this way; where that opens a window, it is in `windows` from then on."""
    due_at = notices.due_at(now, priority=alert.priority, digest=way.digest, waiting_until=windows.get(to))
    if due_at > now:
        windows[to] = due_at
    return due_at


def _past(workspace_id: int, found: Sequence[Alert]) -> _Past:
    """Return how often each alert was opened again, and who is told of it already: each by the last notice."""
    ids = [alert.id for alert in found]
    told = select(Notice).where(
        Notice.workspace_id == workspace_id,
        Notice.alert_id.in_(ids),
        Notice.event.in_((*notices.BEGINS, "alert.urgent")),
    )
    rows = db.session.scalars(told.order_by(Notice.created_at, Notice.id).execution_options(populate_existing=True))
    reopened = count_reopened(workspace_id, ids)
    return _Past(
        reopened,
        _reopened_by(workspace_id, list(reopened)),
        {(one.alert_id, one.number, one.notifier_id, one.recipient): one for one in rows},
    )


def count_reopened(workspace_id: int, alert_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how often each alert was opened again."""
    query = select(AlertMove.alert_id, func.count()).where(
        AlertMove.workspace_id == workspace_id, AlertMove.alert_id.in_(alert_ids), AlertMove.action == "reopen"
    )
    return dict(db.session.execute(query.group_by(AlertMove.alert_id)).all())


def _reopened_by(workspace_id: int, alert_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return which tool opened an alert again, where one did so last."""
    if not alert_ids:
        return {}
    query = select(AlertMove.alert_id, AlertMove.details).where(
        AlertMove.workspace_id == workspace_id, AlertMove.alert_id.in_(alert_ids), AlertMove.action == "reopen"
    )
    last = {alert_id: _tool_of(details) for alert_id, details in db.session.execute(query.order_by(AlertMove.at))}
    return {alert_id: tool for alert_id, tool in last.items() if tool is not None}


def _tool_of(details: Mapping[str, Any]) -> str | None:
    tool = details.get("tool")
    return None if tool is None else str(tool).casefold()


def _hurry(workspace_id: int, waiting: Sequence[Notice], now: datetime) -> set[UUID]:
    """Let notices that wait for others go at once; return what will still be told, as the alert is now.

    One that a worker is at in this moment may say how it was before.
    """
    failing = {one.id for one in waiting if one.failing_since is not None}
    if not waiting:
        return failing
    free = (
        select(Fact.id, Fact.subject_id)
        .where(Fact.workspace_id == workspace_id, Fact.subject_id.in_([one.id for one in waiting]))
        .where(Fact.kind == "NoticeDue", Fact.done_at.is_(None), Fact.failed_at.is_(None), Fact.due_at > now)
    )
    held = dict(db.session.execute(free.order_by(Fact.id).with_for_update(skip_locked=True)).all())
    early = (
        update(Notice)
        .where(Notice.workspace_id == workspace_id, Notice.id.in_(list(held.values())))
        .where(Notice.status == "waiting", Notice.message_id.is_(None), Notice.failing_since.is_(None))
        .where((Notice.calling_until.is_(None)) | (Notice.calling_until <= now))
        .values(due_at=now)
        .returning(Notice.id)
    )
    ready = set(db.session.scalars(early.execution_options(synchronize_session=False)))
    for fact_id, notice_id in held.items():
        if notice_id in ready:
            postpone(fact_id, until=now)
    return failing | ready


def _take_up(workspace_id: int, dropped: Sequence[UUID], now: datetime) -> None:
    """Let notices that had become needless go after all, as new ones."""
    if dropped:
        query = update(Notice).where(Notice.workspace_id == workspace_id, Notice.id.in_(dropped))
        fresh = {"status": "waiting", "attempts": 0, "unknown": 0, "failing_since": None, "error": None, "due_at": now}
        db.session.execute(query.values(**fresh).execution_options(synchronize_session=False))
        announce_each("NoticeDue", [(one, now) for one in dropped], workspace_id=workspace_id)


def row_about(
    alert: Alert, notifier_id: UUID | None, recipient: str, event: Event, number: int, due_at: datetime, now: datetime
) -> dict[str, Any]:
    """Return the notice of something that happened to an alert."""
    event_id = notices.event_id(event, alert.id, number)
    more = {"alert_id": alert.id, "number": number, "priority": alert.priority, "due_at": due_at}
    return plain_row(alert.workspace_id, notifier_id, recipient, event, event_id, now) | more


def list_ways(workspace_id: int, *, only_tools: bool = False) -> list[Way]:
    """Return how a workspace tells of its alerts."""
    named = [] if only_tools else recipients(db.session.get_one(Workspace, workspace_id).settings)
    ways = [Way(None, tuple(named))] if named else []
    query = select(NotifierRow).where(NotifierRow.workspace_id == workspace_id, NotifierRow.disabled_at.is_(None))
    if only_tools:
        query = query.where(NotifierRow.tool.is_not(None))
    for row in db.session.scalars(query.order_by(NotifierRow.id)).all():
        every = timedelta(minutes=row.repeat_minutes)
        places = None if row.place is None else frozenset(below(workspace_id=workspace_id, place=row.place))
        wish = Wish(tuple(row.kinds), row.least_priority, places)
        tool = row.tool and row.tool.casefold()
        ways.append(Way(row.id, recipients_of(row), wish, timedelta(minutes=row.digest_minutes), every, tool))
    return ways


def windows_of(workspace_id: int, ways: Sequence[Way], now: datetime) -> dict[tuple[UUID | None, str], datetime]:
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
            Notice.event.in_(notices.GATHERED),
            Notice.message_id.is_(None),
            Notice.due_at > now,
        )
        .group_by(Notice.notifier_id, Notice.recipient)
    )
    return {(notifier_id, recipient): until for notifier_id, recipient, until in rows}


def plain_row(
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
        "priority": 0,
        "status": "waiting",
        "attempts": 0,
        "unknown": 0,
        "created_at": now,
        "due_at": now,
    }


def keep_rows(workspace_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the notices that are not there yet, and announce those."""
    ids = [row["id"] for row in rows]
    there = set(
        db.session.scalars(select(Notice.id).where(Notice.workspace_id == workspace_id, Notice.id.in_(ids))).all()
    )
    fresh = [row for row in rows if row["id"] not in there]
    insert_many(Notice, sorted(fresh, key=lambda row: str(row["id"])), passing_over=True)
    announce_each("NoticeDue", [(row["id"], row["due_at"]) for row in fresh], workspace_id=workspace_id)
