"""Complete responses: GET the page, POST six answers, see the thanks. The product's web role beside bare Flask.

Both are served with the same gunicorn settings over one PostgreSQL with fsync on, and take turns in every round. What
follows a response in the background (mail, sentiment, alerts) is not running: the floor has no such thing either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import psycopg

from bench.report import Figure, Report, Stage, beside, kept, table_of
from bench.serving import forms, keep_pages, serve_floor, serve_product
from bench.turns import Target, Turn, take_turns
from bench.wire import Visit

NAMES = ("vocapp", "flask")
GOALS = {16: 0.60}
"""Visitors at once → the share of the floor's speed that is to be kept, by CPU and by the clock."""
MOST_CPU_MS = 2.5
"""Of server and database, for a response at the most visitors."""


@dataclass(frozen=True, slots=True)
class Amounts:
    turns: dict[int, int]
    """Visitors at once → responses in one turn."""
    rounds: int
    warm_up: int

    @property
    def each(self) -> int:
        """Responses that one target takes in all."""
        return self.warm_up + self.rounds * sum(self.turns.values())


FULL = Amounts({1: 200, 4: 600, 16: 1000}, rounds=7, warm_up=300)
QUICK = Amounts({1: 60, 4: 200, 16: 400}, rounds=5, warm_up=200)


def measure(stage: Stage) -> Report:
    """Start both, let them take turns, and count the rows after every turn."""
    amounts = QUICK if stage.quick else FULL
    url, database = stage.postgres.create_database("bench_vocapp"), stage.postgres.conninfo("bench_vocapp")
    product, server, paths = serve_product(stage.run, url, wanted=amounts.each + 1)
    pages = keep_pages(product, paths.pop())
    stage.postgres.create_database("bench_flask")
    other = stage.postgres.conninfo("bench_flask")
    floor, links = serve_floor(stage.run, other, wanted=amounts.each, pages=pages)
    targets = [
        Target(
            name="vocapp",
            port=server.port,
            pids=(server.pid, stage.postgres.pid),
            visits=(Visit(path, forms(number)) for number, path in enumerate(paths)),
            stored=partial(stored, database, complete="status = 'completed'"),
            taken=1,
        ),
        Target(
            name="flask",
            port=floor.port,
            pids=(floor.pid, stage.postgres.pid),
            visits=(Visit(path, forms(number)) for number, path in enumerate(links)),
            stored=partial(stored, other, complete="why is not null"),
        ),
    ]
    turns = take_turns(targets, amounts.turns, rounds=amounts.rounds, warm_up=amounts.warm_up)
    return Report(
        f"complete responses, six answers, a page of {(pages / 'page.html').stat().st_size} bytes",
        table_of(turns, NAMES),
        [*beside(turns, *NAMES, goals=GOALS), _spent(turns)],
        [fault for target in targets for fault in target.faults],
        kept(turns),
    )


def _spent(turns: list[Turn]) -> Figure:
    most = max(GOALS)
    spent = [turn.cpu_ms for turn in turns if (turn.target, turn.at_once) == (NAMES[0], most)]
    return Figure.of(f"c={most}, CPU of a response", spent, "ms", goal=MOST_CPU_MS, wanted="at most")


def stored(database: str, *, complete: str) -> int:
    """Count the invitations with a complete response."""
    with psycopg.connect(database) as connection:
        row = connection.execute(f"select count(distinct invitation_id) from responses where {complete}").fetchone()
    return int(row[0]) if row else 0
