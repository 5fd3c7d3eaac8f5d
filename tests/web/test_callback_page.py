"""May we call you? What an unhappy customer is offered, what each form does, and what the page never does."""

from __future__ import annotations

import html as markup
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.altered import one_letter_off, without_tokens
from tests.builders import NPS, House, answer
from tests.promised import TEAM, Customer, company, open_alerts, slots
from vocapp.domain.links import make_token
from vocapp.models import Customer as Person
from vocapp.models import Invitation, Promise, Workspace
from vocapp.models.types import time_text

ALWAYS: dict[str, Any] = {
    "week": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "holidays": "none",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(client: FlaskClient) -> House:
    return company(client.application, datetime.now(UTC), **ALWAYS)


@pytest.fixture
def ada(house: House) -> Customer:
    return Customer.complain(house, "ada", now=house.now)


@pytest.fixture
def page(house: House, ada: Customer) -> str:
    return house.link(ada.invitation_id, "callback")


def said(reply: Any) -> str:
    """The page's words, without its tags."""
    main = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", reply.text, flags=re.DOTALL)
    return " ".join(markup.unescape(re.sub(r"<[^>]+>", " ", main)).replace("\u202f", " ").split())


def state(reply: Any) -> str:
    return re.search(r'data-state="(\w+)"', reply.text)[1]


def offered(reply: Any) -> list[str]:
    return re.findall(r'name="slot" value="([^"]+)"', reply.text)


def choice(page_: Any, nth: int = 0, **fields: str) -> dict[str, str]:
    return {"do": "promise", "means": "phone", "slot": offered(page_)[nth], **fields}


@pytest.mark.parametrize(("score", "agents", "is_offered"), [("3", 1, True), ("9", 1, False), ("3", 0, False)])
def test_only_the_unhappy_are_asked_and_only_where_somebody_can_call(
    client: FlaskClient, score: str, agents: int, is_offered: bool
) -> None:
    house = House(client.application)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "callback_team": {**TEAM, **ALWAYS, "agents": agents}}
    house.survey(questions=[NPS])
    house.customer()
    link = house.link(house.invite())
    fields = {"_page": "0", "nps": score}
    thanks = client.post(link, data=fields)
    assert (thanks.status_code, state(thanks)) == (200, "completed")
    found = re.search(r'action="(/callback/[\w-]{44})"', thanks.text)
    assert bool(found) is is_offered
    if found:
        assert client.get(found[1]).status_code == 200  # though the alert job has not run yet
        assert "nous recontacter" not in said(thanks)


def test_opening_it_changes_nothing_and_shows_nobody(client: FlaskClient, house: House, page: str) -> None:
    before = house.dump()
    for method in ("GET", "HEAD"):
        reply = client.open(f"{page}?do=decline&slot=x", method=method)
        assert reply.status_code == 200
    assert house.dump() == before
    reply = client.get(page)
    assert (state(reply), len(offered(reply))) == ("open", 9)
    for hidden in ("ada@example.test", "example.test", "612345678", "Ada"):
        assert hidden not in without_tokens(reply.text)
    assert len(reply.data) < 20_000
    assert "Set-Cookie" not in reply.headers


def test_a_mail_needs_no_time_and_a_call_does(client: FlaskClient, house: House, ada: Customer, page: str) -> None:
    first = client.get(page)
    assert "Par e-mail, pas besoin de choisir" in said(first)
    assert 'name="slot" value="' in first.text
    assert not re.search(r'name="slot"[^>]* required', first.text)
    assert client.post(page, data={"do": "promise", "means": "phone"}).status_code == 422
    assert ada.promises == []
    reply = client.post(page, data={"do": "promise", "means": "email"})
    assert (reply.status_code, state(reply)) == (200, "promised")
    assert "nous vous écrivons" in said(reply)
    assert time_text(ada.promises[0].starts_at).replace(".000000", "") == offered(first)[0]


