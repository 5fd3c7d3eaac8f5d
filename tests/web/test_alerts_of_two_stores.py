"""Mildred was unhappy in one store, then in another: she is called once, and each store hears what was said in it.

The first store's alert becomes as urgent as the worst of all; no word, score, kind or moment of the other's reaches
those who work for it, by page, by key or by mail. The second store is told that somebody calls her.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import CSAT, NPS, WHY, House, answer
from tests.rig.passwords import make_passwords_cheap
from tests.web.standing import PASSWORD, csrf_of, log_in, standing
from vocapp.models import Alert, Notice, NotifierRow, new_id
from vocapp.pipeline import PIPELINE
from vocapp.services import calling_back, keys, places, staff

SAID = {"here": "bof, accueil moyen", "there": "inadmissible, mon avocat vous dira zoraide"}
TOLD_ELSEWHERE = ("zoraide", "urgent_words", "low_csat", "csat 1", "nps 0", "Mots qui", "Satisfaction basse")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with standing(tmp_path_factory.mktemp("two_stores")) as application:
        yield application


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    house = House(app)
    with house.writing():
        for key, parent, kind in (("brand", None, "brand"), ("here", "brand", "store"), ("there", "brand", "store")):
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind=kind, parent_key=parent)
    with house.writing() as session:
        for place, to in (("here", "team@here.test"), (None, "team@everywhere.test")):
            session.add(
                NotifierRow(workspace_id=house.id, id=new_id(), name="Team", kind="email", target=to, target_hint=to,
                            kinds=[], least_priority=1, place=place, digest_minutes=0, repeat_minutes=0,
                            created_at=house.now, failures=0)
            )  # fmt: skip
    house.survey("visit", trigger=None, questions=[NPS, CSAT, WHY])
    house.customer("mild", first_name="Mildred", last_name="Roe")
    client = app.test_client()
    for place, nps, csat in (("here", 6, 3), ("there", 0, 1)):
        path = house.link(house.invite("mild", "visit", event_id=place, place=place))
        answer(client, path, {"nps": str(nps), "csat": str(csat), "why": SAID[place]})
        house.work(*(kind for kind in PIPELINE if kind != "NoticeDue"))
    tell(house)
    with pytest.MonkeyPatch.context() as monkeypatch, house.writing():
        make_passwords_cheap(monkeypatch)
        for place in ("here", "there", None):
            for role in ("owner", "agent"):
                staff.create(workspace_id=house.id, email=f"{role}@{place or 'all'}.test", password=PASSWORD, role=role,
                             place=place, now=house.now)  # fmt: skip
    return house


def tell(house: House) -> None:
    """Let those be told who are to be told by now."""
    with house.writing() as session:
        waiting = update(Notice).where(Notice.status == "waiting")
        session.execute(waiting.values(due_at=house.now - timedelta(minutes=5)))
    house.work()


@pytest.fixture
def alert(house: House) -> Alert:
    [alert] = house.rows(Alert)
    assert (alert.place, alert.kinds[0]) == ("here", "urgent_words")
    return alert


def read_by(app: Flask, house: House, place: str | None, alert: Alert) -> dict[str, Any]:
    with house.writing():
        key = keys.create(workspace_id=house.id, name="till", scopes=(), place=place, now=house.now)
    reply = app.test_client().get(f"/api/v1/alerts/{alert.id}", headers={"Authorization": f"Bearer {key}"})
    return dict(reply.json) if reply.status_code == 200 else {}


def test_the_store_reads_what_was_said_in_it(app: Flask, house: House, alert: Alert) -> None:
    theirs, whole = read_by(app, house, "here", alert), read_by(app, house, None, alert)
    assert (theirs["kinds"], theirs["reason"]) == (["detractor"], "nps 6")
    assert {"urgent_words", "detractor", "low_csat"} == set(whole["kinds"])
    assert [move["action"] for move in theirs["history"] if move["action"] != "told"] == ["opened"]
    assert [move["action"] for move in whole["history"] if move["action"] != "told"] == ["opened", "joined"]
    assert (len(theirs["responses"]), len(whole["responses"])) == (1, 2)
    assert theirs["priority"] == whole["priority"] == 3
    severe, _, _ = theirs["priority_reasons"]
    assert (severe["times"], severe["because"]) == (3, "what the company knows besides")
    assert not [word for word in TOLD_ELSEWHERE if word in str(theirs)]
    assert read_by(app, house, "there", alert) == {}


def test_its_staff_see_their_customer_and_their_customers_words(app: Flask, house: House, alert: Alert) -> None:
    for role in ("owner", "agent"):
        client = log_in(app, f"{role}@here.test")
        for path in ("/console/", "/console/alerts?status=all", f"/console/alerts/{alert.id}"):
            page = client.get(path).text
            assert "bof, accueil moyen" in page, (role, path)
            assert "Nouvelle réponse" not in page
            assert not [word for word in TOLD_ELSEWHERE if word in page], (role, path)
    page = log_in(app, "agent@all.test").get(f"/console/alerts/{alert.id}").text
    assert all(said in page for said in SAID.values())


def test_the_other_store_knows_that_she_is_called(app: Flask, house: House, alert: Alert) -> None:
    them = log_in(app, "agent@there.test")
    assert them.get(f"/console/alerts/{alert.id}").status_code == 404
    said = "Une autre équipe rappelle ce client"
    page = f"/console/customers/{alert.customer_id}"
    assert said in them.get(page).text
    assert said not in log_in(app, "agent@here.test").get(page).text
    assert said not in log_in(app, "agent@all.test").get(page).text


@pytest.mark.parametrize(("to", "hears"), [("agent@here.test", False), ("agent@all.test", True)])
def test_who_is_given_it_hears_by_mail_what_is_theirs(
    app: Flask, house: House, alert: Alert, to: str, *, hears: bool
) -> None:
    boss = log_in(app, "owner@all.test")
    given = boss.post(f"/console/alerts/{alert.id}/assign", data={"csrf_token": csrf_of(boss), "to": to})
    assert given.status_code == 303
    tell(house)
    [mail] = [one for one in house.mailer.sent if one.to_address == to]
    text = f"{mail.subject} {mail.text} {mail.html}"
    assert ("zoraide" in text) is hears


@pytest.mark.parametrize(("to", "hears"), [("team@here.test", False), ("team@everywhere.test", True)])
def test_a_notifier_of_a_store_says_what_was_said_in_it(house: House, to: str, *, hears: bool) -> None:
    [mail] = [f"{one.subject} {one.text} {one.html}" for one in house.mailer.sent if one.to_address == to]
    assert ["bof, accueil" in mail, "6 sur 10" in mail] == [not hears, not hears]
    assert ["zoraide" in mail, "0 sur 10" in mail] == [hears, hears]


def test_opening_one_again_names_nobody_of_another_store(app: Flask, house: House, alert: Alert) -> None:
    house.customer("ada", first_name="Ada")
    client = app.test_client()
    for place in ("here", "there"):
        path = house.link(house.invite("ada", "visit", event_id=f"ada-{place}", place=place))
        answer(client, path, {"nps": "2", "csat": "3", "why": "bof"})
        house.work()
        if place == "here":
            [first] = [one for one in house.rows(Alert) if one.id != alert.id]
            with house.writing():
                who = {"workspace_id": house.id, "alert_id": first.id, "now": house.now}
                calling_back.claim(agent="agent@here.test", **who)
                calling_back.contact(outcome="reached", note=None, via="phone", by="agent@here.test", **who)
                calling_back.resolve(root_cause="x", note=None, by="agent@here.test", **who)
    [second] = [one for one in house.rows(Alert) if one.place == "there"]
    with house.writing():
        calling_back.claim(workspace_id=house.id, alert_id=second.id, agent="agent@there.test", now=house.now)
    reopened = _reopen(log_in(app, "agent@here.test"), first)
    assert (reopened[0], "agent@there.test" in reopened[1]) == (409, False)
    assert "agent@there.test" in _reopen(log_in(app, "owner@all.test"), first)[1]


def _reopen(client: FlaskClient, alert: Alert) -> tuple[int, str]:
    reply = client.post(f"/console/alerts/{alert.id}/reopen", data={"csrf_token": csrf_of(client)})
    return reply.status_code, re.sub(r"<[^>]+>", " ", reply.text)
