"""Reading orders and refunds out of events, by the names and fields of Segment's e-commerce specification.

| event             | what it says                                                                                |
| ----------------- | ------------------------------------------------------------------------------------------- |
| `Order Completed` | an order: `order_id`, `total` (else `revenue`, else the sum of `products`), `currency`      |
| `Order Updated`   | the same, corrected                                                                         |
| `Order Refunded`  | what was given back: `order_id`, `total` (else `products`, else all of it), `refund_id`     |
| `Order Cancelled` | it is no purchase, whatever it came to; until an `Order Completed` of a later moment        |

An amount is a number, or a text of one; without `currency` an order is in the workspace's, and a refund in its order's,
whichever comes first. `updated_at` on an order says of
when the word is, where not of `occurred_at`: of two words the later counts. An `Order Completed` that has it tells of
the order again, and takes no cancellation back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo

from vocapp.domain.currencies import DIGITS, to_minor, to_unnamed
from vocapp.domain.purchases import Order, Refund
from vocapp.domain.rules import Fault
from vocapp.models.types import time_text
from vocapp.services.intake_reading import EventInput, InputRefused
from vocapp.services.intake_values import LONGEST_ID, ValueRefused, read_id, read_time

COMPLETED: Final = "Order Completed"
ORDERED: Final = frozenset((COMPLETED, "Order Updated"))
CANCELLED: Final = "Order Cancelled"
TELLING: Final = ORDERED | {"Order Refunded", CANCELLED}
"""The names of events that tell of a purchase."""
MOST: Final = Decimal(1_000_000_000)
"""Of any currency: more is a mistake."""
MOST_PRODUCTS: Final = 1000

_NUMBER = re.compile(r"\d{1,12}(\.\d{1,10})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ledger:
    """How a workspace counts money."""

    currency: str
    timezone: ZoneInfo


class NotCounted(ValueError):
    """An event that can be kept, and tells of no purchase that can be counted; the fault says why."""

    def __init__(self, pointer: str, detail: str) -> None:
        self.fault = Fault(pointer, detail)
        super().__init__(detail)


def read_order(event: EventInput, ledger: Ledger) -> Order:
    """Read what an event tells of an order; its customer is still to be named. Raises InputRefused, NotCounted."""
    said, faults = event.properties, list[Fault]()
    key = _read(faults, "order_id", _id, said.get("order_id"))
    named = _read(faults, "currency", _currency, said.get("currency"))
    currency = named or ledger.currency
    amount = None
    if event.name != CANCELLED:
        amount = _amount(said, faults)
    refund_id = _read(faults, "refund_id", _id, said.get("refund_id")) if event.name not in ORDERED else None
    if faults:
        raise InputRefused(faults)
    if key is None:
        raise NotCounted("/properties/order_id", "is missing: no purchase is counted")
    if event.name == CANCELLED:
        return Order(key=key, customer="", cancelled_at=event.occurred_at)
    if event.name not in ORDERED:
        return Order(key=key, customer="", refunds=_refund(event, amount, named, refund_id, ledger))
    if amount is None:
        raise NotCounted("/properties/total", "is missing: no purchase is counted")
    return Order(
        key=key,
        customer="",
        place=event.place,
        ordered_at=event.occurred_at,
        day=event.occurred_at.astimezone(ledger.timezone).date(),
        currency=currency,
        total=to_minor(amount, currency),
        told_at=_told_at(event),
        told_key=blake2b(event.id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
        completed_at=event.occurred_at if event.name == COMPLETED and not said.get("updated_at") else None,
    )


def in_another_currency(order: Order, ledger: Ledger) -> str | None:
    """Return the currency of what was told, where it is not the one that is counted."""
    named = {order.currency} if order.told_at is not None else {currency for _, currency, _ in order.refunds.values()}
    return next((currency for currency in named if currency not in {None, ledger.currency}), None)


def _refund(
    event: EventInput, amount: Decimal | None, named: str | None, refund_id: str | None, ledger: Ledger
) -> Mapping[str, Refund]:
    at = time_text(event.occurred_at)
    minor = None if amount is None else to_minor(amount, named or ledger.currency)
    key = f"id {refund_id}" if refund_id else f"at {at} {minor}"
    if amount is None:
        return {key: (None, None, at)}  # all of it is so much in any currency
    return {key: (to_unnamed(amount), None, at) if named is None else (minor, named, at)}


def _told_at(event: EventInput) -> Any:
    try:
        return read_time(event.properties.get("updated_at"))
    except ValueRefused:  # somebody else's word for something else
        return event.occurred_at


def _amount(said: Mapping[str, Any], faults: list[Fault]) -> Decimal | None:
    for name in ("total", "revenue"):
        if said.get(name) is not None:
            found: Decimal | None = _read(faults, name, _number, said[name])
            return found
    products = said.get("products")
    if products is None or products == []:
        return None
    if not isinstance(products, list) or len(products) > MOST_PRODUCTS:
        faults.append(Fault("/properties/products", f"must be a list of {MOST_PRODUCTS} at most"))
        return None
    whole = Decimal(0)
    for index, product in enumerate(products):
        if not isinstance(product, dict) or product.get("price") is None:
            return None  # not all are priced: no sum
        price = _read(faults, f"products/{index}/price", _number, product["price"])
        quantity = _read(faults, f"products/{index}/quantity", _number, product.get("quantity", 1))
        whole += (price or 0) * (quantity or 0)
    if whole > MOST:
        faults.append(Fault("/properties/products", f"come to more than {MOST:,}"))
        return None
    return whole


def _read(faults: list[Fault], name: str, read: Any, value: Any) -> Any:
    try:
        return None if value is None else read(value)
    except ValueRefused as refused:
        faults.append(Fault(f"/properties/{name}", str(refused)))
        return None


def _id(value: Any) -> str:
    if type(value) is int:
        value = str(value)
    if type(value) is str and len(value) > LONGEST_ID - 10:
        raise ValueRefused(f"must have {LONGEST_ID - 10} characters at most")
    return read_id(value)


def _currency(value: Any) -> str:
    if type(value) is not str or value.upper() not in DIGITS:
        raise ValueRefused("is no currency of ISO 4217, such as EUR")
    return value.upper()


def _number(value: Any) -> Decimal:
    if type(value) is str and _NUMBER.fullmatch(value):
        number = Decimal(value)
    elif type(value) is int or (type(value) is float and isfinite(value)):
        number = Decimal(repr(value))
    else:
        raise ValueRefused(f"must be a number from 0 to {MOST:,}")
    if not 0 <= number <= MOST:
        raise ValueRefused(f"must be a number from 0 to {MOST:,}")
    return number
