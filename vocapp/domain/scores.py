"""NPS, CSAT and CES with their sample size and interval: never a bare number, and none at all under ten answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, lgamma, log, log1p, sqrt
from typing import Any, Final, Literal, TypeAlias

Category: TypeAlias = Literal["detractor", "passive", "promoter"]

FEWEST_ANSWERS: Final = 10
"""Under this, only counts are shown."""

LEVEL: Final = 0.95
Z: Final = 1.959963984540054
"""The normal quantile of LEVEL, two-sided."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def document(self) -> dict[str, Any]:
        return {"low": round(self.low, 4), "high": round(self.high, 4), "level": LEVEL}


@dataclass(frozen=True, slots=True)
class NpsFigure:
    promoters: int
    passives: int
    detractors: int
    nps: float | None
    """−100 to 100."""
    interval: Interval | None

    @property
    def responses(self) -> int:
        return self.promoters + self.passives + self.detractors

    def document(self) -> dict[str, Any]:
        return {
            "nps": _rounded(self.nps),
            "promoters": self.promoters,
            "passives": self.passives,
            "detractors": self.detractors,
            "responses": self.responses,
            "interval": self.interval.document() if self.interval else None,
        }


@dataclass(frozen=True, slots=True)
class ScaleFigure:
    """Answers on a scale, by the share that chose its upper end."""

    top_name: str
    """`top2` or `top3`: how many points of the scale count as its upper end."""
    counts: Mapping[int, int]
    """Every point of the scale, also those that nobody chose."""
    top: float | None
    """In percent."""
    mean: float | None
    interval: Interval | None
    """Of the share, in percent."""

    @property
    def responses(self) -> int:
        return sum(self.counts.values())

    def document(self) -> dict[str, Any]:
        interval = {**self.interval.document(), "of": self.top_name} if self.interval else None
        return {
            self.top_name: _rounded(self.top),
            "mean": _rounded(self.mean),
            "counts": {str(point): n for point, n in self.counts.items()},
            "responses": self.responses,
            "interval": interval,
        }


@dataclass(frozen=True, slots=True)
class ShareFigure:
    """How many of some: with its interval, or from too few to say."""

    hits: int
    n: int
    share: float | None
    """In percent."""
    interval: Interval | None

    def document(self) -> dict[str, Any]:
        return {
            "share": _rounded(self.share),
            "hits": self.hits,
            "n": self.n,
            "interval": self.interval.document() if self.interval else None,
        }


def share_figure(hits: int, n: int) -> ShareFigure:
    """Return a share with its interval (Wilson 1927), or only the counts where there are too few."""
    if n < FEWEST_ANSWERS:
        return ShareFigure(hits, n, None, None)
    return ShareFigure(hits, n, 100 * hits / n, wilson(hits, n))


def is_content(given: Mapping[str, int]) -> bool | None:
    """Say whether somebody is content, by the scores of one response; None: they gave none.

    By the upper end of CSAT (4, 5), else of CES (5 to 7), else as no detractor (NPS 7 to 10: Reichheld's "passives"
    are satisfied, though not loyal).
    """
    for metric, least in (("csat", 4), ("ces", 5), ("nps", 7)):
        if metric in given:
            return given[metric] >= least
    return None


def nps_category(score: int) -> Category:
    """Return what a score from 0 to 10 makes of a person."""
    if score >= 9:
        return "promoter"
    return "passive" if score >= 7 else "detractor"


def nps_figure(promoters: int, passives: int, detractors: int) -> NpsFigure:
    """Return the score with its adjusted Wald interval: ¾ more promoters, 1½ passives, ¾ detractors (Rocks 2016).

    The plain interval has no width where all agree, and covers too little at small samples.
    """
    n = promoters + passives + detractors
    if n < FEWEST_ANSWERS:
        return NpsFigure(promoters, passives, detractors, None, None)
    interval = nps_interval(promoters, passives, detractors)
    return NpsFigure(promoters, passives, detractors, 100 * (promoters - detractors) / n, interval)


def nps_interval(promoters: int, passives: int, detractors: int, z: float = Z) -> Interval:
    """Return the adjusted Wald interval of a score, at the level of the normal quantile `z`."""
    n = promoters + passives + detractors
    share_up, share_down = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    centre = share_up - share_down
    half = z * sqrt((share_up + share_down - centre**2) / (n + 3))
    return Interval(max(-100.0, 100 * (centre - half)), min(100.0, 100 * (centre + half)))


def csat_figure(counts: Mapping[int, int]) -> ScaleFigure:
    """Return satisfaction from the counts of 1 to 5: the share of 4 and 5, with its interval."""
    return _scale_figure(counts, highest=5, top=2)


def ces_figure(counts: Mapping[int, int]) -> ScaleFigure:
    """Return ease from the counts of 1 to 7: the share of 5 to 7, with its interval."""
    return _scale_figure(counts, highest=7, top=3)


def _scale_figure(counts: Mapping[int, int], *, highest: int, top: int) -> ScaleFigure:
    every = {point: counts.get(point, 0) for point in range(1, highest + 1)}
    n = sum(every.values())
    if n < FEWEST_ANSWERS:
        return ScaleFigure(f"top{top}", every, None, None, None)
    chose_top = sum(every[point] for point in range(highest - top + 1, highest + 1))
    mean = sum(point * times for point, times in every.items()) / n
    return ScaleFigure(f"top{top}", every, 100 * chose_top / n, mean, wilson(chose_top, n))


def wilson(hits: int, n: int, z: float = Z) -> Interval:
    """Return the interval of a share, in percent (Wilson 1927): never outside 0 to 100, never without width."""
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(max(0.0, 100 * (centre - half)), min(100.0, 100 * (centre + half)))


def surely_above(hits: int, n: int, percent: float) -> bool:
    """Say whether a share lies above so many percent, sure to 95 % on this one side.

    That is: the exact lower bound (Clopper and Pearson 1934) does, for as many hits or more would come of such a share
    in less than one of twenty cases. Wilson's is too quick where hits are few: of a share of 0.1 %, one hit among 200
    would lie above it, and comes in 18 cases of a hundred.
    """
    share = percent / 100
    if hits <= n * share:  # then half of the cases have as many
        return False
    if share <= 0:
        return True
    ways = lgamma(n + 1) - lgamma(hits + 1) - lgamma(n - hits + 1)
    at_least = term = exp(ways + hits * log(share) + (n - hits) * log1p(-share))
    odds = share / (1 - share)
    for k in range(hits, n):  # each is smaller than the one before it: they lie beyond the most frequent
        term *= odds * (n - k) / (k + 1)
        at_least += term
        if term < at_least * 1e-12:
            break
    return at_least < 1 - LEVEL


def surely_below(hits: int, n: int, percent: float) -> bool:
    """Say whether a share lies below so many percent, sure to 95 % on this one side."""
    return surely_above(n - hits, n, 100 - percent)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
