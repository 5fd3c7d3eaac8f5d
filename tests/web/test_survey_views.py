"""What a person's links open: nothing changes by looking, and every link that is no good says so kindly."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.altered import one_letter_off
from tests.builders import BUYS_FOR, NPS, WHY, House, Page, answer
from vocapp.domain.links import make_token
from vocapp.models import Alert, Consent, Contact, Customer, Invitation, Response, new_id
from vocapp.services import unsubscribing
from vocapp.services.withdrawing import withdraw_invitations

NEWS = {
    "key": "news",
    "type": "consent",
    "text": {"fr": "M’écrire aussi pour les nouveautés", "en": "Write to me about news, too"},
}


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def start(house: House, **survey: object) -> str:
    house.survey(**survey)
    house.customer()
    return house.link(house.invite())


# ── looking changes nothing


@pytest.mark.both_databases
def test_a_scanner_that_opens_every_link_answers_nothing(house: House, client: FlaskClient) -> None:
    path = start(house, questions=[NPS, WHY])
    invitation_id = house.rows(Invitation)[0].id
    unsubscribe = house.link(invitation_id, "unsubscribe")
    before = house.dump()
    for number in range(100):
        link = f"{path}?nps={number % 11}"
        assert client.get(link).status_code == client.head(link).status_code == 200
    for _ in range(3):
        assert client.get(unsubscribe).status_code == client.head(unsubscribe).status_code == 200
    # a bot that posts the unsubscribe page without what a mail program or the page's button sends
    assert client.post(unsubscribe).status_code == 200
    assert house.dump() == before
    assert answer(client, f"{path}?nps=3", {"nps": "7"}) == [["nps"], ["why"]]
    house.work()
    assert [response.answers for response in house.rows(Response)] == [{"nps": 7}]
    assert house.rows(Alert) == []


def test_a_score_in_the_link_is_proposed_and_nothing_more(house: House, client: FlaskClient) -> None:
    path = start(house, layout="page", questions=[NPS, BUYS_FOR, NEWS])
    page = Page(client.get(f"{path}?nps=3&buys_for=gift&news=yes").text)
    assert sorted(page.checked) == [("buys_for", "gift"), ("nps", "3")]  # nobody consents by following a link
    assert Page(client.get(f"{path}?nps=11&nps=x&buys_for=other&unheard=1").text).checked == []


# ── links that are no good


def test_every_link_that_we_did_not_make_gets_the_same_404(house: House, client: FlaskClient) -> None:
    path = start(house)
    invitation_id = house.rows(Invitation)[0].id
    token = path.rpartition("/")[2]
    flipped = [one_letter_off(token, at) for at in range(0, len(token), 3)]
    strangers = [
        *flipped,
        token[:-1],
        token[:20],
        token + "A",
        "x",
        "é" * 44,
        house.link(invitation_id, "unsubscribe").rpartition("/")[2],
        make_token(house.secret, "preferences", invitation_id),
        make_token(b"another secret", "survey", invitation_id),
        make_token(house.secret, "survey", new_id()),  # rightly made, and of nothing that is there
    ]
    before = house.dump()
    answers = {client.get(f"/s/{one}").text for one in strangers}
    answers |= {client.post(f"/s/{one}", data={"_page": "0", "nps": "1"}).text for one in strangers}
    assert len(answers) == 1
    assert {client.get(f"/s/{one}").status_code for one in strangers} == {404}
    unsubscribe = house.link(invitation_id, "unsubscribe").rpartition("/")[2]
    for one in (token, unsubscribe[:-1], make_token(house.secret, "unsubscribe", new_id())):
        form = {"List-Unsubscribe": "One-Click"}
        assert client.get(f"/unsubscribe/{one}").status_code == 404
        assert client.post(f"/unsubscribe/{one}", data=form).status_code == 404
    assert house.dump() == before
    [page] = answers
    assert "ada" not in page.lower()
    assert client.get("/s/x").headers["Referrer-Policy"] == "no-referrer"


def test_what_is_used_expired_or_withdrawn_is_gone_with_a_word_of_its_own(house: House, client: FlaskClient) -> None:
    house.survey()
    paths = {}
    for name in ("used", "expired", "withdrawn"):
        house.customer(name)
        paths[name] = house.link(house.invite(name))
    answer(client, paths["used"], {"nps": "9"})
    customers = {one.external_id: one.id for one in house.rows(Customer)}
    with house.writing() as session:
        for one in session.query(Invitation).filter_by(customer_id=customers["expired"]):
            one.expires_at = house.now - timedelta(seconds=1)
        withdraw_invitations(
            workspace_id=house.id, customer_ids=[customers["withdrawn"]], reason="unsubscribed", now=house.now
        )
    before = house.dump()
    texts = {}
    for name, path in paths.items():
        seen = client.get(path)
        assert seen.status_code == client.head(path).status_code == 410
        assert client.post(path, data={"_page": "0", "nps": "1"}).status_code == 410
        assert Page(seen.text).fields == []
        assert name not in seen.text  # the customer's id
        texts[name] = seen.text
    assert "Vous avez déjà répondu" in texts["used"]
    assert len(set(texts.values())) == 3
    [own] = re.findall(r'href="(/preferences/[^"]+)"', texts["used"])
    assert client.get(own).status_code == 200  # who has answered finds what is theirs
    assert "/preferences/" not in texts["expired"] + texts["withdrawn"]
    assert house.dump() == before


# ── what is sent


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"nps": "11"}, 'id="q-nps-error"'),
    ({"nps": "-1"}, 'id="q-nps-error"'),
    ({"nps": "7.5"}, 'id="q-nps-error"'),
    ({"nps": "sept"}, 'id="q-nps-error"'),
    ({"nps": ""}, 'id="q-nps-error"'),
    ({"nps": ["7", "8"]}, 'id="q-nps-error"'),
    ({"nps": "\u0667"}, 'id="q-nps-error"'),
    ({}, 'id="q-nps-error"'),
    ({"nps": "7", "buys_for": "everyone"}, 'id="q-buys_for-error"'),
    ({"nps": "7", "why": "a\0b"}, 'id="q-why-error"'),
    ({"nps": "7", "why": "x" * 5001}, 'id="q-why-error"'),
    ({"nps": "7", "customer_id": "x"}, "champ inconnu"),
    ({"nps": "7", "score": "10", "workspace_id": "2"}, "champ inconnu"),
]


def test_what_cannot_be_taken_is_said_beside_its_field_and_nothing_is_stored(house: House, client: FlaskClient) -> None:
    path = start(house, layout="page", questions=[NPS, BUYS_FOR, WHY])
    before = house.dump()
    for fields, says in REFUSED:
        reply = client.post(path, data={"_page": "0", **fields})
        assert reply.status_code == 422, fields
        assert says in reply.text, fields
    assert house.dump() == before
    assert answer(client, path, {"nps": "7"}) == [["nps", "buys_for", "why"]]


def test_a_page_that_was_never_asked_is_the_one_the_person_is_on(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, WHY])
    for number, page in enumerate(["99", "-1", "x", "", "1" * 5000]):
        house.customer(f"c{number}")
        path = house.link(house.invite(f"c{number}"))
        assert client.get(f"{path}?page={page}").status_code == 200
        assert client.post(path, data={"_page": page, "nps": "7"}).status_code == 200
    assert [response.answers for response in house.rows(Response)] == [{"nps": 7}] * 5


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"data": {}, "content_type": "application/x-www-form-urlencoded"}, 422),
        ({"data": {"buys_for": "gift"}}, 422),
        ({"json": {}}, 415),
        ({"json": {"nps": 7}}, 415),
        ({"data": b"why=x", "content_type": "text/plain"}, 415),
        ({"data": b"why=x"}, 415),
        ({"data": {"why": "x" * 1_000_001}}, 413),
        ({"data": {"why": "x"}}, 200),
        ({"data": {"why": ""}}, 200),
        ({"data": {"_page": "0"}}, 200),
    ],
)
def test_only_a_form_of_this_page_completes_a_survey_of_optional_questions(
    house: House, client: FlaskClient, sent: dict[str, Any], status: int
) -> None:
    path = start(house, layout="page", questions=[WHY])
    before = house.dump()
    reply = client.post(path, **sent)
    assert (reply.status_code, reply.mimetype) == (status, "text/html")
    assert ("completed" in reply.text) is (status == 200)
    assert (house.dump() == before) is (status != 200)


def test_what_was_refused_stands_in_the_page_again_as_it_was_typed(house: House, client: FlaskClient) -> None:
    path = start(house, layout="page", questions=[NPS, WHY])
    reply = client.post(path, data={"_page": "0", "nps": "", "why": "<b>Tard</b>"})
    assert "&lt;b&gt;Tard&lt;/b&gt;" in reply.text


def test_the_browsers_language_does_not_decide_the_persons_does(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS])
    house.customer("tom", locale="en-GB")
    page = client.get(house.link(house.invite("tom")), headers={"Accept-Language": "fr"})
    assert 'lang="en' in page.text
    assert "Would you recommend us?" in page.text


# ── saying no


def test_one_click_unsubscribes_at_once_without_login_redirect_or_cookie(house: House, client: FlaskClient) -> None:
    path = start(house)
    invitation_id = house.rows(Invitation)[0].id
    unsubscribe = house.link(invitation_id, "unsubscribe")
    for _ in range(2):
        reply = client.post(unsubscribe, data={"List-Unsubscribe": "One-Click"})
        assert reply.status_code == 200
        assert "Location" not in reply.headers
        assert "Set-Cookie" not in reply.headers
    assert [contact.unsubscribed_at is not None for contact in house.rows(Contact)] == [True]
    assert [(one.granted, one.source) for one in house.rows(Consent)][1:] == [(False, "unsubscribe")]
    assert client.get(path).status_code == 410
    assert house.invitation(house.invite(channel="link")).reason == "unsubscribed"


def test_the_unsubscribe_link_never_expires(house: House, client: FlaskClient) -> None:
    start(house)
    with house.writing() as session:
        for one in session.query(Invitation):
            one.expires_at = house.now - timedelta(days=1000)
    link = house.link(house.rows(Invitation)[0].id, "unsubscribe")
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert house.rows(Customer)[0].unsubscribed_at is not None


def test_the_button_of_the_page_does_the_same(house: House, client: FlaskClient) -> None:
    start(house)
    link = house.link(house.rows(Invitation)[0].id, "unsubscribe")
    page = Page(client.get(link).text)
    assert client.post(link, data=page.hidden).status_code == 200
    assert house.rows(Customer)[0].unsubscribed_at is not None


def test_who_says_no_while_under_way_keeps_what_they_said(house: House, client: FlaskClient) -> None:
    path = start(house, questions=[NPS, WHY])
    client.post(path, data={"_page": "0", "nps": "7"})
    with house.writing():
        unsubscribing.unsubscribe(invitation_id=house.rows(Invitation)[0].id, now=house.now)
    assert client.post(path, data={"_page": "1", "why": "x"}).status_code == 410
    assert [response.answers for response in house.rows(Response)] == [{"nps": 7}]


def test_guesses_are_counted_and_then_refused_but_a_right_link_never_is(house: House, client: FlaskClient) -> None:
    path = start(house)
    replies = [client.get(f"/s/guess{number}").status_code for number in range(130)]
    assert replies[:100] == [404] * 100
    assert replies[-1] == 429
    assert client.get(path).status_code == 200


# ── the database


@pytest.mark.parametrize(
    "trouble", [OperationalError("select 1", {}, Exception("gone")), PoolTimeout("every connection is taken")]
)
def test_a_database_that_gives_no_connection_is_a_503_to_try_again(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    path = start(house)

    def away(**_: Any) -> None:
        raise trouble

    monkeypatch.setattr("vocapp.services.responding.open_sitting", away)
    for page in (client.get(path), client.post(path, data={"_page": "0", "nps": "1"})):
        assert (page.status_code, page.mimetype) == (503, "text/html")
        assert page.headers["Retry-After"]
