"""Every kind of signal, from the answer or the event to the alert that tells why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import CSAT, NPS, WHY, House, Page, answer
from vocapp.adapters.sentiment.fake import FakeSentiment
from vocapp.domain.sentiment import Sentiment
from vocapp.models import Alert, AlertRuleVersion, Fact, Response, Signal
from vocapp.services import alert_rules, weighing

CES: dict[str, Any] = {"key": "ces", "type": "ces", "text": {"fr": "Facile ?", "en": "Easy?"}}
LATER = timedelta(minutes=20)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app, policy={"rest_same_answered_days": 0, "rest_same_invited_days": 0, "rest_any_days": 0})
    house.survey(layout="page", questions=[{**NPS, "required": False}, {**CSAT, "required": False}, CES, WHY])
    return house


def answered(house: House, client: FlaskClient, name: str = "ada", **answers: Any) -> None:
    answer(client, house.link(house.invite(name)), answers)


@pytest.mark.parametrize(
    ("said", "at_once", "in_the_end", "reason"),
    [
        ({"nps": "3"}, ["detractor"], ["detractor"], "nps 3"),
        ({"csat": "2"}, ["low_csat"], ["low_csat"], "csat 2"),
        ({"ces": "1"}, ["high_effort"], ["high_effort"], "ces 1"),
        ({"nps": "9", "why": "inadmissible"}, [], ["negative_verbatim"], "negative_verbatim"),
        (
            {"nps": "0", "why": "parfait, merci"},
            ["detractor"],
            ["detractor", "contradiction"],
            "nps 0, contradiction",
        ),
        ({"nps": "10", "why": "Mais je suis allergique !"}, ["urgent_words"], ["urgent_words"], "urgent_words"),
        ({"nps": "10", "why": "Un toast à l’avocat"}, [], [], None),
        ({"nps": "9", "csat": "4", "ces": "6"}, [], [], None),
    ],
)
def test_an_answer_becomes_an_alert(
    house: House, client: FlaskClient, said: dict[str, str], at_once: list[str], in_the_end: list[str], reason: str
) -> None:
    house.customer()
    answered(house, client, **said)
    assert [kind for signal in house.rows(Signal) for kind in signal.kinds] == at_once
    house.work()
    assert [kind for signal in house.rows(Signal) for kind in signal.kinds] == in_the_end
    assert [(one.kinds, one.reason) for one in house.rows(Alert)] == ([(in_the_end, reason)] if reason else [])
    [response] = house.rows(Response)
    assert {"nps": response.nps} == {"nps": int(said["nps"]) if "nps" in said else None}, "the score is untouched"


def test_a_valuable_customer_who_turns_away_is_called_though_the_score_is_no_detractor_s(
    house: House, client: FlaskClient
) -> None:
    for name, orders in (("regular", 4), ("passing", 1)):
        house.customer(name, attributes={"orders_count": orders})
        answered(house, client, name, nps="10")
        answered(house, client, name, nps="7")
    house.work()
    [alert] = house.rows(Alert)
    assert (alert.kinds, alert.value, alert.severity) == (["valued_turning"], 2, 2)


class HearsEnglish(FakeSentiment):
    """Knows English when it reads it, whatever the survey's language."""

    def score(self, text: str, *, hint: str | None = None) -> Sentiment:
        return super().score(text, hint="en")


def test_words_in_another_language_than_the_survey_s_are_found_once_it_is_known(
    house: House, client: FlaskClient
) -> None:
    house.customer()
    house.sentiment = HearsEnglish()
    answered(house, client, nps="10", why="My lawyer will call you")
    assert house.rows(Signal) == []
    house.work()
    assert [one.kinds for one in house.rows(Alert)] == [["urgent_words"]]


