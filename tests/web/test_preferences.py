"""The preference centre: what each form changes, what the page says then, and what it never does."""

from __future__ import annotations

import html as markup
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.altered import one_letter_off
from tests.builders import BUYS_FOR, NO_RESTS, NPS, WHY, House, answer
from vocapp.domain.links import make_token
from vocapp.models import Change, Consent, Contact, Customer, Invitation, LedgerEntry
from vocapp.web import limits


@pytest.fixture
def house(client: FlaskClient) -> House:
    house = House(client.application, policy=NO_RESTS)
    house.survey(title={"fr": "Votre livraison", "en": "Your delivery"})
    house.survey("support", title={"fr": "Votre échange avec nous", "en": "Your contact with us"})
    house.customer(phone="+33612345678", timezone="Europe/Paris")
    return house


@pytest.fixture
def mail(house: House) -> UUID:
    return house.invite(channel="email")


@pytest.fixture
def page(house: House, mail: UUID) -> str:
    return house.link(mail, "preferences")


def said(reply: Any) -> str:
    """The page's words, without its tags."""
    main = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", reply.text, flags=re.DOTALL)
    return " ".join(markup.unescape(re.sub(r"<[^>]+>", " ", main)).replace("\u202f", " ").split())


def state(reply: Any) -> str:
    return re.search(r'data-state="(\w+)"', reply.text)[1]


def contact_of(house: House) -> Contact:
    return house.rows(Contact)[0]


def test_opening_it_changes_nothing_whoever_opens_it(client: FlaskClient, house: House, page: str) -> None:
    before = house.dump()
    for _ in range(3):
        for method in ("GET", "HEAD"):
            for path in (page, f"{page}?do=stop&frequency=monthly", f"{page}/data.json"):
                assert client.open(path, method=method).status_code == 200
    assert house.dump() == before


def test_it_says_how_it_stands_and_shows_no_address(client: FlaskClient, page: str) -> None:
    reply = client.get(page)
    assert (reply.status_code, state(reply)) == (200, "open")
    assert "Maison X peut vous demander votre avis : 2 messages par semaine au plus." in said(reply)
    for hidden in ("ada@example.test", "a***", "example.test", "612345678"):
        assert hidden not in reply.text
    assert len(reply.data) < 30_000


def test_it_is_sent_with_the_headers_of_the_survey_pages(client: FlaskClient, page: str) -> None:
    for path in (page, f"{page}/data.json"):
        headers = client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize("given", [{"for": "P1M"}, {"until": "tomorrow"}])
def test_a_pause_holds_until_its_day(client: FlaskClient, house: House, page: str, given: dict[str, str]) -> None:
    tomorrow = (house.now + timedelta(days=2)).date().isoformat()
    given = {key: value.replace("tomorrow", tomorrow) for key, value in given.items()}
    [planned] = house.rows(Invitation)
    reply = client.post(page, data={"do": "pause", **given})
    assert (reply.status_code, state(reply)) == (200, "paused")
    assert "C’est noté : pause jusqu’au" in said(reply)
    until = contact_of(house).paused_until
    assert until is not None
    if "until" in given:
        assert until.isoformat()[:16] in {f"{tomorrow}T00:00", *_midnights(tomorrow)}
    assert (house.invitation(planned.id).status, house.invitation(planned.id).reason) == ("suppressed", "paused")
    assert house.rows(LedgerEntry) == []
    assert house.invitation(house.invite(channel="email")).reason == "paused"
    profile = profile_of(client, house)
    assert profile["contact"]["reason"] == "paused"
    assert profile["contact"]["paused_until"] is not None


def test_a_pause_ended_early_releases_nothing(client: FlaskClient, house: House, mail: UUID, page: str) -> None:
    client.post(page, data={"do": "pause", "for": "P14D"})
    reply = client.post(page, data={"do": "resume"})
    assert state(reply) == "open"
    assert "votre pause est terminée" in said(reply)
    assert house.invitation(mail).status == "suppressed"
    assert profile_of(client, house)["contact"]["paused_until"] is None
    assert house.invitation(house.invite(channel="email")).status == "scheduled"


