"""The roles one by one, on the servers of production."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from tests.rig.product import ROOT, Product
from tests.rig.waiting import wait_until
from vocapp.adapters.queue import connect
from vocapp.pipeline import PIPELINE, QUEUES

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

KIND, STEP = next((kind, step) for kind, step in PIPELINE.items() if step.queue == "mail")


@pytest.fixture
def product(run, postgres_url, own_redis):
    made = Product(run=run, database_url=postgres_url, redis_url=own_redis.url)
    yield made
    made.stop()


@pytest.fixture
def announce(postgres_url):
    """Commit one due fact, by SQL: nothing of vocapp's own is in the way."""

    def one():
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "insert into workspaces (key, name, timezone, default_language, settings, created_at)"
                " values ('w', 'W', 'UTC', 'en', '{}', now()) on conflict (key) do nothing"
            )
            connection.execute(
                "insert into outbox (workspace_id, kind, subject_id, due_at)"
                " select id, %s, %s, %s from workspaces where key = 'w'",
                (KIND, uuid4(), datetime.now(UTC)),
            )

    return one


def mails_waiting(own_redis):
    """Count the jobs for facts; ticks of the same queue don't count."""
    client = connect(own_redis.url)
    try:
        ids = [job_id.decode() for job_id in client.lrange("rq:queue:mail", 0, -1)]
        return sum(client.hget(f"rq:job:{job_id}", "description") == STEP.job.encode() for job_id in ids)
    finally:
        client.close()


def test_the_relay_survives_a_database_that_drops_everybody(product, postgres_url, own_redis, announce):
    product.start_role("relay")
    announce()
    wait_until(lambda: mails_waiting(own_redis) == 1, 60)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
        )
    announce()
    wait_until(lambda: mails_waiting(own_redis) == 2, 30)
    assert product.stop() == 0


def test_the_relay_survives_a_redis_that_was_away_and_loses_nothing(product, own_redis, announce):
    product.start_role("relay")
    announce()
    wait_until(lambda: mails_waiting(own_redis) == 1, 60)
    own_redis.stop()
    announce()
    announce()
    own_redis.start()
    wait_until(lambda: mails_waiting(own_redis) >= 2, 30)
    assert product.stop() == 0


def test_a_worker_of_all_queues_is_a_process_for_each(product):
    product.start_role("worker")
    wait_until(lambda: len(product.children().get("worker", [])) == len(QUEUES), 60)
    assert product.stop() == 0


def test_an_unknown_queue_is_refused_with_those_that_exist(product):
    process = product.start_role("worker", "--queue", "pigeon")
    assert process.wait(60) == 1
    assert "decide, mail, analyse, alert" in product.printed


def test_the_web_serves_without_a_queue(product, own_redis):
    own_redis.stop()
    product.start_role("web")
    product.wait_until_serving()
    assert product.stop() == 0


def test_two_migrations_at_once_both_succeed(run, postgres):
    name = f"m_{uuid4().hex}"
    url = postgres.create_database(name)
    directory = run.fresh_directory("migrations")
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "vocapp", "migrate", "--data-dir", str(directory / str(number))],
            env=os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(2)
    ]
    said = [process.communicate(timeout=100)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    postgres.drop_database(name)
