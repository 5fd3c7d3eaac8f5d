"""Look invitations up, newest first: what was decided about whom, and why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select

from vocapp.domain.delivery import FAILED
from vocapp.models import Customer, Invitation, db
from vocapp.services.reporting import below


def how_far() -> ColumnElement[str]:
    """Return how far an invitation came, as SQL: its status, or what it was before it was taken back.

    Taking back closes a link; it does not undo that a message left.
    """
    went = case(
        (Invitation.delivery.in_(FAILED), "failed"),
        (Invitation.sent_at.is_not(None), "sent"),
        (Invitation.marked_at.is_not(None), "unknown"),
        else_=Invitation.status,
    )
    return case((Invitation.status == "cancelled", went), else_=Invitation.status)


def stands_as(status: str) -> ColumnElement[bool]:
    """Return the condition for a status, as SQL: what was sent and taken back since is found under both."""
    return or_(Invitation.status == status, and_(Invitation.status == "cancelled", how_far() == status))


@dataclass(frozen=True, kw_only=True)
class InvitationFilter:
    """Which invitations; None leaves a field open."""

    survey: str | None = None
    status: str | None = None
    reason: str | None = None
    channel: str | None = None
    customer: str | None = None
    """External id."""
    place: str | None = None
    """With all that is below it."""


def list_invitation_ids(*, workspace_id: int, wanted: InvitationFilter, before: UUID | None, limit: int) -> list[UUID]:
    """Return a page of ids, newest first, behind the one that the page before ended with."""
    query = select(Invitation.id).where(Invitation.workspace_id == workspace_id)
    for column, value in (
        (Invitation.survey_key, wanted.survey),
        (Invitation.reason, wanted.reason),
        (Invitation.channel, wanted.channel),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.status is not None:
        query = query.where(stands_as(wanted.status))
    if wanted.customer is not None:
        query = query.join(
            Customer, (Customer.workspace_id == Invitation.workspace_id) & (Customer.id == Invitation.customer_id)
        ).where(Customer.external_id == wanted.customer)
    if wanted.place is not None:
        query = query.where(Invitation.place.in_([wanted.place, *below(workspace_id=workspace_id, place=wanted.place)]))
    if before is not None:
        query = query.where(Invitation.id < before)
    return list(db.session.scalars(query.order_by(Invitation.id.desc()).limit(limit)))
