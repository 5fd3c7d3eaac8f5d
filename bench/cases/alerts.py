"""From an unhappy answer to its alert in the queue and at a webhook: alone, and while others answer, few and many.

All roles run: web, relay, the workers of every queue with the sentiment model, Redis. One client sends an unhappy
answer, looks into the database until that person's alert stands there (told, not judged), lists it by the API (until
then counts: to list over and over would keep a core busy that the alert needs), waits until a signed webhook has told
of it, and claims it. In between it sends a happy answer and lists once: the bare round trip. Others come meanwhile at
their own pace, however long an answer takes, or four of them answer one after the other as fast as they can, when
nobody waits for the webhook, behind which more and more would wait; every tenth is unhappy. At the end the alerts are
counted.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

import orjson
import psycopg

from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.serving import form, serve_product
from bench.turns import PROOF
from bench.wire import Line, Run, Visit, calling, visitor
from tests.rig.receiver import Receiver
from tests.rig.redis import RedisServer
from tests.rig.waiting import wait_until

LONGEST_MS = 100.0
LONGEST_TO_WEBHOOK_MS = 2000.0
PLACE = "counter-7"
LOOK_EVERY_SECONDS = 0.004
GIVEN_UP_AFTER = 90.0
"""Longer than a lease: a fact whose job was lost comes again after 30 seconds, and is to be seen in the figure."""
HAPPY, UNHAPPY = form(10, 5), form(2, 1)


@dataclass(frozen=True, slots=True)
class Load:
    """Who answers while the prober watches."""

    name: str
    a_second: float = 0.0
    """People who come by themselves."""
    at_once: int = 0
    """People who answer one after the other instead, without a pause."""
    goal: float | None = None
    """For the 95th percentile, in milliseconds."""


LOADS = (
    Load("quiet", goal=LONGEST_MS),
    Load("1 a second", a_second=1, goal=LONGEST_MS),
    Load("20 a second", a_second=20, goal=LONGEST_MS),
    Load("50 a second", a_second=50, goal=LONGEST_MS),
    Load("four without a pause", at_once=4),  # the machine is full: how long depends on nothing but it
)


@dataclass(frozen=True, slots=True)
class Amounts:
    probes: int
    """Of each kind in one round of each load."""
    rounds: int
    crowd: int
    """People who answer meanwhile, at most."""

    @property
    def probed(self) -> int:
        return self.probes * self.rounds * len(LOADS) * 2 + 4


FULL = Amounts(probes=12, rounds=4, crowd=40000)
QUICK = Amounts(probes=4, rounds=4, crowd=20000)


@dataclass
class Seen:
    """What one client saw under a load, in seconds."""

    stood: list[float] = field(default_factory=list)
    alerts: list[float] = field(default_factory=list)
    webhooks: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


class Prober:
    """Answers as one person after the other, and watches the queue and who is told by webhook."""

    def __init__(self, port: int, key: str, visits: Iterator[str], desk: Receiver, database: str) -> None:
        self._line = Line("127.0.0.1", port)
        self._database = psycopg.connect(database, autocommit=True)
        self._key = key
        self._visits = visits
        self._list = calling("GET", f"/api/v1/alerts?status=new&place={PLACE}&limit=5", key=key)
        self._desk = desk
        self._heard: dict[str, float] = {}
        self._read = 0
        self.unhappy = 0

    async def alert(self, seen: Seen, *, told: bool = True) -> None:
        """Answer unhappily; note when the alert stood in the database, was listed by API, was told of at the desk."""
        visit = Visit(next(self._visits), UNHAPPY)
        await self._line.open(visit)
        started = time.perf_counter()
        await self._answer(visit)
        self.unhappy += 1
        while not self._stands():
            if time.perf_counter() - started > GIVEN_UP_AFTER:
                raise AssertionError(f"no alert within {GIVEN_UP_AFTER:g} s")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        seen.stood.append(time.perf_counter() - started)
        [alert] = [one["id"] for one in await self._listed()]
        seen.alerts.append(time.perf_counter() - started)
        while told and alert not in self._told():
            if time.perf_counter() - started > GIVEN_UP_AFTER:
                raise AssertionError(f"no webhook within {GIVEN_UP_AFTER:g} s")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        path = f"/api/v1/alerts/{alert}/claim"
        status, body = await self._line.call(calling("POST", path, key=self._key, body=b'{"agent": "Ana"}'))
        assert status == 200, body
        if told:
            seen.webhooks.append(self._heard[alert] - started)

    def _stands(self) -> bool:
        """Say whether the database has the alert; half a millisecond, not worth a loop's turn."""
        asked = "select 1 from alerts where workspace_id = 1 and status = 'new' and place = %s limit 1"
        return self._database.execute(asked, (PLACE,)).fetchone() is not None

    def _told(self) -> dict[str, float]:
        """Return when each alert was first told of at the desk."""
        new = self._desk.received[self._read :]
        self._read += len(new)
        for got in new:
            self._heard.setdefault(got.json["data"]["alert"]["id"], got.at)
        return self._heard

    async def bare(self) -> float:
        """Answer happily, and return the seconds until the queue is listed once."""
        visit = Visit(next(self._visits), HAPPY)
        await self._line.open(visit)
        started = time.perf_counter()
        await self._answer(visit)
        await self._listed()
        return time.perf_counter() - started

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._line.close()

    async def _answer(self, visit: Visit) -> None:
        status, body = await self._line.send(visit)
        assert status == 200, f"{status} {body[:200]!r}"
        assert PROOF in body, body

    async def _listed(self) -> list[dict[str, str]]:
        status, body = await self._line.call(self._list)
        assert status == 200, f"{status} {body[:200]!r}"
        return orjson.loads(body)["data"]


