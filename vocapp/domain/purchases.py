"""What an order is, once everything that was told of it is put together, in whatever order it came and however often.

Each event says a part: an order its date and total, a refund what was given back. `merge` joins two parts, and gives
the same for either first (commutative), any grouping (associative) and the same one twice (idempotent): so any order of
arrival ends in one state. In it

* the order is dated by the earliest word about it, and its total, currency, place and customer are of the latest;
* each refund counts once, by its own id, else by its moment and amount; nothing more can be given back than was paid;
* a refund that names no currency is in the order's, whenever that is known; one in another counts for nothing;
* a cancelled order is no purchase, nor is one of which everything was given back (`Order.stands`); an order completed
  again, later than it was cancelled, is one. Whoever adds purchases up leaves out what does not stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce

from vocapp.domain.currencies import named

Refund = tuple[int | None, str | None, str]
"""Amount in the smallest unit (None: all of it), its currency, when it was said (a text that sorts as time does).

Currency None: it is the order's, and the amount is in millionths (`currencies.to_unnamed`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is known of one order; `told_at` None: only refunds so far."""

    key: str
    customer: str
    place: str | None = None
    ordered_at: datetime | None = None
    day: date | None = None
    """Of the workspace, when it was first told."""
    currency: str | None = None
    total: int | None = None
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    told_at: datetime | None = None
    told_key: str | None = None
    """Decides between two words of one moment."""
    completed_at: datetime | None = None
    """When it was last completed: what takes an earlier cancellation back."""
    cancelled_at: datetime | None = None
    """None: it is not, or was completed again since."""

    @property
    def stands(self) -> bool:
        """Say whether it is a purchase: told, not cancelled, and not given back whole. One that cost nothing is one.

        `models/purchases.STANDS` says the same in SQL. Decision 015 says why.
        """
        if self.day is None or self.total is None or self.cancelled_at is not None:
            return False
        return self.total == 0 or self.refunded < self.total

    @property
    def refunded(self) -> int:
        """Return what was given back of it: all of it, where it is cancelled."""
        if self.total is None or self.currency is None:
            return 0
        if self.cancelled_at is not None:
            return self.total
        given = 0
        known = {(at, amount) for amount, currency, at in self.refunds.values() if currency == self.currency}
        for key, (amount, currency, at) in self.refunds.items():
            if currency not in {None, self.currency}:
                continue
            if amount is None:
                return self.total
            minor = named(amount, self.currency) if currency is None else amount
            if currency is None and key.startswith("at ") and (at, minor) in known:
                continue  # told again, with its currency
            given += minor
        return min(self.total, given)


def merge(one: Order, other: Order) -> Order:
    """Join what two words, or two states, say of one order."""
    if one.told_at is None and other.told_at is None:
        later = one if one.customer <= other.customer else other  # nobody's yet; the same one whoever comes first
    else:
        later = max(one, other, key=_told)
    ordered_at, day = min(
        ((each.ordered_at, each.day) for each in (one, other) if each.ordered_at is not None and each.day is not None),
        default=(None, None),
    )
    completed_at = _latest(one.completed_at, other.completed_at)
    cancelled_at = _latest(one.cancelled_at, other.cancelled_at)
    if cancelled_at is not None and completed_at is not None and completed_at > cancelled_at:
        cancelled_at = None  # no earlier one can count again: of `completed_at` the latest is kept
    return Order(
        key=one.key,
        customer=later.customer,
        place=later.place,
        ordered_at=ordered_at,
        day=day,
        currency=later.currency,
        total=later.total,
        refunds=_joined(one.refunds, other.refunds),
        told_at=later.told_at,
        told_key=later.told_key,
        completed_at=completed_at,
        cancelled_at=cancelled_at,
    )


def fold(orders: Iterable[Order]) -> dict[str, Order]:
    """Join what was said of each order; return them by their keys."""
    told: dict[str, list[Order]] = {}
    for order in orders:
        told.setdefault(order.key, []).append(order)
    return {key: reduce(merge, words) for key, words in told.items()}


def _told(order: Order) -> tuple[bool, float, str]:
    if order.told_at is None:
        return False, 0.0, ""
    return True, order.told_at.timestamp(), order.told_key or ""


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _joined(one: Mapping[str, Refund], other: Mapping[str, Refund]) -> Mapping[str, Refund]:
    if not one or not other:
        return one or other
    joined = dict(one)
    for key, refund in other.items():
        kept = joined.get(key)
        joined[key] = refund if kept is None else max(kept, refund, key=_said)
    return joined


def _said(refund: Refund) -> tuple[str, bool, bool, int, str]:
    """Of two words about one refund the later counts; of one moment that which names its currency, then the larger."""
    amount, currency, at = refund
    return at, amount is None, currency is not None, amount or 0, currency or ""
