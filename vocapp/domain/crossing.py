"""A figure of a group beside that of everybody else, and how long it took: what a closer look at a survey tells.

Groups may overlap (segments), so none is ranked: each is set against those who do not belong to it, with the interval
of the difference (Newcombe 1998; Zou and Donner 2008), corrected for how many groups there are (Dunn 1961).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import comb, floor
from typing import Any, Literal, TypeAlias

from vocapp.domain.comparing import NpsSample, Sample, ShareSample, difference, quantile, said
from vocapp.domain.scores import FEWEST_ANSWERS, LEVEL, nps_category

Metric: TypeAlias = Literal["nps", "csat", "ces"]
TOP = {"csat": 4, "ces": 5}
"""From which score on an answer is of the upper end."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer: its score, and the groups that whoever gave it belongs to, by kind."""

    score: int
    groups: Mapping[str, Collection[str]]
    """A kind that is not there is not known of this answer: it is among no others."""


def crossed(metric: Metric, answers: Sequence[Scored]) -> list[dict[str, Any]]:
    """Return every group with its figure, that of the others, and how far apart they surely are; most answers first."""
    everybody: dict[str, Counter[int]] = defaultdict(Counter)
    by_group: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for one in answers:
        for kind, keys in one.groups.items():
            everybody[kind][one.score] += 1
            for key in keys:
                by_group[kind, key][one.score] += 1
    z = quantile(pairs=max(1, len(by_group)))
    found = []
    for (kind, key), scores in sorted(by_group.items(), key=lambda item: (item[0][0], -item[1].total(), item[0][1])):
        here, others = sample(metric, scores), sample(metric, everybody[kind] - scores)
        apart = difference(here, others, z=z)
        found.append(
            {"by": kind, "key": key, **said(here), "others": said(others), "apart": apart.document() if apart else None}
        )
    return found


def sample(metric: Metric, scores: Counter[int]) -> Sample:
    """Return what a figure is made of, from how often each score was given."""
    if metric == "nps":
        by: Counter[str] = Counter()
        for score, n in scores.items():
            by[nps_category(score)] += n
        return NpsSample(by["promoter"], by["passive"], by["detractor"])
    return ShareSample(sum(n for score, n in scores.items() if score >= TOP[metric]), scores.total())


def median_of(values: Sequence[float]) -> dict[str, Any]:
    """Return the median with its interval from order statistics (Thompson 1936), exact for any distribution.

    Null under ten values.
    """
    n = len(values)
    if n < FEWEST_ANSWERS:
        return {"median": None, "interval": None, "n": n}
    ordered = sorted(values)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    skipped = _skipped(n)
    interval = {"low": round(ordered[skipped], 1), "high": round(ordered[n - 1 - skipped], 1), "level": LEVEL}
    return {"median": round(middle, 1), "interval": interval, "n": n}


def _skipped(n: int) -> int:
    """Return how many values at either end the interval leaves out: as many as its level allows, by the binomial."""
    if n > MOST_EXACT:
        return max(0, floor(n / 2 - quantile(pairs=1) * n**0.5 / 2) - 1)
    tail = left = 0
    while left < n // 2:
        tail += comb(n, left)
        if 2 * tail > (1 - LEVEL) * 2**n:
            break
        left += 1
    return max(0, left - 1)


MOST_EXACT = 200
"""Above it the binomial is taken for normal."""
