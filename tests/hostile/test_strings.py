"""The Big List of Naughty Strings and names of 43 locales through every text field: kept as sent, or refused."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.hostile.conftest import Stranger

STRINGS = Path(__file__).parents[3] / "shared" / "data" / "strings"


def strings(name: str) -> Any:
    path = STRINGS / name
    if not path.is_file():
        pytest.skip(f"{name} of the shared data is not beside this checkout")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def naughty() -> list[str]:
    return strings("blns.json")


@pytest.fixture
def names() -> list[str]:
    found = [name for names in strings("names_by_locale.json").values() for name in names]
    assert len(found) > 500
    return found[::3]


@pytest.fixture
def addresses() -> list[str]:
    path = STRINGS / "isemail_tests.xml"
    if not path.is_file():
        pytest.skip("isemail_tests.xml of the shared data is not beside this checkout")
    controls = {0x2400 + code: code for code in range(33)}  # the corpus writes them as the symbols that stand for them
    found = re.findall(r"<address>(.*?)</address>", path.read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) > 150
    return [html.unescape(one).translate(controls) for one in found]


def test_naughty_strings_come_through_the_profile_as_they_were_sent(stranger: Stranger, naughty: list[str]) -> None:
    for start in range(0, len(naughty), 100):
        people = [
            {"external_id": f"C-{index}", "first_name": one[:200], "attributes": {"said": one, f"k{index}": [one]}}
            for index, one in enumerate(naughty[start : start + 100], start)
        ]
        done = stranger.send("POST", "/customers", json.dumps({"customers": people}))
        assert done.status_code == 200, done.text
        assert all("/first_name" in one["detail"] for one in done.json["refused"]), done.json["refused"]
        refused = {start + one["index"] for one in done.json["refused"]}
        assert len(refused) < 10
        for index in range(start, min(start + 100, len(naughty)), 25):
            if index not in refused:
                kept = stranger.send("GET", f"/customers/C-{index}").json
                assert kept["attributes"]["said"]["value"] == naughty[index]
                assert kept["attributes"][f"k{index}"]["value"] == [naughty[index]]
                assert kept["first_name"] == (naughty[index][:200].strip() or None)


def test_everybody_s_name_is_a_name(stranger: Stranger, names: list[str]) -> None:
    people = [
        {"external_id": name, "first_name": name, "last_name": name, "attributes": {"name": name}} for name in names
    ]
    done = stranger.send("POST", "/customers", json.dumps({"customers": people}, ensure_ascii=False).encode())
    assert (done.status_code, done.json["refused"]) == (200, [])
    for name in names[::40]:
        kept = stranger.send("GET", f"/customers/{name}").json
        assert (kept["external_id"], kept["first_name"], kept["last_name"]) == (name, name, name)


def test_addresses_of_every_syntax_are_kept_as_one_or_refused(
    stranger: Stranger, client: FlaskClient, link: str, addresses: list[str], tell: Callable[[str], None]
) -> None:
    """Wherever an address may stand; what is taken comes back with one `@`, and without an end of line in it."""
    whole = [one for one in addresses if "\0" not in one]
    for one in set(addresses) - set(whole):
        assert stranger.send("PUT", "/customers/C-nul", json.dumps({"email": one})).status_code == 422, one
    people = [{"external_id": f"C-{index}", "email": one} for index, one in enumerate(whole)]
    done = stranger.send("POST", "/customers", json.dumps({"customers": people}))
    assert done.status_code == 200, done.text
    refused = {one["index"] for one in done.json["refused"]}
    assert all("/email" in one["detail"] for one in done.json["refused"]), done.json["refused"]
    assert 20 < len(refused) < len(whole) - 20
    for index, one in enumerate(whole):
        kept = stranger.send("GET", f"/customers/C-{index}")
        assert kept.status_code == (404 if index in refused else 200), one
        if index not in refused:
            email = kept.json["email"]
            assert email is None or (email.isprintable() and "@" in email), one
        shown = client.post(link, data={"_page": "0", "nps": "77", "mail": one})
        assert shown.status_code == 422, one
        sender = json.dumps({"alert_recipients": [one]})
        assert stranger.send("PATCH", "/settings", sender).status_code in {200, 422}, one
    tell(f"{len(addresses)} addresses, {len(refused)} of them refused")


def test_naughty_strings_are_ids_places_events_agents_and_notes_or_none(
    stranger: Stranger, company: dict[str, str], naughty: list[str]
) -> None:
    events = [
        {
            "id": one or "-",
            "event": one,
            "occurred_at": "2026-03-01T08:00:00Z",
            "customer": {"external_id": one or "C"},
            "agent": one,
            "properties": {one: one, "list": [one]},
        }
        for one in naughty
    ]
    done = stranger.send("POST", "/events", json.dumps({"events": events}))
    assert done.status_code == 202, done.text
    assert done.json["accepted"] > 400
    assert done.json["accepted"] + done.json["duplicates"] + len(done.json["refused"]) == len(naughty)
    texts = [one for index, one in enumerate(naughty) if index % 32 == 0]
    path = f"/alerts/{company['alert_id']}"
    for one in texts:
        definition = {
            "key": "naughty",
            "title": one,
            "default_language": "en",
            "questions": [{"key": "why", "type": "long_text", "text": one, "help": one}],
            "thanks": one,
        }
        for method, where, body in (
            ("PUT", "/surveys/naughty", definition),
            ("PUT", "/places/naughty", {"name": one, "kind": "store", "parent": None}),
            ("PUT", "/personas", {"personas": [{"key": "a", "name": one, "description": one, "criteria": []}]}),
            (
                "PUT",
                "/alert-rules",
                {"alerts": [{"key": one, "name": one, "kind": "other", "event": one, "when": one}]},
            ),
            ("PUT", "/alert-rules", {"alerts": [], "urgent_words": {"en": [one]}}),
            (
                "POST",
                "/invitations",
                {"survey": one, "customer": {"external_id": one}, "channel": "link", "place": one},
            ),
            ("POST", f"{path}/claim", {"agent": one}),
            ("POST", f"{path}/contact", {"outcome": "reached", "note": one}),
            ("POST", f"{path}/resolve", {"root_cause": one, "note": one}),
            ("POST", f"{path}/reopen", {}),
        ):
            done = stranger.send(method, where, json.dumps(body))
            assert done.status_code < 500, (where, one, done.text)
            assert done.status_code < 300 or done.mimetype == "application/problem+json", (where, one)
        for where in ("/surveys/naughty", "/personas", path):
            assert stranger.send("GET", where).status_code in {200, 404, 422}, (where, one)


def test_naughty_strings_are_answers_and_are_shown_as_text(
    stranger: Stranger, client: FlaskClient, link: str, naughty: list[str], names: list[str]
) -> None:
    texts = [one for index, one in enumerate(naughty) if index % 5 == 0] + names[:20]
    for one in texts:  # `nps` refuses, so that every text comes back on the page
        shown = client.post(link, data={"_page": "0", "nps": "77", "short": one[:300], "why": one})
        assert shown.status_code == 422, one
        area = re.search(r'<textarea[^>]*name="why"[^>]*>\n?(.*?)</textarea>', shown.text, re.DOTALL)
        assert area is not None
        said = html.unescape(area[1]).replace("\r\n", "\n")
        assert said.strip() == one.replace("\r\n", "\n").strip(), one
        assert "<script>alert" not in shown.text
        assert client.get(link, query_string={"why": one, "short": one, one: one}).status_code == 200, one
    done = client.post(link, data={"_page": "0", "nps": "7", "short": "\u202eRTL", "why": "Z͑ͫ̓ͪ̂ͫ̽" * 200})
    assert done.status_code == 200
    kept = stranger.send("GET", "/responses?customer=C-link").json["data"][0]["answers"]
    assert (kept["short"], kept["why"]) == ("\u202eRTL", ("Z͑ͫ̓ͪ̂ͫ̽" * 200).strip())
