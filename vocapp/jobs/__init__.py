"""Jobs: what a worker runs. A job takes the ids of facts, and calls one service in one transaction.

    @job
    def send(fact_ids: list[int]) -> None: …

A job may run twice, its effect may not. One that raises counts a failure against its facts, after each was tried alone,
so that one bad fact does not hold back the others of its batch. What is to become of a fact that is given up, the job
says:

    @partial(job, given_up=sending.give_up)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog
from flask import Flask
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from vocapp.logs import where_from
from vocapp.models import database_now, db, transaction
from vocapp.models.outbox import stumble

_T = TypeVar("_T")

Work: TypeAlias = Callable[..., None]
"""Takes a list of fact ids; the work of a tick takes nothing."""


class GivenUp(Protocol):
    """Ends what facts were about, in the transaction that gives them up."""

    def __call__(self, *, fact_ids: Sequence[int], now: datetime) -> None: ...


class Clock:
    """The database's clock, read once, and followed from there: it need not be asked before every call."""

    def __init__(self, now: datetime, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = now
        self._monotonic = monotonic
        self._read_at = monotonic()

    def now(self) -> datetime:
        """Return the database's time."""
        return self._read + timedelta(seconds=self._monotonic() - self._read_at)


CALLING_SECONDS = 30.0
"""After this a job begins no further call to a provider: the leases of its facts are over, and they come again."""

log = structlog.get_logger("vocapp.jobs")


class JobFailed(Exception):
    """A job raised. Names the exception and none of its words: they end up in Redis, and may quote a row."""


@dataclass(frozen=True, slots=True)
class _Bound:
    app: Flask
    most_attempts: Mapping[str, int | None]


_bound: _Bound | None = None


def bind(app: Flask, *, most_attempts: Mapping[str, int | None]) -> None:
    """Give jobs the application they run in, and after how many failures each gives a fact up (by dotted path)."""
    global _bound  # noqa: PLW0603 (RQ finds jobs by their names: there is no call to hand an argument through)
    _bound = _Bound(app, most_attempts)


def job(work: Work, *, given_up: GivenUp | None = None) -> Work:
    """Run a function as a job: app context, ids in the log, session closed, failures counted."""
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def run(*args: Any) -> None:
        if _bound is None:
            raise RuntimeError("jobs.bind(app) comes before the first job")
        fact_ids: list[int] = list(args[0]) if args else []
        with structlog.contextvars.bound_contextvars(job=name, facts=fact_ids[:20]):
            error = _attempt(_bound.app, work, *args)
            if error is None:
                return
            log.error("job failed", error=where_from(error))
            failures: dict[int, Exception | None] = dict.fromkeys(fact_ids, error)
            if len(fact_ids) > 1 and not _is_about_all(error):
                failures = {fact_id: _attempt(_bound.app, work, [fact_id]) for fact_id in fact_ids}
            for fact_id, failure in failures.items():
                if failure is not None:
                    _count(_bound.app, fact_id, failure, _bound.most_attempts.get(name), given_up)
        raise JobFailed(f"{name}: {type(error).__qualname__}") from None

    return run


def calling_ends(*, monotonic: Callable[[], float] = time.monotonic) -> float:
    """Return when a job that starts now begins no further call."""
    return monotonic() + CALLING_SECONDS


def in_time(items: Iterable[_T], until: float, *, monotonic: Callable[[], float] = time.monotonic) -> Iterator[_T]:
    """Yield one after the other until then (`calling_ends`): a slow provider must not run a whole batch into the
    queue's timeout, which would cut a call in its middle and count a failure against facts that were never tried.
    """
    for item in items:
        if monotonic() >= until:
            return
        yield item


def _attempt(app: Flask, work: Work, *args: Any) -> Exception | None:
    with app.app_context():
        try:
            work(*args)
        except Exception as error:  # noqa: BLE001 (whatever it is, it must be counted)
            with suppress(SQLAlchemyError):
                db.session.rollback()
            return error
    return None


def _is_about_all(error: Exception) -> bool:
    """Say whether the failure is no fact's own: the database is away, or the time is up."""
    return isinstance(error, OperationalError | JobTimeoutException) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def _count(app: Flask, fact_id: int, error: Exception, most: int | None, given_up: GivenUp | None) -> None:
    if isinstance(error, DBAPIError) and _is_about_all(error):
        most = None  # an outage is not the fact's fault
    # where even this fails, the lease runs out, and the fact comes again
    with suppress(SQLAlchemyError), app.app_context(), transaction():
        now = database_now()
        lost = stumble([fact_id], now=now, error=type(error).__qualname__, most=most)
        if lost and given_up is not None:
            given_up(fact_ids=lost, now=now)
