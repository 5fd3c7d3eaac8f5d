"""One process tree that heals itself: whatever child dies, the way of an answer works again; and it ends when told."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.installations import Embedded
from tests.journeys.story import Page, alerts_of, answer, happened, invited, link_for, somebody, wait_for_mail
from tests.rig.http import HttpClient
from tests.rig.processes import descendants
from tests.rig.product import Product, survey_link
from tests.rig.run import Run, born
from tests.rig.waiting import wait_until
from vocapp.demo import LOGIN
from vocapp.pipeline import QUEUES

CHILDREN = ("redis", "web", "relay", *(f"worker:{queue}" for queue in QUEUES))
BACK_SECONDS = 30


@pytest.fixture(scope="module")
def demo(run: Run) -> Iterator[Product]:
    made = Product(run=run, demo=True).start()
    yield made
    made.stop()


@pytest.mark.parametrize("child", CHILDREN)
def test_a_killed_child_is_back_and_the_way_works(embedded: Embedded, child: str) -> None:
    person = somebody("after_death")
    before = set(embedded.product.children()[child])
    killed = embedded.product.kill(child)
    died_at = time.monotonic()
    wait_until(lambda: set(embedded.product.children().get(child, [])) - before, BACK_SECONDS, what=f"{child} is back")
    embedded.product.wait_until_serving(BACK_SECONDS)
    assert time.monotonic() - died_at < BACK_SECONDS
    assert not born(killed)
    link = invited(embedded, person)
    assert answer(embedded.person(), link, {"nps": "0"}).state == "completed"
    wait_until(lambda: alerts_of(embedded.api, person), 20, what="an alert")
    assert len(embedded.mails(person["email"])) == 1


def test_a_job_that_died_with_its_worker_is_taken_up_at_once(embedded: Embedded) -> None:
    (worker,) = embedded.product.children()["worker:decide"]
    os.kill(worker, signal.SIGSTOP)
    person = somebody("popped")
    embedded.api.post("/api/v1/events", happened(person)).expect(202)
    time.sleep(1.5)  # the relay looks ten times a second: by now the job is popped by a worker that can't begin
    os.kill(worker, signal.SIGKILL)
    wait_for_mail(embedded, person["email"], seconds=20)  # far below the 30 seconds of a lease
    assert len(embedded.mails(person["email"])) == 1


def test_a_restart_takes_ten_seconds_each_way_and_goes_on_where_it_was(embedded: Embedded) -> None:
    product, api, person = embedded.product, embedded.api, somebody("patient")
    link = link_for(api, person)
    answer(product.person(), link, {"nps": "9"}, pages=1)
    family = descendants(product.processes["up"].pid)

    asked = time.monotonic()
    assert product.stop() in {0, 15}
    assert time.monotonic() - asked < 10
    assert not [pid for pid in family if born(pid)]

    asked = time.monotonic()
    product.start()
    assert time.monotonic() - asked < 10
    page = Page(product.person().get(link).expect(200))
    assert list(page.questions) == ["why"], "the first question is answered"
    assert api.get(f"/api/v1/customers/{person['external_id']}").expect(200)


def test_a_demo_greets_with_a_login_and_a_link_and_has_something_to_show(demo: Product) -> None:
    ready = demo.printed.index("vocapp is ready on")
    wait_until(lambda: "/login" in demo.printed[ready:] and "/s/" in demo.printed[ready:], 30, what="login and link")
    assert re.search(r"http://\S+/login\s+\S+@\S+\s+\S+", demo.printed[ready:])
    api = demo.machine()
    assert len(api.get("/api/v1/alerts?status=new,claimed,contacted").json()["data"]) >= 5
    mail = demo.wait_for_mail("camille@example.test")
    assert demo.person().get(survey_link(mail)).status == 200
    thanks = answer(demo.person(), demo.sample_link, {"nps": "3", "why": "Trop long."})
    assert thanks.state == "completed"
    wait_until(lambda: _of_the_visitor(api), 30, what="the visitor's alert")


def test_a_demo_gives_a_fresh_link_on_every_start_and_invents_nobody_twice(demo: Product) -> None:
    first = demo.sample_link
    api = demo.machine()
    alerts, mails = len(api.get("/api/v1/alerts").json()["data"]), _to_customers(demo)
    asked = time.monotonic()
    demo.restart()
    assert time.monotonic() - asked < 20
    second = demo.sample_link
    assert second != first
    assert Page(demo.person().get(second).expect(200)).questions
    assert len(api.get("/api/v1/alerts").json()["data"]) == alerts
    assert _to_customers(demo) == mails
    assert len(demo.mails("camille@example.test")) == 1


def _to_customers(demo: Product) -> list[str]:
    """Return to whom mails went, but for the team: it is told of what grows late, whenever that is."""
    return [str(mail["To"]) for mail in demo.mails() if LOGIN not in str(mail["To"])]


def _of_the_visitor(api: HttpClient) -> list[dict[str, Any]]:
    found = api.get("/api/v1/alerts?status=new").json()["data"]
    return [alert for alert in found if alert["customer"]["external_id"] == "demo-visitor"]
