"""Connections to PostgreSQL that stay open and prepared between the statements of the public pages, and of sending.

A lane serves one statement at a time and is put back; one in which anything went wrong is closed instead, so that
nobody meets what it was in the middle of. Nothing here may be used before a fork: a lane belongs to one process.

A server that was restarted has closed all its connections. Where that can be seen before a statement is sent, the
statement goes by a fresh connection: on the closed one nothing of it was ever sent, and who closed before cannot have
run it. So it is looked before, not tried after: once anything was sent, an end of the connection tells nothing about
whether the statement was run, and `ConnectionLost` is what remains. That is also all that remains

* where the server closes between the look and the sending,
* on a lane that was in use a moment ago: looking costs each statement a system call, and a server is not back sooner,
* where the other machine is gone without a word: nothing can be seen then, until `tcp_user_timeout` is over.
"""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import psycopg
import psycopg.errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

MOST_PREPARED = 100
"""Statements on one lane; NULL, small and large numbers make several of one. Plans cost the server memory."""

UNUSED_SECONDS = 0.02
"""A lane that nobody was in for so long is looked at first."""


class ConnectionLost(psycopg.OperationalError):
    """The server has gone away, or has ended this connection; whether the statement was run is not known."""


def first_row(engine: Engine, sql: bytes, values: list[Any]) -> tuple[Any, ...] | None:
    """Run a statement, `$1` to `$n`, as a transaction of its own; return its first row. Raises psycopg.Error."""
    return _prepared(engine, lambda lane: lane.first_row(sql, values))


def last_row(engine: Engine, steps: Sequence[tuple[bytes, list[Any]]]) -> tuple[Any, ...] | None:
    """Run statements one after the other as one transaction; return the first row of the last. Raises psycopg.Error."""
    return _prepared(engine, lambda lane: lane.last_row(steps))


def _prepared(engine: Engine, work: Callable[[_Lane], tuple[Any, ...] | None]) -> tuple[Any, ...] | None:
    try:
        return _on_a_lane(engine, work)
    except psycopg.errors.FeatureNotSupported:
        # Planned before a migration changed a column: refused before it was run, here and on every other lane.
        engine.dispose()
        return _on_a_lane(engine, work)


def _on_a_lane(engine: Engine, work: Callable[[_Lane], tuple[Any, ...] | None]) -> tuple[Any, ...] | None:
    lane = _take(engine)
    try:
        row = work(lane)
    except BaseException as error:
        lane.close()
        if isinstance(error, ConnectionLost) and lane.pool is engine.pool:
            engine.dispose()  # the others have lost the same server
        raise
    if lane.prepared < MOST_PREPARED:
        lane.left_at = time.monotonic()
        _free.append(lane)
    else:
        lane.close()
    return row


class _Lane:
    """A connection kept out of its pool, with what is prepared on it.

    It speaks libpq through psycopg's own parts: a cursor, which waits in Python, would cost as much as the statement.
    """

    def __init__(self, engine: Engine) -> None:
        self.pool = engine.pool
        self._pooled = engine.raw_connection()
        connection = cast("psycopg.Connection[Any]", self._pooled.driver_connection)
        self._server = connection.pgconn
        self._adapt = Transformer(connection)
        self._prepared: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self.left_at = 0.0

    @property
    def is_closed(self) -> bool:
        """Say whether the server has closed it while nobody was in it, as far as was looked."""
        return time.monotonic() - self.left_at > UNUSED_SECONDS and was_closed(self._server)

    @property
    def prepared(self) -> int:
        return len(self._prepared)

    def first_row(self, sql: bytes, values: list[Any]) -> tuple[Any, ...] | None:
        sent = self._adapt.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self._adapt.types or (), self._adapt.formats
        name = self._prepared.get((sql, types))
        if name is None:
            name = b"vocapp_%d" % len(self._prepared)
            self._told(self._server.prepare(name, sql, types))
            self._prepared[sql, types] = name
        result = self._told(self._server.exec_prepared(name, sent, formats))  # type: ignore[arg-type]  # None is NULL
        self._adapt.set_pgresult(result)
        return self._adapt.load_row(0, tuple) if result.ntuples else None

    def last_row(self, steps: Sequence[tuple[bytes, list[Any]]]) -> tuple[Any, ...] | None:
        row = None
        self._told(self._server.exec_(b"begin"))
        for sql, values in steps:
            row = self.first_row(sql, values)
        self._told(self._server.exec_(b"commit"))
        return row

    def close(self) -> None:
        self._pooled.invalidate()

    def _told(self, result: PGresult) -> PGresult:
        if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            return result
        if self._server.status == ConnStatus.BAD:
            raise ConnectionLost(result.get_error_message())
        raise psycopg.errors.error_from_result(result)


_free: deque[_Lane] = deque()
"""The lanes nobody is in, the last used at the end: it goes first, for its caches are warm, here and in the server."""


def _take(engine: Engine) -> _Lane:
    """Take a free lane, or open one; those of an engine that has been disposed of since are closed on the way."""
    while True:
        try:
            lane = _free.pop()
        except IndexError:
            return _Lane(engine)
        if lane.pool is engine.pool and not lane.is_closed:
            return lane
        lane.close()


def was_closed(server: PGconn) -> bool:
    """Say whether the server has closed a connection that nobody is using; nothing is sent.

    What it had to say before (a setting that changed, a farewell) is taken in.
    """
    there = select.poll()
    there.register(server.socket, select.POLLIN)
    try:
        for _ in range(_MOST_NEWS):
            if not there.poll(0):
                return False
            server.consume_input()
    except psycopg.Error:
        pass
    return True


_MOST_NEWS = 4
"""A farewell and the end come one after the other; who talks on and on is closed like one who is gone."""


def look_before_use(engine: Engine) -> None:
    """Let the pool of an engine look at each connection before it gives it to somebody, without a round trip."""

    @event.listens_for(engine, "checkout")
    def _look(connection: psycopg.Connection[Any], _record: Any, _proxy: Any) -> None:
        if was_closed(connection.pgconn):
            raise DisconnectionError  # the pool takes a fresh one


@event.listens_for(Engine, "engine_disposed")
def _engine_disposed(_engine: Engine) -> None:
    with suppress(IndexError):
        while True:
            _free.pop().close()
