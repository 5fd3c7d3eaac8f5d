"""Sessions of the staff: one row each, so that each can be seen and ended. What the browser holds is kept as a digest.

A session ends after some hours without a click and, used or not, after a working day; when it is ended here; and with
the person's password or membership.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, String, delete, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from vocapp.models import StaffSession, autocommit, db, new_id
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import UtcTime, Uuid
from vocapp.services.staff import Membership, Person

IDLE: Final = timedelta(hours=4)
"""Without a click: a lunch and a long call fit in, an evening does not."""
LONGEST: Final = timedelta(hours=12)
"""A working day and some more; then one logs in again."""
NOTED_EVERY: Final = timedelta(minutes=5)
"""A click is written down that often at most: reading a page is no reason to write one."""

LONGEST_BROWSER: Final = 80
_LONGEST_TOKEN: Final = 100


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who is at the console, by which session, and in which workspace that session works."""

    session_id: UUID
    person: Person
    workspace_id: int | None
    to_be_noted: bool
    """The last click that was written down is some minutes old."""
    at: datetime
    """When that was so, by the database's clock."""

    @property
    def membership(self) -> Membership | None:
        """Return the only workspace, or the one chosen before; None: there is a choice to make, or none to be had."""
        own = self.person.memberships
        if len(own) == 1:
            return own[0]
        return next((one for one in own if one.workspace_id == self.workspace_id), None)


def begin(*, user_id: UUID, browser: str, replaces: str | None, now: datetime) -> str:
    """Begin a session and return its token: 256 random bits, new at every login, so that none can be foisted on one.

    `replaces` is what the browser held before: that session ends; if it was the same person's, its workspace stays
    chosen. Sessions of anybody that are over are cleared away.
    """
    before = _find_row(replaces)
    workspace_id = before.workspace_id if before is not None and before.user_id == user_id else None
    if before is not None:
        db.session.delete(before)
    db.session.execute(
        delete(StaffSession)
        .where(or_(StaffSession.created_at <= now - LONGEST, StaffSession.seen_at <= now - IDLE))
        .execution_options(synchronize_session=False)
    )
    token = secrets.token_urlsafe(32)
    db.session.add(
        StaffSession(
            id=new_id(),
            digest=_digest(token),
            user_id=user_id,
            workspace_id=workspace_id,
            browser=browser[:LONGEST_BROWSER],
            created_at=now,
            seen_at=now,
        )
    )
    db.session.flush()
    return token


def find(*, token: str) -> Sitting | None:
    """Return who sits there; None: the session is unknown, ended or over. One statement, outside any transaction."""
    if not 0 < len(token) <= _LONGEST_TOKEN:
        return None
    with autocommit().connect() as connection:
        rows = _FIND.run(connection, digest=_digest(token)).all()
    if not rows:
        return None
    first = rows[0]
    if first.at - first.created_at >= LONGEST or first.at - first.seen_at >= IDLE:
        return None
    # The outer join gives one row of nothing to somebody who belongs to no workspace.
    memberships = tuple(
        Membership(row.member_of, row.key, row.name, row.timezone, row.role, row.place_key, row.place_name)
        for row in rows
        if row.member_of is not None
    )
    person = Person(first.user_id, first.email, memberships)
    return Sitting(first.id, person, first.workspace_id, first.at - first.seen_at >= NOTED_EVERY, first.at)


def note_click(*, session_id: UUID, now: datetime) -> None:
    """Write down that a session is in use, outside any transaction."""
    with autocommit().connect() as connection:
        connection.execute(update(StaffSession).where(StaffSession.id == session_id).values(seen_at=now))


def choose_workspace(*, session_id: UUID, workspace_id: int) -> None:
    """Note in which workspace a session works from now on."""
    db.session.execute(update(StaffSession).where(StaffSession.id == session_id).values(workspace_id=workspace_id))


def list_of_person(*, user_id: UUID, now: datetime) -> list[StaffSession]:
    """Return a person's sessions that are not over, the one used last first."""
    return _list(StaffSession.user_id == user_id, now=now)


def list_in_workspace(*, workspace_id: int, user_ids: Sequence[UUID], now: datetime) -> list[StaffSession]:
    """Return the members' sessions that may work in this workspace: where they belong to others too, only those that
    chose this one. What a person does elsewhere concerns nobody here.
    """
    here = or_(StaffSession.workspace_id == workspace_id, StaffSession.workspace_id.is_(None))
    return _list(StaffSession.user_id.in_(user_ids), here, now=now)


def end(*, user_id: UUID, session_id: UUID) -> bool:
    """End one session of a person; say whether there was one."""
    return _end(StaffSession.user_id == user_id, StaffSession.id == session_id) > 0


def end_all(*, user_id: UUID, but: UUID | None = None) -> int:
    """End a person's sessions on every device, except one where it is named; return how many there were."""
    kept = () if but is None else (StaffSession.id != but,)
    return _end(StaffSession.user_id == user_id, *kept)


def end_in_workspace(*, workspace_id: int, user_id: UUID) -> int:
    """End a member's sessions that `list_in_workspace` gives; return how many there were."""
    here = or_(StaffSession.workspace_id == workspace_id, StaffSession.workspace_id.is_(None))
    return _end(StaffSession.user_id == user_id, here)


def _end(*which: ColumnElement[bool]) -> int:
    ended = db.session.execute(
        delete(StaffSession).where(*which).returning(StaffSession.id).execution_options(synchronize_session=False)
    )
    return len(ended.all())


def _list(*which: ColumnElement[bool], now: datetime) -> list[StaffSession]:
    query = (
        select(StaffSession)
        .where(*which, StaffSession.created_at > now - LONGEST, StaffSession.seen_at > now - IDLE)
        .order_by(StaffSession.seen_at.desc(), StaffSession.id)
    )
    return list(db.session.scalars(query))


def _find_row(token: str | None) -> StaffSession | None:
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    return db.session.scalar(select(StaffSession).where(StaffSession.digest == _digest(token)))


def _digest(token: str) -> str:
    """Return what is kept of a token: it has 256 random bits, so that no salt or stretching adds anything."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@statement(
    id=Uuid(),
    workspace_id=Integer(),
    created_at=UtcTime(),
    seen_at=UtcTime(),
    at=UtcTime(),
    user_id=Uuid(),
    email=String(),
    member_of=Integer(),
    key=String(),
    name=String(),
    timezone=String(),
    role=String(),
    place_key=String(),
    place_name=String(),
)
def _FIND(d: Dialect) -> str:  # noqa: N802
    return f"""
        select s.id, s.workspace_id, s.created_at, s.seen_at, {d.now} as at, u.id as user_id, u.email,
            w.id as member_of, w.key, w.name, w.timezone, m.role, m.place_key, p.name as place_name
        from staff_sessions s
        join users u on u.id = s.user_id
        left join members m on m.user_id = u.id and m.disabled_at is null
        left join workspaces w on w.id = m.workspace_id
        left join places p on p.workspace_id = m.workspace_id and p.key = m.place_key
        where s.digest = :digest
        order by w.name, w.id
    """
