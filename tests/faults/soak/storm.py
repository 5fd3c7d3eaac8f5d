"""The storm: every few seconds something dies, drawn by lot from a seed; what has died is started again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import psycopg
import redis

from tests.faults.soak.desk import Desk
from tests.faults.stage import Stage
from tests.rig.waiting import wait_until

PAUSES = (2.0, 6.0)
"""Seconds between two blows: at least, at most."""


@dataclass
class Storm:
    """`with Storm(stage, desk, seed):` blows until the block ends; then everything is up again."""

    stage: Stage
    desk: Desk
    seed: int
    blows: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _servers: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._blow), threading.Thread(target=self._look_after)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)
        self.stage.ready()

    @property
    def told(self) -> str:
        return ", ".join(f"{what} ×{n}" for what, n in sorted(self.blows.items()))

    def _blow(self) -> None:
        chance = random.Random(self.seed)
        blows: dict[str, tuple[int, Callable[[random.Random], None]]] = {
            "web": (3, lambda _: self._kill("web")),
            "one web process": (3, self._kill_a_web_process),
            "relay": (3, lambda _: self._kill("relay")),
            "worker decide": (1, lambda _: self._kill("worker-decide")),
            "worker mail": (3, lambda _: self._kill("worker-mail")),
            "worker analyse": (2, lambda _: self._kill("worker-analyse")),
            "worker alert": (3, lambda _: self._kill("worker-alert")),
            "worker tell": (2, lambda _: self._kill("worker-tell")),
            "Redis": (2, self._kill_redis),
            "FLUSHALL": (1, self._flush_redis),
            "PostgreSQL backends": (3, self._end_backends),
            "PostgreSQL crash": (1, self._crash_a_backend),
            "desk out of order": (2, lambda chance: self.desk.refuse(chance.randint(1, 5))),
        }
        names, weights = list(blows), [weight for weight, _ in blows.values()]
        while not self._over.wait(chance.uniform(*PAUSES)):
            (name,) = chance.choices(names, weights)
            try:
                blows[name][1](chance)
                self.blows[name] += 1
            except (psycopg.Error, redis.RedisError, OSError):
                continue  # it was down already
            except Exception as error:  # noqa: BLE001 (a thread's own trouble must fail the run, not vanish)
                self.wrong.append(f"the storm itself: {name}: {error!r}")

    def _look_after(self) -> None:
        """Be the service manager."""
        while not self._over.wait(0.5):
            self.stage.revive()

    def _kill(self, role: str) -> None:
        process = self.stage.vocapp.product.processes.get(role)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGKILL)

    def _kill_a_web_process(self, chance: random.Random) -> None:
        product = self.stage.vocapp.product
        web = product.processes.get("web")
        children = [pid for pid in product.children().get("web", []) if web is None or pid != web.pid]
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)

    def _kill_redis(self, chance: random.Random) -> None:
        self.stage.redis.kill()
        time.sleep(chance.uniform(0.2, 1.5))
        self.stage.redis.start()

    def _flush_redis(self, _: random.Random) -> None:
        self.stage.redis.flush()

    def _end_backends(self, chance: random.Random) -> None:
        self.stage.postgres.end_backends(self.stage.database, most=chance.randint(1, 10))

    def _crash_a_backend(self, _: random.Random) -> None:
        self.stage.postgres.end_backends(self.stage.database, most=1, crash=True)
        cluster = self.stage.postgres.cluster
        wait_until(lambda: _takes_connections(cluster.conninfo()), 60, what="PostgreSQL has recovered")


def _takes_connections(conninfo: str) -> bool:
    try:
        with psycopg.connect(conninfo):
            return True
    except psycopg.OperationalError:
        return False
