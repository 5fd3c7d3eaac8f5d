"""A brand speaks with its own name, colour, logo and sender, everywhere that its customers look; one ledger for all."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import NPS, WHY, House, answer
from tests.rig.passwords import make_passwords_cheap
from tests.web.standing import PASSWORD, csrf_of, log_in, standing
from vocapp.domain.images import read_image
from vocapp.domain.voice import Voice, flaw_of, gaps
from vocapp.models import Invitation, Workspace, db
from vocapp.services import brands, places, staff
from vocapp.services.brands import BrandRefused, Look
from vocapp.services.houses import House as Speaker
from vocapp.services.senders import line_of
from vocapp.web.console.words.settings_english import SETTINGS_ENGLISH
from vocapp.web.console.words.settings_french import SETTINGS_FRENCH

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR4nGNQCl1FEmIY1TCqYfhqAAAc9iEQqfhO6wAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ACCENT = "#2255aa"
TREE = (
    ("group", "brand", None),
    ("lune", "brand", "group"),
    ("sol", "brand", "group"),
    ("paris", "store", "sol"),
    ("nice", "store", "lune"),
    ("other", "store", None),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with standing(tmp_path_factory.mktemp("brands")) as application:
        yield application


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    house = House(app)
    with house.writing():
        for key, kind, parent in TREE:
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind=kind, parent_key=parent)
        staff.create(
            workspace_id=house.id, email="owner@lune.test", password=PASSWORD, role="owner", place=None, now=house.now
        )
    house.survey(questions=[NPS, WHY], trigger=None)
    house.customer()
    return house


@pytest.fixture(scope="module")
def owner(app: Flask, house: House) -> FlaskClient:
    with pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        with house.writing():
            staff.create(
                workspace_id=house.id, email="boss@lune.test", password=PASSWORD, role="owner", place=None,
                now=house.now,
            )  # fmt: skip
        return log_in(app, "boss@lune.test")


def test_a_brand_is_set_in_the_console_and_seen_by_its_customers(app: Flask, house: House, owner: FlaskClient) -> None:
    _set(house, "group", Look(accent="#113355", sender_address="bonjour@groupe.test"))
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
    unknown = client.get(path[:-2] + ("AA" if path[-2:] != "AA" else "BB"))
    assert (unknown.status_code, unknown.data) == (404, client.get("/s/nobody-made-this").data)
    assert "Maison" not in unknown.text
    elsewhere = client.get(house.link(house.invite(event_id="2", place="other"))).text
    assert "Maison Lune" not in elsewhere
    assert "/logos/" not in elsewhere


def _invitation(house: House) -> UUID:
    return next(one.id for one in house.rows(Invitation) if one.occasion == "1")


def test_a_mail_comes_from_the_brand_with_what_it_leaves_open_from_above(house: House) -> None:
    _set(house, "group", Look(sender_address="bonjour@groupe.test", reply_to="ecrire@groupe.test", name="Groupe"))
    _set(house, "sol", Look(sender_name="Maison Sol"))
    settings = _settings(house)
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
    _set(house, "group", Look(voice={"closing": {"fr": "À très vite,"}}))
    _set(house, "lune", Look(name="Maison Lune", accent=ACCENT, logo_url=url, voice=voice))
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
    assert "brands" not in _settings(house) or "sol" not in _settings(house)["brands"]  # type: ignore[operator]


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


def _set(house: House, place: str, look: Look) -> None:
    with house.writing():
        kept = brands.look_of(settings=house_settings(house), place=place)
        brands.change_look(
            workspace_id=house.id, place=place,
            look=Look(**{name: getattr(look, name) or getattr(kept, name) for name in Look.__dataclass_fields__}),
            default_sender="x@y.test", by="x", now=house.now,
        )  # fmt: skip


def house_settings(house: House) -> dict[str, object]:
    return dict(db.session.get_one(Workspace, house.id).settings)


def _settings(house: House) -> dict[str, object]:
    with house.reading():
        return house_settings(house)
