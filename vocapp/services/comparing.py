"""A figure with its period, what it was before, and how its groups compare: from the exact counters, as all are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

from vocapp.domain.answering_time import EDGES, SecondsSample
from vocapp.domain.boards import LOWER_IS_BETTER, UNITS, told
from vocapp.domain.comparing import METHOD, NpsSample, Rank, Sample, ShareSample, as_long_before, differences, ranks
from vocapp.domain.crossing import sample
from vocapp.models import counted
from vocapp.models.journey import IMPORTED
from vocapp.models.summaries import MAIL, PEOPLE, SECONDS
from vocapp.services.reporting import SCORE_GROUPS, TIMES, Metric, Question, counted_by, figure_of, scores_counted

Measure: TypeAlias = Literal["nps", "csat", "ces", "answered", "answered_of_visited", "completion", "seconds"]
Key = TypeVar("Key")

SCORES: Final[tuple[Metric, ...]] = ("nps", "csat", "ces")
MEASURES: Final = (*SCORES, "answered", "answered_of_visited", "completion", "seconds")
_OF_MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "answered": ("answered", "due"),
    "answered_of_visited": ("visited_answered", "visited"),
}
"""Which messages, and of which (docs/decisions/023)."""


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
    personas and segments only scores are counted: ValueError for any other measure of theirs.
    """
    measure, group_by = comparison.measure, comparison.group_by
    found = {
        "measure": measure,
        "unit": UNITS.get(measure, "percent"),
        "from": comparison.since,
        "to": comparison.until,
        "before_from": comparison.before.since,
        **beside({"": (_whole(measure, comparison.now), _whole(measure, comparison.before))})[""],
    }
    if group_by is None:
        return found
    if group_by in PEOPLE and measure not in SCORES:
        raise ValueError(group_by)
    now = samples(measure, comparison.now, group_by)
    if group_by in TIMES:
        return {**found, "groups": [{"key": key, **told(one)} for key, one in sorted(now.items())]}
    before = samples(measure, comparison.before, group_by)
    # the same people may be in several segments: as samples they are not apart, and none can be put above another
    named = {} if group_by == "segment" else {key: one for key, one in now.items() if key}
    ranked = ranks(named, lowest_first=measure in LOWER_IS_BETTER)
    nothing = _empty(measure)
    each = beside({key: (now.get(key, nothing), before.get(key, nothing)) for key in _ordered(now, before, ranked)})
    groups = [
        {"key": key, **one, "rank": ranked[key].document() if key in ranked else None} for key, one in each.items()
    ]
    order = {"distinguishable": any(rank.distinguishable for rank in ranked.values()), "method": METHOD}
    return {**found, "groups": groups, "order": order}


def score_beside(*, metric: Metric, question: Question, group_by: str | None = None) -> dict[str, dict[str, Any]]:
    """Return `reporting.figure` by group, each with what it was over as many days before, and how much that is.

    Without `group_by` the one group has no name. `before` and `change` are None where the question names no first or no
    last day. The changes of all groups are right together.
    """
    earlier = before_of(question)
    now = scores_counted(metric, question, group_by)
    before = scores_counted(metric, earlier, group_by) if earlier else {}
    keys = sorted(now.keys() | before.keys()) if group_by else [""]
    changes = differences(
        {key: (sample(metric, Counter(now.get(key, {}))), sample(metric, Counter(before.get(key, {})))) for key in keys}
    )
    return {
        key: {
            **figure_of(metric, now.get(key, {})),
            "before": figure_of(metric, before.get(key, {})) if earlier else None,
            "change": changes[key].document() if key in changes else None,
        }
        for key in keys
    }


def before_of(question: Question) -> Question | None:
    """Return the same question of as many days before; None: it names no first or no last day, or too long a time."""
    if question.since is None or question.until is None:
        return None
    begins = as_long_before(question.since, question.until)
    return None if begins is None else replace(question, since=begins, until=question.since)


def samples(measure: Measure, question: Question, group_by: str | None) -> dict[str, Sample]:
    """Return what a measure is made of, by group: completion without what an earlier tool told, all of it completed."""
    if measure in _OF_MESSAGES:
        hits, of = _OF_MESSAGES[measure]
        counts = counted_by(MAIL, question, group_by, counted.c.bucket.in_((hits, of)))
        return {key: ShareSample(one.get(hits, 0), one.get(of, 0)) for key, one in counts.items()}
    if measure == "completion":
        counts = counted_by("", question, group_by, counted.c.channel != IMPORTED)
        return {key: ShareSample(one.get("completed", 0), sum(one.values())) for key, one in counts.items()}
    if measure == "seconds":
        counts = counted_by(SECONDS, question, group_by)
        return {key: SecondsSample(tuple(one.get(str(edge), 0) for edge in EDGES)) for key, one in counts.items()}
    metric = cast("Metric", measure)
    return {key: sample(metric, Counter(one)) for key, one in scores_counted(metric, question, group_by).items()}


def beside(pairs: Mapping[Key, tuple[Sample, Sample]]) -> dict[Key, dict[str, Any]]:
    """Return each figure with what it was before, and the change: all changes are right together."""
    changes = differences(pairs)
    return {
        key: {**told(now), "before": told(before), "change": changes[key].document() if key in changes else None}
        for key, (now, before) in pairs.items()
    }


def _whole(measure: Measure, question: Question) -> Sample:
    return samples(measure, question, None).get("", _empty(measure))


def _empty(measure: Measure) -> Sample:
    if measure == "seconds":
        return SecondsSample((0,) * len(EDGES))
    return NpsSample(0, 0, 0) if measure == "nps" else ShareSample(0, 0)


def _ordered(now: Mapping[str, Sample], before: Mapping[str, Sample], ranked: Mapping[str, Rank]) -> list[str]:
    """Put the groups in an order: those that have a rank by what is surely known, then by name; never by chance."""
    return sorted(
        now.keys() | before.keys(),
        key=lambda key: (key not in ranked, (ranked[key].best, ranked[key].worst) if key in ranked else (0, 0), key),
    )


__all__ = [
    "MEASURES",
    "SCORES",
    "SCORE_GROUPS",
    "Comparison",
    "Measure",
    "before_of",
    "beside",
    "compare",
    "samples",
    "score_beside",
]
