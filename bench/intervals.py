"""`python -m bench.intervals`: how often the interval of an NPS holds the true one, by simulation, for n = 10 to 200.

Of each population many samples are drawn, and each is given to the very function that makes the product's figures. Of
an interval at the level of 95 %, 94 to 97 in a hundred must hold what is true; the textbook's interval (Wald) stands
beside it. Exit status 1 where one does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean

import numpy as np

from vocapp.domain.scores import Z, nps_figure

SIZES = (10, 15, 20, 30, 50, 75, 100, 150, 200)
POPULATIONS: tuple[tuple[float, float, float], ...] = (
    (0.60, 0.25, 0.15),
    (0.50, 0.30, 0.20),
    (0.45, 0.20, 0.35),
    (0.40, 0.40, 0.20),
    (0.30, 0.30, 0.40),
    (0.25, 0.50, 0.25),
    (0.20, 0.30, 0.50),
)
"""Promoters, passives, detractors: from an NPS of 45 to one of −30."""
WANTED = (94.0, 97.0)
"""In percent, over the populations."""
SAMPLES = 20_000
SEED = 20260310


@dataclass(frozen=True, slots=True)
class Coverage:
    n: int
    ours: float
    """In percent, over all populations."""
    least: float
    most: float
    """Of one population."""
    textbook: float

    @property
    def holds(self) -> bool:
        return WANTED[0] <= self.ours <= WANTED[1]


def coverages(*, sizes: Sequence[int] = SIZES, samples: int = SAMPLES) -> Iterator[Coverage]:
    """Draw, and say for each size how many intervals hold the truth."""
    chance = np.random.default_rng(SEED)
    for n in sizes:
        each = [_of_population(chance, n, population, samples) for population in POPULATIONS]
        ours = [one for one, _ in each]
        yield Coverage(n, mean(ours), min(ours), max(ours), mean(textbook for _, textbook in each))


def main() -> int:
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.intervals", description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, metavar="N", help="of each population and size")
    samples = parser.parse_args().samples
    print(f"{samples} samples of each of {len(POPULATIONS)} populations; level 95 %")
    print("   n   ours %   least   most   textbook %")
    found = list(coverages(samples=samples))
    for one in found:
        verdict = "" if one.holds else "   MISSES"
        print(f"{one.n:4}   {one.ours:6.2f}  {one.least:6.2f} {one.most:6.2f}   {one.textbook:10.2f}{verdict}")
    wrong = [one.n for one in found if not one.holds]
    low, high = WANTED
    print(f"intervals: {'FAILED at n = ' + str(wrong) if wrong else f'all sizes hold between {low:g} and {high:g} %'}")
    return 1 if wrong else 0


def _of_population(
    chance: np.random.Generator, n: int, population: tuple[float, float, float], samples: int
) -> tuple[float, float]:
    truth = 100 * (population[0] - population[2])
    drawn, times = np.unique(chance.multinomial(n, population, size=samples), axis=0, return_counts=True)
    ours = textbook = 0
    for (promoters, passives, detractors), n_times in zip(drawn.tolist(), times.tolist(), strict=True):
        interval = nps_figure(promoters, passives, detractors).interval
        assert interval is not None
        ours += n_times * (interval.low <= truth <= interval.high)
        low, high = _textbook(promoters, detractors, n)
        textbook += n_times * (low <= truth <= high)
    return 100 * ours / samples, 100 * textbook / samples


def _textbook(promoters: int, detractors: int, n: int) -> tuple[float, float]:
    up, down = promoters / n, detractors / n
    half = Z * sqrt((up + down - (up - down) ** 2) / n)
    return 100 * (up - down - half), 100 * (up - down + half)


if __name__ == "__main__":
    sys.exit(main())
