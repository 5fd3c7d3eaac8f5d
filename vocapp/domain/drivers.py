"""Drivers: what goes with a low score, found among all that is known of the occasions, and with how sure that is.

Every level of every factor (a place, a kind of product, "delivered after it was promised") is set against all other
answers of which the factor is known:

* **Whether anything is claimed**: Fisher's exact test (1935), one-sided, at 2.5 % divided by the number of levels that
  were looked at (Bonferroni; Dunn 1961). Exact under shuffled labels: however the factors hang together, with 95 in 100
  nothing is claimed where nothing is to be found.
* **How much**: the difference of the two shares of low scores with its interval (Newcombe 1998, method 10) at the same
  corrected level.
* **Which comes first**: by the least share of all low scores that is above what the others would have given (the
  attributable fraction of the population, Levin 1953, at the lower end of the interval): what is frequent and bad comes
  before what is rare and worse.
* **Whether it stands by itself**: the difference within the levels of each driver before it (Mantel and Haenszel 1959,
  variance by Sato 1989). Where that interval holds zero, it is said to go with that other one. So it is where no level
  has answers on both sides, because the two always go together: they cannot be told apart, which is said as well.

That something was not told is no driver: who did not tell it says nothing of the occasion.

What it cannot say stands in LIMITS, and goes wherever a driver goes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, lgamma, sqrt
from statistics import NormalDist
from typing import Any, Final, TypeAlias

from vocapp.domain.comparing import Difference, ShareSample, difference
from vocapp.domain.scores import LEVEL, Interval, Z

FEWEST: Final = 20
"""People on either side of a comparison: of fewer nothing is told, whoever they are."""
MOST_LEVELS: Final = 40
"""Of one factor, the most frequent ones."""
NOTHING: Final = "—"
"""The level of what has no value: set beside others, never claimed."""
LIMITS: Final[Mapping[str, Mapping[str, str]]] = {
    "not_a_cause": {
        "fr": "Ce qui accompagne une mauvaise note n’en est pas forcément la cause.",
        "en": "What goes with a low score need not be its cause.",
    },
    "only_what_is_known": {
        "fr": "Seul ce qui est connu des occasions est examiné\u00a0: ce qui n’a pas été transmis n’apparaît pas ici.",
        "en": "Only what is known of the occasions is looked at: what nobody told cannot show up here.",
    },
    "only_who_answered": {
        "fr": "Seules les personnes qui ont répondu comptent\u00a0; les autres pensent peut-être autrement.",
        "en": "Only people who answered count; the others may feel otherwise.",
    },
    "together": {
        "fr": "Deux facteurs qui vont ensemble se partagent leur effet\u00a0: le second est alors signalé comme tel. "
        "S’ils vont toujours ensemble, rien ne permet de les distinguer, et cela est dit.",
        "en": "Two factors that go together share their effect: the second is then marked as such. Where they always "
        "go together, nothing can tell them apart, and this is said.",
    },
}

Level: TypeAlias = tuple[str, str]
"""(factor, level)."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One answer: who gave it, whether it was low, and what is known of what it was about: factor → levels."""

    who: Hashable
    low: bool
    facts: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Driver:
    factor: str
    level: str
    here: ShareSample
    """Low scores among the answers with it."""
    elsewhere: ShareSample
    gap: Difference
    """In percentage points, at the corrected level."""
    chance: float
    """Of as many low scores or more where it makes no difference."""
    share: float
    """Of all low scores, in percent: those above what the others would have given; at the interval's lower end."""
    goes_with: Level | None = None
    """The driver before it that leaves nothing sure of this one."""
    always_together: bool = False
    """With that one, wherever both are known: nothing can tell them apart."""

    def document(self) -> dict[str, Any]:
        return {
            "factor": self.factor,
            "level": self.level,
            "low": self.here.hits,
            "n": self.here.n,
            "share_low": round(self.here.value, 4),
            "share_low_elsewhere": round(self.elsewhere.value, 4),
            "n_elsewhere": self.elsewhere.n,
            "difference": {
                "value": round(self.gap.value, 4),
                "interval": {**self.gap.interval.document(), "level": LEVEL},
            },
            "share_of_all_low_at_least": round(self.share, 4),
            "chance": float(f"{self.chance:.3g}"),
            "goes_with": None
            if self.goes_with is None
            else dict(zip(("factor", "level"), self.goes_with, strict=True)),
            "always_together": self.always_together,
        }


@dataclass(frozen=True, slots=True)
class Findings:
    drivers: tuple[Driver, ...]
    looked_at: int
    """Levels that were compared: what the correction is for."""
    answers: int
    low: int

    def document(self) -> dict[str, Any]:
        return {
            "drivers": [one.document() for one in self.drivers],
            "looked_at": self.looked_at,
            "answers": self.answers,
            "low": self.low,
        }


