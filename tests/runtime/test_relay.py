from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import select

from vocapp.adapters.postgres_bell import PostgresBell
from vocapp.adapters.queue import Batch, FakeQueues, QueueDown
from vocapp.models import Fact, db, transaction
from vocapp.pipeline import Step, Tick
from vocapp.relay import MOST_FACTS, MOST_WAITING_JOBS, Relay

PIPELINE = {
    "Small": Step("one", "jobs.small", batch=3, most_attempts=5),
    "Large": Step("two", "jobs.large", batch=100, most_attempts=None),
}


@pytest.fixture
def database_url(request, sqlite_url):
    return sqlite_url


@pytest.fixture
def queues():
    return FakeQueues(pushed=[], waiting={"one": 0, "two": 0})


@pytest.fixture
def relay(app, queues):
    return Relay(app, queues, pipeline=PIPELINE, ticks=())


def leases(app):
    with app.app_context():
        return [fact.leased_until for fact in db.session.scalars(select(Fact).order_by(Fact.id))]


def test_due_facts_travel_as_ids_in_batches_of_their_kind(relay, queues, announced):
    announced("Small", 7)
    announced("Large", 2)
    assert relay.turn() == 9
    assert sorted((batch.job, len(batch.fact_ids)) for batch in queues.pushed) == [
        ("jobs.large", 2),
        ("jobs.small", 1),
        ("jobs.small", 3),
        ("jobs.small", 3),
    ]
    ids = [fact_id for batch in queues.pushed for fact_id in batch.fact_ids]
    assert len(set(ids)) == 9
    assert relay.turn() == 0


def test_it_goes_to_sleep_when_nothing_that_has_room_was_left_behind(relay, queues, announced):
    announced("Small", MOST_FACTS)
    queues.waiting["one"] = MOST_WAITING_JOBS - 2
    assert (relay.turn(), relay.took_all) == (6, False)
    assert (relay.turn(), relay.took_all) == (0, True), "there is no room: who works will ring, or a second passes"
    queues.waiting["one"] = 0
    announced("Large", 1)
    relay.turn()
    assert not relay.took_all
    queues.waiting["one"] = MOST_WAITING_JOBS
    announced("Large", 1)
    assert (relay.turn(), relay.took_all) == (1, True), "nothing else was due: it need not look again"


def test_what_is_not_due_stays(app, relay, announced):
    announced("Small", 1)
    with app.app_context(), transaction() as session:
        session.scalars(select(Fact)).one().due_at = datetime.now(UTC) + timedelta(hours=1)
    assert relay.turn() == 0


def test_while_the_queue_is_down_nothing_is_leased(app, relay, queues, announced):
    announced("Small", 2)
    queues.down = True
    with pytest.raises(QueueDown):
        relay.turn()
    assert leases(app) == [None, None]
    queues.down = False
    assert relay.turn() == 2


def test_a_queue_that_goes_down_in_the_middle_gives_its_leases_back(app, relay, queues, announced, monkeypatch):
    announced("Small", 2)

    def push(_batches):
        raise QueueDown("full")

    monkeypatch.setattr(FakeQueues, "push", lambda self, batches: push(batches))
    with pytest.raises(QueueDown):
        relay.turn()
    assert leases(app) == [None, None]


def test_a_queue_is_not_filled_beyond_what_its_worker_can_do_in_a_lease(relay, queues, announced):
    announced("Small", 3 * (MOST_WAITING_JOBS + 2))
    while relay.turn():
        pass
    assert queues.waiting["one"] == MOST_WAITING_JOBS
    announced("Large", 1)
    assert relay.turn() == 1, "another queue goes on"
    queues.waiting["one"] = MOST_WAITING_JOBS - 1
    assert relay.turn() == 3


def test_a_lease_that_ran_out_is_taken_again(app, relay, queues, announced):
    announced("Small", 1)
    relay.turn()
    with app.app_context(), transaction() as session:
        session.scalars(select(Fact)).one().leased_until = datetime.now(UTC) - timedelta(seconds=1)
    assert relay.turn() == 1
    assert queues.pushed[0] == queues.pushed[1]


def test_two_relays_at_once_hand_each_fact_on_once(app, announced):
    announced("Large", 250)
    both = [FakeQueues(pushed=[], waiting={"one": 0, "two": 0}) for _ in range(2)]
    threads = [Thread(target=Relay(app, queues, pipeline=PIPELINE, ticks=()).turn) for queues in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [fact_id for queues in both for batch in queues.pushed for fact_id in batch.fact_ids]
    assert sorted(set(ids)) == sorted(ids)
    assert len(ids) == 250


def test_a_tick_comes_once_in_its_time_however_many_relays_there_are(app):
    clock = [100.0]
    shared = FakeQueues(pushed=[], waiting={"one": 0, "two": 0}, turns_taken=set())
    tick = Tick("one", "jobs.sweep", every_seconds=30)
    relays = [Relay(app, shared, pipeline=PIPELINE, ticks=(tick,), monotonic=lambda: clock[0]) for _ in range(2)]
    for relay in relays * 3:
        relay.turn()
    assert shared.pushed == [Batch("one", "jobs.sweep", None)]
    clock[0] += 31
    shared.turns_taken.clear()
    for relay in relays:
        relay.turn()
    assert len(shared.pushed) == 2


def test_ticks_do_not_pile_up_behind_a_slow_worker(app, queues):
    queues.waiting["one"] = MOST_WAITING_JOBS
    queues.turns_taken = set()
    Relay(app, queues, pipeline=PIPELINE, ticks=(Tick("one", "jobs.sweep", every_seconds=1),)).turn()
    assert queues.pushed == []


@pytest.mark.postgres
def test_a_commit_on_postgresql_wakes_the_relay_at_once(postgres_url, make_settings):
    from vocapp.app import create_app
    from vocapp.models import Workspace
    from vocapp.models.outbox import announce_many

    application = create_app(make_settings(database_url=postgres_url))
    with application.app_context(), transaction() as session:
        workspace = Workspace(
            key="w", name="W", timezone="UTC", default_language="en", settings={}, created_at=datetime.now(UTC)
        )
        session.add(workspace)
        session.flush()
        workspace_id = workspace.id
    bell = PostgresBell(postgres_url, "vocapp_outbox")
    bell.wait()  # the first call connects
    woken, waits = [], []
    while not waits or (len(waits) < 5 and waits[-1] >= 0.5):  # a busy machine makes one of them long
        woken.clear()
        thread = Thread(target=lambda: (bell.wait(), woken.append(time.monotonic())))
        thread.start()
        time.sleep(0.1)
        began = time.monotonic()
        with application.app_context(), transaction():
            announce_many("Small", [uuid4()], workspace_id=workspace_id, due_at=datetime.now(UTC))
        committed = time.monotonic()
        thread.join(30)
        assert woken
        waits.append(woken[0] - committed if woken[0] > began else 1.0)  # before: it was tired of waiting
    bell.close()
    with application.app_context():
        for engine in db.engines.values():
            engine.dispose()
    assert waits[-1] < 0.5, waits


def test_a_database_that_is_away_does_not_end_the_bell():
    bell = PostgresBell("postgresql+psycopg://nobody@127.0.0.1:1/nothing", "x")
    bell.wait()
    bell.close()
