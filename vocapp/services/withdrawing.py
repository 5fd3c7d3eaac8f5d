"""Invitations taken back: what was not sent never goes, and a link that went out opens no more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from vocapp.models import Invitation, LedgerEntry, db
from vocapp.services.decisions import appended, decision

_OPEN = ("scheduled", "held", "sent", "unknown")
_PLANNED = frozenset({"scheduled", "held"})


def withdraw_invitations(*, workspace_id: int, customer_ids: Collection[UUID], reason: str, now: datetime) -> None:
    """Cancel every open invitation of these customers; what was only planned leaves the ledger.

    One whose message is being sent this moment (`sending`) is left to that job. At most three statements, for any
    number of customers.
    """
    standing = db.session.execute(
        select(Invitation.id, Invitation.status)
        .where(
            Invitation.workspace_id == workspace_id,
            Invitation.customer_id.in_(list(customer_ids)),
            Invitation.status.in_(_OPEN),
        )
        .order_by(Invitation.id)
        .with_for_update(key_share=True)  # an answer that comes in meanwhile only refers to its invitation
    ).all()
    if not standing:
        return
    cancelled = decision(status="cancelled", reason=reason, now=now)
    db.session.execute(
        update(Invitation)
        .where(Invitation.workspace_id == workspace_id, Invitation.id.in_([row.id for row in standing]))
        .values(status="cancelled", reason=reason, decisions=appended(cancelled))
        .execution_options(synchronize_session="fetch")
    )
    planned = [row.id for row in standing if row.status in _PLANNED]
    if planned:
        db.session.execute(
            delete(LedgerEntry).where(LedgerEntry.workspace_id == workspace_id, LedgerEntry.id.in_(planned))
        )
