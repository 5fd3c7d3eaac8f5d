"""The callback queue, read: what is promised for now, then what else is open, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, literal, select, tuple_

from vocapp.models import Alert, db
from vocapp.models.types import UtcTime, Uuid
from vocapp.services.keeping_promises import turn
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

    turn: int
    """0: a call is promised for now, 1: open, 2: resolved or closed."""
    mildness: int
    """The priority with its sign turned."""
    due_at: datetime
    id: UUID


def order(now: datetime) -> tuple[Any, ...]:
    """Write an alert's rank as SQL."""
    return (turn(now), -Alert.priority, Alert.due_at, Alert.id)


def behind(rank: Rank, now: datetime) -> ColumnElement[bool]:
    """Write as SQL that an alert stands behind a rank."""
    return tuple_(*order(now)) > tuple_(
        literal(rank.turn, Integer()),
        literal(rank.mildness, Integer()),
        literal(rank.due_at, UtcTime()),
        literal(rank.id, Uuid()),
    )


def list_alert_ranks(
    *, workspace_id: int, wanted: AlertFilter, after: Rank | None, limit: int, now: datetime
) -> list[Rank]:
    """Return a page of the queue behind a rank."""
    query = select(*order(now)).where(Alert.workspace_id == workspace_id)
    if wanted.statuses is not None:
        query = query.where(Alert.status.in_(wanted.statuses))
    if wanted.assignee is not None:
        query = query.where(Alert.assignee == wanted.assignee)
    if wanted.place is not None:
        query = query.where(Alert.place.in_([wanted.place, *below(workspace_id=workspace_id, place=wanted.place)]))
    if after is not None:
        query = query.where(behind(after, now))
    return [Rank(*row) for row in db.session.execute(query.order_by(*order(now)).limit(limit))]