def find(occasions: Sequence[Occasion]) -> Findings:
    """Return what goes with low scores; nothing where nothing is sure."""
    tables = _tables(occasions)
    low = sum(one.low for one in occasions)
    if not tables:
        return Findings((), 0, len(occasions), low)
    risk = (1 - LEVEL) / 2 / len(tables)
    z = NormalDist().inv_cdf(1 - risk)
    claimed = []
    for (factor, level), (here, elsewhere) in tables.items():
        gap = difference(here, elsewhere, z=z)
        if gap is None or gap.interval.low <= 0:
            continue
        chance = fisher(here.hits, here.n, here.hits + elsewhere.hits, here.n + elsewhere.n)
        if chance <= risk:
            share = gap.interval.low * here.n / low
            claimed.append(Driver(factor, level, here, elsewhere, gap, chance, share))
    claimed.sort(key=lambda one: (-one.share, one.factor, one.level))
    return Findings(_by_themselves(claimed, occasions), len(tables), len(occasions), low)


def fisher(hits: int, n: int, all_hits: int, all_n: int) -> float:
    """Return the chance of so many hits or more among `n` drawn from `all_n` with `all_hits` (Fisher 1935)."""
    whole = _log_choose(all_n, n)
    return min(
        1.0,
        sum(
            exp(_log_choose(all_hits, k) + _log_choose(all_n - all_hits, n - k) - whole)
            for k in range(hits, min(n, all_hits) + 1)
            if n - k <= all_n - all_hits
        ),
    )


def stratified(tables: Sequence[tuple[ShareSample, ShareSample]]) -> Interval | None:
    """Return the 95 % interval of the difference within strata, in percentage points.

    Mantel and Haenszel 1959; variance by Sato (Sato, Greenland and Robins 1989). None where no stratum has both sides.
    """
    weight = value = along = across = 0.0
    for here, elsewhere in tables:
        a, n1, c, n0 = here.hits, here.n, elsewhere.hits, elsewhere.n
        n = n1 + n0
        if n1 and n0:
            weight += n1 * n0 / n
            value += (a * n0 - c * n1) / n
            along += (n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2
            across += (a * (n0 - c) + c * (n1 - a)) / (2 * n)
    if not weight:
        return None
    middle = value / weight
    half = Z * sqrt(max(0.0, middle * along + across)) / weight
    return Interval(100 * (middle - half), 100 * (middle + half))


def _tables(occasions: Sequence[Occasion]) -> dict[Level, tuple[ShareSample, ShareSample]]:
    """Set each level that enough people have against all others of which its factor is known."""
    known: Counter[str] = Counter()
    known_low: Counter[str] = Counter()
    n: Counter[Level] = Counter()
    low: Counter[Level] = Counter()
    people: dict[Level, set[Hashable]] = defaultdict(set)
    everybody: dict[str, set[Hashable]] = defaultdict(set)
    for one in occasions:
        for factor, levels in one.facts.items():
            known[factor] += 1
            known_low[factor] += one.low
            everybody[factor].add(one.who)
            for level in levels:
                n[factor, level] += 1
                low[factor, level] += one.low
                people[factor, level].add(one.who)
    found = {}
    for factor, level in _most_frequent(n):
        key = (factor, level)
        if level == NOTHING:
            continue
        if len(people[key]) >= FEWEST and len(everybody[factor] - people[key]) >= FEWEST:
            here = ShareSample(low[key], n[key])
            found[key] = (here, ShareSample(known_low[factor] - low[key], known[factor] - n[key]))
    return found


def _most_frequent(n: Counter[Level]) -> list[Level]:
    by_factor: dict[str, list[Level]] = defaultdict(list)
    for key in sorted(n, key=lambda key: (-n[key], key)):
        if len(by_factor[key[0]]) < MOST_LEVELS:
            by_factor[key[0]].append(key)
    return [key for _, levels in sorted(by_factor.items()) for key in levels]


def _by_themselves(claimed: Sequence[Driver], occasions: Sequence[Occasion]) -> tuple[Driver, ...]:
    """Say of each driver which one before it, that stands by itself, leaves nothing sure of it."""
    standing: list[Driver] = []
    told = []
    for one in claimed:
        for before in standing:
            within, together = _beside(one, before, occasions)
            if together or (within is not None and within.low <= 0):
                told.append(replace(one, goes_with=(before.factor, before.level), always_together=together))
                break
        else:
            standing.append(one)
            told.append(one)
    return tuple(told)


def _beside(one: Driver, before: Driver, occasions: Sequence[Occasion]) -> tuple[Interval | None, bool]:
    """Look at one driver where the other is there, where it is not, and where that is not known.

    Return its difference within these, None where none has both sides; and whether that is because it never comes
    without the other. Where it is never known beside the other, nothing speaks against it.
    """
    counts: dict[bool | None, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for occasion in occasions:
        levels = occasion.facts.get(one.factor)
        if levels is None:
            continue
        others = occasion.facts.get(before.factor)
        cell = counts[None if others is None else before.level in others]
        side = 0 if one.level in levels else 2
        cell[side] += occasion.low
        cell[side + 1] += 1
    within = stratified([(ShareSample(a, n1), ShareSample(c, n0)) for a, n1, c, n0 in counts.values()])
    _, both, _, _ = counts[True]
    return within, within is None and both > 0 and not counts[False][1]


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
