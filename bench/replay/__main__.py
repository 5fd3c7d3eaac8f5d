"""`python -m bench.replay`: play real orders and reviews through the running product; the last line is the verdict.

Exit status 0: every figure holds, or the files are not here (the word is `skipped`); 1: one does not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.replay import figures, playing, reading, selling, shops, voices
from bench.replay.figures import Figure
from bench.replay.rows import DataMissing, Rows, read
from bench.replay.shops import Shops
from bench.replay.stage import Stage, prepare
from bench.replay.voices import Voices
from tests.rig.postgres import start_postgres
from tests.rig.product import ROOT, Product
from tests.rig.run import current_run

DATA = ROOT.parent / "shared/data/commerce/olist"
PARTS = ("marketplace", "shops", "voices")


def main() -> int:
    """Play, read back, print the table and the verdict; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the folder of the marketplace's files")
    parser.add_argument(
        "--only",
        choices=PARTS,
        help="one part: the marketplace, what customers of shops are worth, or scores by month and place",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database-url", metavar="URL", help="an empty database (default: SQLite, as `up` has it)")
    where.add_argument("--postgresql", action="store_true", help="a PostgreSQL of its own")
    args = parser.parse_args()
    rows: Rows | None = None
    sold: Shops | None = None
    told: Voices | None = None
    absent: dict[str, DataMissing] = {}
    for part in [args.only] if args.only else PARTS:
        try:
            if part == "shops":
                sold = shops.read(args.data.parent)
            elif part == "voices":
                told = voices.read(args.data.parent.parent)
            else:
                rows = read(args.data)
        except DataMissing as missing:
            absent[part] = missing
    if rows is None and sold is None and told is None:
        print(f"replay: skipped, the data is absent: {'; '.join(map(str, absent.values()))}")
        return 0
    url = args.database_url
    if args.postgresql:
        postgres, _process = start_postgres(current_run(), durable=True)
        url = postgres.create_database("replay")
    with Product(database_url=url) as product:
        status = run(product, rows, sold, told)
    for part, missing in absent.items():
        print(f"replay: {part} skipped, the data is absent: {missing}")
    return status


def run(
    product: Product,
    rows: Rows | None,
    sold: Shops | None = None,
    told: Voices | None = None,
    *,
    say: Callable[[str], None] = print,
) -> int:
    """Play everything through a running product; print what was seen; return the exit status."""
    since = time.monotonic()

    def tell(what: str) -> None:
        say(f"{time.monotonic() - since:6.1f} s  {what}")

    found: list[Figure] = []
    try:
        if sold is not None:
            found += selling.sell(product, sold, say=tell)
        if told is not None:
            found += voices.tell(product, told, say=tell)
        if rows is not None:
            found += _play_twice(prepare(product), rows, tell)
    except AssertionError as failed:
        say(f"replay: FAILED before its end: {failed}")
        return 1
    tell("done")
    return conclude(found, say=say)


def conclude(found: list[Figure], *, say: Callable[[str], None] = print) -> int:
    """Print the figures, the verdict last; return the exit status."""
    say(figures.table(found))
    say(figures.verdict(found))
    return 0 if all(figure.holds for figure in found) else 1


def check(stage: Stage, rows: Rows) -> list[Figure]:
    """Read the state back from a product in which the rows were played."""
    return figures.of_state(rows, reading.look(stage))


def _play_twice(stage: Stage, rows: Rows, say: Callable[[str], None]) -> list[Figure]:
    at = playing.now()
    first = playing.play(stage, rows, at=at, say=say)
    playing.answer_all(stage, rows, first, say=say)
    say("mails, scores and alerts …")
    reading.settle(stage)
    say("reading back …")
    seen = reading.look(stage)
    say("everything again …")
    second = playing.play(stage, rows, at=at, say=say)
    closed = playing.open_all(stage, first)
    reading.settle(stage)
    say("reading back …")
    api = stage.machine(stage.answered)
    changed = {stream: reading.export(api, stream, one.cursor).lines for stream, one in seen.exports.items()}
    after = reading.look(stage)
    return [
        *figures.of_first_play(rows, first),
        *figures.of_state(rows, seen),
        *figures.of_second_play(rows, first, second),
        Figure("again: links that are used up", {410: len(rows.reviews)}, closed),
        *figures.of_stillness(seen, after, changed),
    ]


if __name__ == "__main__":
    sys.exit(main())
