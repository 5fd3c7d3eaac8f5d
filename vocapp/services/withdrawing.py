"""Invitations taken back: what was not sent never goes, and a link that went out opens no more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from vocapp.models import Invitation, LedgerEntry, db
from vocapp.services.decisions import decide

_OPEN = ("scheduled", "held", "sent", "unknown")


def withdraw_invitations(*, workspace_id: int, customer_ids: Collection[UUID], reason: str, now: datetime) -> None:
    """Cancel every open invitation of these customers; what was only planned leaves the ledger.

    One whose message is being sent this moment (`sending`) is left to that job.
    """
    invitations = db.session.scalars(
        select(Invitation)
        .where(
            Invitation.workspace_id == workspace_id,
            Invitation.customer_id.in_(list(customer_ids)),
            Invitation.status.in_(_OPEN),
        )
        .order_by(Invitation.id)
        .with_for_update()
    ).all()
    planned = [invitation.id for invitation in invitations if invitation.status in {"scheduled", "held"}]
    for invitation in invitations:
        decide(invitation, status="cancelled", reason=reason, now=now)
    if planned:
        db.session.execute(
            delete(LedgerEntry).where(LedgerEntry.workspace_id == workspace_id, LedgerEntry.id.in_(planned))
        )
