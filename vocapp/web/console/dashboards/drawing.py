"""Charts as data: what a script draws, with every label written out; the table of the same figures stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from babel.numbers import format_decimal, format_percent

from vocapp.domain.answering_time import SecondsSample
from vocapp.domain.boards import UNITS, Goals, Span, span_after
from vocapp.domain.comparing import Sample
from vocapp.domain.scores import FEWEST_ANSWERS, Z
from vocapp.services.board_points import Point
from vocapp.services.dashboards import Board, Row
from vocapp.services.dates_in_words import say_date
from vocapp.web.console.formats import Formats

SCALES: Final = {"nps": (-100, 100), "seconds": (0, None)}
SCORES: Final = ("nps", "csat", "ces")
LINES: Final = (*SCORES, "answered", "completion", "seconds")
MOST_BARS: Final = 40
_FEWEST_POINTS: Final = 2
"""Of a line whose grain nobody asked for: one alone is what the figure of the period says already."""
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure, ready to be shown."""

    n: int
    value: float | None
    low: float | None
    high: float | None
    said: str
    """Empty: of too few."""
    between: str


@dataclass(frozen=True, slots=True)
class Line:
    """One metric over time, with what its table says."""

    key: str
    cells: tuple[tuple[Point, str, Cell], ...]
    spec: dict[str, Any]
    span: Span
    longer: bool
    """Whether its points are longer than those of the period: at these too few answered."""


class Writer:
    """Writes figures for one reader."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self._words = formats.words

    def say(self, key: str, value: float) -> str:
        """Write a value of a figure: « 42 », « 81 % », « 1 min 20 »."""
        if key == "seconds":
            return self._seconds(round(value))
        return _said(self._formats.locale, UNITS.get(key) == "points", round(value))

    def change(self, key: str, value: float) -> str:
        """Write by how much a figure moved, with its sign."""
        sign = "+" if value > 0 else "\u2212" if value < 0 else ""
        if key == "seconds":
            return f"{sign}{self._seconds(round(abs(value)))}"
        number = format_decimal(round(abs(value), 1), locale=self._formats.locale)
        return f"{sign}{number} {self._words['points_short']}"

    def cell(self, key: str, sample: Sample) -> Cell:
        """Return one figure, ready to be shown."""
        if sample.n < FEWEST_ANSWERS:
            return Cell(sample.n, None, None, None, "", "")
        value, around = sample.value, sample.within(Z)
        low, high = (self.say(key, one) for one in (around.low, around.high))
        said = self._words["low_to_high"].format(low=low, high=high)
        return Cell(sample.n, value, around.low, around.high, self.say(key, value), said)

    def step(self, sample: SecondsSample) -> str:
        """Write in which step a median lies."""
        low, high = sample.step
        if high is None:
            return str(self._words["step_from"].format(low=self._seconds(low)))
        return str(self._words["step_between"].format(low=self._seconds(low), high=self._seconds(high)))

    def span(self, start: date, span: str) -> str:
        """Write which day, week or month a point of a line is: short, for an axis."""
        return _day(self._formats.locale, "MMM y" if span == "month" else "d MMM", start)

    def whole_span(self, start: date, span: Span, days: tuple[date, date] | None = None) -> str:
        """Write it in full, for a table; `days`: the period, from and until before which it counts."""
        if span == "day":
            return _day(self._formats.locale, "EEE d MMM y", start)
        if span == "week":
            said = str(self._words["week_of"].format(day=_day(self._formats.locale, "d MMM y", start)))
        else:
            said = _day(self._formats.locale, "MMMM y", start)
        after = span_after(start, span)
        since, until = days or (start, after)
        if start < since:
            said = self._words["span_since"].format(span=said, day=_day(self._formats.locale, "d MMM", since))
        if until < after:
            last = _day(self._formats.locale, "d MMM", until - timedelta(days=1))
            said = self._words["span_until"].format(span=said, day=last)
        return said

    def _seconds(self, seconds: int) -> str:
        minutes, rest = divmod(seconds, _MINUTE)
        if not minutes:
            return f"{rest}\u00a0s"
        return f"{minutes}\u00a0min" + (f"\u00a0{rest:02d}" if rest else "")


@lru_cache(maxsize=1000)
def _said(locale: str, points: bool, value: int) -> str:
    """Write points or percents: a page has hundreds, of which most are alike."""
    if points:
        return str(format_decimal(value, locale=locale)).replace("-", "\u2212")
    return str(format_percent(value / 100, locale=locale))


@lru_cache(maxsize=5000)
def _day(locale: str, pattern: str, day: date) -> str:
    return say_date(day, pattern, locale)


def line(writer: Writer, board: Board, key: str, words: Any, goal: float | None) -> Line | None:
    """Return one metric over time; None: at no point of it, or at one alone, there were answers enough."""
    span, points = board.line(key)
    days = (board.asked.since, board.asked.until)
    cells = [
        (point, writer.whole_span(point.start, span, days), writer.cell(key, point.sums.sample(key)))
        for point in points
    ]
    if sum(cell.value is not None for *_, cell in cells) < (_FEWEST_POINTS if board.asked.fitting else 1):
        return None
    least, most = SCALES.get(key, (0, 100))
    spec = {
        "kind": "line",
        "labels": [writer.span(point.start, span) for point, *_ in cells],
        "values": [_rounded(cell.value) for *_, cell in cells],
        "low": [_rounded(cell.low) for *_, cell in cells],
        "high": [_rounded(cell.high) for *_, cell in cells],
        "said": [cell.said for *_, cell in cells],
        "tips": [_tip(label, cell, words, key) for _, label, cell in cells],
        "breaks": [index for index, (point, *_) in enumerate(cells) if key in point.reworded],
        "break_word": words["reworded"],
        "earlier": earlier_until(key, points),
        "earlier_word": words["earlier_tool_mark"],
        "least": least,
        "most": most,
        "goal": goal,
        "goal_word": words["goal"],
        "unit": UNITS.get(key, "percent"),
    }
    return Line(key, tuple(cells), spec, span, span != board.asked.span)


def earlier_until(key: str, points: Sequence[Point]) -> int | None:
    """Return the last point that holds answers of an earlier tool, where one's own come with it or after it."""
    told = [at for at, point in enumerate(points) if point.sums["imported"]] if key in SCORES else []
    if not told or not any(point.sums.responses > point.sums["imported"] for point in points[told[-1] :]):
        return None
    return told[-1]


