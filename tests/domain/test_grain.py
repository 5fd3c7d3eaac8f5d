"""How long the points of a line are: so long that figures can be told of most of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.boards import Span, coarser, grain_for

COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=30)


def put_together(counts: list[int], by: int) -> list[int]:
    return [sum(counts[at : at + by]) for at in range(0, len(counts), by)]


def test_the_shortest_span_at_which_most_points_have_enough() -> None:
    assert grain_for([("day", [12, 10, 40, 0, 11])]) == "day"
    assert grain_for([("day", [9, 9, 9, 9]), ("week", [18, 18])]) == "week"
    assert grain_for([("day", [3, 0, 3]), ("week", [3, 3]), ("month", [6])]) == "day", "of nowhere enough: as it is"
    assert grain_for([("day", [0, 0, 12, 12, 0])]) == "day", "before the first and after the last nothing is missing"
    assert coarser("week", unit="day") == ("week", "month")
    assert coarser("week", unit="week") == ("week",)
    assert coarser("day", unit="day") == ("day", "week", "month")


@given(days=COUNTS)
@settings(max_examples=40)
def test_another_span_than_the_shortest_has_a_larger_part_of_points_with_figures(days: list[int]) -> None:
    found: dict[Span, list[int]] = {"day": days, "week": put_together(days, 7), "month": put_together(days, 30)}
    chosen = grain_for(found.items())

    def part(counts: list[int]) -> float:
        known = [at for at, n in enumerate(counts) if n]
        return sum(n >= 10 for n in counts) / (known[-1] + 1 - known[0]) if known else 0.0

    for span, counts in found.items():
        if span == chosen:
            break
        assert part(counts) < min(2 / 3, max(part(found[chosen]), 1e-9)) or part(counts) < part(found[chosen])
    assert chosen == "day" or any(n >= 10 for n in found[chosen])
