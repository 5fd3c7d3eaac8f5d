"""Cohorts: those who first bought in one month, and how many of them still buy.

*Retention* in the k-th month after is the share of the cohort that bought in that very month; it may rise again, since
nobody has a contract to end (the non-contractual setting of Schmittlein, Morrison and Colombo 1987: who is silent has
not said so). *Churn* is therefore told by a rule: the share that has lapsed, with no purchase for longer than the
workspace sets. Each share has its interval (Wilson), and none is told of fewer than ten people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vocapp.domain.scores import ShareFigure, share_figure


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
    lapsed: ShareFigure
    cells: tuple[Cell, ...]

    def document(self) -> dict[str, Any]:
        return {
            "month": self.month,
            "customers": self.customers,
            "revenue_minor": self.revenue_minor,
            "churn": self.lapsed.document(),
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


def cohorts_of(
    sizes: Mapping[str, tuple[int, int]], active: Iterable[tuple[str, str, int, int]], *, today: date
) -> list[Cohort]:
    """Make cohorts of (customers, lapsed) by month, and of (cohort, month, who bought in it, revenue).

    Every month up to today's has its cell, also where nobody bought.
    """
    found = {(cohort, month): (n, revenue) for cohort, month, n, revenue in active}
    now = today.year * 12 + today.month - 1
    cohorts = []
    for cohort, (customers, lapsed) in sorted(sizes.items()):
        first = int(cohort[:4]) * 12 + int(cohort[5:]) - 1
        cells = []
        for offset in range(max(0, now - first) + 1):
            month = f"{(first + offset) // 12:04d}-{(first + offset) % 12 + 1:02d}"
            n, revenue = found.get((cohort, month), (0, 0))
            cells.append(Cell(offset, share_figure(n, customers), revenue, first + offset < now))
        whole = sum(cell.revenue_minor for cell in cells)
        cohorts.append(Cohort(cohort, customers, whole, share_figure(lapsed, customers), tuple(cells)))
    return cohorts
