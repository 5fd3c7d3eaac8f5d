"""Figures over the months as points of a drawing; the table of the same figures stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from vocapp.services.public_figures import Shown

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 30, 14, 24
_STEP = 10
"""The axis ends at whole tens."""


class Point(NamedTuple):
    x: float
    y: float
    month: date
    shown: Shown
    named: bool
    """Its value stands beside it: the first, the last, the highest and the lowest."""


class Chart(NamedTuple):
    """One figure over all months that are published; where there is none, the line breaks."""

    figure: str
    low: int
    high: int
    lines: Sequence[str]
    bands: Sequence[str]
    points: Sequence[Point]
    zero: float | None
    """Where nought lies between the ends."""
    first: date
    last: date


def over_time(figure: str, months: Sequence[tuple[date, Mapping[str, Shown]]], *, points: bool) -> Chart | None:
    """Draw a figure over the months, the oldest first; None: it was published twice at least in none of them."""
    given = [(place, month, shown[figure]) for place, (month, shown) in enumerate(months) if figure in shown]
    if len(given) < 2:
        return None
    floor, ceiling = (-100, 100) if points else (0, 100)
    low = max(floor, int(min(one.interval.low for _, _, one in given) // _STEP * _STEP))
    high = min(ceiling, int(-(-max(one.interval.high for _, _, one in given) // _STEP) * _STEP))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(months) - 1)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - max(low, min(high, value))) / max(1, high - low)

    def x(place: int) -> float:
        return LEFT + place * step

    values = [one.value for _, _, one in given]
    named = {0, len(given) - 1, values.index(max(values)), values.index(min(values))}
    runs: list[list[tuple[int, Shown]]] = []
    for place, _, one in given:
        if not runs or runs[-1][-1][0] != place - 1:
            runs.append([])
        runs[-1].append((place, one))
    return Chart(
        figure=figure,
        low=low,
        high=high,
        lines=[" ".join(f"{x(place):.1f},{y(one.value):.1f}" for place, one in run) for run in runs],
        bands=[
            " ".join(
                [f"{x(place):.1f},{y(one.interval.high):.1f}" for place, one in run]
                + [f"{x(place):.1f},{y(one.interval.low):.1f}" for place, one in reversed(run)]
            )
            for run in runs
        ],
        points=[
            Point(round(x(place), 1), round(y(one.value), 1), month, one, number in named)
            for number, (place, month, one) in enumerate(given)
        ],
        zero=round(y(0), 1) if low < 0 < high else None,
        first=months[0][0],
        last=months[-1][0],
    )
