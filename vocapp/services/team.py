"""The team of a workspace: who belongs to it, with which role, for which places.

A workspace always keeps an owner who sees all of it and may log in: whatever would take the last one away is refused,
also where two owners take each other away at the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from vocapp.domain.handing_out import Calls
from vocapp.models import Member, Place, User, Workspace, db, new_id, on_postgresql
from vocapp.services import auditing, sessions, staff
from vocapp.services.staff import ROLES, StaffRefused


class MemberNotFound(LookupError):
    """Nobody of this id belongs to the workspace."""


@dataclass(frozen=True, slots=True)
class Teammate:
    user_id: UUID
    email: str
    role: str
    place_key: str | None
    disabled_at: datetime | None
    elsewhere: bool
    """Belongs to other workspaces, too: their password is nobody's here to set."""
    calls: Calls
    """Which alerts are handed to them."""


def list_team(*, workspace_id: int) -> list[Teammate]:
    """Return everybody, those who may work first, by address."""
    return sorted(_teammates(workspace_id), key=lambda one: (one.disabled_at is not None, one.email))


def get_teammate(*, workspace_id: int, user_id: UUID) -> Teammate:
    """Return one member. Raises MemberNotFound."""
    found = next(iter(_teammates(workspace_id, user_id)), None)
    if found is None:
        raise MemberNotFound
    return found


def add(*, workspace_id: int, email: str, password: str, role: str, place: str | None, by: str, now: datetime) -> bool:
    """Take somebody into the team; say whether the password given is theirs. Raises StaffRefused.

    Somebody with a login keeps the password they have: an owner of one workspace must not open another with it.
    """
    _check(workspace_id, role, place)
    address = staff.read_address(email)
    user = db.session.scalar(select(User).where(User.email == address).with_for_update())
    is_new = user is None
    if user is None:
        staff.check_password(password)
        user = User(id=new_id(), email=address, password_hash=staff.hash_password(password), created_at=now)
        db.session.add(user)
        db.session.flush()
    elif db.session.get(Member, (workspace_id, user.id)) is not None:
        raise StaffRefused(f"{address} is a member of this workspace already", field="email", code="member_already")
    db.session.add(Member(workspace_id=workspace_id, user_id=user.id, role=role, place_key=place, disabled_at=None))
    db.session.flush()
    after = {"role": role, "place": place}
    auditing.note(workspace_id=workspace_id, by=by, action="member.added", subject=address, after=after, now=now)
    return is_new


def change(*, workspace_id: int, user_id: UUID, role: str, place: str | None, by: str, now: datetime) -> None:
    """Give a member another role or place. Raises MemberNotFound, StaffRefused."""
    _check(workspace_id, role, place)
    member, email = _locked(workspace_id, user_id)
    before = {"role": member.role, "place": member.place_key}
    member.role, member.place_key = role, place
    _keep_an_owner(workspace_id)
    auditing.note_change(
        workspace_id=workspace_id,
        by=by,
        action="member.changed",
        subject=email,
        before=before,
        after={"role": role, "place": place},
        now=now,
    )


def set_calls(
    *,
    workspace_id: int,
    user_id: UUID,
    languages: Sequence[str],
    skills: Sequence[str],
    away: bool,
    by: str,
    now: datetime,
) -> None:
    """Say which alerts are handed to a member. Raises MemberNotFound, StaffRefused."""
    whole = {"languages": list(languages), "skills": list(skills), "away": away}
    try:
        Calls.read(whole)
    except ValueError as error:
        field, _, _ = str(error).partition(": ")
        raise StaffRefused(str(error), field=field, code="too_many_words") from error
    member, email = _locked(workspace_id, user_id)
    before, after = ({name: _said(kept.get(name)) for name in whole} for kept in (member.calls, whole))
    member.calls = {name: value for name, value in whole.items() if value}
    auditing.note_change(
        workspace_id=workspace_id, by=by, action="member.changed", subject=email, before=before, after=after, now=now
    )


def disable(*, workspace_id: int, user_id: UUID, by: str, now: datetime) -> None:
    """Take a member's part away, and end their sessions here. Raises MemberNotFound, StaffRefused."""
    member, email = _locked(workspace_id, user_id)
    if member.disabled_at is not None:
        return
    member.disabled_at = now
    _keep_an_owner(workspace_id)
    sessions.end_in_workspace(workspace_id=workspace_id, user_id=user_id)
    auditing.note(workspace_id=workspace_id, by=by, action="member.disabled", subject=email, now=now)


