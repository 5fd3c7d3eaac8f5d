"""A decision about an invitation, written down with its reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vocapp.models import Invitation


def decide(invitation: Invitation, *, status: str, reason: str | None, now: datetime) -> None:
    """Move an invitation to a status and append the decision to its record."""
    invitation.status = status
    invitation.reason = reason
    invitation.decisions = [*invitation.decisions, decision(status=status, reason=reason, now=now)]


def decision(*, status: str, reason: str | None, now: datetime) -> dict[str, Any]:
    """Return a decision as its record keeps it."""
    return {"at": now.isoformat(), "status": status, "reason": reason}
