"""Bringing a database up to the newest migration; several at once wait for one another.

On PostgreSQL people go on answering meanwhile. So each migration is a transaction of its own, which ends with its
locks, and none waits long for a lock: whoever comes behind one that waits has to wait, too. It gives up and comes
again instead, as behind a `pg_dump`, which holds every table for as long as it takes.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import OperationalError

MIGRATIONS = Path(__file__).parents[2] / "migrations"
ADVISORY_LOCK = 7_318_842_001
PATIENCE_MS: Final = 800
"""For a lock: less than the second after which PostgreSQL looks for a deadlock, and may end a request instead of us."""
LONGER_MS: Final = 20_000
"""The same after a try that had worked for WORKED_SECONDS before it met somebody: all of it is done again."""
WORKED_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 2.0
"""Between two tries, for those who waited behind us."""
MOST_SECONDS: Final = 900.0
"""Of tries; then whoever holds the table is to be looked after."""
_IN_USE: Final = {"55P03", "40P01"}
"""lock_not_available, deadlock_detected: others were at it, and nothing of the migration was done."""
_FIRST: Final = {
    # It writes the rows that the follower of the feed writes, too, and then takes the whole table: a follower that
    # waits for a row and holds the table would be its deadlock. Where its place is taken, a follower comes again later.
    "0031": "select 1 from followings where stream like 'verbatims.%' for update",
}
"""What is held before a migration that can't be changed any more: the number of the migration → how."""
_ROOM: Final = {"work_mem": "128MB", "maintenance_work_mem": "256MB"}
"""What is sorted and grouped while others wait is not to be sorted on a disk; one transaction has it, no other."""

_log = structlog.get_logger()


class TablesInUse(Exception):
    """A migration could not have its tables for MOST_SECONDS; the message says who may hold them."""


def head() -> str:
    """Return the newest migration's number; the files are named by it."""
    return max(path.name.split("_", maxsplit=1)[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str | None:
    """Return the number the database stands at; None: empty."""
    with engine.connect() as connection:
        return _standing(connection)


def upgrade(database_url: str) -> bool:
    """Run what is missing; say whether anything was. Raises TablesInUse: what was done until then stays done."""
    engine = create_engine(database_url)
    if engine.dialect.name == "sqlite":
        _whole_or_not_at_all(engine)
    try:
        stands_at = current(engine)
        if stands_at == head():
            return False
        if stands_at is None or engine.dialect.name == "sqlite":
            _run(engine, "head")
        else:
            while current(engine) != head():
                _run_next(engine)
        return True
    finally:
        engine.dispose()


def _standing(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    number: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return number


def _whole_or_not_at_all(engine: Engine) -> None:
    """Let a migration that is killed leave nothing: the driver alone opens no transaction for what alters tables."""

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")


def _run(engine: Engine, to: str) -> None:
    """Run all that is missing as one transaction."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            _after_others(connection)
        _to(connection, to)


def _run_next(engine: Engine) -> None:
    """Run one migration on PostgreSQL, and try again as long as others hold what it needs. Raises TablesInUse."""
    patience, until = PATIENCE_MS, time.monotonic() + MOST_SECONDS
    while True:
        began = time.monotonic()
        try:
            with engine.begin() as connection:
                _after_others(connection)
                began = time.monotonic()
                for name, value in {**_ROOM, "lock_timeout": str(patience)}.items():
                    connection.execute(text(f"set local {name} = '{value}'"))
                _to(connection, "+1")
            return
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_USE:
                raise
            if time.monotonic() > until:
                raise TablesInUse(_who_holds(engine)) from error
            if time.monotonic() - began > WORKED_SECONDS:
                patience = LONGER_MS
            _log.info("migration_waits", stands_at=current(engine), because=_who_holds(engine))
        time.sleep(PAUSE_SECONDS)


def _after_others(connection: Connection) -> None:
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def _to(connection: Connection, revision: str) -> None:
    """Migrate within the transaction of a connection; `+1`: the next one, unless another has done the last by now."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if revision == "+1":
        stands_at = _standing(connection)
        if stands_at == head():
            return
        revision = _after(config, stands_at)
        if revision in _FIRST:
            connection.execute(text(_FIRST[revision]))
        _log.info("migrating", to=revision)
    command.upgrade(config, revision)


def _after(config: Any, stands_at: str | None) -> str:
    """Return the number of the migration that follows one."""
    from alembic.script import ScriptDirectory

    line = ScriptDirectory.from_config(config)
    script = line.get_revision(stands_at) if stands_at else None
    following = script.nextrev if script else frozenset(line.get_bases())
    return min(following)


def _who_holds(engine: Engine) -> str:
    """Say in words who has had tables of ours for a while; of another role one may know no more than its name."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                """
                select pid, coalesce(nullif(application_name, ''), usename, 'a client'), xact_start
                from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()
                    and coalesce(xact_start, '-infinity') < now() - interval '1 second'
                    and pid in (select pid from pg_locks where relation is not null and granted)
                order by xact_start nulls last limit 3
                """
            )
        ).all()
    held = ", ".join(
        f"{name} (pid {pid}{f', since {since:%H:%M:%S %Z}' if since else ''})" for pid, name, since in rows
    )
    return f"tables are in use{': ' + held if held else ''}"
