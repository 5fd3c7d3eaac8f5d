"""Purchases as tests tell them, and everything that they have written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from vocapp.models import Customer, CustomerValue, Purchase, Sales, db, transaction
from vocapp.models.again import run_again
from vocapp.services import intake_events, staging, valuing
from vocapp.services.checking import values as checks
from vocapp.services.checking.base import prepare

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SECRET = b"a secret of the tests"


def tell(shop: int, events: Sequence[dict[str, Any]]) -> intake_events.Outcome:
    def once() -> intake_events.Outcome:
        with transaction():
            return intake_events.take_events(workspace_id=shop, documents=events, secret=SECRET, now=NOW)

    return run_again(once)


def follow(shop: int) -> None:
    """Have stages and cohorts follow, as the worker does within seconds."""
    with transaction():
        known = db.session.scalars(select(Customer.id).where(Customer.workspace_id == shop).order_by(Customer.id)).all()
        staging.follow(workspace_id=shop, ids=known)


def told(
    key: str, name: str = "Order Completed", *, of: str = "ada", hours: int = 0, **properties: Any
) -> dict[str, Any]:
    at = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": key,
        "event": name,
        "occurred_at": at,
        "customer": {"external_id": of},
        "place": properties.pop("place", None),
        "properties": properties,
    }


def state(shop: int) -> tuple[Any, ...]:
    """Return everything that purchases have written, by what it is of and without ids of rows."""
    db.session.rollback()
    names = dict(db.session.execute(select(Customer.id, Customer.external_id)).all())
    bought = {
        one.order_key: (
            names[one.customer_id],
            one.place,
            one.ordered_at,
            one.currency,
            one.total_minor,
            one.refunded_minor,
        )
        for one in db.session.scalars(select(Purchase).where(Purchase.workspace_id == shop))
    }
    worth = {
        names[one.customer_id]: valuing.standing_in(one)
        for one in db.session.scalars(select(CustomerValue).where(CustomerValue.workspace_id == shop))
        if one.orders
    }
    sums = {
        (one.day, one.place, one.currency): (one.orders, one.total_minor, one.refunded_minor)
        for one in db.session.scalars(select(Sales).where(Sales.workspace_id == shop))
        if one.orders
    }
    return bought, worth, sums


def wrong(shop: int) -> list[str]:
    db.session.rollback()
    look = prepare(workspace_ids=[shop], now=NOW)
    return [one for check in (checks.CUSTOMERS, checks.DAYS) for found in check.find(look) for one in found.ids]
