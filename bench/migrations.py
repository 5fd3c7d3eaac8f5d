"""`python -m bench.migrations`: how long each migration takes over a large company, and whom it keeps waiting.

A million each of invitations, responses, verbatims, orders and lines of alerts stand in PostgreSQL as migration 0027
left them. Then they are brought up to date as `python -m vocapp migrate` does it, while somebody writes one row of each
table, and somebody else reads one, every 50 ms: how long the slowest had to wait stands beside the migration in which
they came.
Nothing is judged; `--rows` takes less. The seconds are those of this machine and its disk.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine

from bench import machine
from bench.migratable import REVISION, fill
from tests.rig.postgres import start_postgres
from tests.rig.run import current_run
from vocapp.models import migrating

EVERY_SECONDS: Final = 0.05
TOLD_MS: Final = 250.0
"""Who waits no longer has noticed nothing: not told of."""
PROBED: Final = {
    "responses": "position",
    "invitations": "attempts",
    "tallies": "n",
    "counters": "n",
    "summaries": "completed",
    "verbatims": "survey_version",
    "purchases": "refunded_minor",
    "portraits": "stage",
    "segments": "updated_at",
    "surveys": "updated_at",
    "alerts": "misses",
    "alert_moves": "status",
}
"""Tables that are in use all day, with a column that is written as it is."""
FOLLOWED: Final = {"verbatims"}
"""Written by who follows the feed alone, and that one waits by itself (`vocapp/models/migrating.py`)."""


@dataclass
class Steps:
    """When each migration began."""

    begun: list[tuple[float, str]] = field(default_factory=list)

    def of(self, at: float) -> str:
        """Return the migration that ran at that moment."""
        return next((name for start, name in reversed(self.begun) if start <= at), "before")


class _Listening(logging.Handler):
    """Notes when a migration begins, from what Alembic says."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(logging.INFO)
        self._steps = steps

    def emit(self, record: logging.LogRecord) -> None:
        if found := re.search(r"Running upgrade \S* -> (\d+)", record.getMessage()):
            self._steps.begun.append((time.monotonic(), found[1]))


@dataclass
class Probe:
    """Somebody who writes or reads one row of a table, again and again."""

    table: str
    writes: bool
    waited: list[tuple[float, float]] = field(default_factory=list)
    """(since when, for how many seconds)"""

    def run(self, database: str, stop: threading.Event) -> None:
        table, column = sql.Identifier(self.table), sql.Identifier(PROBED[self.table])
        row = sql.SQL("(select ctid from {} offset {} limit 1)").format(table, sql.Literal(7))
        query = (
            sql.SQL("update {} set {} = {} where ctid = {}").format(table, column, column, row)
            if self.writes
            else sql.SQL("select {} from {} limit 1").format(column, table)
        )
        with psycopg.connect(database, autocommit=True) as connection:
            while not stop.is_set():
                began = time.monotonic()
                connection.execute(query)
                self.waited.append((began, time.monotonic() - began))
                stop.wait(EVERY_SECONDS)


def main() -> int:
    """Fill, migrate, print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.migrations", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="of each (default: a million)")
    rows = parser.parse_args().rows
    run = current_run()
    postgres, _process = start_postgres(run, durable=True)
    described = machine.describe(Path(postgres.data).parent, server_version=_version(postgres.conninfo()))
    print(", ".join(f"{key} {value}" for key, value in described.items()))
    url, database = postgres.create_database("bench_migrations"), postgres.conninfo("bench_migrations")
    _bring_to(url, REVISION)
    started = time.monotonic()
    fill(database, rows=rows)
    print(f"{rows:,} rows in {time.monotonic() - started:.0f} s; the largest tables:")
    for name, size, count in _largest(database):
        print(f"  {name:>20} {size:>9} {count:>12,} rows")
    steps, probes = (
        Steps(),
        [Probe(table, writes) for table in PROBED for writes in (True, False) if not (writes and table in FOLLOWED)],
    )
    ended = _measure(url, database, steps, probes)
    _tell(steps, probes, ended)
    return 0


def _measure(url: str, database: str, steps: Steps, probes: list[Probe]) -> float:
    """Migrate while all probe; return when it was done."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(database, stop)) for one in probes]
    said, listening = logging.getLogger("alembic.runtime.migration"), _Listening(steps)
    said.setLevel(logging.INFO)
    said.addHandler(listening)
    for thread in threads:
        thread.start()
    try:
        time.sleep(2)
        migrating.upgrade(url)
        ended = time.monotonic()
        time.sleep(2)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        said.removeHandler(listening)
    return ended


def _tell(steps: Steps, probes: list[Probe], ended: float) -> None:
    worst: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for table in PROBED:
        found = {writes: _longest(steps, probes, table, writes=writes) for writes in (True, False)}
        for name in {*found[True], *found[False]}:
            worst[name][table] = (found[True].get(name, 0.0), found[False].get(name, 0.0))
    print("migration      s   who came while it ran, and waited longest to write / to read (s)")
    ends = [*(start for start, _ in steps.begun[1:]), ended]
    for (start, name), end in zip(steps.begun, ends, strict=True):
        waits = [
            f"{table} {wrote:.1f} / {read:.1f}"
            for table, (wrote, read) in worst[name].items()
            if max(wrote, read) * 1000 > TOLD_MS
        ]
        print(f"     {name} {end - start:6.1f}   {', '.join(waits) or 'nobody'}")
    print(f"         {ended - steps.begun[0][0]:6.1f}   in all")


def _longest(steps: Steps, probes: list[Probe], table: str, *, writes: bool) -> dict[str, float]:
    """Return for each migration how long the slowest waited who came while it ran."""
    found: dict[str, float] = {}
    for probe in probes:
        if (probe.table, probe.writes) == (table, writes):
            for began, took in probe.waited:
                name = steps.of(began)
                found[name] = max(found.get(name, 0.0), took)
    return found


def _bring_to(url: str, revision: str) -> None:
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(migrating.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def _version(database: str) -> str:
    with psycopg.connect(database) as connection:
        return str(connection.info.parameter_status("server_version"))


def _largest(database: str) -> list[tuple[str, str, int]]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            """
            select relname, pg_size_pretty(pg_total_relation_size(oid)), cast(reltuples as bigint) from pg_class
            where relkind = 'r' and relnamespace = cast('public' as regnamespace)
            order by pg_total_relation_size(oid) desc limit 12
            """
        ).fetchall()


if __name__ == "__main__":
    sys.exit(main())
