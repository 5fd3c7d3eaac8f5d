"""Invitations taken back: what was not sent never goes, and a link that went out opens no more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from vocapp.models import Invitation, LedgerEntry, db
from vocapp.services import happenings
from vocapp.services.decisions import appended, decision

_OPEN = ("scheduled", "held", "sent", "unknown")
_PLANNED = frozenset({"scheduled", "held"})


def withdraw_invitations(*, workspace_id: int, customer_ids: Collection[UUID], reason: str, now: datetime) -> None:
    """Cancel every open invitation of these customers; what was only planned leaves the ledger.

    One whose message is being sent this moment (`sending`) is left to that job. At most three statements, for any
    number of customers.
    """
    mine = Invitation.customer_id.in_(list(customer_ids))
    _take_back(workspace_id, mine & Invitation.status.in_(_OPEN), "cancelled", reason, now)


def suppress_planned(
    *,
    workspace_id: int,
    customer_ids: Collection[UUID],
    reason: str,
    now: datetime,
    before: datetime | None = None,
    surveys: Collection[str] | None = None,
    kind: str | None = None,
) -> None:
    """Suppress what is planned for these customers, before a time, of some surveys or a kind; links stay open."""
    planned = Invitation.customer_id.in_(list(customer_ids)) & Invitation.status.in_(sorted(_PLANNED))
    if before is not None:
        planned &= Invitation.send_at < before
    if surveys is not None:
        planned &= Invitation.survey_key.in_(list(surveys))
    if kind is not None:
        planned &= Invitation.kind == kind
    _take_back(workspace_id, planned, "suppressed", reason, now)


def withdraw_outranked(*, workspace_id: int, invitation_ids: Collection[UUID], now: datetime) -> None:
    """Suppress these, as far as they are still planned: something more important takes their places."""
    these = Invitation.id.in_(list(invitation_ids)) & Invitation.status.in_(sorted(_PLANNED))
    _take_back(workspace_id, these, "suppressed", "outranked", now)


def _take_back(workspace_id: int, which: ColumnElement[bool], status: str, reason: str, now: datetime) -> None:
    standing = db.session.execute(
        select(Invitation.id, Invitation.status, Invitation.kind)
        .where(Invitation.workspace_id == workspace_id, which)
        .order_by(Invitation.id)
        .with_for_update(key_share=True)  # an answer that comes in meanwhile only refers to its invitation
    ).all()
    if not standing:
        return
    decided = decision(status=status, reason=reason, now=now)
    db.session.execute(
        update(Invitation)
        .where(Invitation.workspace_id == workspace_id, Invitation.id.in_([row.id for row in standing]))
        .values(status=status, reason=reason, decisions=appended(decided))
        .execution_options(synchronize_session="fetch")
    )
    planned = [row.id for row in standing if row.status in _PLANNED]
    if planned:
        db.session.execute(
            delete(LedgerEntry).where(LedgerEntry.workspace_id == workspace_id, LedgerEntry.id.in_(planned))
        )
    apologies = [row.id for row in standing if row.status in _PLANNED and row.kind == happenings.APOLOGY]
    if apologies:
        happenings.alert_instead(workspace_id=workspace_id, invitation_ids=apologies, now=now)
