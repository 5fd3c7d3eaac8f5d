"""A brand speaks with its own name, colour, logo and sender, everywhere that its customers look; one ledger for all."""

from __future__ import annotations

import base64
import io
import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.altered import one_letter_off
from tests.builders import NPS, WHY, House, answer
from tests.web.branded import ACCENT, PNG, SVG, app, house, owner, set_look, settings_of
from tests.web.standing import csrf_of
from vocapp.domain.images import read_image
from vocapp.models import Invitation
from vocapp.services import brands
from vocapp.services.brands import BrandRefused, Look
from vocapp.services.senders import line_of

__all__ = ["app", "house", "owner"]


def test_a_brand_is_set_in_the_console_and_seen_by_its_customers(app: Flask, house: House, owner: FlaskClient) -> None:
    set_look(house, "group", Look(accent="#113355", sender_address="bonjour@groupe.test"))
    form = {
        "csrf_token": csrf_of(owner), "name": "Maison Lune", "accent": ACCENT, "sender_name": "Maison Lune",
        "logo": (io.BytesIO(PNG), "logo.png"),
    }  # fmt: skip
    saved = owner.post("/console/settings/places/lune/brand", data=form)
    assert saved.status_code == 303
    shown = owner.get("/console/settings/places/lune/brand").text
    assert "data:image/png;base64," in shown
    client = app.test_client()
    path = house.link(house.invite(event_id="1", place="nice"))
    survey = client.get(path)
    logo = survey.text.split('src="')[1].split('"')[0]
    assert logo.startswith("/logos/")
    assert "Maison Lune" in survey.text
    assert ACCENT in survey.text
    assert "img-src data: 'self'" in survey.headers["Content-Security-Policy"]
    image = client.get(logo)
    assert image.data == PNG
    assert image.headers["Content-Type"] == "image/png"
    assert image.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in image.headers["Cache-Control"]
    assert client.get(f"/logos/{'0' * 32}").status_code == 404
    assert client.get("/logos/..%2f").status_code == 404
    answer(client, path, {"nps": "2", "why": "inadmissible"})
    for purpose in ("preferences", "unsubscribe", "callback"):
        assert logo in client.get(house.link(_invitation(house), purpose)).text, purpose
    closed = client.get(path)
    assert (closed.status_code, "Maison Lune" in closed.text, ACCENT in closed.text) == (410, True, True)
    assert f'src="{logo}"' in closed.text
    assert "img-src data: 'self'" in closed.headers["Content-Security-Policy"]
    unknown = client.get(one_letter_off(path))
    assert (unknown.status_code, unknown.data) == (404, client.get("/s/nobody-made-this").data)
    assert "Maison" not in unknown.text
    elsewhere = client.get(house.link(house.invite(event_id="2", place="other"))).text
    assert "Maison Lune" not in elsewhere
    assert "/logos/" not in elsewhere


def _invitation(house: House) -> UUID:
    return next(one.id for one in house.rows(Invitation) if one.occasion == "1")


def test_a_mail_comes_from_the_brand_with_what_it_leaves_open_from_above(house: House) -> None:
    set_look(house, "group", Look(sender_address="bonjour@groupe.test", reply_to="ecrire@groupe.test", name="Groupe"))
    set_look(house, "sol", Look(sender_name="Maison Sol"))
    settings = settings_of(house)
    context = {brands.FROZEN: ["group", "sol"]}
    assert line_of(brands.branded(settings, context), "x@y.test") == '"Maison Sol" <bonjour@groupe.test>'
    assert brands.house_name(settings, context, "X") == "Groupe"
    assert brands.branded(settings, {"place": "other"}) is settings
    house.customer("bo")
    house.invite("bo", channel="email", event_id="3", place="paris")
    house.work()
    [mail] = [one for one in house.mailer.sent if one.to_address == "bo@example.test"]
    assert mail.sender == '"Maison Sol" <bonjour@groupe.test>'
    assert mail.headers["Reply-To"] == "ecrire@groupe.test"


