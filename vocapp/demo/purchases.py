"""What the invented company's tills and website sold: one purchase for each order that the demo tells of."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import select

from vocapp.domain.currencies import to_minor
from vocapp.domain.purchases import Order
from vocapp.models import Event, db
from vocapp.services import purchasing

_SOLD: Final = ("order.placed", "store.visited")
_IN_EUROS: Final = {"EUR": Decimal(1), "GBP": Decimal("1.17")}
"""Head office books what British stores sell in its own currency, at a rate of its own."""


def ring_up(*, workspace_id: int) -> None:
    """Take every order of the demo as a purchase, as if a file of them had come from head office."""
    ledger = purchasing.ledger_of(workspace_id=workspace_id)
    rows = db.session.execute(
        select(Event.key, Event.customer_id, Event.place, Event.occurred_at, Event.properties).where(
            Event.workspace_id == workspace_id, Event.name.in_(_SOLD)
        )
    ).all()
    told = [
        Order(
            key=row.properties["order_number"],
            customer=str(row.customer_id),
            place=row.place,
            ordered_at=row.occurred_at,
            day=row.occurred_at.astimezone(ledger.timezone).date(),
            currency="EUR",
            total=to_minor(Decimal(str(row.properties["total"])) * _IN_EUROS[row.properties["currency"]], "EUR"),
            told_at=row.occurred_at,
            told_key="demo",
        )
        for row in rows
        if {"order_number", "total", "currency"} <= row.properties.keys()
    ]
    purchasing.keep(workspace_id=workspace_id, told=told, currency=ledger.currency)