@pytest.mark.parametrize("until", ["", "hier", "2020-01-01", "9999-12-31", "2026-13-01", "\0", "٢٠٢٧-٠١-٠١"])
def test_a_day_that_is_none_is_told_beside_the_field(client: FlaskClient, house: House, page: str, until: str) -> None:
    before = house.dump()
    reply = client.post(page, data={"do": "pause", "until": until})
    assert reply.status_code == 422
    assert 'aria-invalid="true"' in reply.text
    assert "Indiquez une date à partir de demain" in said(reply)
    assert house.dump() == before


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "everything"},
        {"do": "pause", "for": "P9Y"},
        {"do": "frequency", "frequency": "daily"},
        {"do": "subjects"},
        {"do": "subjects", "shown": "nobody's"},
        {"do": "subjects", "shown": "delivery", "subject": "nobody's"},
        {"do": "language", "language": "tlh"},
    ],
)
def test_what_cannot_be_meant_changes_nothing(
    client: FlaskClient, house: House, page: str, form: dict[str, str]
) -> None:
    before = house.dump()
    reply = client.post(page, data=form)
    assert reply.status_code == 422
    assert "rien n’a été changé" in said(reply)
    assert house.dump() == before


def test_less_often_is_the_policys_own_business(client: FlaskClient, house: House, page: str) -> None:
    reply = client.post(page, data={"do": "frequency", "frequency": "monthly"})
    assert (reply.status_code, state(reply)) == (200, "open")
    assert "une fois par mois au plus" in said(reply)
    assert profile_of(client, house)["contact"]["frequency"] == "monthly"
    assert house.invitation(house.invite(channel="email")).reason == "own_limit"
    assert 'value="monthly" checked' in client.get(page).text
    client.post(page, data={"do": "frequency", "frequency": "usual"})
    assert profile_of(client, house)["contact"]["frequency"] == "usual"
    assert house.invitation(house.invite(channel="email")).status == "scheduled"


def test_a_refused_subject_is_a_consent_withdrawn_and_can_be_given_again(
    client: FlaskClient, house: House, mail: UUID, page: str
) -> None:
    shown = {"do": "subjects", "shown": ["delivery", "support"]}
    reply = client.post(page, data={**shown, "subject": ["support"]})
    assert reply.status_code == 200
    assert (house.invitation(mail).status, house.invitation(mail).reason) == ("suppressed", "kind_refused")
    assert house.invitation(house.invite()).reason == "kind_refused"
    assert house.invitation(house.invite(survey="support")).status == "sent"
    client.post(page, data={**shown, "subject": ["support"]})  # the same again
    client.post(page, data={**shown, "subject": ["support", "delivery"]})
    assert [(one.purpose, one.granted, one.source, one.text_version) for one in house.rows(Consent)] == [
        ("surveys", True, "checkout", None),
        ("surveys:delivery", False, "preferences", "preferences/2026-11/fr#subjects"),
        ("surveys:delivery", True, "preferences", "preferences/2026-11/fr#subjects"),
    ]
    assert len(house.rows(Change, Change.stream == "consents")) == 3
    assert house.invitation(house.invite(channel="email")).status == "scheduled"


def test_who_keeps_no_subject_has_left(client: FlaskClient, house: House, page: str) -> None:
    reply = client.post(page, data={"do": "subjects", "shown": ["delivery", "support"]})
    assert state(reply) == "stopped"
    assert profile_of(client, house)["contact"]["reason"] == "unsubscribed"


def test_a_subject_published_meanwhile_is_not_refused_unseen(client: FlaskClient, house: House, page: str) -> None:
    house.survey("visit")
    client.post(page, data={"do": "subjects", "shown": ["delivery", "support"], "subject": ["support"]})
    assert house.invitation(house.invite(survey="visit")).status == "sent"


def test_the_language_chosen_outlives_what_other_systems_say(
    client: FlaskClient, house: House, mail: UUID, page: str
) -> None:
    reply = client.post(page, data={"do": "language", "language": "en"})
    assert "From now on we will write to you in English." in said(reply)
    assert '<html lang="en"' in reply.text
    assert house.invitation(mail).language == "en"
    assert profile_of(client, house)["locale"] == "en"
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    assert client.put("/api/v1/customers/ada", json={"locale": "fr-FR"}, headers=bearer).status_code == 200
    assert house.invitation(house.invite(channel="email")).language == "en"
    assert "Your preferences" in said(client.get(page))


