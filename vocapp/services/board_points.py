"""A period as the points of a line: days, weeks or months, and where the line breaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from vocapp.domain.boards import Span, Sums, added, span_after, span_start
from vocapp.domain.questions import TYPES
from vocapp.services import surveying

Counted: TypeAlias = tuple[date, str, int, Sums]
"""From which day on, of which survey, in which version of it; and how much."""


@dataclass(frozen=True, slots=True)
class Point:
    """One day, week or month of the line."""

    start: date
    sums: Sums
    reworded: frozenset[str] = frozenset()
    """The metrics whose question was worded anew since the point before, or within this one: the line breaks here."""


class Timeline:
    """The whole period of one board, by whichever span is asked for; what nobody answered in is there, too."""

    def __init__(
        self,
        *,
        workspace_id: int,
        survey: str | None,
        days: tuple[date, date],
        spans: tuple[Span, ...],
        cells: Sequence[Counted],
    ) -> None:
        self._workspace_id = workspace_id
        self._survey = survey
        self._since, self._until = days
        self.spans = spans
        """Of which spans there can be points, the shortest first."""
        self._cells = cells
        self._made: dict[Span, tuple[Point, ...]] = {}
        self._worded: dict[int, dict[str, Any]] = {}
        self.of(spans[0])

    def of(self, span: Span) -> tuple[Point, ...]:
        """Return the points of one of `spans`, oldest first."""
        if span not in self._made:
            self._made[span] = self._points(span)
        return self._made[span]

    def _points(self, span: Span) -> tuple[Point, ...]:
        sums: dict[date, list[Sums]] = defaultdict(list)
        versions: dict[date, set[int]] = defaultdict(set)
        for start, _, version, one in self._cells:
            begins = span_start(start, span)
            sums[begins].append(one)
            if one.responses:
                versions[begins].add(version)
        points = []
        start, standing = span_start(self._since, span), 0
        while start < self._until:
            reworded: frozenset[str] = frozenset()
            if self._survey is not None and versions[start]:
                before, newest = standing or min(versions[start]), max(versions[start])
                if newest > before:
                    reworded = self._reworded(self._survey, before, newest)
                standing = max(standing, newest)
            points.append(Point(start, added(sums[start]), reworded))
            start = span_after(start, span)
        return tuple(points)

    def _reworded(self, survey: str, before: int, after: int) -> frozenset[str]:
        """Return the metrics whose question two versions of a survey put in other words."""
        old, new = (self._wordings(survey, version) for version in (before, after))
        return frozenset(metric for metric in old.keys() & new.keys() if _differ(old[metric], new[metric]))

    def _wordings(self, survey: str, version: int) -> dict[str, Any]:
        if version not in self._worded:
            found: dict[str, Any] = {}
            for question in surveying.load_version(
                workspace_id=self._workspace_id, key=survey, version=version
            ).questions:
                metric = TYPES[question.type].metric
                if metric is not None:
                    found.setdefault(metric, question.text)
            self._worded[version] = found
        return self._worded[version]


def _differ(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Say whether a question is put in other words; another language beside them is none."""
    both = old.keys() & new.keys()
    return not both or any(old[language] != new[language] for language in both)
