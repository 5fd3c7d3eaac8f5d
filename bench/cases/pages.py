"""The console's first page and its lists over a hundred thousand customers and answers, each asked by turns.

What each costs the web process and PostgreSQL stands apart: of the latter much went into planning the same statements
anew for each page.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import asdict, dataclass, field
from typing import Final

import psycopg

from bench.browsable import fill
from bench.cases.verbatims import log_in
from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.serving import serve_product

ROWS: Final = 100_000
MOST_MS: Final = 200.0
LOGIN: Final = ("owner@bench.test", "une longue phrase")
ASKED: Final[dict[str, tuple[str, str]]] = {
    "home": ("/console/", 'class="tile"'),
    "the queue": ("/console/alerts", "Durand"),
    "responses": ("/console/responses", "Durand"),
    "customers": ("/console/customers", "Durand"),
    "surveys": ("/console/surveys", "bench"),
    "mails": ("/console/mails", "Durand"),
}
"""Page → (its path, what stands on it)."""


@dataclass
class Seen:
    """What one page took, in milliseconds; CPU comes in steps of ten, so only its mean says something."""

    page: list[float] = field(default_factory=list)
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


def measure(stage: Stage) -> Report:
    """Ask each page by turns."""
    rows = stage.rows or (ROWS // 10 if stage.quick else ROWS)
    url, database = stage.postgres.create_database("bench_pages"), stage.postgres.conninfo("bench_pages")
    product, server, _paths = serve_product(stage.run, url, wanted=1)
    with psycopg.connect(database) as connection:
        row = connection.execute("select id from workspaces order by id limit 1").fetchone()
    fill(database, workspace_id=row[0] if row else 0, rows=rows)
    product.create_user(LOGIN[0], LOGIN[1], role="owner")
    seen = {name: Seen() for name in ASKED}
    faults = asyncio.run(_ask(seen, 5 if stage.quick else 40, server.url, server.pid, stage.postgres.pid))
    figures = [figure for name, found in seen.items() for figure in _figures(name, found)]
    return Report(
        f"the console's pages over {rows:,} customers and as many answers",
        [],
        figures,
        faults,
        [{name: asdict(found) for name, found in seen.items()}],
    )


async def _ask(seen: dict[str, Seen], rounds: int, base: str, web: int, database: int) -> list[str]:
    faults: list[str] = []
    person = await log_in(base, *LOGIN)
    looked_at = ([web], [database], [web, database])
    for turn in range(rounds + 2):  # the first ones bring everything into memory
        for name, (path, proof) in ASKED.items():
            before = [Cpu.now(pids) for pids in looked_at]
            started = time.perf_counter()
            page = await person.get(f"{base}{path}")
            took = (time.perf_counter() - started) * 1000
            spent = [Spent.between(was, Cpu.now(pids)) for was, pids in zip(before, looked_at, strict=True)]
            if page.status != 200 or proof not in page.text:
                faults.append(f"{name}: {page.status}, {proof!r} is not on it")
            if turn > 1:
                found = seen[name]
                found.page.append(took)
                found.web.append(spent[0].ours * 1000)
                found.database.append(spent[1].ours * 1000)
                found.others.append(spent[2].others)
    await person.close()
    return sorted(set(faults))


def _figures(name: str, found: Seen) -> list[Figure]:
    told = statistics.median(found.others) < QUIET
    p95 = statistics.quantiles(found.page, n=100, method="inclusive")[94]
    return [
        Figure(f"{name}, p95", p95, "ms", goal=MOST_MS, wanted="at most", told=told),
        Figure(f"{name}, the web process's CPU", statistics.fmean(found.web), "ms"),
        Figure(f"{name}, PostgreSQL's CPU", statistics.fmean(found.database), "ms"),
    ]
