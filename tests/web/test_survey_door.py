"""The short way to a survey page: whoever takes it gets what Flask would have given, and the odd ones are Flask's."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, StatementError
from werkzeug.test import TestResponse

from tests.altered import one_letter_off
from tests.builders import BUYS_FOR, NPS, WHY, House, answer
from vocapp.models import Response, answering, autocommit, database_now, db, on_postgresql, transaction
from vocapp.services import erasing
from vocapp.web.respond import door, turns

pytestmark = pytest.mark.both_databases

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


@pytest.fixture
def long_way(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Flask alone."""

    class PastTheDoor(type(client)):  # type: ignore[misc]
        def open(self, *args: Any, **kwargs: Any) -> TestResponse:
            with monkeypatch.context() as patch:
                patch.setattr(door, "PREFIX", "/nobody/comes/here/")
                return super().open(*args, **kwargs)

    return PastTheDoor(client.application, client.response_wrapper)


def link(house: House, who: str) -> str:
    house.customer(who, first_name="Zoé", locale="fr")
    return house.link(house.invite(who))


def told(response: TestResponse) -> tuple[int, dict[str, str], str]:
    headers = dict(response.headers)
    headers.pop("Vary", None)  # Flask's word about its sessions, of which these pages have none
    return response.status_code, headers, response.text


@pytest.mark.parametrize("query", ["", "?nps=3", "?page=0&nps=7&nps=x", "?page=9", "?buys_for=gift&%FF=%00", "?=&&="])
def test_looking_gives_the_same_page_both_ways(
    house: House, client: FlaskClient, long_way: FlaskClient, query: str
) -> None:
    house.survey(layout="page", questions=[NPS, WHY, BUYS_FOR])
    path = link(house, "zoe")
    assert told(client.get(path + query)) == told(long_way.get(path + query))


def test_answering_gives_the_same_pages_both_ways(house: House, client: FlaskClient, long_way: FlaskClient) -> None:
    house.survey(layout="steps", questions=[NPS, WHY, BUYS_FOR])
    paths = {"short": link(house, "zoe"), "long": link(house, "zoë")}
    ways: dict[str, Any] = {"short": client, "long": long_way}

    def send(data: dict[str, str] | str) -> list[tuple[int, dict[str, str], str]]:
        content = {} if isinstance(data, dict) else {"content_type": FORM}
        replies = []
        for way, path in paths.items():
            status, headers, text = told(ways[way].post(path, data=data, **content))
            replies.append((status, headers, re.sub(r"/(s|preferences)/[\w-]{44}", r"/\1/TOKEN", text)))
        return replies

    for data in (
        {"_page": "0", "nps": "11"},
        {"_page": "0", "unheard": "1", "nps": "3"},
        "_page=0&nps=%FF",
        "_page=0",
        "",
        {"_page": "0", "nps": "3"},
        {"_page": "1", "why": "Trop tard, « hélas » & <b>encore</b>"},
        {"_page": "2", "buys_for": "gift"},
        {"_page": "2", "buys_for": "self"},
    ):
        short, long = send(data)
        assert short == long, data
    assert [response.answers for response in house.rows(Response)] == [
        {"nps": 3, "why": "Trop tard, « hélas » & <b>encore</b>", "buys_for": "gift"}
    ] * 2


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda client, path: client.head(path), 200),
        (lambda client, path: client.put(path), 405),
        (lambda client, path: client.get(one_letter_off(path)), 404),
        (lambda client, path: client.get(path + "/"), 404),
        (lambda client, path: client.post(path, data="nps=3", content_type="text/plain"), 415),
        (lambda client, path: client.post(path, data=b"nps=\xff", content_type=FORM), 400),
        (lambda client, path: client.post(path, data=b"nps=3&" + b"x" * 1_000_001, content_type=FORM), 413),
        (
            lambda client, path: client.post(path, data={"_page": "0", "nps": "3"}, content_type="multipart/form-data"),
            200,
        ),
    ],
)
def test_what_is_out_of_the_ordinary_is_answered_by_flask(
    house: House, client: FlaskClient, ask: Callable[[FlaskClient, str], TestResponse], status: int
) -> None:
    house.survey(questions=[NPS])
    assert ask(client, link(house, "zoe")).status_code == status


@pytest.mark.parametrize(("error", "status"), [(OperationalError("", {}, Exception()), 503), (KeyError("x"), 500)])
def test_trouble_on_the_short_way_is_told_as_anywhere(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    house.survey(questions=[NPS])
    path = link(house, "zoe")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(turns, "look", fail)
    page = client.get(path)
    assert page.status_code == status
    assert 'data-state="trouble"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_first_page_sent_twice_at_once_is_one_response(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second writer reads that there is no response yet, and finds one when it writes."""
    house.survey(layout="page", questions=[NPS, WHY])
    path = link(house, "zoe")
    accept, others = answering.accept, [{"nps": "2"}]

    def accept_after_another(*args: Any, **kwargs: Any) -> bool:
        if others:
            answer(client, path, others.pop())
        return accept(*args, **kwargs)

    monkeypatch.setattr(answering, "accept", accept_after_another)
    assert client.post(path, data={"_page": "0", "nps": "9", "why": "Late"}).status_code == 410
    assert [response.answers for response in house.rows(Response)] == [{"nps": 2}]


def test_a_connection_that_was_lost_meanwhile_is_no_trouble_of_who_looks(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS])
    path = link(house, "zoe")
    assert client.get(path).status_code == 200
    with house.app.app_context():
        connection = db.session.connection()
        if connection.dialect.name == "postgresql":
            others = "pid <> pg_backend_pid() and datname = current_database() and usename = current_user"
            connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"))
            db.session.rollback()
    assert client.get(path).status_code == 200
    assert answer(client, path, {"nps": "7"}) == [["nps"]]


def test_who_is_erased_between_looking_and_answering_is_nobody(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.survey(layout="page", questions=[NPS, WHY])
    path = link(house, "zoe")
    accept = answering.accept

    def accept_after_an_erasure(*args: Any, **kwargs: Any) -> bool:
        with transaction():
            secret = house.app.config["SECRET_KEY"].encode()
            erasing.erase(workspace_id=1, external_id="zoe", by="a test", secret=secret, now=database_now())
        return accept(*args, **kwargs)

    monkeypatch.setattr(answering, "accept", accept_after_an_erasure)
    assert client.post(path, data={"_page": "0", "nps": "9"}).status_code == 404
    assert house.rows(Response) == []


def test_a_changed_column_costs_nobody_their_page(house: House, client: FlaskClient) -> None:
    """PostgreSQL refuses what was prepared before a migration: it is prepared anew, and nobody hears of it."""
    house.survey(questions=[NPS])
    path = link(house, "zoe")
    assert client.get(path).status_code == 200
    with house.app.app_context(), transaction() as session:
        if on_postgresql():  # SQLite prepares every statement anew
            session.execute(text("alter table customers alter first_name type text"))
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3


def test_a_statement_that_cannot_be_sent_spoils_no_connection_for_others(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS])
    path = link(house, "zoe")
    assert client.get(path).status_code == 200
    with house.app.app_context(), pytest.raises((UnicodeEncodeError, StatementError)):
        answering._visit.first(autocommit(), id="\ud800")
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3


def test_a_body_that_breaks_off_is_no_trouble_of_ours(house: House, client: FlaskClient) -> None:
    class Reset(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise ConnectionResetError

    house.survey(questions=[NPS])
    broken = client.post(link(house, "zoe"), input_stream=Reset(), content_length=20, content_type=FORM)
    assert broken.status_code in {400, 422}