def test_leaving_and_coming_back_are_both_on_record(client: FlaskClient, house: House, mail: UUID, page: str) -> None:
    reply = client.post(page, data={"do": "stop"})
    assert (reply.status_code, state(reply)) == (200, "stopped")
    assert "vous ne recevrez plus nos demandes d’avis" in said(reply)
    assert house.invitation(mail).status == "cancelled"
    assert profile_of(client, house)["contact"]["unsubscribed_at"] is not None
    assert "J’accepte de recevoir vos demandes d’avis" in client.get(page).text
    reply = client.post(page, data={"do": "back"})
    assert state(reply) == "open"
    client.post(page, data={"do": "back"})  # the same again
    assert profile_of(client, house)["contact"] | {"next_allowed_at": None} == {
        "allowed": True,
        "reason": None,
        "next_allowed_at": None,
        "sent_last_7_days": 0,
        "paused_until": None,
        "unsubscribed_at": None,
        "frequency": "usual",
    }
    assert house.invitation(mail).status == "cancelled"
    assert house.invitation(house.invite(channel="email")).status == "scheduled"
    assert [(one.granted, one.source) for one in house.rows(Consent)] == [
        (True, "checkout"),
        (False, "preferences"),
        (True, "preferences"),
    ]


def test_who_was_unsubscribed_by_one_click_can_come_back_here(
    client: FlaskClient, house: House, mail: UUID, page: str
) -> None:
    done = client.post(house.link(mail, "unsubscribe"), data={"List-Unsubscribe": "One-Click"})
    assert f'href="{page}"' in done.text
    assert state(client.get(page)) == "stopped"
    client.post(page, data={"do": "back"})
    assert state(client.get(page)) == "open"


def test_a_bounce_is_not_undone_by_coming_back(client: FlaskClient, house: House, page: str) -> None:
    with house.writing() as session:
        contact = session.get(Contact, (house.id, contact_of(house).key))
        contact.suppressed_at, contact.suppressed_reason = house.now, "bounce"
    assert state(client.post(page, data={"do": "back"})) == "undeliverable"
    assert house.invitation(house.invite(channel="email")).reason == "suppressed_bounce"


def test_wishes_go_along_to_a_new_address(client: FlaskClient, house: House, page: str) -> None:
    client.post(page, data={"do": "pause", "for": "P3M"})
    client.post(page, data={"do": "frequency", "frequency": "quarterly"})
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    client.put("/api/v1/customers/ada", json={"email": "ada@elsewhere.test"}, headers=bearer)
    contact = profile_of(client, house)["contact"]
    assert (contact["reason"], contact["frequency"]) == ("paused", "quarterly")
    assert house.invitation(house.invite(channel="email")).reason == "paused"


def test_why_names_the_event_the_survey_the_mail_and_the_right(client: FlaskClient, house: House) -> None:
    house.place("lyon")
    house.survey("support", trigger={"event": "support.closed"})
    [customer] = house.rows(Customer)
    [invitation_id] = house.decide(house.event(customer.id, "e1", place="lyon"))
    house.work("InvitationDue")
    text = said(client.get(house.link(invitation_id, "preferences")))
    assert "À la suite de la livraison de votre commande (Lyon), le" in text
    assert "L’enquête Votre livraison" in text
    assert "Envoyé par e-mail le" in text
    assert "Votre accord, donné le" in text
    assert "(origine : lors d’une commande)" in text


@pytest.mark.parametrize(
    ("basis", "words"),
    [("legitimate_interest", "L’intérêt légitime de Maison X"), ("contract", "Le contrat qui vous lie à Maison X")],
)
def test_another_legal_basis_is_named(client: FlaskClient, basis: str, words: str) -> None:
    house = House(client.application, policy={"legal_bases": {"surveys": basis}})
    house.survey()
    house.customer(consent=None)
    assert words in said(client.get(house.link(house.invite(), "preferences")))


