from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.rig.waiting import wait_until
from vocapp.adapters.queue import Batch, QueueDown, RedisQueues
from vocapp.models import Fact, db
from vocapp.pipeline import PIPELINE, QUEUES, Step
from vocapp.relay import Relay

RECORD = "tests.runtime.sample_work.record"
SLOWLY = "tests.runtime.sample_work.record_slowly"
ROOT = Path(__file__).parents[2]
KIND = next(kind for kind, step in PIPELINE.items() if step.queue == "mail")


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "record"

    def lines():
        return path.read_text().splitlines() if path.exists() else []

    return lines


@pytest.fixture
def start_worker(run, tmp_path, sqlite_url, own_redis):
    started = []

    def start(*words):
        process = run.start(
            [sys.executable, "-m", "tests.runtime.sample_work", *words],
            name="sample-worker",
            cwd=ROOT,
            env=os.environ
            | {
                "RECORD": str(tmp_path / "record"),
                "DATA_DIR": str(tmp_path / "var"),
                "DATABASE_URL": sqlite_url,
                "REDIS_URL": own_redis.url,
            },
        )
        started.append(process)
        return process

    yield start
    for process in started:
        run.stop(process)


@pytest.fixture
def queues(own_redis):
    return RedisQueues(own_redis.url, QUEUES)


def test_asked_to_stop_a_worker_finishes_its_job_and_goes(start_worker, queues, written, announced):
    announced(KIND, 1)
    queues.push([Batch("mail", SLOWLY, (1,))])
    worker = start_worker()
    wait_until(written, 60)
    asked = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(5) == 0
    assert time.monotonic() - asked < 5
    assert written() == ["started", "finished"]


def test_an_idle_worker_goes_at_once_also_while_redis_is_away(start_worker, queues, written, own_redis, announced):
    announced(KIND, 1)
    queues.push([Batch("mail", RECORD, (1,))])
    worker = start_worker()
    wait_until(written, 60)
    own_redis.stop()
    time.sleep(1.0)
    asked = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(5) == 0
    assert time.monotonic() - asked < 3


def test_a_worker_survives_a_redis_that_is_killed_and_comes_back(start_worker, queues, written, own_redis, announced):
    announced(KIND, 2)
    queues.push([Batch("mail", RECORD, (1,))])
    worker = start_worker()
    wait_until(written, 60)
    own_redis.kill()
    time.sleep(1.5)
    own_redis.start()
    wait_until(lambda: _pushed(queues, Batch("mail", RECORD, (2,))), 30)
    wait_until(lambda: f"{worker.pid} [2]" in written(), 30)
    assert set(written()) == {f"{worker.pid} [1]", f"{worker.pid} [2]"}, "the first may come again: nobody saw it end"


def test_a_job_that_was_cut_off_by_a_kill_runs_again(app, start_worker, queues, written, announced):
    announced(KIND, 1)
    relay = Relay(app, queues, pipeline={**PIPELINE, KIND: Step("mail", SLOWLY, 50, 20)}, ticks=())
    assert relay.turn() == 1
    worker = start_worker()
    wait_until(lambda: written() == ["started"], 20)
    worker.kill()
    worker.wait(5)
    assert relay.turn() == 0, "its lease still runs"
    start_worker("frees")
    wait_until(relay.turn, 20)
    wait_until(lambda: written() == ["started", "started", "finished"], 20)
    with app.app_context():
        assert db.session.scalars(select(Fact)).one().done_at


def _pushed(queues, batch):
    try:
        queues.push([batch])
    except QueueDown:
        return False
    return True
