"""What one customer adds to the sums of cohorts: where and when they first bought, and in which months how much.

A customer belongs to one place for these figures, that of their first purchase (docs/decisions/026), with all they buy
anywhere. So places add up to what is above them, and whoever bought first at no place belongs to none, but counts in
the whole company. A sum is a row of whole numbers, so that what is added and taken away leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, TypeAlias

WHOLE: Final = "*"
"""Stands for the whole company where sums are kept by place; it is no place's key."""
NO_PLACE: Final = ""
NEITHER: Final = "-"
"""Is how an address and the API name what belongs to no place; it is no place's key either."""
ROOT: Final = 1_000_000
"""Squares are kept in three parts, each of whole numbers that fit: of r = ROOT·h + l the sums of h², h·l and l²."""

Kind: TypeAlias = Literal["size", "bought", "month", "day"]
"""Of a sum: who began in a cohort; who bought in a month; whose last purchase was in a month, or on a day of it."""


class Key(NamedTuple):
    """Of which customers a sum is: `place` is a key, or WHOLE; `at` begins a month, unless `kind` is day."""

    place: str
    kind: Kind
    at: date
    cohort: date
    """The first day of the month of the first purchase."""


class Sum(NamedTuple):
    """What customers come to: how many, of whom bought again on another day; amounts in the smallest unit."""

    n: int
    again: int = 0
    revenue_minor: int = 0
    squares_high: int = 0
    squares_mixed: int = 0
    squares_low: int = 0

    @property
    def squares(self) -> int:
        """Return the sum of each customer's value, squared."""
        return ROOT * ROOT * self.squares_high + 2 * ROOT * self.squares_mixed + self.squares_low

    def added(self, other: Sum, times: int = 1) -> Sum:
        return Sum(*(mine + times * theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who has bought, by the workspace's days."""

    place: str
    """Of the first purchase; NO_PLACE: it names none."""
    first_on: date
    last_on: date
    days: int
    """Different ones with a purchase."""
    months: Mapping[str, int] = field(default_factory=dict)
    """What was bought in each month, net of refunds: `{"2026-03": 1999}`."""

    @property
    def revenue(self) -> int:
        return sum(self.months.values())

    def sums(self) -> dict[Key, Sum]:
        """Return all they add, to the company and to their place."""
        cohort, last = self.first_on.replace(day=1), self.last_on.replace(day=1)
        high, low = divmod(self.revenue, ROOT)
        adds: dict[tuple[Kind, date], Sum] = {
            ("size", cohort): Sum(1, int(self.days > 1), self.revenue, high * high, high * low, low * low),
            ("month", last): Sum(1),
            ("day", self.last_on): Sum(1),
            **{
                ("bought", date.fromisoformat(f"{month}-01")): Sum(1, revenue_minor=revenue)
                for month, revenue in self.months.items()
            },
        }
        return {
            Key(place, kind, at, cohort): one for place in counted_at(self.place) for (kind, at), one in adds.items()
        }


def counted_at(place: str) -> tuple[str, ...]:
    """Return under which places somebody of a place counts. Those of none are what the others leave of WHOLE."""
    return (WHOLE,) if place == NO_PLACE else (WHOLE, place)


def buyer_of(purchases: Iterable[tuple[datetime, str, str | None, date, int]]) -> Buyer | None:
    """Put somebody together of (moment, order's key, place, day, revenue) of purchases that stand; None of none."""
    bought = sorted(purchases, key=lambda one: one[:2])
    if not bought:
        return None
    days = [day for _, _, _, day, _ in bought]
    months: dict[str, int] = {}
    for _, _, _, day, revenue in bought:
        month = day.isoformat()[:7]
        months[month] = months.get(month, 0) + revenue
    return Buyer(bought[0][2] or NO_PLACE, min(days), max(days), len(set(days)), months)