def test_a_choice_becomes_a_promise_that_the_page_tells(
    client: FlaskClient, house: House, ada: Customer, page: str
) -> None:
    reply = client.post(page, data=choice(client.get(page)))
    assert (reply.status_code, state(reply)) == (200, "promised")
    assert "C’est noté : nous vous appelons" in said(reply)
    assert [one.status for one in ada.promises] == ["made"]
    again = client.post(page, data=choice(client.get(page), 2, means="email"))
    assert "nous vous écrivons" in said(again)
    assert sorted(one.status for one in ada.promises) == ["cancelled", "made"]
    gone = client.post(page, data={"do": "decline"})
    assert (gone.status_code, state(gone)) == (200, "declined")
    assert sum(taken for taken, _ in slots(house).values()) == 0


def test_who_comes_a_moment_too_late_is_told_so_and_shown_other_times(
    client: FlaskClient, house: House, page: str
) -> None:
    wanted = choice(client.get(page))
    for name in ("bea", "cid"):
        other = Customer.complain(house, name, now=house.now)
        other.choose(datetime.fromisoformat(wanted["slot"]), house.now)
    reply = client.post(page, data=wanted)
    assert reply.status_code == 409
    assert "Ce moment vient d’être pris." in said(reply)
    assert wanted["slot"] not in offered(reply)


MEANINGLESS: tuple[dict[str, str], ...] = (
    {},
    {"do": "everything"},
    {"do": "promise"},
    {"do": "promise", "means": "pigeon", "slot": "SLOT"},
    {"do": "promise", "means": "store", "slot": "SLOT"},
    {"do": "promise", "means": "phone"},
    {"do": "promise", "means": "phone", "slot": "tomorrow"},
    {"do": "promise", "means": "phone", "slot": "2026-13-01T00:00:00Z"},
    {"do": "promise", "means": "phone", "slot": "2020-01-01T00:00:00"},
    {"do": "promise", "means": "phone", "slot": "SLOT", "number": "call me"},
)


def test_what_cannot_be_meant_changes_nothing(client: FlaskClient, house: House, page: str) -> None:
    slot = offered(client.get(page))[0]
    before = house.dump()
    for form in MEANINGLESS:
        reply = client.post(page, data={key: value.replace("SLOT", slot) for key, value in form.items()})
        assert reply.status_code == 422, form
        assert 'role="alert"' in reply.text
    assert house.dump() == before


def test_a_time_that_was_never_offered_is_not_promised(client: FlaskClient, house: House, page: str) -> None:
    for slot in (
        "2020-01-06T10:00:00Z",
        "9999-01-01T00:00:00Z",
        "2026-01-01T00:00:01+23:59",
        "0001-01-01T00:00:00+23:00",
    ):
        reply = client.post(page, data={"do": "promise", "means": "phone", "slot": slot})
        assert reply.status_code == 409, slot
    assert house.rows(Promise) == []


def test_a_number_is_asked_for_where_none_is_known(client: FlaskClient, house: House) -> None:
    bea = Customer.complain(house, "bea", now=house.now, phone=None)
    page = house.link(bea.invitation_id, "callback")
    shown = client.get(page)
    assert 'name="number"' in shown.text
    refused = client.post(page, data=choice(shown))
    assert (refused.status_code, 'aria-invalid="true"' in refused.text) == (422, True)
    assert client.post(page, data=choice(shown, number="06 12 34 56 78")).status_code == 200
    assert [one.phone for one in house.rows(Person)] == ["+33612345678"]


def test_a_link_that_is_altered_or_of_another_purpose_or_of_somebody_happy_leads_nowhere(
    client: FlaskClient, house: House, ada: Customer, page: str
) -> None:
    house.customer("eve")
    happy = house.invite("eve", "post_delivery")
    token = page.removeprefix("/callback/")
    others = [
        one_letter_off(token),
        make_token(house.secret, "survey", ada.invitation_id),
        make_token(house.secret, "callback", UUID(int=7)),
        make_token(house.secret, "callback", happy),
    ]
    unknown = client.get("/callback/" + others[2])
    for other in others:
        for reply in (client.get(f"/callback/{other}"), client.post(f"/callback/{other}", data={"do": "decline"})):
            assert (reply.status_code, reply.text) == (404, unknown.text)
    assert house.rows(Promise) == []


