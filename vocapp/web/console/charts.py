"""Scores over time as points of a drawing; the table of the same figures stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vocapp.services.browsing.timeline import Scored
from vocapp.services.browsing.voices import Score

WIDTH, HEIGHT = 320, 84
_LEFT, _TOP, _BOTTOM = 14, 20, 12
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    score: Score
    at: datetime


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric of one customer, oldest first, on its whole scale."""

    metric: str
    highest: int
    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)


def over_time(scored: Sequence[Scored]) -> list[Chart]:
    """Return a chart for each metric that was given twice at least."""
    charts = []
    for metric in ("nps", "csat", "ces"):
        given = [(one.at, score) for one in scored for score in one.scores if score.metric == metric]
        if len(given) >= _FEWEST:
            charts.append(Chart(metric, given[0][1].highest, tuple(_points(given))))
    return charts


def _points(given: Sequence[tuple[datetime, Score]]) -> list[Point]:
    """Lay points out evenly: when somebody answered is told by the table, and close answers stay apart."""
    step = (WIDTH - 2 * _LEFT) / (len(given) - 1)
    tall = HEIGHT - _TOP - _BOTTOM
    return [
        Point(_LEFT + index * step, _TOP + tall * (1 - score.value / score.highest), score, at)
        for index, (at, score) in enumerate(given)
    ]
