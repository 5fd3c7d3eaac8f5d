"""What was changed in the settings: who, when, from what to what. Lines are only added; no secret stands in one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from vocapp.models import AuditEntry, db, new_id

LONGEST_VALUE: Final = 200
"""A logo that is a data address would fill pages: what is longer is cut, with its length behind it."""


def note(
    *,
    workspace_id: int,
    by: str,
    action: str,
    now: datetime,
    subject: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a line. What is the same before and after is left out of it."""
    old, new = dict(before or {}), dict(after or {})
    same = {key for key in old.keys() & new.keys() if old[key] == new[key]}
    db.session.add(
        AuditEntry(
            workspace_id=workspace_id,
            id=new_id(),
            at=now,
            by=by[:320],
            action=action,
            subject=None if subject is None else subject[:320],
            before={key: _short(value) for key, value in old.items() if key not in same} or None,
            after={key: _short(value) for key, value in new.items() if key not in same} or None,
        )
    )
    db.session.flush()


def note_change(
    *,
    workspace_id: int,
    by: str,
    action: str,
    now: datetime,
    subject: str | None = None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Write a line, unless nothing changed."""
    if before != after:
        note(workspace_id=workspace_id, by=by, action=action, now=now, subject=subject, before=before, after=after)


def list_entries(*, workspace_id: int, older_than: UUID | None = None, limit: int) -> list[AuditEntry]:
    """Return lines, the newest first."""
    query = select(AuditEntry).where(AuditEntry.workspace_id == workspace_id)
    if older_than is not None:
        query = query.where(AuditEntry.id < older_than)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)))


def last_at(*, workspace_id: int, action: str) -> datetime | None:
    """Return when something was done last; None: never."""
    return db.session.scalar(
        select(AuditEntry.at)
        .where(AuditEntry.workspace_id == workspace_id, AuditEntry.action == action)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return f"{value[:LONGEST_VALUE]}… ({len(value)})"
    return value
