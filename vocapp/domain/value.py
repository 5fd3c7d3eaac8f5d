"""What a customer is worth and where they stand: recency, frequency, basket, lifetime value, stage; and cohorts.

Conventions are those of Fader and Hardie for the CDNOW data ("Creating an RFM Summary Using Excel", 2008; "A Note on
Deriving the Pareto/NBD Model", 2005): purchases of one day are one, *frequency* counts repeats (days with a purchase
less the first), *recency* is the age at the last purchase (first to last day), *T* the age now (first day to the end of
the observation). Somebody who bought once has frequency 0 and recency 0.

| stage      | who                                                                      | may become             |
| ---------- | ------------------------------------------------------------------------ | ---------------------- |
| prospect   | no purchase                                                              | customer               |
| customer   | has bought                                                               | regular, ambassador, lapsed |
| regular    | bought in each of the last `regular_months` months that are over or begun | customer, ambassador   |
| ambassador | a regular who would recommend us: a promoter by the last NPS             | regular, customer      |
| lapsed     | no purchase for more than `lapsed_after_days`                            | customer               |

"Each month" is by the calendar, the current one not being over: who bought in it or in the one before it has missed
none yet. A customer is a prospect again only where a purchase turns out to be somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any, Final, Literal, Self, TypeAlias

from vocapp.domain.currencies import DIGITS
from vocapp.domain.scores import FEWEST_ANSWERS, Interval, Z

Stage: TypeAlias = Literal["prospect", "customer", "regular", "ambassador", "lapsed"]

STAGES: Final[tuple[Stage, ...]] = ("prospect", "customer", "regular", "ambassador", "lapsed")
MAY_BECOME: Final[Mapping[Stage, frozenset[Stage]]] = {
    "prospect": frozenset({"customer"}),
    "customer": frozenset({"regular", "ambassador", "lapsed", "prospect"}),
    "regular": frozenset({"customer", "ambassador"}),
    "ambassador": frozenset({"regular", "customer"}),
    "lapsed": frozenset({"customer", "prospect"}),
}
PROMOTER_FROM: Final = 9
"""Of the last NPS."""


@dataclass(frozen=True, slots=True)
class ValueSettings:
    """What a workspace sets about the worth of its customers: `{"currency": "EUR", "regular_months": 3, …}`."""

    currency: str = "EUR"
    """The one that is counted: amounts in another are never added to it."""
    regular_months: int = 3
    lapsed_after_days: int = 365

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        for key, value in document.items():
            if key == "currency":
                if not isinstance(value, str) or value not in DIGITS:
                    raise ValueError("currency: a currency of ISO 4217, such as EUR")
            elif key in _BOUNDS:
                least, most = _BOUNDS[key]
                if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                    raise ValueError(f"{key}: a whole number from {least} to {most}")
            else:
                raise ValueError(f"{key}: no such setting; there are currency, {', '.join(_BOUNDS)}")
        return cls(**document)


_BOUNDS: Final = {"regular_months": (2, 24), "lapsed_after_days": (90, 3650)}
"""Below, somebody would be regular by one purchase, or lapsed while still regular."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody's purchases come to. Amounts in the smallest unit of one currency."""

    orders: int = 0
    days: int = 0
    run_months: int = 0
    """Calendar months in a row, up to that of the last purchase, with a purchase each."""
    revenue: int = 0
    """Net of refunds."""
    refunded: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    first_on: date | None = None
    last_on: date | None = None

    @property
    def frequency(self) -> int:
        """Return repeat purchases, counted by day (Fader and Hardie's x)."""
        return max(0, self.days - 1)

    @property
    def recency_days(self) -> int | None:
        """Return the days from the first purchase to the last (their t_x). None: there is none."""
        return None if self.first_on is None or self.last_on is None else (self.last_on - self.first_on).days

    def age_days(self, today: date) -> int | None:
        """Return the days from the first purchase to the end of the observation (their T)."""
        return None if self.first_on is None else max(0, (today - self.first_on).days)

    def days_since_last(self, today: date) -> int | None:
        """Return the days since the last purchase: what marketing calls recency in RFM scores (Hughes 1994)."""
        return None if self.last_on is None else max(0, (today - self.last_on).days)

    @property
    def average_basket(self) -> float | None:
        """Return the revenue of an order, net of refunds (monetary value M of RFM, by order)."""
        return self.revenue / self.orders if self.orders else None

    @property
    def lifetime_value(self) -> int:
        """Return the historic lifetime value: all revenue so far, net of refunds and before costs, of nobody's guess.

        (Gupta et al., "Modeling Customer Lifetime Value", 2006, call what is to come the residual value; it is not
        in it.)
        """
        return self.revenue


def standing_of(purchases: Iterable[tuple[datetime, date, int, int]]) -> Standing:
    """Add up purchases: (moment, day, total, refunded) each. What the database keeps must be the same."""
    bought = list(purchases)
    if not bought:
        return Standing()
    days = {day for _, day, _, _ in bought}
    moments = [at for at, _, _, _ in bought]
    return Standing(
        orders=len(bought),
        days=len(days),
        run_months=_run({_month(day) for day in days}),
        revenue=sum(total - refunded for _, _, total, refunded in bought),
        refunded=sum(refunded for _, _, _, refunded in bought),
        first_at=min(moments),
        last_at=max(moments),
        first_on=min(days),
        last_on=max(days),
    )


