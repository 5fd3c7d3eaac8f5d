"""Look invitations up, newest first: what was decided about whom, and why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Customer, Invitation, db


@dataclass(frozen=True, kw_only=True)
class InvitationFilter:
    """Which invitations; None leaves a field open."""

    survey: str | None = None
    status: str | None = None
    reason: str | None = None
    channel: str | None = None
    customer: str | None = None
    """External id."""


def list_invitation_ids(*, workspace_id: int, wanted: InvitationFilter, before: UUID | None, limit: int) -> list[UUID]:
    """Return a page of ids, newest first, behind the one that the page before ended with."""
    query = select(Invitation.id).where(Invitation.workspace_id == workspace_id)
    for column, value in (
        (Invitation.survey_key, wanted.survey),
        (Invitation.status, wanted.status),
        (Invitation.reason, wanted.reason),
        (Invitation.channel, wanted.channel),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.customer is not None:
        query = query.join(
            Customer, (Customer.workspace_id == Invitation.workspace_id) & (Customer.id == Invitation.customer_id)
        ).where(Customer.external_id == wanted.customer)
    if before is not None:
        query = query.where(Invitation.id < before)
    return list(db.session.scalars(query.order_by(Invitation.id.desc()).limit(limit)))
