"""Comparing figures: what changed since the time before, and which of several places may be put in an order.

**A difference** has the interval that follows from those of its two sides (Newcombe 1998, method 10; for figures other
than shares Zou and Donner 2008, "MOVER"): each side's own interval says how far it may lie on the side that matters.
**Several at once** claim more: of twenty figures that did not move one looks as if it had. So those that are read
together are compared at the level that the correction of Bonferroni leaves each: with 95 in 100 nothing that is called
clear is chance, in all of them together.

**An order** of many is a claim about each pair of them at once. So every pair is compared at the level that the
correction of Bonferroni leaves it (Dunn 1961), and each figure gets the ranks that are left to it: below those that are
surely better, above those that are surely worse (Mogstad, Romano, Shaikh and Wilhelm 2024; Klein, Wright and Wieczorek
2020). With 95 in 100 all these ranks are right together. Who may be anywhere is not distinguishable, and not ranked.

What it does not say: answers are taken as drawn one by one from those who could answer. Who does not answer is not
seen; and a figure that moved says nothing about why.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import sqrt
from statistics import NormalDist
from typing import Any, Final, Protocol, TypeVar

from vocapp.domain.scores import FEWEST_ANSWERS, LEVEL, Interval, Z, nps_interval, wilson

_EARLIEST: Final = date(1900, 1, 1)
MOST_RANKED: Final = 500
"""Every pair of them is compared."""
METHOD: Final = (
    "ranks from all pairwise differences (Newcombe 1998; Zou and Donner 2008), Bonferroni-corrected to 95 % together"
)


Key = TypeVar("Key", bound=Hashable)


class Sample(Protocol):
    """What one figure was made of; values and intervals are in its own unit."""

    @property
    def n(self) -> int: ...
    @property
    def value(self) -> float: ...
    def within(self, z: float) -> Interval: ...


@dataclass(frozen=True, slots=True)
class NpsSample:
    """−100 to 100 points."""

    promoters: int
    passives: int
    detractors: int

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors

    @property
    def value(self) -> float:
        return 100 * (self.promoters - self.detractors) / self.n

    def within(self, z: float) -> Interval:
        return nps_interval(self.promoters, self.passives, self.detractors, z)


@dataclass(frozen=True, slots=True)
class ShareSample:
    """In percent."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        return 100 * self.hits / self.n

    def within(self, z: float) -> Interval:
        return wilson(self.hits, self.n, z)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much one figure lies above another."""

    value: float
    interval: Interval

    @property
    def clear(self) -> bool:
        """Say whether it is surely one: its interval does not hold zero."""
        return self.interval.low > 0 or self.interval.high < 0

    def document(self) -> dict[str, Any]:
        return {"value": round(self.value, 4), "interval": self.interval.document(), "clear": self.clear}


@dataclass(frozen=True, slots=True)
class Rank:
    """The places in an order that one of several may have; 1 is the best."""

    best: int
    worst: int
    among: int

    @property
    def distinguishable(self) -> bool:
        return (self.best, self.worst) != (1, self.among)

    def document(self) -> dict[str, Any]:
        return {
            "best": self.best,
            "worst": self.worst,
            "among": self.among,
            "distinguishable": self.distinguishable,
        }


def said(sample: Sample) -> dict[str, Any]:
    """Return a figure as a document: its value and interval, or only how many there are."""
    if sample.n < FEWEST_ANSWERS:
        return {"value": None, "interval": None, "n": sample.n}
    return {"value": round(sample.value, 4), "interval": sample.within(Z).document(), "n": sample.n}


def difference(one: Sample, other: Sample, *, z: float = Z) -> Difference | None:
    """Return how much one lies above the other; None: of one of them there are too few."""
    if min(one.n, other.n) < FEWEST_ANSWERS:
        return None
    value, (a, b) = one.value - other.value, (one.within(z), other.within(z))
    low = value - _reach(one.value - a.low, b.high - other.value)
    high = value + _reach(a.high - one.value, other.value - b.low)
    return Difference(value, Interval(low, high))


def as_long_before(since: date, until: date) -> date | None:
    """Return since when the time before is, of as many days; None: longer ago than anybody tells of."""
    days = (until - since).days
    return since - timedelta(days) if since.toordinal() - days >= _EARLIEST.toordinal() else None


def differences(pairs: Mapping[Key, tuple[Sample, Sample]]) -> dict[Key, Difference]:
    """Return how much each lies above the other of its pair, all of them right together; without those of too few."""
    enough = {key: pair for key, pair in pairs.items() if min(one.n for one in pair) >= FEWEST_ANSWERS}
    z = quantile(pairs=len(enough)) if enough else Z
    found = {key: difference(one, other, z=z) for key, (one, other) in enough.items()}
    return {key: one for key, one in found.items() if one is not None}


def ranks(samples: Mapping[str, Sample], *, lowest_first: bool = False) -> dict[str, Rank]:
    """Return the ranks of those that have answers enough, all together right with 95 in 100; {} of fewer than two.

    Of more than MOST_RANKED none is ranked. `lowest_first`: the lowest value is the best.
    """
    enough = {key: sample for key, sample in samples.items() if sample.n >= FEWEST_ANSWERS}
    if not 2 <= len(enough) <= MOST_RANKED:
        return {}
    z = quantile(pairs=len(enough) * (len(enough) - 1) // 2)
    sides = [(key, sample.value, sample.within(z)) for key, sample in enough.items()]
    above, below = dict.fromkeys(enough, 0), dict.fromkeys(enough, 0)
    sides.sort(key=lambda side: -side[1])
    for place, (better, value, a) in enumerate(sides):
        for worse, other, b in sides[place + 1 :]:
            if value - other > _reach(value - a.low, b.high - other):
                below[better] += 1
                above[worse] += 1
    if lowest_first:
        above, below = below, above
    return {key: Rank(1 + above[key], len(enough) - below[key], len(enough)) for key in enough}


@cache
def quantile(*, pairs: int) -> float:
    """Return the normal quantile at which so many comparisons are all right with LEVEL (Dunn 1961), two-sided."""
    return NormalDist().inv_cdf(1 - (1 - LEVEL) / (2 * pairs))


def _reach(one: float, other: float) -> float:
    return sqrt(max(0.0, one) ** 2 + max(0.0, other) ** 2)