def test_a_link_that_is_over_says_so_kindly(client: FlaskClient, house: House, ada: Customer, page: str) -> None:
    wanted = choice(client.get(page))
    ada.call(house.now)
    ada.resolve(house.now)
    for reply in (client.get(page), client.post(page, data=wanted)):
        assert (reply.status_code, state(reply)) == (410, "closed")
    assert "L’équipe ne s’en occupe plus" in said(client.get(page))
    bea = Customer.complain(house, "bea", now=house.now)
    with house.writing() as session:
        session.query(Invitation).update({"expires_at": house.now - timedelta(seconds=1)})
    assert "Ce lien n’est plus valable" in said(client.get(house.link(bea.invitation_id, "callback")))
    assert house.rows(Promise) == []


def test_the_page_says_what_is_true_of_a_call_before_its_time_and_of_a_number(
    client: FlaskClient, house: House, ada: Customer, page: str
) -> None:
    ada.choose(ada.offered(house.now)[-1], house.now)
    ada.call(house.now)  # though it was promised for later
    reply = client.get(page)
    assert (state(reply), "Nous avons déjà cherché à vous joindre." in said(reply)) == ("kept", True)
    bea = Customer.complain(house, "bea", now=house.now, phone=None)
    asked = said(client.get(house.link(bea.invitation_id, "callback")))
    assert "Nous l’ajoutons à vos coordonnées" in asked  # where whoever reads the customers finds it


def test_english_customers_read_english(client: FlaskClient, house: House) -> None:
    bea = Customer.complain(house, "bea", now=house.now, locale="en-GB")
    page = house.link(bea.invitation_id, "callback")
    reply = client.post(page, data=choice(client.get(page)))
    assert re.search(r"Noted: we will call you on \w+day \d+ \w+ between \d+ (am|pm) and \d+ (am|pm)", said(reply))


def test_it_is_there_before_the_alert_is(client: FlaskClient, house: House) -> None:
    bea = Customer.complain(house, "bea", now=house.now, alerted=False)
    page = house.link(bea.invitation_id, "callback")
    client.post(page, data=choice(client.get(page)))
    open_alerts(house, house.now)
    assert bea.history() == ["opened", "promised"]


def test_six_questions_stay_six(client: FlaskClient) -> None:
    """The callback is no question of the survey: nothing of it is asked, counted or stored as an answer."""
    house = company(client.application, datetime.now(UTC), **ALWAYS)
    house.survey(questions=[NPS])
    house.customer("dee")
    seen = answer(client, house.link(house.invite("dee")), {"nps": "2"})
    assert seen == [["nps"]]


def test_machines_read_what_was_promised_and_how_the_word_is_kept(
    client: FlaskClient, house: House, ada: Customer, page: str
) -> None:
    client.post(page, data=choice(client.get(page)))
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    [alert] = client.get("/api/v1/alerts", headers=bearer).json["data"]
    assert (alert["promise"]["status"], alert["promise"]["means"]) == ("made", "phone")
    assert alert["promise"]["ends_at"] == alert["due_at"]
    assert [line["action"] for line in alert["history"]] == ["opened", "promised"]
    client.post(page, data={"do": "decline"})
    [alert] = client.get("/api/v1/alerts", headers=bearer).json["data"]
    assert (alert["promise"]["status"], alert["no_call"]) == ("declined", "declined")
    figures = client.get("/api/v1/metrics/promises", headers=bearer).json
    assert (figures["due"], figures["kept"], figures["share"]) == (0, 0, None)
    wish = client.get("/api/v1/responses", headers=bearer).json["data"][0]["callback_wish"]
    assert wish == {"how": "none"}