def stage_of(standing: Standing, *, nps: int | None, today: date, settings: ValueSettings) -> Stage:
    """Return where somebody stands on a day; `nps` is their last answer. `models/values.py` says the same in SQL."""
    if standing.orders == 0 or standing.last_on is None:
        return "prospect"
    if (today - standing.last_on).days > settings.lapsed_after_days:
        return "lapsed"
    if standing.run_months >= settings.regular_months and _month(today) - _month(standing.last_on) <= 1:
        return "ambassador" if nps is not None and nps >= PROMOTER_FROM else "regular"
    return "customer"


def next_turn(standing: Standing, *, today: date, settings: ValueSettings) -> date | None:
    """Return the day from which on time alone may make another stage of it; None: it makes none."""
    if standing.orders == 0 or standing.last_on is None:
        return None
    days = [standing.last_on + timedelta(days=settings.lapsed_after_days + 1)]
    if standing.run_months >= settings.regular_months:
        days.append(_month_missed(standing.last_on))
    return min((day for day in days if day > today), default=None)


@dataclass(frozen=True, slots=True)
class Baskets:
    """Sums over customers of their orders x and revenues y: all that the average basket and its interval need."""

    customers: int = 0
    orders: float = 0
    revenue: float = 0
    yy: float = 0
    xy: float = 0
    xx: float = 0

    @property
    def average(self) -> float | None:
        """Return the revenue of an order; None under ten customers, as the interval, in which it lies."""
        return self.revenue / self.orders if self.customers >= FEWEST_ANSWERS and self.orders else None

    def interval(self) -> Interval | None:
        """Return the interval of revenue by order, with customers as what is drawn, since orders of one are alike.

        The variance of a ratio (Cochran, Sampling Techniques, 1977, ch. 6), by the normal approximation; None under
        ten customers. Few and very unequal baskets need more of them for it to hold.
        """
        if self.customers < FEWEST_ANSWERS or not self.orders:
            return None
        ratio = self.revenue / self.orders
        spread = max(0.0, self.yy - 2 * ratio * self.xy + ratio**2 * self.xx)
        half = Z * sqrt(self.customers / (self.customers - 1) * spread) / self.orders
        return Interval(max(0.0, ratio - half), ratio + half)


def history(
    days: Iterable[date],
    *,
    nps: Sequence[tuple[date, int]] = (),
    until: date = date.max,
    settings: ValueSettings,
) -> list[tuple[date, Stage]]:
    """Return every change of stage from the first purchase on: (day, the stage from then on), one a day.

    `days` are those of purchases, `nps` the answers by their days, of one day in their order. Without `until` it goes
    on to where time alone leads if nothing else happens.
    """
    bought = sorted({day for day in days if day <= until})
    answers = sorted(nps, key=lambda one: one[0])
    changes: list[tuple[date, Stage]] = []
    run = purchases = heard = 0
    for day in sorted({day for day in _turns(bought, answers, settings) if day <= until}):
        while purchases < len(bought) and bought[purchases] <= day:
            gap = _month(bought[purchases]) - _month(bought[purchases - 1]) if purchases else 0
            run = run + gap if purchases and gap <= 1 else 1
            purchases += 1
        while heard < len(answers) and answers[heard][0] <= day:
            heard += 1
        standing = Standing(orders=purchases, run_months=run, last_on=bought[purchases - 1] if purchases else None)
        stage = stage_of(standing, nps=answers[heard - 1][1] if heard else None, today=day, settings=settings)
        if stage != (changes[-1][1] if changes else "prospect"):
            changes.append((day, stage))
    return changes


def life(
    days: Iterable[date], *, known_on: date, nps: Sequence[tuple[date, int]] = (), settings: ValueSettings
) -> list[tuple[date, Stage]]:
    """Return the same from when somebody was known or first bought, with what time alone will bring."""
    changes = history(days, nps=nps, settings=settings)
    return changes if changes and changes[0][0] <= known_on else [(known_on, "prospect"), *changes]


def _turns(bought: Sequence[date], answers: Sequence[tuple[date, int]], settings: ValueSettings) -> set[date]:
    """Return the days on which a stage can change: a purchase, an answer, a month missed, too long a silence."""
    turns = {*bought, *(on for on, _ in answers)}
    for day in bought:
        turns.add(_month_missed(day))
        turns.add(day + timedelta(days=settings.lapsed_after_days + 1))
    return turns


def _month_missed(last: date) -> date:
    """Return the day from which on a month without a purchase is over."""
    month = _month(last) + 2
    return date(month // 12, month % 12 + 1, 1)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _run(months: set[int]) -> int:
    run, month = 0, max(months, default=0)
    while month - run in months:
        run += 1
    return run
