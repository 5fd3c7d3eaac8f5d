"""Lines in an alert's history that tell of something beside its moves: what was promised, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from vocapp.models import Alert, AlertMove, db, new_id
from vocapp.models.feed import changed


def note(alert: Alert, action: str, *, now: datetime, by: str | None = None, **details: Any) -> None:
    """Add a line to the history of a locked alert, and announce it in the feed."""
    alert.updated_at = now
    alert.version += 1
    db.session.flush()
    db.session.execute(
        insert(AlertMove).values(
            workspace_id=alert.workspace_id,
            id=new_id(),
            alert_id=alert.id,
            at=now,
            action=action,
            by=by,
            status=alert.status,
            details={name: value for name, value in details.items() if value is not None},
        )
    )
    changed("alerts", [alert.id], workspace_id=alert.workspace_id)
