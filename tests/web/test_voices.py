"""How a brand speaks: « tu » or « vous » from the mail to the preferences, and an owner who says so in the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import House
from tests.rig.passwords import make_passwords_cheap
from tests.web.branded import app, house, owner, set_look, settings_of
from tests.web.standing import PASSWORD, csrf_of, log_in
from vocapp.domain.languages import says_vous
from vocapp.domain.voice import Voice, flaw_of, gaps
from vocapp.models import Invitation, Response
from vocapp.services import staff
from vocapp.services.brands import Look
from vocapp.services.houses import House as Speaker
from vocapp.web.console.words.settings_english import SETTINGS_ENGLISH
from vocapp.web.console.words.settings_french import SETTINGS_FRENCH

__all__ = ["app", "house", "owner"]

CHOICES = [
    {"key": "self", "text": {"fr": "Vous seul", "fr-x-informal": "Juste toi", "en": "You"}},
    {"key": "gift", "text": {"fr": "Un cadeau", "en": "A gift"}},
]


def test_a_brand_that_says_tu_says_it_from_the_mail_to_the_preferences(app: Flask, house: House) -> None:
    set_look(house, "lune", Look(voice={"formality": "informal"}))
    why = {
        "key": "why",
        "type": "long_text",
        "text": {"fr": "Dites-nous", "fr-x-informal": "Dis-nous", "en": "Tell us"},
    }
    house.survey(
        "familiar",
        title={"fr": "Votre achat", "fr-x-informal": "Ton achat", "en": "Your order"},
        questions=[
            {"key": "who", "type": "single_choice", "choices": CHOICES, "text": {
                "fr": "Pour vous, {{ event.properties.shop }}\u202f?",
                "fr-x-informal": "Pour toi, {{ event.properties.shop }}\u202f?", "en": "For you?"}},
            why,
        ],
        invitation={
            "subject": {"fr": "Votre avis", "fr-x-informal": "Ton avis", "en": "Your opinion"},
            "body": {"fr": "Bonjour", "fr-x-informal": "Bonjour {{ customer.first_name }},\n\nÀ toi", "en": "Hello"},
        },
        thanks={
            "fr": "Merci {{ customer.first_name }}, et à vous revoir.",
            "fr-x-informal": "Merci {{ customer.first_name }}, et à te revoir.",
            "en": "Thank you {{ customer.first_name }}, see you.",
        },
        trigger=None,
    )  # fmt: skip
    house.customer("dan", first_name=None)
    house.invite("dan", survey="familiar", channel="email", event_id="6", place="nice")
    house.work()
    house.invite("dan", survey="familiar", channel="link", event_id="7", place="paris")
    [mail] = [one for one in house.mailer.sent if one.to_address == "dan@example.test"]
    assert (mail.subject, mail.language) == ("Ton avis", "fr")
    assert "\n\nBonjour,\n\nÀ toi\n\nPremière question :\nPour toi\u202f?\n".replace(" :", "\u00a0:") in mail.text
    assert "Juste toi" in (mail.html or "")
    assert not says_vous(mail.text)
    client = app.test_client()
    tu, vous = (next(one for one in house.rows(Invitation) if one.occasion == occasion) for occasion in "67")
    opened = client.get(house.link(tu.id)).text
    assert '<html lang="fr">' in opened
    assert "Pour toi\u202f?" in opened
    assert "Pour vous\u202f?" in client.get(house.link(vous.id)).text
    refused = client.post(house.link(tu.id), data={"_page": "0", "who": "nobody"}).text
    assert "Choisis-en une dans la liste." in refused
    assert "Dis-nous" in client.post(house.link(tu.id), data={"_page": "0", "who": "self"}).text
    thanks = client.post(house.link(tu.id), data={"_page": "1", "why": "le prix"}).text
    assert "<h1>Merci, et à te revoir.</h1>" in thanks
    [response] = [one for one in house.rows(Response) if one.survey_key == "familiar"]
    assert response.language == "fr-FR"  # theirs: in which voice they were asked is no language
    wishes = house.link(tu.id, "preferences")
    others = r"Votre livraison|J’accepte de recevoir vos"  # a survey that says « vous » only; what customers say
    for page in (opened, refused, thanks, client.get(house.link(tu.id)).text, client.get(wishes).text):
        assert not says_vous(re.sub(others, "", text_of(page)))
    assert "Ton achat" in client.get(wishes).text
    assert "Pour toi\u202f?" in client.get(wishes).text
    assert client.get(f"{wishes}/data.json").json["answers"][0]["answers"][0]["in_words"] == "Juste toi"


def text_of(page: str) -> str:
    """Return what somebody reads of a page."""
    return re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)


def test_an_owner_says_how_a_brand_speaks_and_sees_what_comes_of_it(owner: FlaskClient, house: House) -> None:
    def save(page: str, **fields: str) -> Any:
        return owner.post(f"/console/settings/{page}", data={"csrf_token": csrf_of(owner), **fields})

    for page in ("voice", "places/sol/brand"):
        refused = save(page, greeting_fr="Bonjour {{ customer.email }}", closing_en="Bye,")
        assert refused.status_code == 422
        assert 'id="greeting_fr-error"' in refused.text
        assert 'id="closing_en-error"' not in refused.text
    assert save("voice", formality="informal", signature_fr="Claire").status_code == 303
    assert save("places/sol/brand", name="Maison Sol", signature_fr="Sol, {{ brand.name }}").status_code == 303
    shown = owner.get("/console/settings/places/sol/brand").text
    frames = re.findall(r'<iframe src="([^"]+)"', shown)
    assert len(frames) == 3
    said = [owner.get(frame.replace("&amp;", "&")).text for frame in frames]
    assert "Sol, Maison Sol" in said[0]
    assert all("Maison Sol" in one for one in said)
    assert "Tes réponses" in said[1]
    assert '<option value="sol" selected>' in owner.get("/console/surveys/delivery/preview?brand=sol").text
    assert "Maison X" in owner.get("/console/surveys/delivery/preview/mail?brand=").text
    assert "Claire" in owner.get("/console/surveys/delivery/preview/mail?brand=").text
    journal = owner.get("/console/settings/journal").text
    assert "Tutoyer" in journal
    assert "Sol, {{ brand.name }}" in journal
    for page in ("voice", "places/sol/brand"):
        assert save(page).status_code == 303
    assert "brands" not in settings_of(house) or "sol" not in settings_of(house)["brands"]  # type: ignore[operator]


def test_an_owner_sees_what_a_form_would_do_before_it_is_kept(app: Flask, owner: FlaskClient, house: House) -> None:
    form = {"csrf_token": csrf_of(owner), "formality": "informal", "signature_fr": "Zoé, {{ brand.name }}"}
    for page, name in (("voice", "Maison X"), ("places/sol/brand", "Sol d’essai")):
        before, shown = settings_of(house), owner.get(f"/console/settings/{page}").text
        ways = re.findall(r'form="looks-form" formaction="([^"]+)" formtarget="(looks-[a-z0-9]+)"', shown)
        assert [target for _, target in ways] == re.findall(r'<iframe [^>]*name="([^"]+)"', shown)
        assert "Zoé" not in shown
        tried = [owner.post(way.replace("&amp;", "&"), data={**form, "name": "Sol d’essai"}) for way, _ in ways]
        assert [one.status_code for one in tried] == [200, 200, 200]
        assert f"Zoé, {name}" in tried[0].text
        assert f"Tes réponses sont transmises à {name}" in tried[1].text
        assert "sandbox" in tried[1].headers["Content-Security-Policy"]
        unfit = owner.post(ways[0][0].replace("&amp;", "&"), data={**form, "closing_fr": "{{ customer.email }}"})
        assert unfit.status_code == 422
        assert "quelque chose à corriger" in unfit.text
        assert settings_of(house) == before
        assert owner.post(ways[0][0].replace("&amp;", "&"), data={"formality": "informal"}).status_code == 400
    with house.writing(), pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        staff.create(
            workspace_id=house.id, email="eye@lune.test", password=PASSWORD, role="analyst", place=None, now=house.now
        )
    analyst = log_in(app, "eye@lune.test")
    for way in ("voice", "places/sol/brand"):
        asked = analyst.post(f"/console/settings/{way}/preview/mail", data={"csrf_token": csrf_of(analyst)})
        assert asked.status_code == 403


UNFIT = {
    "Bonjour {{ customer.email }}": "le numéro d’un client n’y ont pas leur place (customer.email)",
    "Bonjour {{ customer.frist_name }}": "customer.frist_name n’existe pas",
    "Bonjour {{ customer.attributes.title }}": "customer.attributes.title n’est pas connu de tous les messages",
    "Bonjour {{ customer.first_name | shout }}": "le filtre shout n’existe pas",
    "Bonjour {% if": "sa syntaxe Liquid est incorrecte",
    "Bonjour\u202e": "caractère de contrôle",
    "x" * 201: "une seule ligne, de 200",
}


def test_a_form_says_in_its_own_language_what_is_wrong_with_a_text(owner: FlaskClient, house: House) -> None:
    del house
    assert {flaw.code for text in UNFIT if (flaw := flaw_of("greeting", text))} | {"lines"} == set(
        SETTINGS_FRENCH["voice_whys"]
    )
    for page in ("voice", "places/sol/brand"):
        for text, why in UNFIT.items():
            form = {"csrf_token": csrf_of(owner), "greeting_fr": text, "signature_fr": "1\n2\n3\n4\n5"}
            refused = owner.post(f"/console/settings/{page}", data=form)
            assert refused.status_code == 422
            [said] = re.findall(r'<p class="error" id="greeting_fr-error">(.*?)</p>', refused.text)
            assert why in said.replace("\u00a0", " ").replace("&#39;", "'"), text
    only = owner.post(
        "/console/settings/voice", data={"csrf_token": form["csrf_token"], "signature_fr": "1\n2\n3\n4\n5"}
    )
    assert "4\u00a0lignes et 400\u00a0caractères au plus" in only.text


def test_a_form_shows_a_greeting_that_reads_well_and_warns_of_one_that_does_not(
    owner: FlaskClient, house: House
) -> None:
    bare = "Bonjour {{ customer.first_name }},"
    form = {"csrf_token": csrf_of(owner), "greeting_fr": bare}
    assert owner.post("/console/settings/voice", data=form).status_code == 303
    shown = owner.get("/console/settings/voice").text
    assert shown.count("quand une valeur manque (customer.first_name)") == 1
    owner.post("/console/settings/voice", data={"csrf_token": form["csrf_token"]})
    assert "quand une valeur manque" not in owner.get("/console/settings/voice").text
    examples = {"fr": SETTINGS_FRENCH["greeting_help"].split("\u00a0»")[0].split("«\u00a0")[1],
                "en": SETTINGS_ENGLISH["greeting_help"].split("”")[0].split("“")[1]}  # fmt: skip
    assert gaps({"greeting": examples}) == []
    named, nameless = {"customer": {"first_name": "Ada"}}, {"customer": {"first_name": None}}
    speaks = Speaker(name="Maison X", voice=Voice.read({"greeting": examples}))
    assert [speaks.say("greeting", tag, one) for tag in ("fr", "en") for one in (named, nameless)] == [
        "Bonjour Ada,", "Bonjour,", "Hello Ada,", "Hello there,",
    ]  # fmt: skip
    assert Speaker(name="X", voice=Voice.read({"greeting": {"fr": bare}})).say("greeting", "fr", nameless) == "Bonjour,"