def test_my_data_hold_what_was_said_and_known_and_no_address_or_id(client: FlaskClient, house: House) -> None:
    house.survey("whole", questions=[NPS, WHY, BUYS_FOR])
    house.customer("bob", first_name="Bob", attributes={"note": "bob@example.test", "line": "0612345678", "size": 42})
    house.customer("eve", first_name="Eve", attributes={"secret": "of eve"})
    link = house.invite(
        "bob",
        "whole",
        agent="agent-77",
        properties={"order": "40612345678", "agent_name": "Maya", "vendeur": "Zoé", "reach": "+33 6 12 34 56 78"},
    )
    answer(client, house.link(link), {"nps": "3", "why": "bob@example.test, 06.12.34.56.78", "buys_for": "gift"})
    page = house.link(link, "preferences")
    reply = client.get(f"{page}/data.json")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="mes-donnees.json"'
    data = reply.json
    assert data["profile"]["first_name"] == "Bob"
    assert (data["value"]["stage"], data["value"]["orders"]) == ("prospect", 0)
    attributes = {one["key"]: (one["value"], one["source"]) for one in data["profile"]["attributes"]}
    assert attributes["size"] == (42, "crm")
    assert attributes["buys_for"] == ("gift", "your answers")
    [given] = data["answers"]
    assert {one["question"]: one["in_words"] for one in given["answers"]}["buys_for"] == "Pour offrir"
    assert data["consents"][0]["purpose"] == "surveys"
    assert data["messages"][0]["status"] == "sent"
    shown = said(client.get(page))
    assert "Pour qui achetez-vous ? Pour offrir" in shown
    for text in (reply.text, client.get(page).text):
        assert "bob@example.test" not in text
        assert "of eve" not in text
        assert not re.search(r"(?<!4)06.?12.?34|6 12 34", text)
        for hidden in (link, *(one.id for one in house.rows(Customer)), "agent-77", "Maya", "Zoé"):
            assert str(hidden) not in text


def test_hostile_data_are_only_text(client: FlaskClient, house: House, mail: UUID, page: str) -> None:
    evil = "<script>alert(1)</script>'\"{{7*7}}"
    [customer] = house.rows(Customer)
    house.attribute(customer.id, "evil", evil)
    with house.writing() as session:
        session.get(Customer, (house.id, customer.id)).first_name = evil
    text = client.get(page).text
    assert "<script" not in text
    assert markup.escape(evil).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text


def test_a_long_life_still_fits_on_a_weak_phone(client: FlaskClient, house: House, mail: UUID, page: str) -> None:
    [customer] = house.rows(Customer)
    for number in range(30):
        house.attribute(customer.id, f"attribute_{number}", "w" * 1000)
        house.consent(customer.id, granted=True, at=house.now - timedelta(days=number + 1))
    for number in range(10):
        house.survey(f"s{number}", title={"fr": f"Le sujet numéro {number}", "en": f"Subject number {number}"})
    reply = client.get(page)
    assert len(reply.data) < 30_000
    assert "Le fichier en contient" in said(reply)


def test_unknown_altered_and_erased_are_one_and_the_same(
    client: FlaskClient, house: House, mail: UUID, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST", 100_000)
    token = page.removeprefix("/preferences/")
    unknown = client.get("/preferences/" + make_token(house.secret, "preferences", UUID(int=7)))
    assert unknown.status_code == 404
    altered = [
        one_letter_off(token),
        token[:20],
        token + "A",
        make_token(house.secret, "unsubscribe", mail),
        "%00" * 44,
    ]
    house.customer("bob")
    gone = house.invite("bob", survey="support")
    assert client.get(house.link(gone, "preferences")).status_code == 200
    erased = house.link(gone, "preferences").removeprefix("/preferences/")
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    assert client.delete("/api/v1/customers/bob", headers=bearer).status_code in {202, 204}
    for one in [*altered, erased]:
        for reply in (
            client.get(f"/preferences/{one}"),
            client.post(f"/preferences/{one}", data={"do": "stop"}),
            client.get(f"/preferences/{one}/data.json"),
        ):
            assert (reply.status_code, reply.data) == (404, unknown.data), one
    assert contact_of(house).unsubscribed_at is None


def test_links_to_it_stand_in_the_mail_on_the_thanks_and_on_the_way_out(
    client: FlaskClient, house: House, mail: UUID, page: str
) -> None:
    house.work("InvitationDue")
    [sent] = house.mailer.sent
    url = f"http://vocapp.test{page}"
    assert sent.text.index("/s/") < sent.text.index(url)
    assert url in sent.text.splitlines()
    assert f'href="{url}"' in sent.html
    assert "/preferences/" not in sent.headers["List-Unsubscribe"]
    assert f'href="{page}"' in client.get(house.link(mail, "unsubscribe")).text
    thanks = client.post(house.link(mail), data={"_page": "0", "nps": "9"})
    assert 'data-state="completed"' in thanks.text
    assert f'href="{page}"' in thanks.text


def profile_of(client: FlaskClient, house: House) -> dict[str, Any]:
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    return client.get("/api/v1/customers/ada", headers=bearer).json


def _midnights(day: str) -> set[str]:
    """Midnight in Paris, in UTC, in summer and winter."""
    from datetime import date

    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    return {f"{before}T22:00", f"{before}T23:00"}
