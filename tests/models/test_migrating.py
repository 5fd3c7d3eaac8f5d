"""Migrating a PostgreSQL that people use meanwhile: step by step, and giving way to who holds a table."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from sqlalchemy import create_engine

from tests.rig.postgres import Postgres
from tests.rig.run import Run
from vocapp.models import migrating

pytestmark = pytest.mark.postgres


@pytest.fixture
def earlier(run: Run, postgres: Postgres, postgres_url: str) -> Iterator[tuple[str, str]]:
    """Give a database as migration 0032 left it: (its URL, how psycopg connects to it)."""
    assert postgres_url  # the template stands
    name = f"m_{uuid4().hex}"
    with run.lock("create-database"):  # others copy it, too
        url = postgres.create_database(name, template="vocapp_template")
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", str(migrating.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0032")
    engine.dispose()
    yield url, postgres.conninfo(name)
    postgres.drop_database(name)


def test_a_migration_gives_way_to_who_holds_a_table_and_comes_again(
    earlier: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `pg_dump` holds all tables; who writes meanwhile must not stand behind the migration for as long."""
    url, database = earlier
    monkeypatch.setattr(migrating, "PATIENCE_MS", 200)
    monkeypatch.setattr(migrating, "PAUSE_SECONDS", 0.2)
    waits = []
    with psycopg.connect(database) as dump, psycopg.connect(database, autocommit=True) as writer:
        dump.execute("select count(*) from invitations")
        upgrading = threading.Thread(target=migrating.upgrade, args=(url,))
        upgrading.start()
        until = time.monotonic() + 60  # for a slow machine to come so far: to stand behind the dump, and again
        while sum(one > 0.05 for one in waits) < 2 and time.monotonic() < until:
            began = time.monotonic()
            writer.execute("update invitations set attempts = 0")
            waits.append(time.monotonic() - began)
            time.sleep(0.02)
        assert upgrading.is_alive()
        dump.rollback()
        upgrading.join(60)
    assert _standing(database) == migrating.head()
    assert sum(one > 0.05 for one in waits) == 2, "it stood in the writer's way, went, and came again"
    assert max(waits) < 1.0


def test_it_says_who_holds_what_it_could_not_have(earlier: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    url, database = earlier
    monkeypatch.setattr(migrating, "PATIENCE_MS", 100)
    monkeypatch.setattr(migrating, "PAUSE_SECONDS", 1.1)
    monkeypatch.setattr(migrating, "MOST_SECONDS", 1.0)
    with psycopg.connect(database, application_name="nightly dump") as dump:
        dump.execute("select count(*) from invitations")
        with pytest.raises(migrating.TablesInUse, match=rf"nightly dump \(pid {dump.info.backend_pid}"):
            migrating.upgrade(url)


def test_what_was_done_before_a_step_that_fails_stays_done(
    earlier: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, database = earlier
    with monkeypatch.context() as cut:
        cut.setattr(Operations, "create_table", _cut_off)  # 0034 makes some, 0033 none
        with pytest.raises(InterruptedError):
            migrating.upgrade(url)
    assert _standing(database) == "0033"
    assert migrating.upgrade(url)
    assert not migrating.upgrade(url)
    assert _standing(database) == migrating.head()


def _cut_off(*_: object, **__: object) -> None:
    raise InterruptedError


def _standing(database: str) -> str:
    with psycopg.connect(database) as connection:
        row = connection.execute("select version_num from alembic_version").fetchone()
    assert row is not None
    return str(row[0])
