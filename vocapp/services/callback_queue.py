"""The callback queue, read: what is open first, and of that the most urgent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, case, literal, select, true, tuple_

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


def list_alert_ranks(
    *,
    workspace_id: int,
    wanted: AlertFilter,
    after: Rank | None,
    limit: int,
    places: Collection[str] | None = None,
) -> list[Rank]:
    """Return a page of the queue behind a rank; `places` limits it to what a member of the staff may see."""
    closed = case((Alert.status.in_(alerts.OPEN), 0), else_=1)
    order = (closed, -Alert.priority, Alert.due_at, Alert.id)
    query = select(*order).where(Alert.workspace_id == workspace_id, _within(places))
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


def find_alert(*, workspace_id: int, alert_id: UUID, places: Collection[str] | None = None) -> Alert | None:
    """Return an alert; None where there is none, or none within these places."""
    query = select(Alert).where(Alert.workspace_id == workspace_id, Alert.id == alert_id)
    return db.session.scalars(query.where(_within(places))).one_or_none()


def _within(places: Collection[str] | None) -> ColumnElement[bool]:
    return true() if places is None else Alert.place.in_(list(places))