def test_words_that_cannot_wait_are_found_in_an_answer_that_was_left_unfinished(
    house: House, client: FlaskClient
) -> None:
    house.survey("pages", layout="steps", questions=[WHY, {**NPS, "must_ask": False}])
    house.customer()
    link = house.link(house.invite("ada", "pages"))
    page = Page(client.get(link).text)
    client.post(link, data={**page.hidden, "why": "On m’a hospitalisé après ce plat."})
    assert house.rows(Signal) == []
    with house.writing():
        assert weighing.weigh(workspace_id=house.id, now=house.now + LATER) == 1
    house.work()
    [alert] = house.rows(Alert)
    assert (alert.kinds, alert.severity) == (["urgent_words"], 3)


def test_a_workspace_s_own_rules_and_words_decide_from_the_next_answer_on(house: House, client: FlaskClient) -> None:
    own = {
        "alerts": [
            {"key": "promoter", "name": "P", "kind": "other", "when": {"==": [{"var": "scores.nps"}, 10]}},
            {"key": "vip", "name": "V", "kind": "other", "when": {"==": [{"var": "customer.attributes.vip"}, True]}},
            {"key": "words", "name": "W", "kind": "urgent_words", "when": {"known": "verbatim.urgent_word"}},
        ],
        "urgent_words": {"fr": ["licorne*"]},
    }
    for name in ("ada", "bob", "eve"):
        house.customer(name, attributes={"vip": name == "bob"})
    with house.writing():
        assert alert_rules.put(workspace_id=house.id, definition=own, now=house.now) == 1
        assert alert_rules.put(workspace_id=house.id, definition=own, now=house.now) == 1
    answered(house, client, "ada", nps="10", why="Des licornes !")
    answered(house, client, "bob", nps="8")
    answered(house, client, "eve", nps="0", why="allergique")
    assert sorted(signal.kinds for signal in house.rows(Signal)) == [["other"], ["urgent_words", "other"]]
    assert len(house.rows(AlertRuleVersion)) == 1


def test_the_file_s_rules_are_followed_where_a_workspace_has_none(house: House) -> None:
    with house.reading():
        assert alert_rules.find_definition(workspace_id=house.id) == (None, alert_rules.ready_made_definition())
        assert alert_rules.load(workspace_id=house.id, settings={}) is alert_rules.ready_made()
    with house.writing():
        shipped = alert_rules.ready_made_definition()
        assert alert_rules.put(workspace_id=house.id, definition=shipped, now=house.now) is None


def test_a_rule_that_says_null_of_being_on_is_on_and_stays_so(house: House) -> None:
    whole = {"known": "answers.why"}
    own = {"alerts": [{"key": "one", "name": "O", "kind": "other", "when": whole, "active": None, "event": None}]}
    read = {"alerts": [{"key": "one", "name": "O", "kind": "other", "when": whole}]}
    with house.writing() as session:
        assert alert_rules.put(workspace_id=house.id, definition=own, now=house.now) == 1
        assert alert_rules.find_definition(workspace_id=house.id) == (1, read)
        session.execute(update(AlertRuleVersion).values(definition=own))  # as it was kept once
        assert alert_rules.find_definition(workspace_id=house.id) == (1, read)
        alert_rules.switch(workspace_id=house.id, active=["one"], by="test:x", now=house.now)
        assert alert_rules.find_definition(workspace_id=house.id) == (1, read)


def test_a_broken_model_takes_no_kind_away_from_who_finished_after_their_alert(
    house: House, client: FlaskClient
) -> None:
    house.survey("pages", layout="steps", questions=[NPS, {**CSAT, "must_ask": True}])
    house.customer()
    link = house.link(house.invite("ada", "pages"))
    page = Page(client.get(link).text)
    client.post(link, data={**page.hidden, "nps": "5"})
    with house.writing() as session:
        weighing.weigh(workspace_id=house.id, now=house.now + LATER)
        session.execute(update(Signal).values(raised_at=house.now - LATER))
    house.work("SignalRaised")
    answer(client, link, {"csat": "1"})
    house.work("SignalRaised")
    [alert] = house.rows(Alert)
    assert (alert.kinds, alert.severity) == (["detractor", "low_csat"], 3)
    assert house.rows(Fact, Fact.kind == "ResponseCompleted", Fact.done_at.is_(None))