def test_a_mail_shows_the_logo_without_a_trace_of_who_reads_it_and_speaks_as_the_brand_does(
    app: Flask, house: House
) -> None:
    voice = {"formality": "informal", "signature": {"fr": "Claire\n{{ brand.name }}"}, "thanks": {"fr": "Merci, toi !"}}
    with house.writing():
        url = brands.keep_logo(workspace_id=house.id, content=PNG, now=house.now)
    set_look(house, "group", Look(voice={"closing": {"fr": "À très vite,"}}))
    set_look(house, "lune", Look(name="Maison Lune", accent=ACCENT, logo_url=url, voice=voice))
    house.customer("cy")
    house.invite("cy", channel="email", event_id="4", place="nice")
    house.work()
    house.survey("no_thanks", questions=[NPS, WHY], trigger=None, thanks=None)
    house.invite("cy", survey="no_thanks", channel="link", event_id="5", place="nice")
    [mail] = [one for one in house.mailer.sent if one.to_address == "cy@example.test"]
    html = mail.html or ""
    assert re.findall(r"<img [^>]*>", html) == re.findall(
        rf'<img src="[a-z0-9:/.]+{url}" alt="Maison Lune" width="16" height="16"[^>]*>', html
    )
    assert html.count(url) == 1
    assert ACCENT in html
    assert "À très vite,\nClaire\nMaison Lune\n\n-- \nTu reçois ce message" in mail.text
    assert "À très vite,<br>Claire<br>Maison Lune" in html
    assert "Vous" not in mail.text.split("-- ")[1]
    client = app.test_client()
    path = house.link(next(one.id for one in house.rows(Invitation) if one.occasion == "5"))
    assert "Tes réponses sont transmises à Maison Lune" in client.get(path).text
    assert "Choisis une note de 0 à 10." in client.post(path, data={"_page": "0", "nps": "12"}).text
    client.post(path, data={"_page": "0", "nps": "9"})
    thanks = client.post(path, data={"_page": "1", "why": "oui"}).text
    assert "<h1>Merci, toi !</h1>" in thanks
    assert "Tu as déjà répondu" in client.get(path).text


def test_a_machine_sets_a_brand_and_reads_what_holds_for_it(app: Flask, house: House) -> None:
    client, key = app.test_client(), {"Authorization": f"Bearer {house.api_key('admin')}"}

    def put(place: str, said: object) -> Any:
        return client.put(f"/api/v1/places/{place}/brand", json=said, headers=key)

    settings = {"brand": {"voice": {"closing": {"en": "Best wishes,"}, "formality": "informal"}}}
    patched = client.patch("/api/v1/settings", json=settings, headers=key)
    assert patched.json["brand"] == settings["brand"]
    said = {
        "accent": "#FFD400", "logo": base64.b64encode(PNG).decode(), "sender": {"reply_to": "sol@sol.test"},
        "voice": {"formality": "formal", "closing": {"fr": " Cordialement,\r\n", "en": None}},
    }  # fmt: skip
    assert put("group", {"name": "Groupe"}).status_code == 200
    brand = put("sol", said).json
    assert (brand["name"], brand["accent"], brand["sender"]["reply_to"]) == (None, "#ffd400", "sol@sol.test")
    assert brand["voice"] == {"formality": "formal", "closing": {"fr": "Cordialement,"}}
    assert brand["in_force"]["name"] == "Groupe"
    assert brand["in_force"]["voice"]["closing"] == {"en": "Best wishes,", "fr": "Cordialement,"}
    assert brand["contrast"]["light"] == {"ratio": 1.43, "shown": "#8c7500", "as_chosen": False}
    assert brand["contrast"]["dark"]["as_chosen"] is True
    assert client.get(brand["logo_url"]).data == PNG
    assert put("sol", {"name": "Sol"}).json["logo_url"] == brand["logo_url"]
    assert put("sol", {"logo": None}).json["logo_url"] is None
    assert client.get("/api/v1/places/paris/brand", headers=key).json["in_force"]["name"] == "Groupe"
    assert put("paris", {}).status_code == 409
    assert put("nowhere", {}).status_code == 404
    wrong = {
        "/accent": {"accent": "red"}, "/logo": {"logo": "R0lGODlh"}, "/name": {"name": "a\nb"},
        "/sender/address": {"sender": {"address": "nobody"}}, "/voice/formality": {"voice": {"formality": "rude"}},
        "/voice/greeting/fr": {"voice": {"greeting": {"fr": "Bonjour {{ customer.email }}"}}},
    }  # fmt: skip
    for pointer, body in wrong.items():
        refused = put("sol", body)
        assert (refused.status_code, refused.mimetype) == (422, "application/problem+json"), pointer
        assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    with_null = {"name": None, "accent": None, "sender": None, "voice": None}
    assert put("sol", {"voice": {"signature": {"fr": "Sol"}}, "logo": said["logo"]}).json["voice"] != {}
    assert put("sol", with_null).json["voice"] == {}
    put("sol", said)
    got = client.get("/api/v1/places/sol/brand", headers=key).json
    assert put("sol", got).json == got
    assert (got["logo_url"], got["warnings"]) == (brand["logo_url"], [])
    put("sol", {"logo": None})
    refused = client.patch("/api/v1/settings", json={"brand": {"voice": {"thanks": {"fr": "{{"}}}}, headers=key)
    assert refused.json["errors"][0]["pointer"] == "/brand/voice/thanks/fr"
    assert client.patch("/api/v1/settings", json={"brand": {"voice": None}}, headers=key).json["brand"] == {}
    assert put("group", {}).json["in_force"]["name"] == "Maison X"


