"""Events told by the API, in batches of 500 of which 25 were told before, and one by one.

Beside a batch: psycopg's COPY of 500 rows of the same values into a table with the same columns and indexes, in a
transaction of its own. Beside a single event: one INSERT by bare Flask. A batch does more than the COPY: it is read and
checked, its customers and places are looked up, what was told before is left out, and the feed is noted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
from psycopg.types.json import Jsonb

from bench.machine import Cpu, Spent
from bench.report import Figure, Report, Stage, beside, kept, table_of
from bench.serving import Server, keep_pages, serve_floor, serve_product
from bench.turns import Turn
from bench.wire import Call, call_all, calling

BATCH, TWICE = 500, 25
CUSTOMERS = 1000
GOALS_OF_BATCHES = {4: 0.50}
GOALS_OF_SINGLES = {16: 0.60}
MOST_APP_MICROSECONDS = 10.0
"""Of the web role's CPU, for one event in a batch."""
COLUMNS = "workspace_id, id, key, name, occurred_at, received_at, customer_id, place, agent, properties"


@dataclass(frozen=True, slots=True)
class Amounts:
    batches: dict[int, int]
    """Callers at once → batches in one turn."""
    singles: dict[int, int]
    rounds: int


FULL = Amounts({1: 20, 4: 40}, {1: 200, 16: 800}, rounds=7)
QUICK = Amounts({1: 6, 4: 12}, {1: 60, 16: 240}, rounds=5)


@dataclass
class Teller:
    """Tells events to a server, and keeps account of what it said to them."""

    name: str
    server: Server
    postgres: int
    key: str = ""
    sent: int = 0
    told: int = 0
    """Of those sent, each counted once."""
    accepted: int = 0
    duplicates: int = 0
    app_seconds: float = 0.0
    """The server's CPU, without the database's."""
    faults: list[str] = field(default_factory=list)

    def take_turn(self, at_once: int, calls: list[Call], events_each: int) -> Turn:
        """Make the calls; a turn's units are events."""
        roots = (self.server.pid, self.postgres)
        before, app = Cpu.now(roots), Cpu.now(roots[:1]).ours
        took = call_all("127.0.0.1", self.server.port, calls, at_once=at_once, check=self._check)
        self.app_seconds += Cpu.now(roots[:1]).ours - app
        spent = Spent.between(before, Cpu.now(roots))
        self.faults += took.faults
        return Turn.of(
            self.name,
            at_once=at_once,
            units=len(calls) * events_each,
            seconds=took.seconds,
            latencies=took.latencies,
            spent=spent,
        )

    def batches(self, wanted: int) -> list[Call]:
        """Make batches: each says 12 of its own events twice, and 13 of the one before it again."""
        calls = []
        for _ in range(wanted):
            new = [_event(f"b-{number}", number) for number in range(self.told, self.told + BATCH - TWICE)]
            before = max(self.told - TWICE, 0)
            again = [_event(f"b-{number}", number) for number in range(before, before + 13)]
            calls.append(self._call({"events": [*new, *new[:12], *(again if self.told else new[20:33])]}))
            self.told += len(new)
            self.sent += BATCH
        return calls

    def singles(self, wanted: int, *, twice: bool) -> list[Call]:
        """Make single events; every twentieth once more, where the server can take that."""
        calls = []
        for number in islice(count(self.sent), wanted):
            again = twice and number % 20 == 19
            calls.append(self._call(_event(f"s-{number - again}", number)))
            self.sent += 1
            self.told += not again
        return calls

    def check(self, database: str, table: str) -> None:
        """Compare what was sent with what was said to it and with the rows."""
        with psycopg.connect(database) as connection:
            row = connection.execute(f"select count(*), count(distinct key) from {table}").fetchone()
        said = (self.accepted, self.duplicates, *(row or ()))
        wanted = (self.told, self.sent - self.told, self.told, self.told)
        if said != wanted:
            self.faults.append(f"{self.name}: accepted, duplicates, rows, keys are {said} instead of {wanted}")

    def _call(self, document: Any) -> Call:
        return calling("POST", "/api/v1/events", key=self.key, body=orjson.dumps(document))

    def _check(self, status: int, body: bytes) -> str | None:
        if status != 202:
            return f"{self.name}: {status} {body[:200]!r}"
        said = orjson.loads(body)
        self.accepted += said["accepted"]
        self.duplicates += said["duplicates"]
        return f"{self.name}: refused {said['refused'][:1]}" if said["refused"] else None