def bars(writer: Writer, board: Board, words: Any, formats: Formats) -> dict[str, Any]:
    """Return the responses of each day, week or month."""
    span = board.asked.span
    counts = [point.sums.responses for point in board.points]
    days = (board.asked.since, board.asked.until)
    labels = [writer.whole_span(point.start, span, days) for point in board.points]
    return {
        "kind": "bars",
        "labels": [writer.span(point.start, span) for point in board.points],
        "values": counts,
        "said": [formats.number(n) for n in counts],
        "tips": [
            f"{label}\n{words.count('responses_n', n, formats.number(n))}"
            for label, n in zip(labels, counts, strict=True)
        ],
    }


def ranges(writer: Writer, rows: Sequence[Row], names: Sequence[str], key: str, words: Any) -> dict[str, Any] | None:
    """Return one metric of several, each as a point in its interval; None: of fewer than two there is enough to say.

    Of more than MOST_BARS only as many as fit, half of them from either end; `of` says how many there are.
    """
    enough = [
        (name, sample)
        for name, row in zip(names, rows, strict=True)
        if (sample := row.now.sample(key)).n >= FEWEST_ANSWERS
    ]
    if len(enough) < 2:
        return None
    shown = enough if len(enough) <= MOST_BARS else enough[: MOST_BARS // 2] + enough[-MOST_BARS // 2 :]
    told = [(name, writer.cell(key, sample)) for name, sample in shown]
    least, most = SCALES.get(key, (0, 100))
    return {
        "kind": "ranges",
        "of": len(enough),
        "labels": [name for name, _ in told],
        "values": [_rounded(cell.value) for _, cell in told],
        "low": [_rounded(cell.low) for _, cell in told],
        "high": [_rounded(cell.high) for _, cell in told],
        "said": [cell.said for _, cell in told],
        "tips": [_tip(name, cell, words, key) for name, cell in told],
        "least": least,
        "most": most,
        "unit": UNITS.get(key, "percent"),
    }


def goal_of(goals: Goals, key: str) -> float | None:
    """Return the goal of a figure; None: there is none."""
    return getattr(goals, key, None)


def days_of(board: Board) -> tuple[date, date]:
    """Return the first and the last day."""
    return board.asked.since, board.asked.until - timedelta(days=1)


def _tip(label: str, cell: Cell, words: Any, key: str) -> str:
    if cell.value is None:
        return f"{label}\n{words.count('too_few_n', cell.n)}"
    of = words.count("messages_n" if key == "answered" else "answers_n", cell.n)
    return f"{label}\n{cell.said} ({cell.between})\n{of}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
