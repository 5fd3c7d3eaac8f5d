"""What a dashboard says: figures of a period beside what they were before, from sums alone.

A figure is a sample (`comparing.py`, `answering_time.py`): its value, its number, its interval. Goals colour it by what
is sure: reached where the whole interval lies above the goal, missed where all of it lies below, open else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeAlias

from vocapp.domain.answering_time import EDGES, SecondsSample
from vocapp.domain.comparing import Difference, NpsSample, Sample, ShareSample, difference, quantile, said
from vocapp.domain.scores import FEWEST_ANSWERS, Z

Key: TypeAlias = Literal["nps", "csat", "ces", "answered", "completion", "seconds"]
Span: TypeAlias = Literal["day", "week", "month"]
SPANS: Final[tuple[Span, ...]] = ("day", "week", "month")
Verdict: TypeAlias = Literal["reached", "open", "missed"]

FIGURES: Final[tuple[Key, ...]] = ("nps", "csat", "ces", "answered", "completion", "seconds")
UNITS: Final[Mapping[str, str]] = {"nps": "points", "seconds": "seconds"}
"""In what a figure is given; all others in percent."""
LOWER_IS_BETTER: Final = frozenset({"seconds"})
ANSWERED_WITHIN: Final = timedelta(days=7)
"""A message is answered where somebody began to answer within so long of its leaving. It counts on the day on which
that time is over: all had the same (a conversion window; without one, the newest look worst)."""
_DRAWN_OF_THREE: Final = 2
SUMS: Final = (
    "completed",
    "unfinished",
    "imported",
    "promoters",
    "passives",
    "detractors",
    "csat_top",
    "csat_n",
    "ces_top",
    "ces_n",
    "mail_sent",
    "mail_undelivered",
    "mail_unsubscribed",
    "mail_complained",
    "mail_due",
    "mail_answered",
    "mail_completed",
    "mail_told",
    "mail_tracked",
    "mail_opened",
    "mail_visited",
    "mail_visited_answered",
    *(f"seconds_{edge}" for edge in EDGES),
)
"""What is summed, in the order in which sums stand."""
_AT: Final = {name: at for at, name in enumerate(SUMS)}
_SECONDS: Final = slice(_AT[f"seconds_{EDGES[0]}"], None)


@dataclass(frozen=True, slots=True)
class Sums:
    """Exact sums of some responses and messages, in the order of SUMS."""

    values: tuple[int, ...] = (0,) * len(SUMS)

    def __getitem__(self, name: str) -> int:
        return self.values[_AT[name]]

    @property
    def responses(self) -> int:
        """All that are counted: completed, or closed unfinished."""
        return self["completed"] + self["unfinished"]

    @property
    def delivered(self) -> int:
        """Messages that left, less those that reached nobody."""
        return self["mail_sent"] - self["mail_undelivered"]

    def sample(self, key: str) -> Sample:
        """Return what one of FIGURES was made of, or `answered_of_visited`."""
        if key == "nps":
            return NpsSample(self["promoters"], self["passives"], self["detractors"])
        if key in {"csat", "ces"}:
            return ShareSample(self[f"{key}_top"], self[f"{key}_n"])
        if key == "answered":
            return ShareSample(self["mail_answered"], self["mail_due"])
        if key == "answered_of_visited":
            return ShareSample(self["mail_visited_answered"], self["mail_visited"])
        if key == "completion":  # an earlier tool tells of completed ones alone: all of nothing
            return ShareSample(self["completed"] - self["imported"], self.responses - self["imported"])
        if key == "seconds":
            return SecondsSample(self.values[_SECONDS])
        raise ValueError(key)


def sums_of(**named: int) -> Sums:
    """Return sums of which these are not nought."""
    return Sums(tuple(named.get(name, 0) for name in SUMS))


def added(several: Iterable[Sums]) -> Sums:
    """Add sums together."""
    columns = zip(*(one.values for one in several), strict=True)
    return Sums(tuple(map(sum, columns)) or Sums().values)


@dataclass(frozen=True, slots=True)
class Figure:
    """One of FIGURES over a period, beside as much time before."""

    key: str
    now: Sample
    before: Sample
    at_once: int = len(FIGURES)
    """How many are read together, each beside what it was before."""

    @property
    def unit(self) -> str:
        return UNITS.get(self.key, "percent")

    @property
    def value(self) -> float | None:
        """None: of too few to say."""
        return self.now.value if self.now.n >= FEWEST_ANSWERS else None

    @property
    def change(self) -> Difference | None:
        """How much it lies above what it was, right together with the others; None: of too few."""
        return difference(self.now, self.before, z=quantile(pairs=self.at_once))

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        change = self.change
        return {
            "key": self.key,
            "unit": self.unit,
            **told(self.now),
            "before": told(self.before),
            "change": change.document() if change else None,
        }


def told(sample: Sample) -> dict[str, Any]:
    """Return a figure as a document: as `said`, and of seconds the step that their median lies in."""
    if isinstance(sample, SecondsSample) and sample.n >= FEWEST_ANSWERS:
        return {**said(sample), "step": list(sample.step)}
    return said(sample)


def figures_of(now: Sums, before: Sums) -> tuple[Figure, ...]:
    """Return all FIGURES of a period beside those of the time before."""
    return tuple(Figure(key, now.sample(key), before.sample(key)) for key in FIGURES)


@dataclass(frozen=True, slots=True)
class Goals:
    """From where on a figure is as the company wants it; None: it has set no goal."""

    nps: float | None = 70.0
    csat: float | None = 90.0
    ces: float | None = None
    answered: float | None = None
    completion: float | None = None
    seconds: float | None = None
    """At most so long."""
    retention: float | None = 80.0

    @staticmethod
    def read(stored: Mapping[str, Any]) -> Goals:
        """Read what settings hold; what they do not name is as it ships. Raises ValueError, `name: why`."""
        for key, value in stored.items():
            if key not in GOALS:
                raise ValueError(f"{key}: is no figure with a goal")
            low, high = GOAL_BOUNDS.get(key, (0, 100))
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise ValueError(f"{key}: must be a number from {low} to {high}")
        return Goals(**{key: float(value) for key, value in stored.items()})

    def verdict(self, key: str, sample: Sample) -> Verdict | None:
        """Say what is sure of a figure against its goal; None: there is no goal, or too few to say."""
        goal: float | None = getattr(self, key, None)
        if goal is None or sample.n < FEWEST_ANSWERS:
            return None
        low, high = sample.within(Z).low, sample.within(Z).high
        if key in LOWER_IS_BETTER:
            low, high, goal = -high, -low, -goal
        if low >= goal:
            return "reached"
        return "missed" if high < goal else "open"


GOALS: Final = ("nps", "csat", "ces", "answered", "completion", "seconds", "retention")
GOAL_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {"nps": (-100, 100), "seconds": (1, 3600)}
"""Between which a goal may lie; of all others 0 and 100."""


def span_start(day: date, span: Span) -> date:
    """Return the first day of the day, week (from Monday on) or month in which a day lies."""
    if span == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if span == "month" else day


def span_after(start: date, span: Span) -> date:
    """Return the first day of the next one."""
    if span == "month":
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days=7 if span == "week" else 1)


def period_before(since: date, until: date) -> date:
    """Return since when the time before is: as many whole months where these are, else as many days."""
    if since.day == until.day == 1:
        months = (until.year - since.year) * 12 + until.month - since.month
        count = since.year * 12 + since.month - 1 - months
        return date(count // 12, count % 12 + 1, 1)
    return since - (until - since)


def unit_for(*days: date, span: Span | None = None) -> Span:
    """Return the largest unit of which all these days are first ones, and that parts a span of the given length."""
    if span in {None, "month"} and all(day.day == 1 for day in days):
        return "month"
    if span in {None, "week"} and all(day.weekday() == 0 for day in days):
        return "week"
    return "day"


def coarser(span: Span, *, unit: Span) -> tuple[Span, ...]:
    """Return a span and the longer ones that sums of a unit can be put together to, the shortest first."""
    return SPANS[SPANS.index(span) :] if unit == "day" else (span,)


def grain_for(numbers: Iterable[tuple[Span, Sequence[int]]]) -> Span:
    """Return the shortest span of which a line of figures can be drawn; raises ValueError where none is offered.

    `numbers`: for each span, the shortest first, how many answered at each of its points, oldest first. A line can be
    drawn where two of three points have the FEWEST_ANSWERS, from the first to the last at which anybody answered; of no
    span, then of that with the largest part of such points.
    """
    best: tuple[float, Span] | None = None
    for span, counts in numbers:
        known = [at for at, n in enumerate(counts) if n]
        told = sum(n >= FEWEST_ANSWERS for n in counts)
        share = told / (known[-1] + 1 - known[0]) if known else 0.0
        if best is None or share > best[0]:
            best = (share, span)
        if 3 * share >= _DRAWN_OF_THREE:
            return span
    if best is None:
        raise ValueError("no span")
    return best[1]
