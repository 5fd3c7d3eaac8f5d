"""Faults 3, 4 and 5: the queue loses a job, goes away, forgets everything. The database is the truth."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.installations import Production, production
from tests.journeys.story import ANGRY, answer, happened, link_for, publish, somebody, survey, wait_for_mail
from tests.rig.http import HttpClient
from tests.rig.postgres import Postgres
from tests.rig.product import ROOT
from tests.rig.run import Run
from tests.rig.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(420)]

POP_AND_DIE = """
import os, sys
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
redis = Redis.from_url(sys.argv[1])
queue = Queue(sys.argv[2], connection=redis, serializer=JSONSerializer)
found = Queue.dequeue_any([queue], timeout=20, connection=redis, serializer=JSONSerializer)
os.write(1, found[0].func_name.encode())
os._exit(9)
"""
"""What a worker does up to the start of a job, and then no more."""


@pytest.fixture
def vocapp(run: Run, postgres: Postgres) -> Iterator[Production]:
    del postgres
    with production(run) as made:
        yield made


def test_a_job_popped_by_a_worker_that_dies_before_it_starts_runs_within_a_minute(vocapp: Production) -> None:
    vocapp.bring_up("web", "relay", "worker-mail")
    publish(vocapp.api, survey())
    ada = somebody("ada")
    vocapp.api.post("/api/v1/events", happened(ada)).expect(202)
    while True:  # the ticks of this queue are jobs too
        died = subprocess.run(
            [sys.executable, "-c", POP_AND_DIE, vocapp.redis.url, "decide"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert died.returncode == 9, died.stderr
        if died.stdout.endswith("decide.invite"):
            break
    lost_at = time.monotonic()
    vocapp.bring_up("worker-decide")
    wait_for_mail(vocapp, ada["email"], seconds=60)
    assert time.monotonic() - lost_at < 60
    assert len(vocapp.peer.to(ada["email"])) == 1


def test_without_redis_the_web_answers_at_once_and_all_is_followed_up_when_it_is_back(vocapp: Production) -> None:
    vocapp.bring_up()
    publish(vocapp.api, survey())
    ada, ben = somebody("ada"), somebody("ben")
    link = link_for(vocapp.api, ben)
    wait_until(lambda: not vocapp.open_facts(), 30)

    vocapp.redis.stop()
    slowest = 0.0
    for call in (
        lambda: vocapp.api.post("/api/v1/events", happened(ada)).expect(202),
        lambda: answer(vocapp.person(), link, {"nps": "1", "why": ANGRY}, pages=2),
        lambda: answer(vocapp.person(), link, {"again": "no"}),
        lambda: vocapp.api.get("/api/v1/alerts").expect(200),
        lambda: vocapp.person().get("/healthz").expect(200),
        lambda: vocapp.person().get("/readyz").expect(200),
    ):
        asked = time.monotonic()
        call()  # type: ignore[no-untyped-call]
        slowest = max(slowest, time.monotonic() - asked)
    assert slowest < 2
    assert vocapp.person().get("/readyz").json()["status"] == "degraded"
    waiting = {fact["kind"] for fact in vocapp.open_facts()}
    assert waiting == {"EventAccepted", "SignalRaised", "ResponseCompleted"}
    assert not vocapp.peer.received

    vocapp.redis.start()
    wait_for_mail(vocapp, ada["email"])
    wait_until(lambda: len(vocapp.rows("select 1 from alerts")) == 1, 30, what="an alert")
    vocapp.wait_until_settled(60)
    assert len(vocapp.peer.received) == 1
    assert len(vocapp.rows("select 1 from responses where sentiment is not null")) == 1


def test_a_redis_that_forgot_a_thousand_due_and_ten_for_tomorrow_costs_nothing(vocapp: Production) -> None:
    due, later = 1000, 10
    vocapp.bring_up("web", "relay", "worker-decide")
    publish(vocapp.api, survey())
    publish(vocapp.api, survey("story_later", "story.tomorrow", delay="P1D", hot_for="P3D"))
    people = [somebody("due") for _ in range(due)]
    patient = [somebody("later") for _ in range(later)]
    _tell(vocapp.api, [happened(person) for person in people])
    _tell(vocapp.api, [happened(person, "story.tomorrow") for person in patient])
    count = "select count(*) from outbox where kind = 'InvitationDue' and done_at is null and failed_at is null"
    wait_until(lambda: vocapp.rows(count)[0]["count"] == due + later, 120, what="all decided")
    leased = count + " and leased_until is not null"
    wait_until(lambda: vocapp.rows(leased)[0]["count"] > 0, 30, what="some of it is in Redis")

    vocapp.redis.flush()
    # half a minute passes: what Redis has forgotten is leased until then (the first test above waits for it)
    vocapp.order("update outbox set leased_until = now() where leased_until is not null")
    vocapp.bring_up("worker-mail")
    wait_until(lambda: len(vocapp.peer.received) >= due, 300, every=0.25, what=lambda: f"{len(vocapp.peer.received)}")
    vocapp.wait_until_settled(30)
    assert vocapp.rows(count + " and due_at > now() + interval '23 hours'")[0]["count"] == later

    # tomorrow comes
    vocapp.redis.flush()
    vocapp.order("update outbox set due_at = now() where kind = 'InvitationDue' and done_at is null")
    wait_until(lambda: len(vocapp.peer.received) >= due + later, 120, what="tomorrow's mails")
    vocapp.wait_until_settled(30)
    addresses = [mail.recipients[0] for mail in vocapp.peer.received]
    assert sorted(addresses) == sorted(person["email"] for person in people + patient), "all of them, none twice"


def _tell(api: HttpClient, events: list[dict[str, Any]]) -> None:
    told = api.post("/api/v1/events", {"events": events}).expect(202).json()
    assert told["accepted"] == len(events)