class Copier:
    """Copies rows by psycopg, over connections that stay open."""

    def __init__(self, database: str, postgres: int) -> None:
        self._database = database
        self._postgres = postgres
        self._numbers = count()
        self._connections: list[psycopg.Connection[Any]] = []
        self.copied = 0
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("create table copied (like events including all)")
            found = connection.execute("select workspace_id, id from customers limit %s", (CUSTOMERS,)).fetchall()
        self._customers: list[tuple[int, UUID]] = found

    def take_turn(self, at_once: int, batches: int) -> Turn:
        """Copy batches of 500 by `at_once` threads; the CPU of writing the rows out is this process's own."""
        rows = [list(islice(self._rows(), BATCH)) for _ in range(batches)]
        while len(self._connections) < at_once:
            self._connections.append(psycopg.connect(self._database))
        free = list(self._connections)
        before = Cpu.now([self._postgres])
        started = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            latencies = list(pool.map(lambda batch: _copy(free, batch), rows))
        seconds = time.perf_counter() - started
        after = Cpu.now([self._postgres])
        spent = Spent.between(before, after)
        self.copied += batches * BATCH
        return Turn.of(
            "copy",
            at_once=at_once,
            units=batches * BATCH,
            seconds=seconds,
            latencies=latencies,
            spent=Spent(spent.ours + after.client - before.client, spent.others),
        )

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        at = datetime.now(UTC)
        for number in self._numbers:
            workspace_id, customer_id = self._customers[number % len(self._customers)]
            said = _event(f"b-{number}", number)
            properties = Jsonb(said["properties"], dumps=orjson.dumps)
            yield (
                *(workspace_id, uuid4(), said["id"], said["event"], at, at),
                *(customer_id, said["place"], None, properties),
            )


def measure(stage: Stage) -> Report:
    """Tell batches and single events, each beside its floor, and compare what was kept with what was sent."""
    amounts = QUICK if stage.quick else FULL
    url, database = stage.postgres.create_database("bench_events"), stage.postgres.conninfo("bench_events")
    product, server, paths = serve_product(stage.run, url, wanted=CUSTOMERS)
    stage.postgres.create_database("bench_event")
    other = stage.postgres.conninfo("bench_event")
    floor, _ = serve_floor(stage.run, other, wanted=1, pages=keep_pages(product, paths[0]))
    key = product.create_key("ingest")
    in_batches, one_by_one, flask = (
        Teller("batches", server, stage.postgres.pid, key),
        Teller("vocapp", server, stage.postgres.pid, key),
        Teller("flask", floor, stage.postgres.pid),
    )
    copier = Copier(database, stage.postgres.pid)
    batches = _batches(amounts, in_batches, copier)
    copier.close()
    singles = _singles(amounts, one_by_one, flask)
    in_batches.check(database, "(select key from events where key like 'b-%') as told")
    one_by_one.check(database, "(select key from events where key like 's-%') as told")
    flask.check(other, "events")
    app = in_batches.app_seconds / in_batches.sent * 1e6
    quiet = statistics.median(turn.others_cpu for turn in batches)
    return Report(
        f"events, in batches of {BATCH} with {TWICE} told before and one by one",
        [*table_of(batches, ("batches", "copy")), "", *table_of(singles, ("vocapp", "flask"))],
        [
            *beside(batches, "batches", "copy", goals=GOALS_OF_BATCHES, what=f"batches of {BATCH}, "),
            Figure(
                "CPU of the web role for an event in a batch", app, "µs", goal=MOST_APP_MICROSECONDS, wanted="at most"
            ),
            *beside(singles, "vocapp", "flask", goals=GOALS_OF_SINGLES, what="single, "),
        ],
        [*in_batches.faults, *one_by_one.faults, *flask.faults],
        [*kept(batches), *kept(singles), {"others": quiet}],
    )


def _batches(amounts: Amounts, teller: Teller, copier: Copier) -> list[Turn]:
    turns = []
    teller.take_turn(4, teller.batches(8), BATCH)
    copier.take_turn(4, 8)
    teller.app_seconds, warm = 0.0, teller.sent
    for number in range(amounts.rounds):
        for at_once, batches in amounts.batches.items():
            calls = teller.batches(batches)
            both = [lambda: teller.take_turn(at_once, calls, BATCH), lambda: copier.take_turn(at_once, batches)]  # noqa: B023
            turns += [take() for take in (both if number % 2 == 0 else reversed(both))]
    teller.app_seconds *= teller.sent / (teller.sent - warm)
    return turns


def _singles(amounts: Amounts, ours: Teller, floor: Teller) -> list[Turn]:
    turns = []
    for teller in (ours, floor):
        teller.take_turn(4, teller.singles(60, twice=teller is ours), 1)
    for number in range(amounts.rounds):
        for at_once, wanted in amounts.singles.items():
            turns += [
                teller.take_turn(at_once, teller.singles(wanted, twice=teller is ours), 1)
                for teller in ((ours, floor) if number % 2 == 0 else (floor, ours))
            ]
    return turns


def _copy(free: list[psycopg.Connection[Any]], rows: list[tuple[Any, ...]]) -> float:
    started = time.perf_counter()
    connection = free.pop()
    with connection.cursor() as cursor, cursor.copy(f"copy copied ({COLUMNS}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    connection.commit()
    free.append(connection)
    return time.perf_counter() - started


def _event(key: str, number: int) -> dict[str, Any]:
    return {
        "id": key,
        "event": "order.delivered",
        "occurred_at": "2026-03-10T09:00:00Z",
        "customer": {"external_id": f"C-{number % CUSTOMERS}"},
        "place": "lyon-1",
        "properties": {"channel": "web", "total": 59.9, "carrier": "post", "late": False},
    }
