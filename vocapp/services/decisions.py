"""A decision about an invitation, written down with its reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, String, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from vocapp.models import Invitation, on_postgresql


def decide(
    invitation: Invitation, *, status: str, reason: str | None, now: datetime, detail: str | None = None
) -> None:
    """Move an invitation to a status and append the decision to its record; `detail` is the provider's own words."""
    invitation.status = status
    invitation.reason = reason
    made = decision(status=status, reason=reason, now=now)
    invitation.decisions = [*invitation.decisions, {**made, "detail": detail} if detail else made]


def decision(*, status: str, reason: str | None, now: datetime) -> dict[str, Any]:
    """Return a decision as its record keeps it."""
    return {"at": now.isoformat(), "status": status, "reason": reason}


def appended(made: dict[str, Any]) -> ColumnElement[Any]:
    """Return the record with one more decision, as SQL: for many invitations in one statement."""
    text = literal(orjson.dumps(made).decode(), String)
    if on_postgresql():
        return Invitation.decisions.op("||")(cast(text, JSONB))
    return func.json_insert(Invitation.decisions, "$[#]", func.json(text))
