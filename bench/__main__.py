"""`python -m bench`: run the cases beside their floors, print the ratios, keep everything in bench/out/DATE.json.

`--quick` does less of everything, for a look; its ratios wobble more. Exit status 1 where rows are missing, a request
failed, or a ratio is below its goal.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench import machine
from bench.cases import responses
from bench.cases.responses import Result, Turn
from tests.rig.postgres import Postgres, start_postgres
from tests.rig.run import current_run

OUT = Path(__file__).parent / "out"
GOAL, GOAL_AT = 0.50, 16
QUIET = 0.3
"""CPUs that others may take while a clock on the wall still tells the truth."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much of the floor's speed is kept: 1.0 is as quick as the floor."""

    at_once: int
    by: str
    median: float
    low: float
    high: float
    told: bool
    """False: others were at work, and this clock proves nothing."""

    @property
    def holds(self) -> bool:
        return self.at_once != GOAL_AT or not self.told or self.median >= GOAL


def main() -> int:
    """Measure, print, keep; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute instead of several")
    quick = parser.parse_args().quick
    run = current_run()
    postgres, _process = start_postgres(run, durable=True)
    described = machine.describe(Path(postgres.data).parent, server_version=_version(postgres))
    print(", ".join(f"{name} {value}" for name, value in described.items()))
    result = responses.measure(responses.QUICK if quick else responses.FULL, run=run, postgres=postgres)
    ratios = ratios_of(result.turns)
    print(_table(result, ratios))
    _keep(described, result, ratios, quick=quick)
    for fault in result.faults:
        print(f"wrong: {fault}")
    missed = [one for one in ratios if not one.holds]
    if result.faults or missed:
        print("bench: FAILED " + ", ".join(f"{one.by} {one.median:.0%} < {GOAL:.0%}" for one in missed))
        return 1
    print(f"bench: at least {GOAL:.0%} of the floor at c={GOAL_AT}, every response stored once")
    return 0


def ratios_of(turns: list[Turn]) -> list[Ratio]:
    """Set each round's turn of the product against the floor's of the same round."""
    found = []
    for at_once in sorted({turn.at_once for turn in turns}):
        ours, floor = (
            [one for one in turns if (one.target, one.at_once) == (name, at_once)] for name in responses.NAMES
        )
        quiet = statistics.median(one.others_cpu for one in (*ours, *floor)) < QUIET
        cpu = [theirs.cpu_ms / own.cpu_ms for own, theirs in zip(ours, floor, strict=True)]
        wall = [own.rate / theirs.rate for own, theirs in zip(ours, floor, strict=True)]
        found.append(Ratio(at_once, "CPU", statistics.median(cpu), min(cpu), max(cpu), told=True))
        found.append(Ratio(at_once, "wall", statistics.median(wall), min(wall), max(wall), told=quiet))
    return found


def _table(result: Result, ratios: list[Ratio]) -> str:
    lines = [
        f"complete responses, six answers, a page of {result.page_bytes} bytes; medians of all rounds",
        f"{'':>8} {'c':>3} {'per s':>7} {'CPU ms':>7} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} {'others':>7}",
    ]
    for at_once in sorted({turn.at_once for turn in result.turns}):
        for name in responses.NAMES:
            turns = [one for one in result.turns if (one.target, one.at_once) == (name, at_once)]
            told: list[Callable[[Turn], float]] = [
                lambda one: one.rate,
                lambda one: one.cpu_ms,
                lambda one: one.p50_ms,
                lambda one: one.p95_ms,
                lambda one: one.p99_ms,
                lambda one: one.others_cpu,
            ]
            figures = [statistics.median(map(read, turns)) for read in told]
            lines.append(f"{name:>8} {at_once:>3} " + " ".join(f"{figure:7.2f}" for figure in figures))
    for one in ratios:
        word = "" if one.told else "  (others were at work: not measured)"
        goal = f"  goal {GOAL:.0%}" if one.at_once == GOAL_AT else ""
        lines.append(
            f"c={one.at_once:<2} {one.by:>4}: {one.median:.1%} of the floor ({one.low:.1%}–{one.high:.1%}){goal}{word}"
        )
    return "\n".join(lines)


def _keep(described: dict[str, object], result: Result, ratios: list[Ratio], *, quick: bool) -> None:
    OUT.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    kept = {
        "at": now.isoformat(timespec="seconds"),
        "quick": quick,
        "machine": described,
        "page_bytes": result.page_bytes,
        "ratios": [asdict(one) for one in ratios],
        "turns": [{**asdict(one), "rate": one.rate} for one in result.turns],
        "faults": result.faults,
    }
    path = OUT / f"{now:%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False))
    print(f"kept in {path}")


def _version(postgres: Postgres) -> str:
    with psycopg.connect(postgres.conninfo()) as connection:
        row = connection.execute("show server_version").fetchone()
    return str(row[0]) if row else "?"


if __name__ == "__main__":
    sys.exit(main())
