"""The staff: who they are, which workspace they work in, and which part of it they see.

Passwords are kept as argon2id hashes. An address that nobody has costs as much time as a wrong password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select

from vocapp.models import Member, Place, StaffSession, User, autocommit, db, new_id
from vocapp.services import auditing
from vocapp.services.intake_values import ValueRefused, read_email
from vocapp.services.reporting import below

ROLES: Final = ("owner", "analyst", "agent", "viewer")
MAY_ACT: Final = frozenset({"owner", "agent"})
"""Who deals with callbacks; the others read of them."""
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1000

_hasher = PasswordHasher()
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class StaffRefused(ValueError):
    """What can't be done with a login: one line for who asked, and for a form its field and a code."""

    def __init__(self, message: str, *, field: str = "", code: str = "") -> None:
        self.field = field
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one workspace."""

    workspace_id: int
    workspace_key: str
    workspace_name: str
    timezone: str
    role: str
    place_key: str | None
    """Sees this place and what is below it; None: everything."""
    place_name: str | None = None
    """How it is called, where that is known; None, too, of a place that is no more."""

    @property
    def may_act(self) -> bool:
        """Claim alerts, call, resolve."""
        return self.role in MAY_ACT

    @property
    def may_erase(self) -> bool:
        """Erase a person, who may have been anywhere: for those who answer for the whole company."""
        return self.role == "owner" and self.place_key is None

    @property
    def sees_team(self) -> bool:
        """What each colleague has done: for those who lead them."""
        return self.role == "owner"

    @property
    def sees_names(self) -> bool:
        return self.role != "viewer"

    @property
    def sees_contact(self) -> bool:
        """Addresses and phone numbers: for those who call."""
        return self.may_act


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in, with every workspace they have a part in, by name."""

    id: UUID
    email: str
    memberships: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of one workspace that may be looked at; `places` None: all of it."""

    workspace_id: int
    places: tuple[str, ...] | None = None

    def within(self, place: str | None) -> bool:
        """Say whether something that happened at `place` may be seen."""
        return self.places is None or place in self.places


def create(
    *,
    workspace_id: int,
    email: str,
    password: str,
    role: str,
    place: str | None,
    now: datetime,
    by: str | None = None,
) -> bool:
    """Make a login and its membership; say whether the person is new to vocapp. Raises StaffRefused.

    Somebody who works in another workspace already gets this password from now on, and their sessions end.
    """
    if role not in ROLES:
        raise StaffRefused(f"{role} is no role: it must be one of {', '.join(ROLES)}")
    address = read_address(email)
    check_password(password)
    if place is not None and db.session.get(Place, (workspace_id, place)) is None:
        raise StaffRefused(f"there is no place {place} in this workspace")
    user = db.session.scalar(select(User).where(User.email == address).with_for_update())
    is_new = user is None
    if user is None:
        user = User(id=new_id(), email=address, password_hash=hash_password(password), created_at=now)
        db.session.add(user)
        db.session.flush()
    elif db.session.get(Member, (workspace_id, user.id)) is not None:
        raise StaffRefused(f"{address} is a member of this workspace already")
    else:
        user.password_hash = hash_password(password)
        db.session.execute(delete(StaffSession).where(StaffSession.user_id == user.id))
    db.session.add(Member(workspace_id=workspace_id, user_id=user.id, role=role, place_key=place))
    db.session.flush()
    if by is not None:
        after = {"role": role, "place": place}
        auditing.note(workspace_id=workspace_id, by=by, action="member.added", subject=address, after=after, now=now)
    return is_new


def authenticate(*, email: str, password: str) -> UUID | None:
    """Return whose address and password these are; None for both a wrong password and an unknown address."""
    address, user_id, kept = email.strip().lower(), None, None
    if 0 < len(address) <= 320 and not _UNSTORABLE.search(address):
        with autocommit().connect() as connection:
            row = connection.execute(select(User.id, User.password_hash).where(User.email == address)).one_or_none()
        if row is not None:
            user_id, kept = row
    typed = password if len(password) <= LONGEST_PASSWORD else ""
    try:
        _hasher.verify(kept or _nobodys_hash(), typed.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return None
    return user_id


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def scope_of(membership: Membership) -> Scope:
    """Return the part of the workspace that a member sees."""
    if membership.place_key is None:
        return Scope(membership.workspace_id)
    places = below(workspace_id=membership.workspace_id, place=membership.place_key)
    return Scope(membership.workspace_id, tuple(places))


def narrowed(scope: Scope, *, place: str | None) -> Scope:
    """Return a scope cut to a place and what is below it; a place outside the scope leaves nothing to be seen."""
    if place is None:
        return scope
    wanted = below(workspace_id=scope.workspace_id, place=place)
    return Scope(scope.workspace_id, tuple(key for key in wanted if scope.within(key)))


def read_address(email: str) -> str:
    """Return a login's address in lower case. Raises StaffRefused."""
    try:
        address = read_email(email)
    except ValueRefused as refused:
        raise StaffRefused(f"the address {refused}", field="email", code="email") from refused
    if address is None:
        raise StaffRefused("a login needs an e-mail address", field="email", code="email")
    return address.lower()


def check_password(password: str) -> None:
    """Raise StaffRefused for a password that is too short, or longer than anybody types."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffRefused(
            f"a password has {SHORTEST_PASSWORD} characters at least", field="password", code="password_short"
        )
    if len(password) > LONGEST_PASSWORD:
        raise StaffRefused(
            f"a password has {LONGEST_PASSWORD} characters at most", field="password", code="password_long"
        )


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """Return a hash to be compared with where there is none: a password that nobody could have."""
    return _hasher.hash("\0nobody")
