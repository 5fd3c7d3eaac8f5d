"""The declarative base, the session and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine, MetaData, event, text
from sqlalchemy.orm import DeclarativeBase, registry, scoped_session

from vocapp.domain.rules import calculated
from vocapp.models.types import read_time

WRITES = "vocapp_writes"


class Base(DeclarativeBase):
    # Flask-SQLAlchemy copies the dict of this class: only a registry given here is shared by both.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        )
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


@contextmanager
def transaction() -> Iterator[scoped_session[Session]]:
    """Run a block as one transaction: committed at its end, undone by any exception. Never nested."""
    session = db.session
    if session.info.get(WRITES):
        raise RuntimeError("a transaction inside a transaction: services never commit, doors open one")
    session.rollback()  # a read transaction may be open: SQLite cannot turn it into a writing one safely
    session.info[WRITES] = True
    try:
        session.connection(execution_options={WRITES: True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[WRITES] = False


@contextmanager
def snapshot() -> Iterator[scoped_session[Session]]:
    """Run a block that only reads, on one view of the database that nobody changes. Never inside a transaction."""
    session = db.session
    session.rollback()
    level = {"isolation_level": "REPEATABLE READ"} if on_postgresql() else {}
    try:
        session.connection(execution_options=level)
        yield session
    finally:
        session.rollback()


def read_singly() -> None:
    """Let the session send each statement as a transaction of its own, until `transaction()` or the end of the request.

    For pages that read some figures in whatever order. psycopg forgets with every ROLLBACK what is prepared on a
    connection, and PostgreSQL takes longer to plan such statements than to answer them. On SQLite all stays as it is.
    """
    if on_postgresql():
        db.session.rollback()
        db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


def database_now() -> datetime:
    """Return the database's clock (aware, UTC): it decides, so that skewed machines agree."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        now: datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
        return now.astimezone(UTC)
    return datetime.now(UTC)  # SQLite's clock is this machine's


def on_postgresql() -> bool:
    """Say whether the session speaks to PostgreSQL."""
    return bool(db.session.get_bind().dialect.name == "postgresql")


def autocommit() -> Engine:
    """Return the engine of the public pages: every statement is its own transaction, one round trip each."""
    return db.engines["public"]


def prepare_sqlite(engine: Engine, *, autocommit: bool = False) -> None:
    """Make SQLite keep its promises: write-ahead log, foreign keys, one writer that waits its turn.

    On an engine in `autocommit` every statement is its own transaction, as on PostgreSQL.
    """
    if engine.dialect.name != "sqlite" or event.contains(engine, "connect", _on_connect):
        return
    event.listen(engine, "connect", _on_connect)
    if not autocommit:
        event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late
    connection.create_function("vocapp_calculated", -1, _calculated, deterministic=True)  # for `rule_sql.py`
    connection.create_function("vocapp_day", 2, _day, deterministic=True)  # for `Dialect.day`
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=15000",
        "foreign_keys=ON",
        "secure_delete=ON",
        "cache_size=-16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _day(at: str | None, zone: str) -> str | None:
    return None if at is None else read_time(at).astimezone(ZoneInfo(zone)).date().isoformat()


def _calculated(operator: str, *values: float | None) -> float | None:
    return calculated(operator, values)
