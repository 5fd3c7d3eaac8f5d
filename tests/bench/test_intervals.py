"""The interval of an NPS holds what is true as often as it says, by simulation in small."""

from __future__ import annotations

from bench.intervals import coverages


def test_ninety_four_to_ninety_seven_intervals_in_a_hundred_hold_the_truth():
    for found in coverages(sizes=(10, 20, 50, 200), samples=3000):
        assert found.holds, found
    small = next(coverages(sizes=(10,), samples=3000))
    assert small.textbook < 94 < small.ours, "why the textbook's is not used"
