"""API keys: made once, shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Integer, String, select, update
from sqlalchemy.exc import DBAPIError

from vocapp.models import ApiKey, Place, autocommit, db, new_id
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import Json, UtcTime, Uuid
from vocapp.services import auditing

SCOPES = ("ingest", "surveys", "alerts", "helpdesk", "export", "admin")
"""What a key may be for; a key with none named may do everything."""

PREFIX = "vk_"
LONGEST = 200
NOTED_EVERY = timedelta(minutes=5)
"""A use is written down that often at most."""


class UnknownScope(ValueError):
    """A scope that is none of SCOPES."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls: a key, its workspace, and the database's time of the call."""

    key_id: UUID
    key_name: str
    scopes: frozenset[str]
    workspace_id: int
    workspace_key: str
    timezone: str
    default_language: str
    now: datetime
    place: str | None = None
    """The key sees this place and what is below it; None: everything."""

    def may(self, scopes: Sequence[str]) -> bool:
        """Say whether the key has one of `scopes`; without any named it has them all."""
        return not self.scopes or not self.scopes.isdisjoint(scopes)


class UnknownPlace(ValueError):
    """A place that the workspace has not."""


class KeyMade(Exception):
    """There is a key of this id already: a form was sent twice."""


def create(
    *,
    workspace_id: int,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    key_id: UUID | None = None,
    by: str | None = None,
    place: str | None = None,
) -> str:
    """Make a key and return it: 256 random bits, never to be seen again. Raises UnknownScope, UnknownPlace, KeyMade.

    With a place it sees what happened there and below it, and nothing else.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise UnknownScope(f"{', '.join(unknown)}: no such scope; there are {', '.join(SCOPES)}")
    if key_id is not None and db.session.get(ApiKey, (workspace_id, key_id)) is not None:
        raise KeyMade
    if place is not None and db.session.get(Place, (workspace_id, place)) is None:
        raise UnknownPlace(f"there is no place {place} in this workspace")
    key = PREFIX + secrets.token_urlsafe(32)
    scopes = sorted(set(scopes))
    db.session.add(
        ApiKey(
            workspace_id=workspace_id,
            id=key_id or new_id(),
            name=name[:200],
            digest=digest(key),
            scopes=scopes,
            place_key=place,
            created_at=now,
            last_used_at=None,
            revoked_at=None,
        )
    )
    db.session.flush()
    if by is not None:
        after = {"scopes": scopes or ["all"], **({"place": place} if place else {})}
        auditing.note(workspace_id=workspace_id, by=by, action="key.created", subject=name, after=after, now=now)
    return key


def find_bearer(*, key: str) -> Bearer | None:
    """Return who calls with this key; None where it is unknown or revoked. One statement, outside any transaction."""
    if not 0 < len(key) <= LONGEST:
        return None
    row = _FIND.read(autocommit(), digest=digest(key))
    if row is None:
        return None
    key_id, name, scopes, used, place, workspace_id, workspace_key, timezone, language, now = row
    now = now.astimezone(UTC)
    if used is None or now - used >= NOTED_EVERY:
        _note_use(key_id, now)
    return Bearer(key_id, name, frozenset(scopes), workspace_id, workspace_key, timezone, language, now, place)


def list_keys(*, workspace_id: int) -> list[ApiKey]:
    """Return the workspace's keys, oldest first."""
    return list(db.session.scalars(select(ApiKey).where(ApiKey.workspace_id == workspace_id).order_by(ApiKey.id)))


def revoke(*, workspace_id: int, key_id: UUID, now: datetime, by: str | None = None) -> bool:
    """Take a key back from this moment on; say whether there was one to take."""
    done = db.session.execute(
        update(ApiKey)
        .where(ApiKey.workspace_id == workspace_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.name)
    ).first()
    if done is not None and by is not None:
        auditing.note(workspace_id=workspace_id, by=by, action="key.revoked", subject=done.name, now=now)
    return done is not None


def _note_use(key_id: UUID, now: datetime) -> None:
    """Write down that a key is in use, outside any transaction; nobody is refused because it can't be written."""
    with suppress(DBAPIError):
        _NOTE_USE.first(autocommit(), id=key_id, now=now)


def digest(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


@statement(
    id=Uuid(),
    name=String(),
    scopes=Json(),
    last_used_at=UtcTime(),
    place_key=String(),
    workspace_id=Integer(),
    key=String(),
    timezone=String(),
    default_language=String(),
    now=UtcTime(),
)
def _FIND(d: Dialect) -> str:  # noqa: N802
    return (
        "select k.id, k.name, k.scopes, k.last_used_at, k.place_key, k.workspace_id, w.key, w.timezone, "
        f"w.default_language, {d.now} as now "
        "from api_keys k join workspaces w on w.id = k.workspace_id where k.digest = :digest and k.revoked_at is null"
    )


@statement(id=Uuid())
def _NOTE_USE(d: Dialect) -> str:  # noqa: N802
    return f"update api_keys set last_used_at = {d.time('now')} where id = {d.uuid('id')} returning id"
