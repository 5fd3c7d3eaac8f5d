"""Complete responses on SQLite, one at a time and four at once, beside bare Flask on SQLite.

Both keep a write-ahead log that is made durable at checkpoints (`synchronous = normal`), under the same gunicorn. What
fails because another writes (`database is locked`) is a fault, as every reply that is no thanks is.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

from bench.cases.responses import NAMES, Amounts
from bench.report import Report, Stage, beside, kept, table_of
from bench.serving import forms, keep_pages, serve_floor, serve_product
from bench.turns import Target, take_turns
from bench.wire import Visit

GOALS = {1: 0.60, 4: 0.60}
FULL = Amounts({1: 200, 4: 600}, rounds=7, warm_up=200)
QUICK = Amounts({1: 50, 4: 150}, rounds=5, warm_up=100)


def measure(stage: Stage) -> Report:
    """Let the product and bare Flask take turns, each on a file of its own."""
    amounts = QUICK if stage.quick else FULL
    product, server, paths = serve_product(stage.run, None, wanted=amounts.each + 1)
    pages = keep_pages(product, paths.pop())
    other = product.home / "floor.db"
    floor, links = serve_floor(stage.run, str(other), wanted=amounts.each, pages=pages)
    file = product.data_dir / "vocapp.db"
    complete = partial(_stored, file, complete="status = 'completed'")
    targets = [
        Target(
            name="vocapp",
            port=server.port,
            pids=(server.pid,),
            visits=(Visit(path, forms(number)) for number, path in enumerate(paths)),
            stored=complete,
            taken=1,
        ),
        Target(
            name="flask",
            port=floor.port,
            pids=(floor.pid,),
            visits=(Visit(path, forms(number)) for number, path in enumerate(links)),
            stored=partial(_stored, other, complete="why is not null"),
        ),
    ]
    turns = take_turns(targets, amounts.turns, rounds=amounts.rounds, warm_up=amounts.warm_up)
    faults = [fault for target in targets for fault in target.faults]
    locked = product.printed.count("database is locked")
    return Report(
        "complete responses on SQLite",
        table_of(turns, NAMES),
        beside(turns, *NAMES, goals=GOALS),
        [*faults, *([f"'database is locked' was said {locked} times"] if locked else [])],
        kept(turns),
    )


def _stored(file: Path, *, complete: str) -> int:
    connection = sqlite3.connect(file, timeout=15)
    try:
        found = connection.execute(f"select count(distinct invitation_id) from responses where {complete}").fetchone()
    finally:
        connection.close()
    return int(found[0])
