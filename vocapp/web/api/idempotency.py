"""`Idempotency-Key`: the same call again is answered the same, and does nothing.

The mark is committed before the work, so that a second call meanwhile is told 409; the answer is saved in the
transaction of the work, so that a crash leaves either both or neither. A refused call leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.wrappers import Request

from vocapp.models import IdempotentCall, db, on_postgresql, transaction
from vocapp.web.problems import Problem

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
ABANDONED = timedelta(seconds=60)
"""A call that is still under way after this is taken for dead: nothing of it was stored."""
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Mark:
    """One call under way; `replay` is what it answered before, if it did."""

    workspace_id: int
    key: str
    replay: tuple[int, Any] | None = None

    def keep(self, status: int, body: Any) -> None:
        """Save the answer, in the transaction of the work."""
        db.session.execute(
            update(IdempotentCall)
            .where(IdempotentCall.workspace_id == self.workspace_id, IdempotentCall.key == self.key)
            .values(status=status, body={"body": orjson.loads(orjson.dumps(body, option=orjson.OPT_UTC_Z))})
        )

    def forget(self) -> None:
        """Leave no trace of a call that was refused."""
        with transaction():
            db.session.execute(
                delete(IdempotentCall).where(
                    IdempotentCall.workspace_id == self.workspace_id,
                    IdempotentCall.key == self.key,
                    IdempotentCall.status.is_(None),
                )
            )


def begin(request: Request, *, workspace_id: int, raw: bytes, now: datetime) -> Mark | None:
    """Mark a call as under way; None without the header.

    Raises Problem: 400 for a bad key, 409 while the first call is in flight, 422 for the key of another call.
    """
    key = _read(request)
    if key is None:
        return None
    said = b"\0".join((request.method.encode(), request.path.encode("utf-8", "surrogatepass"), raw))
    digest = hashlib.sha256(said).hexdigest()
    with transaction():
        return _claim(workspace_id, key, digest, now)


def _claim(workspace_id: int, key: str, digest: str, now: datetime) -> Mark:
    insert = postgresql.insert if on_postgresql() else sqlite.insert
    made = db.session.execute(
        insert(IdempotentCall)
        .values(workspace_id=workspace_id, key=key, digest=digest, status=None, body=None, created_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotentCall.key)
    ).first()
    mark = Mark(workspace_id, key)
    if made is not None:
        return mark
    call = db.session.execute(
        select(IdempotentCall)
        .where(IdempotentCall.workspace_id == workspace_id, IdempotentCall.key == key)
        .with_for_update()
    ).scalar_one_or_none()
    if call is None:  # refused and forgotten between the two statements
        raise _in_flight()
    age = now - call.created_at
    if age > KEPT or (call.status is None and age > ABANDONED):
        call.digest, call.status, call.body, call.created_at = digest, None, None, now
        return mark
    if call.digest != digest:
        raise Problem(422, f"This {HEADER} was used for another call; a new call needs a new key.")
    if call.status is None:
        raise _in_flight()
    return Mark(workspace_id, key, replay=(call.status, (call.body or {}).get("body")))


def _read(request: Request) -> str | None:
    """Read the header: a structured-field string in quotes, or bare."""
    value = request.headers.get(HEADER)
    if value is None:
        return None
    key = value.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Problem(400, f"{HEADER} must be 1 to {LONGEST} printable ASCII characters.")
    return key


def _in_flight() -> Problem:
    return Problem(409, f"The first call with this {HEADER} is still under way.", headers={"Retry-After": "1"})