class Crowd:
    """People who answer meanwhile, every tenth of them unhappy."""

    def __init__(self, port: int, paths: Iterator[str]) -> None:
        self._port = port
        self._paths = paths
        self._at_work = False
        self.run = Run()
        self.sent = self.unhappy = 0

    @asynccontextmanager
    async def answering(self, load: Load) -> AsyncIterator[None]:
        """Let them answer while the block runs; those who have begun finish."""
        self._at_work = True
        work = [visitor("127.0.0.1", self._port, self._visits(), PROOF, self.run) for _ in range(load.at_once)]
        if load.a_second:
            work.append(self._come(load.a_second))
        tasks = [asyncio.create_task(one) for one in work]
        try:
            yield
        finally:
            self._at_work = False
            await asyncio.gather(*tasks)

    async def _come(self, a_second: float) -> None:
        """Let one after the other come at the pace, on a connection of their own, whoever is still there."""
        began, visits, under_way = time.perf_counter(), self._visits(), set()
        for number, visit in enumerate(visits):
            await asyncio.sleep(max(0.0, began + number / a_second - time.perf_counter()))
            under_way.add(asyncio.create_task(visitor("127.0.0.1", self._port, iter([visit]), PROOF, self.run)))
            under_way = {one for one in under_way if not one.done()}
        await asyncio.gather(*under_way)

    def _visits(self) -> Iterator[Visit]:
        while self._at_work:
            path = next(self._paths, None)
            if path is None:
                self.run.faults.append("the people who answer meanwhile ran out")
                return
            unhappy = self.sent % 10 == 0
            self.sent += 1
            self.unhappy += unhappy
            yield Visit(path, UNHAPPY if unhappy else HAPPY)


