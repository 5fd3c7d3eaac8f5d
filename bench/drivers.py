"""`python -m bench.drivers`: what goes with a low score at a real marketplace, and that shuffled scores claim nothing.

The reviews and all that the marketplace's files know of their orders go to the functions that the product finds drivers
with. Late delivery must come first; with the scores shuffled among the orders, nothing may be claimed in at least 95 of
100 runs. Exit status 1 where one of them does not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from bench.replay.__main__ import DATA
from bench.replay.rows import UNHAPPY, DataMissing, Rows, read
from vocapp.domain import drivers
from vocapp.domain.drivers import Occasion
from vocapp.domain.factors import Known, factors_of

RUNS = 100
WANTED = 95
SEED = 20260310
LATE = ("delivered_at after estimated_at", "yes")


def occasions_of(rows: Rows) -> list[Occasion]:
    """Return the reviews with what is known of each order, as the product would see them."""
    known = [Known({"place": one.order.state}, one.properties, {}) for one in rows.reviews]
    return [
        Occasion(one.order.customer, one.score <= UNHAPPY, facts)
        for one, facts in zip(rows.reviews, factors_of(known), strict=True)
    ]


def claims_when_shuffled(occasions: Sequence[Occasion], *, runs: int, seed: int = SEED) -> Iterator[int]:
    """Give for each run how many drivers are claimed where who gave a low score is left to chance."""
    chance = Random(seed)
    low = [one.low for one in occasions]
    for _ in range(runs):
        chance.shuffle(low)
        shuffled = [replace(one, low=its) for one, its in zip(occasions, low, strict=True)]
        yield len(drivers.find(shuffled).drivers)


def main() -> int:
    """Print the drivers and the verdict; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.drivers", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the folder of the marketplace's files")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N")
    args = parser.parse_args()
    try:
        occasions = occasions_of(read(args.data))
    except DataMissing as missing:
        print(f"drivers: skipped, the data is absent: {missing}")
        return 0
    found = drivers.find(occasions)
    print(f"{found.answers} answers, {found.low} of them low; {found.looked_at} levels were compared")
    for one in found.drivers:
        low, high = one.gap.interval.low, one.gap.interval.high
        beside = f"; goes with {' = '.join(one.goes_with)}" if one.goes_with else ""
        print(
            f"  {one.factor} = {one.level}: {one.here.value:.1f} % of {one.here.n} "
            f"against {one.elsewhere.value:.1f} %, {one.gap.value:+.1f} points ({low:+.1f} to {high:+.1f}), "
            f"at least {one.share:.1f} % of all low{beside}"
        )
    first = bool(found.drivers) and (found.drivers[0].factor, found.drivers[0].level) == LATE
    silent = sum(n == 0 for n in claims_when_shuffled(occasions, runs=args.runs))
    print(f"shuffled: nothing claimed in {silent} of {args.runs} runs")
    holds = first and silent * RUNS >= WANTED * args.runs
    print(f"drivers: {'late delivery comes first, and chance claims nothing' if holds else 'FAILED'}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
