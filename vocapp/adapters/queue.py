"""The queues: RQ over Redis. Only ids travel; the outbox is the truth, and a job that is lost comes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

LONGEST_JOB_SECONDS = 120
FAILED_JOB_SECONDS = 300  # long enough to look at; the fact keeps its own reason


class QueueDown(Exception):
    """Redis can't be reached, or refuses to store (it is full)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One job: `job` is the dotted path of a function that takes a list of fact ids; a tick's takes nothing."""

    queue: str
    job: str
    fact_ids: tuple[int, ...] | None


class Queues(Protocol):
    """What the relay needs of the queues; every method raises QueueDown."""

    def depths(self) -> dict[str, int]:
        """Count the jobs that wait, by queue."""
        ...

    def push(self, batches: Sequence[Batch]) -> None:
        """Enqueue jobs, all in one round trip."""
        ...

    def take_turn(self, name: str, *, every_seconds: float) -> bool:
        """Say True once in every `every_seconds`, whoever asks and however many."""
        ...


class RedisQueues:
    """The real queues."""

    def __init__(self, redis_url: str, names: Sequence[str]) -> None:
        self._url = redis_url
        self._names = names

    def depths(self) -> dict[str, int]:
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for queue in self._queues.values():
                    pipeline.llen(queue.key)
                return dict(zip(self._queues, pipeline.execute(), strict=True))
        except RedisError as error:
            raise QueueDown(_kind(error)) from error

    def push(self, batches: Sequence[Batch]) -> None:
        by_queue = defaultdict(list)
        for batch in batches:
            by_queue[batch.queue].append(
                Queue.prepare_data(
                    batch.job,
                    args=() if batch.fact_ids is None else (list(batch.fact_ids),),
                    timeout=LONGEST_JOB_SECONDS,
                    result_ttl=0,
                    failure_ttl=FAILED_JOB_SECONDS,
                    description=batch.job,
                )
            )
        try:
            with self._redis.pipeline() as pipeline:
                for name, jobs in by_queue.items():
                    self._queues[name].enqueue_many(jobs, pipeline=pipeline)
                pipeline.execute()
        except RedisError as error:
            raise QueueDown(_kind(error)) from error

    def take_turn(self, name: str, *, every_seconds: float) -> bool:
        try:
            return bool(self._redis.set(f"vocapp:turn:{name}", 1, nx=True, px=int(every_seconds * 1000)))
        except RedisError as error:
            raise QueueDown(_kind(error)) from error

    @cached_property
    def _redis(self) -> Redis:
        # one try: whoever calls has a loop of its own, and a stop must not wait for ours
        return connect(self._url, timeout_seconds=2)

    @cached_property
    def _queues(self) -> dict[str, Queue]:
        return {name: Queue(name, connection=self._redis, serializer=JSONSerializer) for name in self._names}


@dataclass(slots=True)
class FakeQueues:
    """Queues for tests: they remember what was pushed, and are down when told."""

    pushed: list[Batch]
    waiting: dict[str, int]
    down: bool = False
    turns_taken: set[str] | None = None

    def depths(self) -> dict[str, int]:
        self._check()
        return dict(self.waiting)

    def push(self, batches: Sequence[Batch]) -> None:
        self._check()
        self.pushed.extend(batches)
        for batch in batches:
            self.waiting[batch.queue] = self.waiting.get(batch.queue, 0) + 1

    def take_turn(self, name: str, *, every_seconds: float) -> bool:  # noqa: ARG002
        self._check()
        if self.turns_taken is None or name in self.turns_taken:
            return False
        self.turns_taken.add(name)
        return True

    def _check(self) -> None:
        if self.down:
            raise QueueDown("down")


def connect(redis_url: str, *, timeout_seconds: float | None = None) -> Redis:
    """Open a client that tries each command once, after one reconnection where the connection was cut."""
    return Redis.from_url(
        redis_url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds or 5,
        retry=Retry(NoBackoff(), 1),
        client_name="vocapp",
    )


def _kind(error: RedisError) -> str:
    return type(error).__name__
