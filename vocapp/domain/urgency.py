"""How urgent an alert is, and why: how bad it is × whom one may lose × how long they wait.

| factor   | 1                            | 2                                    | 3                                |
| -------- | ---------------------------- | ------------------------------------ | -------------------------------- |
| severity | words behind a better score, | NPS 4 to 6, CSAT 2, CES 2; late, or  | NPS 0 to 3, CSAT 1, CES 1; words |
|          | or against it                | refunded; a valuable customer turns  | that cannot wait; lost           |
| value    | a few orders, or not known   | a regular customer                   | one of the best                  |
| age      | not due yet                  | past the time it was due             | a working day past that time     |

The product, 1 to 27, is the alert's priority: the higher, the sooner. The time it is due is counted in the hours of the
team that calls, from severity × value alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, Self, TypeAlias

from vocapp.domain.business_hours import WORKING_DAY, BusinessHours

Factor: TypeAlias = Literal["severity", "value", "age"]

HIGHEST: Final = 3
"""Of each factor."""
HIGHEST_PRIORITY: Final = HIGHEST**3
_WAITS: Final = (
    (6, timedelta(hours=4)),
    (3, WORKING_DAY),
    (2, 2 * WORKING_DAY),
    (0, 3 * WORKING_DAY),
)
"""(from this severity × value on, call within so many hours of the team's)"""


class Reason(NamedTuple):
    """One factor, why it is what it is, and the figure behind it."""

    factor: Factor
    times: int
    because: str
    """A code: the console has words for it, and `in_english` gives them."""
    figure: float | None = None


@dataclass(frozen=True, slots=True)
class Urgency:
    severity: int = 1
    value: int = 1
    age: int = 1

    @property
    def priority(self) -> int:
        return self.severity * self.value * self.age

    def due_at(self, opened_at: datetime, hours: BusinessHours) -> datetime:
        """Return by when somebody should have called."""
        weight = self.severity * self.value
        return hours.add(opened_at, next(wait for least, wait in _WAITS if weight >= least))

    def ages_at(self, due_at: datetime, hours: BusinessHours) -> datetime | None:
        """Return when waiting makes it more urgent; None: it is as urgent as waiting makes anything."""
        if self.age >= HIGHEST:
            return None
        return due_at if self.age == 1 else hours.add(due_at, WORKING_DAY)

    def aged(self) -> Self:
        """Return how urgent it is once that time has come."""
        return replace(self, age=min(self.age + 1, HIGHEST))

    def worst(self, other: Urgency) -> Self:
        """Return how urgent an alert is that another signal joins."""
        return replace(self, severity=max(self.severity, other.severity), value=max(self.value, other.value))

    def reasons(self, figure: float | None = None, kinds: Iterable[str] = ()) -> tuple[Reason, ...]:
        """Return why, factor by factor; `figure`: by what their value was judged, `kinds`: what it is about."""
        return (
            Reason("severity", self.severity, _why_severe(self.severity, kinds)),
            Reason("value", self.value, ("usual", "regular", "best")[self.value - 1], figure),
            Reason("age", self.age, ("in_time", "overdue", "long_overdue")[self.age - 1]),
        )


def severity(kinds: Iterable[str], scores: Mapping[str, int]) -> int:
    """Return how bad it is, 1 to 3."""
    return max((_severity(kind, scores) for kind in kinds), default=1)


def _severity(kind: str, scores: Mapping[str, int]) -> int:
    if kind in _WORST_UP_TO:
        metric, worst = _WORST_UP_TO[kind]
        return 3 if scores.get(metric, worst + 1) <= worst else 2
    return _SEVERITIES.get(kind, 1)


_WORST_UP_TO: Final = {"detractor": ("nps", 3), "low_csat": ("csat", 1), "high_effort": ("ces", 1)}
_SEVERITIES: Final = {
    "urgent_words": 3,
    "lost": 3,
    "valued_turning": 2,
    "asks_for_help": 2,
    "late": 2,
    "refunded": 2,
    "repeated_contacts": 2,
    "contradiction": 1,
    "other": 1,
}
"""Unhappy words behind a better score are in neither table, and 1."""


def _why_severe(severity: int, kinds: Iterable[str]) -> str:
    """Return the kind that is so bad by itself, whatever the scores; else what the scores come to."""
    itself = [kind for kind in kinds if _SEVERITIES.get(kind) == severity]
    return itself[0] if itself else ("words", "low", "lowest")[severity - 1]


@dataclass(frozen=True, slots=True)
class ValueScale:
    """By which attribute a customer's value is judged, and from which figures on they are regular or among the best."""

    attribute: str = "orders_count"
    regular: float = 3
    best: float = 10

    def value(self, told: Any) -> int:
        """Return the value of a customer, 1 to 3, by what is known of them; what is no number says nothing."""
        if isinstance(told, bool) or not isinstance(told, int | float):
            return 1
        return 3 if told >= self.best else 2 if told >= self.regular else 1


def in_english(reason: Reason) -> str:
    """Say a reason in words."""
    return _ENGLISH[reason.because]


_ENGLISH: Final = {
    "words": "clearly unhappy words behind a better score",
    "low": "a low score",
    "lowest": "one of the lowest scores there are",
    "urgent_words": "words that cannot wait",
    "lost": "an order was lost",
    "valued_turning": "a much lower score than before",
    "asks_for_help": "asks for help",
    "late": "an order is late",
    "refunded": "an order was refunded",
    "repeated_contacts": "gets in touch again and again",
    "contradiction": "the words contradict the score",
    "other": "a rule of the workspace's own",
    "elsewhere": "what the company knows besides",
    "usual": "a customer of few orders, or not known better",
    "regular": "a regular customer",
    "best": "one of the best customers",
    "in_time": "not due yet",
    "overdue": "past the time it was due",
    "long_overdue": "a working day or more past the time it was due",
}
