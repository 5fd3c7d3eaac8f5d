"""Cohorts: those who first bought in one month, and how many of them still buy.

*Retention* in the k-th month after is the share of the cohort that bought in that very month; it may rise again, since
nobody has a contract to end (the non-contractual setting of Schmittlein, Morrison and Colombo 1987: who is silent has
not said so). *Churn* is therefore told by a rule: the share that has lapsed, with no purchase for longer than the
workspace sets; nothing is told of it before each of the cohort can have lapsed. *Value per customer* is what they
bought so far by head, with the interval of a mean (normal approximation: rough where few have very unequal values).
Each share has its interval (Wilson), and none is told of fewer than ten people.

By place the same is told of all cohorts together: who *bought again* did so on another day, whenever; and of who has
lapsed, by the cohorts of which each can have. A place is older than another by its customers: the value of two is
compared as it stands, not at one age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any, NamedTuple

from vocapp.domain.buyers import Sum
from vocapp.domain.scores import FEWEST_ANSWERS, Interval, ShareFigure, Z, share_figure


@dataclass(frozen=True, slots=True)
class Mean:
    """What customers are worth by head, of the sums of their values and of these squared."""

    n: int
    total: int
    squares: float

    @property
    def value(self) -> float:
        return self.total / self.n

    def within(self, z: float) -> Interval:
        spread = max(0.0, self.squares / self.n - self.value**2) * self.n / (self.n - 1)
        half = z * sqrt(spread / self.n)
        return Interval(max(0.0, self.value - half), self.value + half)


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of a cohort."""

    offset: int
    """Months since that of the first purchase, which is 0."""
    bought: ShareFigure
    revenue_minor: int
    is_over: bool
    """False: the month is still going on."""


@dataclass(frozen=True, slots=True)
class Cohort:
    month: str
    """As 2026-03."""
    customers: int
    revenue_minor: int
    squares: float
    """The sum of its customers' values, each squared."""
    lapsed: ShareFigure
    """Only how many, while some cannot have lapsed yet."""
    churn_known_on: date
    """From when on each of them can have lapsed."""
    cells: tuple[Cell, ...]

    @property
    def value(self) -> float | None:
        """Return what a customer of it bought so far, on average; None of too few."""
        return self.revenue_minor / self.customers if self.customers >= FEWEST_ANSWERS else None

    @property
    def value_interval(self) -> Interval | None:
        mean = Mean(self.customers, self.revenue_minor, self.squares)
        return mean.within(Z) if mean.n >= FEWEST_ANSWERS else None

    def document(self) -> dict[str, Any]:
        return {
            "month": self.month,
            "customers": self.customers,
            "revenue_minor": self.revenue_minor,
            "value_minor": None if self.value is None else round(self.value),
            "value_interval": None if self.value_interval is None else self.value_interval.document(),
            "churn": {**self.lapsed.document(), "known_on": self.churn_known_on},
            "months": [
                {
                    "month": cell.offset,
                    "retention": cell.bought.document(),
                    "revenue_minor": cell.revenue_minor,
                    "complete": cell.is_over,
                }
                for cell in self.cells
            ],
        }


@dataclass(frozen=True, slots=True)
class PlaceWorth:
    """The customers of one place who began in a stretch of months."""

    place: str
    """Its key; empty: of none."""
    customers: int
    revenue_minor: int
    squares: float
    again: ShareFigure
    """Who bought again, on another day."""
    lapsed: ShareFigure
    """Of those of whom it can be known: `lapsed.n` is their number."""

    @property
    def mean(self) -> Mean:
        return Mean(self.customers, self.revenue_minor, self.squares)

    def document(self) -> dict[str, Any]:
        enough = self.customers >= FEWEST_ANSWERS
        return {
            "customers": self.customers,
            "revenue_minor": self.revenue_minor,
            "value_minor": round(self.mean.value) if enough else None,
            "value_interval": self.mean.within(Z).document() if enough else None,
            "bought_again": self.again.document(),
            "churn": self.lapsed.document(),
        }


def worth_of(place: str, *, all_: Sum, old: Sum, lapsed: Sum) -> PlaceWorth:
    """Make a place of its sums: of all cohorts, of those of which each can have lapsed, and of who has."""
    again, gone = share_figure(all_.again, all_.n), share_figure(lapsed.n, old.n)
    return PlaceWorth(place, all_.n, all_.revenue_minor, float(all_.squares), again, gone)


class Size(NamedTuple):
    """What is counted of a cohort."""

    customers: int
    lapsed: int
    squares: float


def cohorts_of(
    sizes: Mapping[str, Size],
    active: Iterable[tuple[str, str, int, int]],
    *,
    today: date,
    lapsed_after_days: int,
) -> list[Cohort]:
    """Make cohorts of their sizes by month, and of (cohort, month, who bought in it, revenue).

    Every month up to today's has its cell, also where nobody bought.
    """
    found = {(cohort, month): (n, revenue) for cohort, month, n, revenue in active}
    now = today.year * 12 + today.month - 1
    cohorts = []
    for cohort, (customers, lapsed, squares) in sorted(sizes.items()):
        first = int(cohort[:4]) * 12 + int(cohort[5:]) - 1
        cells = []
        for offset in range(max(0, now - first) + 1):
            month = f"{(first + offset) // 12:04d}-{(first + offset) % 12 + 1:02d}"
            n, revenue = found.get((cohort, month), (0, 0))
            cells.append(Cell(offset, share_figure(n, customers), revenue, first + offset < now))
        whole = sum(cell.revenue_minor for cell in cells)
        known_on = date((first + 1) // 12, (first + 1) % 12 + 1, 1) + timedelta(days=lapsed_after_days)
        churn = share_figure(lapsed, customers) if known_on <= today else ShareFigure(lapsed, customers, None, None)
        cohorts.append(Cohort(cohort, customers, whole, squares, churn, known_on, tuple(cells)))
    return cohorts
