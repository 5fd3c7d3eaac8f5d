"""Look responses up, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Customer, Response, db
from vocapp.services.reporting import below


@dataclass(frozen=True, kw_only=True)
class ResponseFilter:
    """Which responses; None leaves a field open. The times are of the last page accepted, `until` does not count."""

    survey: str | None = None
    status: str | None = None
    customer: str | None = None
    """External id."""
    place: str | None = None
    """With all that is below it."""
    since: datetime | None = None
    until: datetime | None = None


def list_response_ids(*, workspace_id: int, wanted: ResponseFilter, before: UUID | None, limit: int) -> list[UUID]:
    """Return a page of ids, newest first, behind the one that the page before ended with."""
    query = select(Response.id).where(Response.workspace_id == workspace_id)
    if wanted.survey is not None:
        query = query.where(Response.survey_key == wanted.survey)
    if wanted.status is not None:
        query = query.where(Response.status == wanted.status)
    if wanted.customer is not None:
        customer_id = db.session.scalar(
            select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.external_id == wanted.customer)
        )
        if customer_id is None:
            return []
        query = query.where(Response.customer_id == customer_id)
    if wanted.place is not None:
        query = query.where(Response.place.in_([wanted.place, *below(workspace_id=workspace_id, place=wanted.place)]))
    if wanted.since is not None:
        query = query.where(Response.answered_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Response.answered_at < wanted.until)
    if before is not None:
        query = query.where(Response.id < before)
    # ids are in the order of their making (UUIDv7): a page that is read later neither repeats nor misses a row
    return list(db.session.scalars(query.order_by(Response.id.desc()).limit(limit)))
