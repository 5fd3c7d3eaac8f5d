"""A figure with its period, what it was before, and how its groups compare: from the exact counters, as all are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, TypeAlias, TypeVar

from vocapp.domain.comparing import METHOD, NpsSample, Rank, Sample, ShareSample, differences, ranks, said
from vocapp.domain.crossing import sample
from vocapp.models import counted
from vocapp.models.journey import IMPORTED
from vocapp.models.summaries import PEOPLE
from vocapp.services.reporting import SCORE_GROUPS, TIMES, Question, counted_by, scores_counted

Measure: TypeAlias = Literal["nps", "csat", "ces", "completion"]
Key = TypeVar("Key")

MEASURES: Final = ("nps", "csat", "ces", "completion")
UNITS: Final[Mapping[Measure, str]] = {"nps": "points", "csat": "percent", "ces": "percent", "completion": "percent"}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is asked: a measure over some days, beside as many days before them."""

    measure: Measure
    question: Question
    since: date
    until: date
    group_by: str | None = None

    @property
    def now(self) -> Question:
        return replace(self.question, since=self.since, until=self.until)

    @property
    def before(self) -> Question:
        return replace(self.question, since=self.since - (self.until - self.since), until=self.since)


def compare(*, comparison: Comparison) -> dict[str, Any]:
    """Return the figure, what it was before, and how much that is; with groups: each, and the ranks that it may have.

    The changes of all groups are right together.
    Days, weeks and months follow upon one another: they are not ranked, and what was before stands beside them. Of
    personas and segments only scores are counted: ValueError for their completion.
    """
    measure, group_by = comparison.measure, comparison.group_by
    found = {
        "measure": measure,
        "unit": UNITS[measure],
        "from": comparison.since,
        "to": comparison.until,
        "before_from": comparison.before.since,
        **beside({"": (_whole(measure, comparison.now), _whole(measure, comparison.before))})[""],
    }
    if group_by is None:
        return found
    if group_by in PEOPLE and measure == "completion":
        raise ValueError(group_by)
    now = samples(measure, comparison.now, group_by)
    if group_by in TIMES:
        return {**found, "groups": [{"key": key, **said(one)} for key, one in sorted(now.items())]}
    before = samples(measure, comparison.before, group_by)
    # the same people may be in several segments: as samples they are not apart, and none can be put above another
    ranked = {} if group_by == "segment" else ranks({key: one for key, one in now.items() if key})
    nothing = _empty(measure)
    told = beside({key: (now.get(key, nothing), before.get(key, nothing)) for key in _ordered(now, before, ranked)})
    groups = [
        {"key": key, **one, "rank": ranked[key].document() if key in ranked else None} for key, one in told.items()
    ]
    order = {"distinguishable": any(rank.distinguishable for rank in ranked.values()), "method": METHOD}
    return {**found, "groups": groups, "order": order}


def samples(measure: Measure, question: Question, group_by: str | None) -> dict[str, Sample]:
    """Return what a measure is made of, by group: completion without what an earlier tool told, all of it completed."""
    if measure == "completion":
        return {
            key: ShareSample(counts.get("completed", 0), sum(counts.values()))
            for key, counts in counted_by("", question, group_by, counted.c.channel != IMPORTED).items()
        }
    return {
        key: sample(measure, Counter(counts)) for key, counts in scores_counted(measure, question, group_by).items()
    }


def beside(pairs: Mapping[Key, tuple[Sample, Sample]]) -> dict[Key, dict[str, Any]]:
    """Return each figure with what it was before, and the change: all changes are right together."""
    changes = differences(pairs)
    return {
        key: {**said(now), "before": said(before), "change": changes[key].document() if key in changes else None}
        for key, (now, before) in pairs.items()
    }


def _whole(measure: Measure, question: Question) -> Sample:
    return samples(measure, question, None).get("", _empty(measure))


def _empty(measure: Measure) -> Sample:
    return NpsSample(0, 0, 0) if measure == "nps" else ShareSample(0, 0)


def _ordered(now: Mapping[str, Sample], before: Mapping[str, Sample], ranked: Mapping[str, Rank]) -> list[str]:
    """Put the groups in an order: those that have a rank by what is surely known, then by name; never by chance."""
    return sorted(
        now.keys() | before.keys(),
        key=lambda key: (key not in ranked, (ranked[key].best, ranked[key].worst) if key in ranked else (0, 0), key),
    )


__all__ = ["MEASURES", "SCORE_GROUPS", "Comparison", "Measure", "beside", "compare", "samples"]
