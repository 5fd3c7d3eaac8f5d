"""A worker: one process, one queue, one job after the other in the process itself.

RQ loses jobs when a worker listens to several queues and dies. A fork per job would cost four times the CPU of a job,
and protect little: jobs are ours, short, and may run twice; the supervisor brings a dead worker back.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType, TracebackType
from typing import NoReturn

import structlog
from flask import Flask
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from vocapp import jobs
from vocapp.adapters.queue import connect
from vocapp.config import Settings
from vocapp.models import outbox, transaction
from vocapp.pipeline import PIPELINE, QUEUES
from vocapp.processes import Child, Family, become_parent, loading

IDLE_SECONDS = 5
"""How long to wait for a job before a sign of life."""
REDIS_PAUSE_SECONDS = 0.5
MAINTENANCE_SECONDS = 30
STOP_SECONDS = 7.0
GIVES_WAY = 10
"""How much less urgent scoring a text is (`nice`) than people who answer and agents who wait for an alert."""

log = structlog.get_logger("vocapp.worker")


def run(app: Flask, settings: Settings, queue: str, *, frees_leases: bool = False) -> int:
    """Work on a queue until SIGTERM or SIGINT; return the exit status.

    `frees_leases`: this is the queue's only worker, so what is leased was held by one that is dead.
    """
    _few_threads()
    logging.getLogger("rq.worker").setLevel("CRITICAL")  # it quotes what a job raised
    jobs.bind(app, most_attempts={step.job: step.most_attempts for step in PIPELINE.values()})
    if queue == "analyse":
        os.nice(GIVES_WAY)
        with loading():
            from vocapp.adapters import sentiment

            sentiment.load(settings.sentiment_model)
    if frees_leases:
        _free_leases(app, queue)
    asked_to_stop = False
    while not asked_to_stop:
        asked_to_stop = _work(settings.redis_url, queue)
        if not asked_to_stop:
            # Redis went away; the application and the model stay loaded
            time.sleep(REDIS_PAUSE_SECONDS)
    return 0


def run_all(app: Flask, settings: Settings) -> int:
    """Run a worker for every queue, each in a process of its own, until SIGTERM or SIGINT; return the exit status."""
    become_parent()
    family = Family()
    for queue in QUEUES:
        family.start(Child(f"worker {queue}", lambda queue=queue: run(app, settings, queue)))  # type: ignore[misc]
    while not family.next_signal(1.0):
        pass
    family.stop(seconds=STOP_SECONDS)
    return 0


def _work(redis_url: str, queue: str) -> bool:
    """Work until Redis goes away or somebody asks to stop; say whether somebody did."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # until RQ takes them over
    redis = connect(redis_url)
    worker: _Worker | None = None
    try:
        worker = _Worker(
            [Queue(queue, connection=redis, serializer=JSONSerializer)],
            connection=redis,
            serializer=JSONSerializer,
            worker_ttl=IDLE_SECONDS + 15,  # RQ waits for a job 15 seconds less than that
            maintenance_interval=MAINTENANCE_SECONDS,
            log_job_description=False,
            exception_handlers=[_log_failure],
        )
        worker.max_connection_wait_time = 1.0
        worker.work(logging_level=None)
    except RedisError as error:
        log.info("worker waits for Redis", queue=queue, reason=type(error).__name__)
    finally:
        with suppress(RedisError):
            redis.close()
    return worker is not None and worker.asked_to_stop


class _Worker(SimpleWorker):
    """RQ's own, that remembers whether it was asked to stop, which `work()` does not tell."""

    asked_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def set_shutdown_requested_date(self) -> None:
        # called in the signal handler, in the middle of a job: a Redis that stopped first must not break the job
        with suppress(RedisError):
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]


def _log_failure(job: Job, _kind: type[Exception], error: Exception, _trace: TracebackType) -> None:
    if not isinstance(error, jobs.JobFailed):  # that one is logged already, where it happened
        log.error("job could not be run", job=job.func_name, job_id=job.id, exc_info=error)


def _free_leases(app: Flask, queue: str) -> None:
    kinds = [kind for kind, step in PIPELINE.items() if step.queue == queue]
    with suppress(SQLAlchemyError), app.app_context(), transaction():
        outbox.free_leases(kinds)


def _leave(*_: object) -> NoReturn:
    sys.exit(0)


def _few_threads() -> None:
    """Keep number libraries from starting a thread per core in every worker; read when they are imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
