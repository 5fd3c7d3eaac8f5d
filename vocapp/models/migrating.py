"""Bringing a database up to the newest migration; several at once wait for one another."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text

MIGRATIONS = Path(__file__).parents[2] / "migrations"
ADVISORY_LOCK = 7_318_842_001


def head() -> str:
    """Return the newest migration's number; the files are named by it."""
    return max(path.name.split("_", maxsplit=1)[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str | None:
    """Return the number the database stands at; None: empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        number: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
        return number


def upgrade(database_url: str) -> bool:
    """Run what is missing; say whether anything was."""
    engine = create_engine(database_url)
    if engine.dialect.name == "sqlite":
        _whole_or_not_at_all(engine)
    try:
        if current(engine) == head():
            return False
        _run(engine)
        return True
    finally:
        engine.dispose()


def _whole_or_not_at_all(engine: Engine) -> None:
    """Let a migration that is killed leave nothing: the driver alone opens no transaction for what alters tables."""

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")


def _run(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
