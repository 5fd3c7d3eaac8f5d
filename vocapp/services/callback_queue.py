"""The callback queue, read: what is open first, and of that the most urgent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Integer, case, literal, select, tuple_

from vocapp.domain import alerts
from vocapp.models import Alert, db
from vocapp.models.types import UtcTime, Uuid
from vocapp.services.reporting import below


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Which alerts; None leaves a field open."""

    statuses: tuple[str, ...] | None = None
    assignee: str | None = None
    place: str | None = None
    """With all that is below it."""


class Rank(NamedTuple):
    """Where an alert stands in the queue, the smallest first."""

    closed: int
    """0: open, 1: resolved or closed."""
    mildness: int
    """The priority with its sign turned."""
    due_at: datetime
    id: UUID


def list_alert_ranks(*, workspace_id: int, wanted: AlertFilter, after: Rank | None, limit: int) -> list[Rank]:
    """Return a page of the queue behind a rank."""
    closed = case((Alert.status.in_(alerts.OPEN), 0), else_=1)
    order = (closed, -Alert.priority, Alert.due_at, Alert.id)
    query = select(*order).where(Alert.workspace_id == workspace_id)
    if wanted.statuses is not None:
        query = query.where(Alert.status.in_(wanted.statuses))
    if wanted.assignee is not None:
        query = query.where(Alert.assignee == wanted.assignee)
    if wanted.place is not None:
        query = query.where(Alert.place.in_([wanted.place, *below(workspace_id=workspace_id, place=wanted.place)]))
    if after is not None:
        query = query.where(
            tuple_(*order)
            > tuple_(
                literal(after.closed, Integer()),
                literal(after.mildness, Integer()),
                literal(after.due_at, UtcTime()),
                literal(after.id, Uuid()),
            )
        )
    return [Rank(*row) for row in db.session.execute(query.order_by(*order).limit(limit))]
