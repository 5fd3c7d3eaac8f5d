"""Links and forms of customers: altered, cut, borrowed, too much in them; a kind page each time, and nothing stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.altered import one_letter_off
from tests.hostile.conftest import Stranger
from vocapp.domain.links import make_token, read_token
from vocapp.models import Invitation, transaction
from vocapp.web import limits

SECRET = b"a secret key of the tests, long enough"


@pytest.fixture(autouse=True)
def _patient_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 100_000)


def test_an_altered_link_and_an_erased_one_are_like_an_unknown_one(
    client: FlaskClient, stranger: Stranger, link: str, everything: Callable[[], Any]
) -> None:
    token = link.removeprefix("/s/")
    unknown = client.get("/s/" + make_token(SECRET, "survey", UUID(int=7)))
    assert (unknown.status_code, unknown.mimetype) == (404, "text/html")
    altered = [
        *(one_letter_off(token, at) for at in range(len(token))),
        *(token[:length] for length in (1, 10, 43)),
        token + "A",
        token + "=",
        token.swapcase(),
        token[:-1] + "%00",
        "é" * 44,
        "%FF" * 44,
        "." * 44,
        make_token(SECRET, "unsubscribe", read_token(SECRET, "survey", token) or UUID(int=0)),
        make_token(b"another secret", "survey", read_token(SECRET, "survey", token) or UUID(int=0)),
    ]
    assert stranger.send("PUT", "/customers/C-gone", '{"consents": [{"purpose": "surveys", "granted": true}]}').json
    body = '{"survey": "hostile", "customer": {"external_id": "C-gone"}, "channel": "link"}'
    erased = stranger.send("POST", "/invitations", body).json["url"].partition("/s/")[2]
    assert client.get(f"/s/{erased}").status_code == 200
    assert stranger.send("DELETE", "/customers/C-gone").status_code in {202, 204}
    altered.append(erased)
    before = everything()
    for one in altered:
        for answer in (client.get(f"/s/{one}"), client.post(f"/s/{one}", data={"nps": "3"})):
            assert (answer.status_code, answer.data) == (404, unknown.data), one
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert client.post(f"/unsubscribe/{one}x", data={"List-Unsubscribe": "One-Click"}).status_code == 404
    assert everything() == before
    assert client.get(link).status_code == 200


def _guesses(n: int) -> list[str]:
    chance = Random(22)
    return [make_token(chance.randbytes(32), "survey", UUID(int=chance.getrandbits(128))) for _ in range(n)]


def test_no_token_made_with_another_secret_is_read_as_one_of_ours() -> None:
    assert not any(read_token(SECRET, "survey", guess) for guess in _guesses(10_000))


def test_four_hundred_guesses_from_one_address_are_stopped_and_who_has_a_link_is_not(
    client: FlaskClient, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST", 120)
    answers = [client.get(f"/s/{guess}") for guess in _guesses(400)]
    assert [answer.status_code for answer in answers] == [404] * 120 + [429] * 280
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert '<html lang="' in answers[-1].text
    assert client.get(link).status_code == 200


@pytest.mark.parametrize("case", ["expired", "withdrawn", "used"])
def test_a_link_that_is_over_says_why(
    client: FlaskClient, link: str, db: Any, everything: Callable[[], Any], case: str
) -> None:
    invitation_id = read_token(SECRET, "survey", link.removeprefix("/s/"))
    if case == "used":
        assert client.post(link, data={"_page": "0", "nps": "9"}).status_code == 200
    else:
        values = {"status": "cancelled"} if case == "withdrawn" else {"expires_at": Invitation.expires_at}
        with transaction() as session:
            invitation = session.query(Invitation).filter(Invitation.id == invitation_id).one()
            if case == "expired":
                values = {"expires_at": invitation.created_at - timedelta(days=1)}
            session.execute(update(Invitation).where(Invitation.id == invitation_id).values(**values))
    before = everything()
    pages = {client.get(link).data, client.post(link, data={"_page": "0", "nps": "3"}).data}
    assert len(pages) == 1
    answer = client.post(link, data={"_page": "0", "nps": "3"})
    assert (answer.status_code, answer.mimetype) == (410, "text/html")
    assert 'data-state="closed"' in answer.text
    assert "C-link" not in answer.text
    assert everything() == before


BAD_FORMS: list[dict[str, Any]] = [
    {"nps": "11"},
    {"nps": "-1"},
    {"nps": "7.0"},
    {"nps": "٧"},
    {"nps": "9" * 5000},
    {"nps": "NaN"},
    {"nps": ["3", "4"]},
    {"nps": "3\0"},
    {"trouble": "flood"},
    {"trouble": ["late", "late", "flood"]},
    {"amount": "10"},
    {"amount": "NaN"},
    {"amount": "1e400"},
    {"amount": "1e9999999"},
    {"mail": "nobody"},
    {"mail": "a@b.test\r\nBcc: c@d.test"},
    {"short": "x" * 301},
    {"short": "a\0b"},
    {"why": "x" * 5001},
    {"why": "\0"},
    {"nobody_asked": "1"},
    {"workspace_id": "1", "nps": "3"},
    {"score": "10"},
    {"": "1"},
    {"nps[]": "3"},
    {f"field_{index}": "1" for index in range(10_000)},
]


def test_a_form_that_does_not_fit_is_shown_again_and_stores_nothing(
    client: FlaskClient, link: str, everything: Callable[[], Any]
) -> None:
    before = everything()
    for form in BAD_FORMS:
        answer = client.post(link, data={"_page": "0", **form})
        assert (answer.status_code, answer.mimetype) == (422, "text/html"), (str(form)[:100], answer.status_code)
        assert re.search(r'data-state="asking"', answer.text), str(form)[:100]
        assert len(answer.data) < 60_000
    assert everything() == before


ODD_BODIES = [
    (b"nps=%ED%A0%80&why=%FF", "application/x-www-form-urlencoded"),
    (b"\xff\xfe\x00nps=3", "application/x-www-form-urlencoded"),
    (b"\x1f\x8b" + b"\0" * 100, "application/x-www-form-urlencoded"),
    (b'{"nps": 3}', "application/json"),
    (b"nps=3", "text/plain"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"nps", "multipart/form-data"),
    (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 3000, "multipart/form-data; boundary=x"),
]


def test_a_body_that_is_no_form_is_answered_kindly(
    client: FlaskClient, link: str, everything: Callable[[], Any]
) -> None:
    before = everything()
    for body, kind in ODD_BODIES:
        answer = client.post(link, data=body, content_type=kind)
        assert answer.status_code in {400, 413, 415, 422}, (body[:30], answer.text)
        assert answer.mimetype == "text/html", body[:30]
        assert '<html lang="' in answer.text, body[:30]
    assert everything() == before


def test_odd_addresses_of_a_page_are_passed_over(client: FlaskClient, link: str, stranger: Stranger) -> None:
    plain = client.get(link).data
    for query in (
        "page=99",
        "page=-1",
        "page=x",
        "page=" + "9" * 5000,
        "nps=99",
        "nps=%00",
        "%FF=%FF",
        "why=%ED%A0%80",
    ):
        answer = client.get(f"{link}?{query}")
        assert answer.status_code == 200, query
        if "why" not in query:
            assert answer.data == plain, query
    for page in ("99", "-1", "x", "9" * 5000, "\0"):
        assert client.post(link, data={"_page": page, "nps": "99"}).status_code == 422, page
    assert stranger.send("GET", "/responses?customer=C-link").json["data"] == []
