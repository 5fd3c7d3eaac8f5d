"""The relay: takes due facts from the outbox, and hands their ids to the queues as the pipeline's table says.

It is woken by the database (PostgreSQL's NOTIFY) or looks ten times a second (SQLite). Several relays at once do no
harm: a fact is leased by one of them, and a tick is taken by whoever comes first. Neither a database nor a Redis that
is away ends it; while Redis is away, nothing is leased.
"""

from __future__ import annotations

import signal
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from vocapp.adapters.queue import Batch, QueueDown, Queues, RedisQueues
from vocapp.config import Settings
from vocapp.models import database_now, outbox, transaction
from vocapp.models.outbox import LeasedFact
from vocapp.pipeline import PIPELINE, QUEUES, TICKS, Step, Tick

LEASE_SECONDS = 30.0
MOST_WAITING_JOBS = 8
"""Of one queue: more would only lie there while their leases run out."""
MOST_FACTS = 500
POLL_SECONDS = 0.1
"""How often to look where nobody wakes us."""
LONGEST_BACK_OFF_SECONDS = 1.0

log = structlog.get_logger("vocapp.relay")


def run(app: Flask, settings: Settings) -> int:
    """Relay until SIGTERM or SIGINT; return the exit status."""
    stopped = _StopSwitch()
    relay = Relay(app, RedisQueues(settings.redis_url, QUEUES))
    alarm = _alarm(settings)
    pause = 0.0
    trouble: str | None = None
    while not stopped():
        try:
            relay.turn()
            if trouble:
                log.warning("relay works again")
            trouble, pause = None, 0.0
            if relay.took_all:  # what has become due since has rung
                alarm.wait()
        except (QueueDown, SQLAlchemyError) as error:
            if trouble != type(error).__name__:
                trouble = type(error).__name__
                log.error("relay waits", reason=trouble)  # noqa: TRY400 (once, and without a trace: it is an outage)
            pause = min(max(pause * 2, POLL_SECONDS), LONGEST_BACK_OFF_SECONDS)
            time.sleep(pause)
        except Exception:
            log.exception("relay stumbled")
            time.sleep(LONGEST_BACK_OFF_SECONDS)
    return 0


class Relay:
    """One round after the other of looking, leasing and pushing."""

    def __init__(
        self,
        app: Flask,
        queues: Queues,
        *,
        pipeline: Mapping[str, Step] = PIPELINE,
        ticks: Sequence[Tick] = TICKS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._queues = queues
        self._pipeline = pipeline
        self._ticks = ticks
        self._monotonic = monotonic
        self._next_tick = dict.fromkeys(ticks, 0.0)
        self.took_all = True
        """The last turn left nothing behind that was due and has room."""

    def turn(self) -> int:
        """Hand on what is due and has room; return how many facts. Raises QueueDown and SQLAlchemyError."""
        depths = self._queues.depths()  # first: with Redis away, nothing may be leased
        self._tick(depths)
        open_kinds = [kind for kind, step in self._pipeline.items() if depths[step.queue] < MOST_WAITING_JOBS]
        self.took_all = True
        with self._app.app_context():
            leased = self._lease(open_kinds, depths)
        if not leased:
            return 0
        try:
            self._queues.push(self._batches(leased))
        except QueueDown:
            self._give_back({fact.kind for fact in leased})
            raise
        return len(leased)

    def _lease(self, kinds: Sequence[str], depths: Mapping[str, int]) -> list[LeasedFact]:
        kinds = outbox.kinds_due(now=database_now(), kinds=kinds)
        if not kinds:
            return []
        leased: list[LeasedFact] = []
        with transaction():
            now = database_now()
            for kind in kinds:
                step = self._pipeline[kind]
                room = (MOST_WAITING_JOBS - depths[step.queue]) * step.batch
                limit = min(room, MOST_FACTS - len(leased))
                if limit > 0:
                    taken = outbox.lease(now=now, limit=limit, seconds=LEASE_SECONDS, kinds=[kind])
                    leased += taken
                    self.took_all &= len(taken) < limit
        return leased

    def _batches(self, leased: Sequence[LeasedFact]) -> list[Batch]:
        by_kind: dict[str, list[int]] = defaultdict(list)
        for fact in leased:
            by_kind[fact.kind].append(fact.id)
        return [
            Batch(step.queue, step.job, tuple(ids[start : start + step.batch]))
            for kind, ids in by_kind.items()
            for step in [self._pipeline[kind]]
            for start in range(0, len(ids), step.batch)
        ]

    def _give_back(self, kinds: set[str]) -> None:
        # what other jobs hold is leased again too: they may run twice, and nothing waits for half a minute
        with suppress(SQLAlchemyError), self._app.app_context(), transaction():
            outbox.free_leases(sorted(kinds))

    def _tick(self, depths: Mapping[str, int]) -> None:
        now = self._monotonic()
        for tick in self._ticks:
            if now < self._next_tick[tick] or depths[tick.queue] >= MOST_WAITING_JOBS:
                continue
            self._next_tick[tick] = now + tick.every_seconds
            # a little less than a period: two clocks never agree to the millisecond
            if self._queues.take_turn(tick.job, every_seconds=tick.every_seconds * 0.9):
                self._queues.push([Batch(tick.queue, tick.job, None)])


def _alarm(settings: Settings) -> Alarm:
    if not settings.on_postgresql:
        return Clock()
    # brings in the driver, which an installation on SQLite need not pay for at every start
    from vocapp.adapters.postgres_bell import PostgresBell

    return PostgresBell(settings.connection_url, "vocapp_outbox")


class Alarm(Protocol):
    """What the relay sleeps by."""

    def wait(self) -> None:
        """Return when there may be something to do."""
        ...


class Clock:
    """Rings ten times a second: SQLite tells nobody of a commit."""

    def wait(self) -> None:
        time.sleep(POLL_SECONDS)


class _StopSwitch:
    """Notes SIGTERM and SIGINT, so that a turn under way is finished."""

    def __init__(self) -> None:
        self._asked = False
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def __call__(self) -> bool:
        return self._asked

    def _ask(self, *_: object) -> None:
        self._asked = True
