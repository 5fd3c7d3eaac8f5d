"""Looking at the whole database without changing it, and without holding it up for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from vocapp.models.base import db, on_postgresql, snapshot

_CANCELLED = "57014"
_INTERRUPTED = "SQLITE_INTERRUPT"
_STEPS = 20_000
"""Of SQLite's machine, between two looks at the clock: a few milliseconds."""


class OutOfTime(Exception):
    """A statement took longer than it was given."""


@contextmanager
def looking() -> Iterator[None]:
    """Run a block on one view of the database; whatever would write is refused by the database itself."""
    with snapshot() as session:
        if on_postgresql():
            session.execute(text("set transaction read only"))
            # sums over everything: more room than a request is given, and no time spent on compiling
            session.execute(text("set local work_mem = '64MB'"))
            session.execute(text("set local jit = off"))
            yield
            return
        session.execute(text("pragma query_only = on"))
        try:
            yield
        finally:
            session.execute(text("pragma query_only = off"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Run one statement of a block that looks, for no longer than this; after a failure the others can be run still.

    Raises OutOfTime.
    """
    try:
        with db.session.begin_nested():
            if on_postgresql():
                db.session.execute(text(f"set local statement_timeout = {max(1, int(seconds * 1000))}"))
                yield
            else:
                with _interrupted_at(time.monotonic() + seconds):
                    yield
    except DBAPIError as error:
        told = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
        if told in {_CANCELLED, _INTERRUPTED}:
            raise OutOfTime from error
        raise


@contextmanager
def _interrupted_at(until: float) -> Iterator[None]:
    connection = db.session.connection().connection.driver_connection
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)  # type: ignore[union-attr]
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)  # type: ignore[union-attr]
