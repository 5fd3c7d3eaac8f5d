"""From an unhappy answer to its alert in the queue, with nothing else to do and while four people answer all the time.

All roles run: web, relay, the workers of every queue with the sentiment model, Redis. One client sends an unhappy
answer, and lists the open alerts of that person's place by the API until there is one; then it claims it. In between it
sends a happy answer and lists once: the bare round trip. Of the people who answer meanwhile every tenth is unhappy. At
the end the alerts are counted.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Self

import orjson
import psycopg

from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.serving import form, serve_product
from bench.turns import PROOF
from bench.wire import Line, Run, Visit, calling, visitor
from tests.rig.redis import RedisServer
from tests.rig.waiting import wait_until

LONGEST_MS = 100.0
PLACE = "counter-7"
AT_ONCE = 4
LOOK_EVERY_SECONDS = 0.004
GIVEN_UP_AFTER = 90.0
"""Longer than a lease: a fact whose job was lost comes again after 30 seconds, and is to be seen in the figure."""
HAPPY, UNHAPPY = form(10, 5), form(2, 1)


@dataclass(frozen=True, slots=True)
class Amounts:
    probes: int
    """Of each kind in one round, in quiet and under load."""
    rounds: int
    crowd: int
    """People who answer meanwhile, at most."""

    @property
    def probed(self) -> int:
        return self.probes * self.rounds * 4 + 4


FULL = Amounts(probes=40, rounds=5, crowd=9000)
QUICK = Amounts(probes=8, rounds=5, crowd=2400)


@dataclass
class Seen:
    """What one client saw, quiet or under load, in seconds."""

    alerts: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


class Prober:
    """Answers as one person after the other, and watches the queue."""

    def __init__(self, port: int, key: str, visits: Iterator[str]) -> None:
        self._line = Line("127.0.0.1", port)
        self._key = key
        self._visits = visits
        self._list = calling("GET", f"/api/v1/alerts?status=new&place={PLACE}&limit=5", key=key)
        self.unhappy = 0

    async def alert(self) -> float:
        """Answer unhappily, and return the seconds until the alert stands in the queue."""
        visit = Visit(next(self._visits), UNHAPPY)
        await self._line.open(visit)
        started = time.perf_counter()
        await self._answer(visit)
        self.unhappy += 1
        while not (found := await self._listed()):
            if time.perf_counter() - started > GIVEN_UP_AFTER:
                raise AssertionError(f"no alert within {GIVEN_UP_AFTER:g} s")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        seconds = time.perf_counter() - started
        path = f"/api/v1/alerts/{found[0]['id']}/claim"
        status, body = await self._line.call(calling("POST", path, key=self._key, body=b'{"agent": "Ana"}'))
        assert status == 200, body
        return seconds

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
    """People who answer all the time, every tenth of them unhappy, until they are told to stop."""

    def __init__(self, port: int, paths: Iterator[str]) -> None:
        self._port = port
        self._paths = paths
        self._at_work = False
        self.run = Run()
        self.sent = self.unhappy = 0

    async def __aenter__(self) -> Self:
        self._at_work = True
        visits = self._visits()
        work = (visitor("127.0.0.1", self._port, visits, PROOF, self.run) for _ in range(AT_ONCE))
        self._tasks = [asyncio.create_task(one) for one in work]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._at_work = False
        await asyncio.gather(*self._tasks)

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
    """Watch alerts appear, in quiet and under load by turns, and count them at the end."""
    amounts = QUICK if stage.quick else FULL
    url, database = stage.postgres.create_database("bench_alerts"), stage.postgres.conninfo("bench_alerts")
    redis = RedisServer(stage.run).start()
    product, server, paths = serve_product(
        stage.run,
        url,
        wanted=amounts.probed + amounts.crowd,
        redis_url=redis.url,
        place=lambda number: PLACE if number < amounts.probed else None,
    )
    pids = [server.pid, stage.postgres.pid, redis.pid]
    pids += [product.start_role(role).pid for role in ("relay", "worker")]
    prober = Prober(server.port, product.create_key(), iter(paths[: amounts.probed]))
    crowd = Crowd(server.port, iter(paths[amounts.probed :]))
    quiet, busy = Seen(), Seen()
    asyncio.run(_warm_up(prober))
    wait_until(lambda: not _undone(database), GIVEN_UP_AFTER, what="the workers do what came of it")
    asyncio.run(_watch(prober, crowd, amounts, (quiet, busy), pids))
    unhappy = prober.unhappy + crowd.unhappy
    faults = list(crowd.run.faults)
    try:
        wait_until(lambda: _alerts(database) >= (unhappy, unhappy), GIVEN_UP_AFTER)
    except AssertionError:
        faults.append("alerts are missing")
    if (found := _alerts(database)) != (unhappy, unhappy):
        faults.append(f"{found} alerts and their customers after {unhappy} unhappy answers")
    return Report(
        f"from an unhappy answer to its alert in the queue; {len(crowd.run.latencies)} others answered meanwhile",
        [f"{unhappy} unhappy answers, an alert for each"] if not faults else [],
        [*_figures("quiet", quiet), *_figures(f"while {AT_ONCE} answer", busy)],
        faults,
        [{"quiet": asdict(quiet), "busy": asdict(busy)}],
    )


async def _warm_up(prober: Prober) -> None:
    """Bring about everything once: what comes first loads what all others find loaded."""
    await prober.alert()
    await prober.bare()
    prober.close()


async def _watch(prober: Prober, crowd: Crowd, amounts: Amounts, seen: tuple[Seen, Seen], pids: list[int]) -> None:
    quiet, busy = seen
    for _ in range(amounts.rounds):
        await _probe(prober, amounts.probes, quiet, pids)
        async with crowd:
            await _probe(prober, amounts.probes, busy, pids)


async def _probe(prober: Prober, probes: int, seen: Seen, pids: list[int]) -> None:
    before = Cpu.now(pids)
    for _ in range(probes):
        seen.alerts.append(await prober.alert())
        seen.bare.append(await prober.bare())
    seen.others.append(Spent.between(before, Cpu.now(pids)).others)


def _figures(when: str, seen: Seen) -> list[Figure]:
    told = statistics.median(seen.others) < QUIET
    alert, bare = _p95_ms(seen.alerts), _p95_ms(seen.bare)
    median = statistics.median(seen.alerts) * 1000
    return [
        Figure(f"{when}, p50", median, "ms", told=told),
        Figure(f"{when}, p95", alert, "ms", goal=LONGEST_MS, wanted="at most", told=told),
        Figure(f"{when}, p95 of the bare round trip", bare, "ms", told=told),
    ]


def _p95_ms(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def _undone(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute("select count(*) from outbox where done_at is null and failed_at is null").fetchone()
    return int(row[0]) if row else 0


def _alerts(database: str) -> tuple[int, int]:
    with psycopg.connect(database) as connection:
        row = connection.execute("select count(*), count(distinct customer_id) from alerts").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
