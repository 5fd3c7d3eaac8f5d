"""Whose an alert is: the place hears that its customer wants no call, and who is given one that it is theirs.

And how far each who is told of an alert may look.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from vocapp.domain import notices
from vocapp.models import Alert, Member, Notice, NotifierRow, Place, User, Workspace, db
from vocapp.services.noticing import Way, count_reopened, goes_at, keep_rows, list_ways, row_about, windows_of
from vocapp.services.reporting import below

_NUMBERS: Final = 2**15
"""As many as a notice's number knows."""


def tell_place(*, alert: Alert, now: datetime) -> None:
    """Plan that those at the place of a locked alert hear that no call is wanted.

    Those are who is told of that place and its like; where nobody is, the staff of the place, by mail; else the team.
    """
    wanting = [
        way
        for way in list_ways(alert.workspace_id)
        if way.wish.wants(kinds=alert.kinds, priority=alert.priority, place=alert.place)
    ]
    ways = [way for way in wanting if way.wish.places is not None] or _staff_of(alert) or wanting
    windows = windows_of(alert.workspace_id, ways, now)
    windows |= _windows(alert.workspace_id, _mailboxes(ways), "alert.declined", now)
    number = count_reopened(alert.workspace_id, [alert.id]).get(alert.id, 0)
    rows = []
    for way in ways:
        for recipient in way.recipients:
            to = (way.notifier_id, recipient)
            due_at = goes_at(alert, way, to, windows, now)
            rows.append(row_about(alert, *to, "alert.declined", number, due_at, now))
    keep_rows(alert.workspace_id, rows)


def _staff_of(alert: Alert) -> list[Way]:
    """Return how those are told who work at the alert's place or above it, and not for all places."""
    place = alert.place and db.session.get(Place, (alert.workspace_id, alert.place))
    if not place:
        return []
    emails = db.session.scalars(
        select(User.email)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.workspace_id == alert.workspace_id,
            Member.disabled_at.is_(None),
            Member.place_key.in_(place.path.strip("/").split("/")),
        )
        .order_by(User.email)
    ).all()
    return [Way(None, tuple(emails), digest=notices.TOGETHER_WITHIN)] if emails else []


def reach_of(notice: Notice, notifier: NotifierRow | None) -> frozenset[str] | None:
    """Return to which places who reads a notice is limited: the notifier's, and their own, if they are of the team.

    None: to none, so that they may hear what was said anywhere.
    """
    member = db.session.scalar(
        select(Member.place_key)
        .join(User, Member.user_id == User.id)
        .where(Member.workspace_id == notice.workspace_id, User.email == notice.recipient.lower())
    )
    reaches = [
        frozenset(below(workspace_id=notice.workspace_id, place=place))
        for place in (notifier.place if notifier is not None else None, member)
        if place is not None
    ]
    return frozenset.intersection(*reaches) if reaches else None


def _mailboxes(ways: Sequence[Way]) -> set[str]:
    return {recipient for way in ways if way.notifier_id is None for recipient in way.recipients}


def tells_assignees(settings: Mapping[str, Any]) -> bool:
    """Say whether who is given an alert is told by mail; so it is where a workspace sets nothing."""
    return (settings.get("notices") or {}).get("assignees") is not False


def tell_assignees(*, workspace_id: int, given: Sequence[tuple[Alert, str]], now: datetime) -> None:
    """Plan that those of the team who were given alerts hear of it by mail, unless the workspace wants none of it.

    Names that are no login's hear nothing.
    """
    if not given or not tells_assignees(db.session.get_one(Workspace, workspace_id).settings):
        return
    names = {to for _, to in given}
    members = select(User.email).join(Member, Member.user_id == User.id)
    known = set(
        db.session.scalars(
            members.where(Member.workspace_id == workspace_id, Member.disabled_at.is_(None), User.email.in_(names))
        )
    )
    windows = _windows(workspace_id, known, "alert.given", now)
    rows: dict[UUID, dict[str, Any]] = {}
    for alert, to in given:
        if to in known:
            until = windows.get((None, to))
            due_at = notices.due_at(now, priority=alert.priority, digest=notices.TOGETHER_WITHIN, waiting_until=until)
            row = row_about(alert, None, to, "alert.given", alert.version % _NUMBERS, due_at, now)
            rows.setdefault(row["id"], row)
    keep_rows(workspace_id, list(rows.values()))


def _windows(
    workspace_id: int, recipients: Collection[str], event: str, now: datetime
) -> dict[tuple[UUID | None, str], datetime]:
    """Return until when mails about this are collected, of those that no notifier sends."""
    if not recipients:
        return {}
    waiting = select(Notice.recipient, func.min(Notice.due_at)).where(
        Notice.workspace_id == workspace_id,
        Notice.notifier_id.is_(None),
        Notice.recipient.in_(recipients),
        Notice.status == "waiting",
        Notice.event == event,
        Notice.message_id.is_(None),
        Notice.due_at > now,
    )
    rows = db.session.execute(waiting.group_by(Notice.recipient))
    return {(None, recipient): until for recipient, until in rows}
