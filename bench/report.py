"""What a case says: its table, its figures with their goals, and what went wrong."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any, Literal

from bench.turns import Turn
from tests.rig.postgres import Postgres
from tests.rig.run import Run

QUIET = 0.3
"""CPUs that others may take while a clock on the wall still tells the truth."""


@dataclass(frozen=True, slots=True)
class Stage:
    """On what a case plays: its own directory of processes, and one PostgreSQL with fsync on for all."""

    run: Run
    postgres: Postgres
    quick: bool
    rows: int | None = None
    """How many rows the export is to have; as many as the case thinks right, where nobody says."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and what it should be; where there are rounds, their median and its spread."""

    name: str
    value: float
    unit: str
    """`%` is a share of the floor: 1.0 is as quick as the floor."""
    low: float | None = None
    high: float | None = None
    goal: float | None = None
    wanted: Literal["at least", "at most"] = "at least"
    told: bool = True
    """False: others were at work, and this clock proves nothing."""

    @classmethod
    def of(cls, name: str, values: Sequence[float], unit: str = "%", **more: Any) -> Figure:
        """Take the median of rounds."""
        return cls(name, statistics.median(values), unit, min(values), max(values), **more)

    @property
    def holds(self) -> bool:
        if self.goal is None or not self.told:
            return True
        return self.value >= self.goal if self.wanted == "at least" else self.value <= self.goal

    def __str__(self) -> str:
        spread = "" if self.low is None or self.high is None else f" ({self._in(self.low)} to {self._in(self.high)})"
        goal = "" if self.goal is None else f", goal {self.wanted} {self._in(self.goal)}"
        word = "" if self.told else "  (others were at work: not measured)"
        return f"{self.name}: {self._in(self.value)}{' of the floor' * (self.unit == '%')}{spread}{goal}{word}"

    def _in(self, value: float) -> str:
        return f"{value:.1%}" if self.unit == "%" else f"{value:.4g} {self.unit}"


@dataclass(slots=True)
class Report:
    """What one case found."""

    title: str
    table: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    """Everything measured, to be kept."""

    @property
    def missed(self) -> list[Figure]:
        return [one for one in self.figures if not one.holds]


def beside(turns: Sequence[Turn], ours: str, floor: str, *, goals: dict[int, float], what: str = "") -> list[Figure]:
    """Set each round's turn of the product against the floor's of the same round. `goals`: visitors at once → share."""
    found = []
    for at_once in sorted({turn.at_once for turn in turns}):
        own, other = ([one for one in turns if (one.target, one.at_once) == (name, at_once)] for name in (ours, floor))
        quiet = statistics.median(one.others_cpu for one in (*own, *other)) < QUIET
        cpu = [theirs.cpu_ms / (mine.cpu_ms or inf) for mine, theirs in zip(own, other, strict=True)]
        wall = [mine.rate / theirs.rate for mine, theirs in zip(own, other, strict=True)]
        goal = goals.get(at_once)
        found.append(Figure.of(f"{what}c={at_once}, CPU", cpu, goal=goal))
        found.append(Figure.of(f"{what}c={at_once}, wall", wall, goal=goal, told=quiet))
    return found


def table_of(turns: Sequence[Turn], names: Sequence[str]) -> list[str]:
    """Write the medians of all rounds, a line for each target and concurrency."""
    told: dict[str, Callable[[Turn], float]] = {
        "per s": lambda one: one.rate,
        "CPU ms": lambda one: one.cpu_ms,
        "p50 ms": lambda one: one.p50_ms,
        "p95 ms": lambda one: one.p95_ms,
        "p99 ms": lambda one: one.p99_ms,
        "others": lambda one: one.others_cpu,
    }
    wide = max(map(len, names))
    lines = [f"{'':>{wide}} {'c':>3} " + " ".join(f"{name:>8}" for name in told)]
    for at_once in sorted({turn.at_once for turn in turns}):
        for name in names:
            found = [one for one in turns if (one.target, one.at_once) == (name, at_once)]
            figures = [statistics.median(map(read, found)) for read in told.values()]
            lines.append(f"{name:>{wide}} {at_once:>3} " + " ".join(_short(figure) for figure in figures))
    return lines


def kept(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Make turns ready for JSON."""
    return [{**asdict(one), "rate": one.rate} for one in turns]


def _short(figure: float) -> str:
    return f"{figure:8.3f}" if figure < 10 else f"{figure:8.1f}"
