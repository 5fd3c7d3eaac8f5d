"""What was told of people who were erased since, by keyed hashes of the tellers' ids.

Told again, an event changes nothing and brings nobody back; an order is not counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.links import event_key, order_key
from vocapp.models import Purchase, ToldBefore, db
from vocapp.models.bulk import insert_many
from vocapp.services.intake_reading import EventInput

COUNTED: Final = "was counted before its customer was erased: the purchase is not counted again"


def keys_of(event: EventInput, secret: bytes) -> tuple[str, str | None]:
    """Return the hashes by which an event, and the order it tells of, would be known."""
    order = event.order
    return event_key(secret, event.id), None if order is None else order_key(secret, order.key)


def remember(*, workspace_id: int, customer_id: UUID, event_ids: Iterable[str], secret: bytes) -> list[str]:
    """Write down the events (by the teller's ids) and the orders of a locked customer; return the events' hashes.

    The orders are locked, too: one that became another's meanwhile would be known as this one's, and count nowhere.
    """
    events = sorted(event_key(secret, one) for one in event_ids)
    orders = db.session.scalars(
        select(Purchase.order_key).where(Purchase.workspace_id == workspace_id, Purchase.customer_id == customer_id)
    )
    keep(workspace_id=workspace_id, keys=[*events, *(order_key(secret, one) for one in orders)])
    return events


def any_order(*, workspace_id: int, keys: Iterable[str], secret: bytes) -> bool:
    """Say whether one of these orders, by the tellers' ids, is known as one of somebody erased: by now."""
    hashes = [order_key(secret, one) for one in sorted(set(keys))]
    found = select(ToldBefore.key).where(ToldBefore.workspace_id == workspace_id, ToldBefore.key.in_(hashes))
    return db.session.scalar(found.limit(1)) is not None


def keep(*, workspace_id: int, keys: Iterable[str]) -> None:
    """Write hashes down; those that are there already stay."""
    rows = [{"workspace_id": workspace_id, "key": key} for key in sorted(set(keys))]
    if rows:
        insert_many(ToldBefore, rows, passing_over=True)
