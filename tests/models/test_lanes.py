"""Connections that PostgreSQL has closed meanwhile: found before anything is sent, and nothing is run twice."""

from __future__ import annotations

import socket
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, text

from vocapp.models import db, lanes
from vocapp.models.base import autocommit

pytestmark = pytest.mark.postgres

COUNT = b"insert into noted values ($1) returning n"


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def outside(postgres_url: str) -> Any:
    """Look at the database, and end connections, as an administrator does."""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("create table noted (n int)")
        yield connection


@pytest.fixture
def engine(app: Flask, outside: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(lanes, "UNUSED_SECONDS", 0.0)
    with app.app_context():
        yield autocommit()
        for one in db.engines.values():
            one.dispose()


def end_all(outside: Any) -> int:
    """End every other connection to this database, as a restart does; return how many there were."""
    outside.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
    )
    return int(outside.execute("select count(*) from noted").fetchone()[0])


def test_a_statement_goes_by_a_fresh_connection_where_the_server_closed_the_old_one(
    engine: Engine, outside: Any
) -> None:
    for n in range(3):
        assert lanes.first_row(engine, COUNT, [n]) == (n,)
        assert end_all(outside) == n + 1


def test_a_pooled_connection_that_was_closed_is_not_given_out(engine: Engine, outside: Any) -> None:
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.execute(text("select 1")).scalar_one() == 1
        end_all(outside)


def test_what_was_sent_before_the_end_is_never_sent_again(engine: Engine, outside: Any) -> None:
    suicide = b"insert into noted values ($1) returning pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(psycopg.Error):
        lanes.first_row(engine, suicide, [1])
    assert outside.execute("select count(*) from noted").fetchone() == (0,)
    assert lanes.first_row(engine, COUNT, [2]) == (2,)


def test_news_of_a_server_that_lives_closes_nothing(engine: Engine, outside: Any) -> None:
    pid = b"select pg_backend_pid() where $1"
    before = lanes.first_row(engine, pid, [True])
    lanes.first_row(engine, b"listen news", [])
    outside.execute("notify news")
    assert lanes.first_row(engine, pid, [True]) == before


def test_a_dead_line_is_given_up_by_every_engine(app: Flask, engine: Engine) -> None:
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("this system has no TCP_USER_TIMEOUT")
    for one in (engine, db.engine):
        with one.connect() as connection:
            server = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
            with socket.socket(fileno=server.socket) as line:
                kept = [
                    line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                    line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                    line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
                ]
                line.detach()
            assert kept == [1, 20, 20_000]