def enable(*, workspace_id: int, user_id: UUID, by: str, now: datetime) -> None:
    """Give a member their part back. Raises MemberNotFound."""
    member, email = _locked(workspace_id, user_id)
    if member.disabled_at is None:
        return
    member.disabled_at = None
    auditing.note(workspace_id=workspace_id, by=by, action="member.enabled", subject=email, now=now)


def set_password(*, workspace_id: int, user_id: UUID, password: str, by: str, now: datetime) -> None:
    """Give a member another password, and end all their sessions. Raises MemberNotFound, StaffRefused."""
    _, email = _locked(workspace_id, user_id)
    staff.check_password(password)
    if get_teammate(workspace_id=workspace_id, user_id=user_id).elsewhere:
        raise StaffRefused(
            f"{email} works in another workspace, too: only they can change their password",
            field="password",
            code="password_elsewhere",
        )
    db.session.get_one(User, user_id).password_hash = staff.hash_password(password)
    sessions.end_all(user_id=user_id)
    auditing.note(workspace_id=workspace_id, by=by, action="member.password_set", subject=email, now=now)


def end_sessions(*, workspace_id: int, user_id: UUID, by: str, now: datetime) -> int:
    """End a member's sessions in this workspace; return how many there were. Raises MemberNotFound."""
    _, email = _locked(workspace_id, user_id)
    ended = sessions.end_in_workspace(workspace_id=workspace_id, user_id=user_id)
    if ended:
        auditing.note(
            workspace_id=workspace_id,
            by=by,
            action="member.sessions_ended",
            subject=email,
            after={"sessions": ended},
            now=now,
        )
    return ended


def change_own_password(
    *, workspace_id: int, user_id: UUID, current: str, password: str, session_id: UUID, now: datetime
) -> None:
    """Change one's own password; every other session ends. Raises StaffRefused."""
    user = db.session.get_one(User, user_id, populate_existing=True, with_for_update=True)
    if staff.authenticate(email=user.email, password=current) != user_id:
        raise StaffRefused("that is not the password of now", field="current", code="password_wrong")
    staff.check_password(password)
    user.password_hash = staff.hash_password(password)
    sessions.end_all(user_id=user_id, but=session_id)
    auditing.note(workspace_id=workspace_id, by=user.email, action="password.changed", subject=user.email, now=now)


def _said(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value or ""


def _teammates(workspace_id: int, wanted: UUID | None = None) -> list[Teammate]:
    other = aliased(Member)
    others = (
        select(func.count(other.user_id))
        .where(other.user_id == User.id, other.workspace_id != workspace_id)
        .correlate(User)
        .scalar_subquery()
    )
    query = (
        select(User.id, User.email, Member.role, Member.place_key, Member.disabled_at, Member.calls, others)
        .join(Member, Member.user_id == User.id)
        .where(Member.workspace_id == workspace_id)
    )
    if wanted is not None:
        query = query.where(User.id == wanted)
    return [
        Teammate(user_id, email, role, place_key, disabled_at, elsewhere > 0, Calls.read(calls))
        for user_id, email, role, place_key, disabled_at, calls, elsewhere in db.session.execute(query)
    ]


def _locked(workspace_id: int, user_id: UUID) -> tuple[Member, str]:
    """Return a member and their address. The team of a workspace has one writer at a time."""
    if on_postgresql():
        db.session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update(key_share=True))
    member = db.session.get(Member, (workspace_id, user_id), populate_existing=True)
    if member is None:
        raise MemberNotFound
    return member, db.session.get_one(User, user_id).email


def _keep_an_owner(workspace_id: int) -> None:
    db.session.flush()
    owners = db.session.scalar(
        select(func.count())
        .select_from(Member)
        .where(
            Member.workspace_id == workspace_id,
            Member.role == "owner",
            Member.place_key.is_(None),
            Member.disabled_at.is_(None),
        )
    )
    if not owners:
        raise StaffRefused("a workspace keeps one owner who sees all of it", field="role", code="last_owner")


def _check(workspace_id: int, role: str, place: str | None) -> None:
    if role not in ROLES:
        raise StaffRefused(f"{role} is no role", field="role", code="choose")
    if place is not None and db.session.get(Place, (workspace_id, place)) is None:
        raise StaffRefused(f"there is no place {place} in this workspace", field="place", code="choose")
