"""Looking at the queues from outside: how deep they are, who works on them, on what. Changes nothing, waits for nobody.

Apart from `queue.py`, so that a web process which is asked for this page need not load the whole of RQ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

LONGEST_SECONDS = 0.7
"""For each answer: whoever looks has a page to show, with or without it."""
RELAYS_TURN = "vocapp:turn:vocapp.jobs.sweep.close_partial_responses"
"""What a relay takes every minute, and holds for most of it."""


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    queue: str
    busy: bool
    doing: str | None
    """The job's dotted path."""
    last_sign_at: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    depths: Mapping[str, int]
    """Jobs that wait, by queue."""
    workers: Sequence[WorkerSeen]
    relay: bool
    """A relay was at work within the last minute."""


def look(redis_url: str, queues: Sequence[str]) -> Seen | None:
    """Return how the queues stand; None: Redis can't be reached, or does not answer in time."""
    redis = Redis.from_url(
        redis_url,
        socket_timeout=LONGEST_SECONDS,
        socket_connect_timeout=LONGEST_SECONDS,
        retry=Retry(NoBackoff(), 0),
        client_name="vocapp-watch",
    )
    try:
        return _look(redis, queues)
    except (RedisError, OSError):
        return None
    finally:
        redis.close()


def _look(redis: Redis, queues: Sequence[str]) -> Seen:
    with redis.pipeline(transaction=False) as pipeline:
        for queue in queues:
            pipeline.llen(f"rq:queue:{queue}")
        pipeline.smembers("rq:workers")
        pipeline.exists(RELAYS_TURN)
        *depths, names, relay = pipeline.execute()
    with redis.pipeline(transaction=False) as pipeline:
        for name in sorted(names):
            pipeline.hgetall(name)
            pipeline.smembers(name + b":executions")  # `JOB:EXECUTION` of what it works on
        told = pipeline.execute()
        found = [(row, under_way) for row, under_way in zip(told[::2], told[1::2], strict=True) if row]
        for _, under_way in found:
            job_id = min(under_way, default=b"-").rpartition(b":")[0]
            pipeline.hget(b"rq:job:" + job_id, "description")
        jobs = pipeline.execute()
    return Seen(
        depths=dict(zip(queues, depths, strict=True)),
        workers=[_worker(row, job) for (row, _), job in zip(found, jobs, strict=True)],
        relay=bool(relay),
    )


def _worker(row: Mapping[bytes, bytes], job: bytes | None) -> WorkerSeen:
    sign = _text(row, "last_heartbeat")
    return WorkerSeen(
        queue=_text(row, "queues") or "",
        busy=_text(row, "state") == "busy",
        doing=job.decode(errors="replace") if job else None,
        last_sign_at=datetime.fromisoformat(sign).astimezone(UTC) if sign else None,
    )


def _text(row: Mapping[bytes, bytes], name: str) -> str | None:
    found = row.get(name.encode())
    return found.decode(errors="replace") if found else None
