"""How long people took to answer, kept in steps: what a thousand answers and a million cost the same to sum up.

The time runs from the first page sent to the last, of responses with more than one page. Each falls into a step of
EDGES; the median is read from the steps as if the times in each lay evenly (the grouped median: Zar 2010, 3.2), so it
is never further from the true one than the step it falls in is wide, and that step is said.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from math import sqrt
from typing import Final

from vocapp.domain.scores import Interval

EDGES: Final = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800)
"""Where each step begins, in seconds; the last one has no end."""
LAST_ENDS: Final = 3600
"""As which the end of the last step is taken, where a figure falls in it."""


def step_of(took: timedelta) -> int:
    """Return the beginning of the step, in seconds; a clock that was put back counts as no time."""
    return EDGES[max(0, bisect_right(EDGES, took / timedelta(seconds=1)) - 1)]


@dataclass(frozen=True, slots=True)
class SecondsSample:
    """How many responses took how long: `counts` has one number for each step of EDGES. Values are in seconds."""

    counts: tuple[int, ...]

    @property
    def n(self) -> int:
        return sum(self.counts)

    @property
    def value(self) -> float:
        return self._quantile(0.5)

    @property
    def step(self) -> tuple[int, int | None]:
        """The step in which the median lies: (from, to) in seconds; to None: it has no end."""
        index = self._index(0.5)
        return EDGES[index], EDGES[index + 1] if index + 1 < len(EDGES) else None

    def within(self, z: float) -> Interval:
        """Return the interval of the median by ranks (Conover 1999, 3.2), in its normal approximation."""
        off = z / (2 * sqrt(self.n))
        return Interval(self._quantile(max(0.0, 0.5 - off)), self._quantile(min(1.0, 0.5 + off)))

    def _index(self, share: float) -> int:
        target, reached = share * self.n, list(accumulate(self.counts))
        return next((at for at, so_far in enumerate(reached) if so_far >= target and self.counts[at]), _last(reached))

    def _quantile(self, share: float) -> float:
        index = self._index(share)
        before, here = sum(self.counts[:index]), self.counts[index]
        end = EDGES[index + 1] if index + 1 < len(EDGES) else LAST_ENDS
        part = min(1.0, max(0.0, (share * self.n - before) / here)) if here else 0.0
        return EDGES[index] + part * (end - EDGES[index])


def _last(reached: Sequence[int]) -> int:
    return reached.index(reached[-1])