def measure(stage: Stage) -> Report:
    """Watch alerts appear, under each load by turns, and count them at the end."""
    amounts = QUICK if stage.quick else FULL
    url, database = stage.postgres.create_database("bench_alerts"), stage.postgres.conninfo("bench_alerts")
    redis = RedisServer(stage.run).start()
    product, server, paths = serve_product(
        stage.run,
        url,
        wanted=amounts.probed + amounts.crowd,
        redis_url=redis.url,
        settings={"WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8"},
        place=lambda number: PLACE if number < amounts.probed else None,
    )
    pids = [server.pid, stage.postgres.pid, redis.pid]
    pids += [product.start_role(role).pid for role in ("relay", "worker")]
    key = product.create_key()
    crowd = Crowd(server.port, iter(paths[amounts.probed :]))
    seen = {load: Seen() for load in LOADS}
    with Receiver() as desk:
        hook = {"name": "Desk", "kind": "webhook", "target": desk.url}
        product.machine(key).post("/api/v1/notifiers", hook).expect(201)
        prober = Prober(server.port, key, iter(paths[: amounts.probed]), desk, database)
        asyncio.run(_warm_up(prober))
        asyncio.run(_watch(prober, crowd, amounts, seen, pids, database))
    unhappy = prober.unhappy + crowd.unhappy
    faults = list(crowd.run.faults)
    try:
        wait_until(lambda: _alerts(database) >= (unhappy, unhappy), GIVEN_UP_AFTER)
    except AssertionError:
        faults.append("alerts are missing")
    if (found := _alerts(database)) != (unhappy, unhappy):
        faults.append(f"{found} alerts and their customers after {unhappy} unhappy answers")
    return Report(
        "from an unhappy answer to its alert in the queue and at the webhook;"
        f" {len(crowd.run.latencies)} others answered meanwhile",
        [f"{unhappy} unhappy answers, an alert for each"] if not faults else [],
        [figure for load in LOADS for figure in _figures(load, seen[load])],
        faults,
        [{load.name: asdict(each) for load, each in seen.items()}],
    )


async def _warm_up(prober: Prober) -> None:
    """Bring about everything once: what comes first loads what all others find loaded."""
    await prober.alert(Seen())
    await prober.bare()
    prober.close()


async def _watch(
    prober: Prober, crowd: Crowd, amounts: Amounts, seen: dict[Load, Seen], pids: list[int], database: str
) -> None:
    for _ in range(amounts.rounds):
        for load in LOADS:
            # what the load before left behind is its own
            wait_until(lambda: not _undone(database), 2 * GIVEN_UP_AFTER, what="the workers do what came of it")
            async with crowd.answering(load):
                await _probe(prober, load, amounts.probes, seen[load], pids)


async def _probe(prober: Prober, load: Load, probes: int, seen: Seen, pids: list[int]) -> None:
    before = Cpu.now(pids)
    for _ in range(probes):
        await prober.alert(seen, told=load.at_once == 0)
        seen.bare.append(await prober.bare())
    seen.others.append(Spent.between(before, Cpu.now(pids)).others)


def _figures(load: Load, seen: Seen) -> list[Figure]:
    told = statistics.median(seen.others) < QUIET
    to_webhook = load.goal and LONGEST_TO_WEBHOOK_MS
    found = []
    for where, waited, goal in (
        (" in the database", seen.stood, None),
        ("", seen.alerts, load.goal),
        (" at the webhook", seen.webhooks, to_webhook),
    ):
        for share in (50, 95, 99) if waited else ():
            judged = goal if share == 95 else None
            name, ms = f"{load.name}{where}, p{share}", _percentile_ms(waited, share)
            found.append(Figure(name, ms, "ms", goal=judged, wanted="at most", told=told))
    bare = _percentile_ms(seen.bare, 95)
    return [*found, Figure(f"{load.name}, p95 of the bare round trip", bare, "ms", told=told)]


def _percentile_ms(seconds: list[float], share: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1] * 1000


def _undone(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute("select count(*) from outbox where done_at is null and failed_at is null").fetchone()
    return int(row[0]) if row else 0


def _alerts(database: str) -> tuple[int, int]:
    with psycopg.connect(database) as connection:
        row = connection.execute("select count(*), count(distinct customer_id) from alerts").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
