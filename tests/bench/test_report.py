"""The figures of the bench: which reach their goal, and which prove nothing."""

from __future__ import annotations

import pytest

from bench.cases.memory import slope
from bench.report import Figure, beside
from bench.turns import Turn


def turn(target: str, *, seconds: float, cpu_ms: float, others: float = 0.0) -> Turn:
    return Turn(target, 16, 100, seconds, cpu_ms, others, 1, 2, 3)


def test_each_round_is_set_beside_the_floor_of_the_same_round() -> None:
    turns = [
        *(turn("ours", seconds=2, cpu_ms=4), turn("floor", seconds=1, cpu_ms=1)),
        *(turn("floor", seconds=3, cpu_ms=3), turn("ours", seconds=3, cpu_ms=3)),
        *(turn("ours", seconds=4, cpu_ms=4), turn("floor", seconds=3, cpu_ms=3)),
    ]
    cpu, wall = beside(turns, "ours", "floor", goals={16: 0.8})
    assert (cpu.value, cpu.low, cpu.high) == (0.75, 0.25, 1.0)
    assert (wall.value, wall.low, wall.high) == (0.75, 0.5, 1.0)
    assert not cpu.holds
    assert str(cpu) == "c=16, CPU: 75.0% of the floor (25.0% to 100.0%), goal at least 80.0%"


def test_a_clock_beside_which_others_worked_is_not_judged() -> None:
    turns = [turn("ours", seconds=9, cpu_ms=1, others=0.6), turn("floor", seconds=1, cpu_ms=1, others=0.6)]
    cpu, wall = beside(turns, "ours", "floor", goals={16: 0.8})
    assert cpu.holds
    assert wall.holds
    assert not wall.told


@pytest.mark.parametrize(
    ("value", "wanted", "holds"), [(5, "at most", True), (5.1, "at most", False), (5, "at least", True)]
)
def test_a_goal_is_reached_from_its_own_side(value: float, wanted: str, holds: bool) -> None:
    assert Figure("PSS", value, "MB", goal=5, wanted=wanted).holds is holds


def test_growth_is_the_slope_of_what_was_seen() -> None:
    assert slope([1.0, 3.0, 5.0, 7.0]) == pytest.approx(2.0)