def test_a_voice_is_changed_language_by_language_and_warns_of_what_may_be_missing(app: Flask, house: House) -> None:
    client, key = app.test_client(), {"Authorization": f"Bearer {house.api_key('admin')}"}

    def patch(voice: object) -> Any:
        return client.patch("/api/v1/settings", json={"brand": {"voice": voice}}, headers=key).json

    bare, whole = "Bonjour {{ customer.first_name }},", "Hi {{ customer.first_name | default: 'there' }},"
    assert patch({"greeting": {"fr": bare}, "formality": "informal"})["brand"]["voice"]["greeting"] == {"fr": bare}
    both = patch({"greeting": {"en": whole}})
    assert both["brand"]["voice"] == {"formality": "informal", "greeting": {"fr": bare, "en": whole}}
    [warning] = both["warnings"]
    assert warning["pointer"] == "/brand/voice/greeting/fr"
    assert "customer.first_name" in warning["detail"]
    assert client.get("/api/v1/settings", headers=key).json == both
    one = patch({"greeting": {"fr": None}})
    assert (one["brand"]["voice"]["greeting"], one["warnings"]) == ({"en": whole}, [])
    assert patch({})["brand"]["voice"] == one["brand"]["voice"]
    assert patch(None)["brand"] == {}
    brand = client.put(
        "/api/v1/places/sol/brand", json={"voice": {"signature": {"fr": "{{ event.agent }}"}}}, headers=key
    )
    assert [one["pointer"] for one in brand.json["warnings"]] == ["/voice/signature/fr"]
    assert client.put("/api/v1/places/sol/brand", json={}, headers=key).json["warnings"] == []


@pytest.mark.parametrize("content", [SVG, b"GIF89a" + bytes(100), PNG[:20], b"", b"RIFF0000WEBP" + bytes(40)])
def test_what_is_no_image_of_ours_is_refused(house: House, content: bytes) -> None:
    assert read_image(content) is None
    with house.writing(), pytest.raises(BrandRefused, match="logo_kind"):
        brands.keep_logo(workspace_id=house.id, content=content, now=house.now)


def test_a_form_says_what_is_wrong_with_a_logo(owner: FlaskClient, house: House) -> None:
    del house
    for file in (SVG, PNG + bytes(brands.MOST_BYTES)):
        form = {"csrf_token": csrf_of(owner), "logo": (io.BytesIO(file), "logo.png")}
        reply = owner.post("/console/settings/places/lune/brand", data=form)
        assert reply.status_code == 422
        assert 'id="logo-error"' in reply.text
    assert owner.get("/console/settings/places/nice/brand").status_code == 404


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08\x00\x20\x00\x30" + bytes(20), ("image/jpeg", 48, 32)),
        (b"RIFF0000WEBPVP8X0000\x00\x00\x00\x00\x1f\x00\x00\x2f\x00\x00" + bytes(4), ("image/webp", 32, 48)),
        (b"RIFF0000WEBPVP8L0000\x2f\x1f\xc0\x0b\x00" + bytes(8), ("image/webp", 32, 48)),
        (b"RIFF0000WEBPVP8 0000\x00\x00\x00\x9d\x01\x2a\x20\x00\x30\x00", ("image/webp", 32, 48)),
        (PNG, ("image/png", 16, 16)),
    ],
)
def test_the_size_of_an_image_is_read_from_its_head(head: bytes, size: tuple[str, int, int]) -> None:
    assert read_image(head) == size
