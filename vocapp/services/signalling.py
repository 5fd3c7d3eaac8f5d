"""Raise the signals of unhappy responses: one a response, whatever makes it unhappy, however often it is looked at.

And those of events that tell by themselves that something is wrong: one an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import alerts
from vocapp.domain.alerts import Kind
from vocapp.models import Signal, db
from vocapp.models.bulk import insert_many
from vocapp.models.outbox import announce_many


class Unhappy(NamedTuple):
    """What is told of an unhappy response, or of an event."""

    customer_id: UUID
    kinds: tuple[Kind, ...]
    place: str | None


def raise_signals(
    *, workspace_id: int, unhappy: Mapping[UUID, Unhappy], now: datetime, by_events: bool = False
) -> None:
    """Give these responses, whose rows the caller has locked, their signals; one that stands already gains kinds.

    `by_events`: they are events. A constant number of statements.
    """
    if not unhappy:
        return
    standing = db.session.scalars(
        select(Signal)
        .where(Signal.workspace_id == workspace_id, Signal.response_id.in_(list(unhappy)))
        .order_by(Signal.response_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    new = sorted(unhappy.keys() - {signal.response_id for signal in standing})
    grown = []
    for signal in standing:
        kinds: list[str] = list(alerts.merged(signal.kinds, unhappy[signal.response_id].kinds))
        if kinds != signal.kinds:
            signal.kinds = kinds
            grown.append(signal.response_id)
    db.session.flush()
    rows = [
        {
            "workspace_id": workspace_id,
            "response_id": response_id,
            "customer_id": unhappy[response_id].customer_id,
            "kinds": list(unhappy[response_id].kinds),
            "place": unhappy[response_id].place,
            "raised_at": now,
            "event_id": response_id if by_events else None,
        }
        for response_id in new
    ]
    insert_many(Signal, rows)
    announce_many("SignalRaised", [*new, *grown], workspace_id=workspace_id, due_at=now)
