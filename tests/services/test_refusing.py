"""A customer who says no to surveys, by whatever way we hear of it: what is open is taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import NO_RESTS, NPS, WHY, House, answer
from tests.watching import statements
from vocapp.models import Change, Consent, Invitation, LedgerEntry, database_now
from vocapp.services import preferring

NO = {"purpose": "surveys", "granted": False}


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app, policy=NO_RESTS)
    house.survey(questions=[NPS, WHY])
    return house


def say(house: House, client: FlaskClient, method: str, path: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {house.api_key('ingest')}"}
    answer = client.open(f"/api/v1/{path}", method=method, json=body, headers=headers)
    assert answer.status_code in {200, 202}, answer.text
    assert not answer.json.get("refused")


def event_of(customer: dict[str, Any]) -> dict[str, Any]:
    return {"id": "e", "event": "left", "occurred_at": datetime.now(UTC).isoformat(), "customer": customer}


@pytest.mark.parametrize("way", ["alone", "in a list", "with an event"])
def test_a_no_closes_every_open_link_and_stops_what_was_planned(house: House, client: FlaskClient, way: str) -> None:
    for name in ("ada", "ben"):
        house.customer(name)
    link, planned, other = house.invite(), house.invite(channel="email"), house.invite("ben")
    assert client.post(house.link(link), data={"nps": "7"}).status_code == 200
    refusing = {"external_id": "ada", "consents": [NO]}
    match way:
        case "alone":
            say(house, client, "PUT", "customers/ada", {"consents": [{**NO, "purpose": "Feedback"}]})
        case "in a list":
            say(house, client, "POST", "customers", {"customers": [refusing, {"external_id": "ben"}]})
        case _:
            say(house, client, "POST", "events", event_of(refusing))
    assert client.get(house.link(link)).status_code == 410
    assert client.post(house.link(link), data={"_page": "1", "why": "x"}).status_code == 410
    assert client.get(house.link(other)).status_code == 200
    for one in (link, planned):
        taken_back = house.invitation(one)
        assert (taken_back.status, taken_back.reason) == ("cancelled", "no_consent")
        assert [made["status"] for made in taken_back.decisions][-1] == "cancelled"
        assert len(taken_back.decisions) > 1
    assert {entry.id for entry in house.rows(LedgerEntry)} == {link, other}


CONSENT: dict[str, Any] = {
    "key": "feedback",
    "type": "consent",
    "text": {"fr": "Pouvons-nous vous réécrire ?", "en": "May we write again?"},
}


@pytest.mark.parametrize("said", ["no", "yes"])
def test_a_no_given_inside_a_survey_takes_back_what_is_open(house: House, client: FlaskClient, said: str) -> None:
    house.survey("asks", layout="page", questions=[NPS, WHY, CONSENT])
    for name in ("ada", "ben"):
        house.customer(name)
    planned, link, other = house.invite(channel="email"), house.invite(), house.invite("ben")
    asked = house.invite(survey="asks")
    answer(client, house.link(asked), {"nps": "7", "why": "parfait", "feedback": said})
    house.work("ResponseCompleted")
    statuses = {one.id: (one.status, one.reason) for one in house.rows(Invitation)}
    if said == "yes":
        assert (statuses[link], statuses[planned]) == (("sent", None), ("scheduled", None))
        return
    assert statuses[link] == statuses[planned] == ("cancelled", "no_consent")
    assert client.get(house.link(link)).status_code == 410
    assert client.get(house.link(other)).status_code == 200
    assert planned not in {entry.id for entry in house.rows(LedgerEntry)}
    assert [one.granted for one in house.rows(Consent, Consent.source == "survey:asks")] == [False]
    assert {one.stream for one in house.rows(Change)} >= {"consents", "customers", "responses"}


def test_a_no_inside_a_survey_that_was_taken_back_since_takes_back_nothing(house: House, client: FlaskClient) -> None:
    house.survey("asks", layout="page", questions=[NPS, CONSENT])
    customer_id = house.customer()
    link = house.invite()
    answer(client, house.link(house.invite(survey="asks")), {"nps": "7", "feedback": "no"})
    house.consent(customer_id, granted=True)
    house.work("ResponseCompleted")
    assert house.invitation(link).status == "sent"


def test_only_the_last_word_about_surveys_counts(house: House, client: FlaskClient) -> None:
    house.customer()
    link = house.link(house.invite())
    two_days_ago, yesterday = ((house.now - timedelta(days=days)).isoformat() for days in (2, 1))
    for said in (
        [{**NO, "at": two_days_ago}],
        [{**NO, "purpose": "newsletter"}],
        [{**NO, "granted": True}, {**NO, "at": yesterday}],
    ):
        say(house, client, "PUT", "customers/ada", {"consents": said})
        assert client.get(link).status_code == 200, said


def test_many_who_say_no_take_as_many_statements_as_one(house: House, client: FlaskClient) -> None:
    counts = []
    for size in (1, 20):
        names = [f"c{size}-{number}" for number in range(size)]
        for name in names:
            house.customer(name)
            house.invite(name)
            house.invite(name, channel="email")
        body = {"customers": [{"external_id": name, "consents": [NO]} for name in names]}
        with statements(house.app) as said:
            say(house, client, "POST", "customers", body)
        counts.append(len(said))
    assert counts[0] == counts[1]
    assert {one.status for one in house.rows(Invitation)} == {"cancelled"}


def test_a_subject_refused_on_ones_own_page_is_granted_there_again_and_by_no_report(
    house: House, client: FlaskClient
) -> None:
    house.customer()
    link = house.invite()
    choose(house, link, [])
    for source in ("crm", "preferences"):
        report(house, client, source, granted=True)
        assert house.invitation(house.invite()).reason == "kind_refused"
    choose(house, link, ["delivery"])
    assert house.invitation(house.invite()).status == "sent"
    report(house, client, "crm", granted=False)  # they said it elsewhere since
    assert house.invitation(house.invite()).reason == "kind_refused"


def test_a_subject_that_others_reported_as_refused_they_report_as_granted_again(
    house: House, client: FlaskClient
) -> None:
    house.customer()
    report(house, client, "crm", granted=False)
    assert house.invitation(house.invite()).reason == "kind_refused"
    report(house, client, "crm", granted=True)
    assert house.invitation(house.invite()).status == "sent"


def choose(house: House, link: UUID, wanted: list[str]) -> None:
    """Choose among the subjects, as on the page of one's own preferences."""
    with house.writing():
        now = database_now()
        preferring.choose_kinds(invitation_id=link, shown=["delivery"], wanted=wanted, text_version="v", now=now)


def report(house: House, client: FlaskClient, source: str, *, granted: bool) -> None:
    """Report what a customer said about a subject just now, and to which text."""
    said = {"purpose": "surveys:delivery", "granted": granted, "source": source, "text_version": "2026-11"}
    say(house, client, "PUT", "customers/ada", {"consents": [said]})
