"""The line to PostgreSQL ends between its commit and its reply: the person hears what is true of their answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from tests.builders import NPS, WHY, House, Page
from vocapp.app import add_doors, create_app
from vocapp.models import Response, Signal, answering, db

pytestmark = pytest.mark.postgres


class Line:
    """A line to a server which ends, once, as soon as something is true there: what the server says then is lost."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self.ends_when: Callable[[], bool] | None = None
        self.is_dead = False
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                if self.is_dead:
                    near.close()
                    continue
                far = socket.create_connection(self._server)
                threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, from_server: bool) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if from_server and self.ends_when is not None and self.ends_when():
                    self.ends_when = None
                    break
                sink.sendall(said)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def line(postgres_url: str) -> Iterator[Line]:
    url = make_url(postgres_url)
    line = Line(url.host or "127.0.0.1", url.port or 5432)
    yield line
    line.close()


@pytest.fixture
def house(make_settings: Any, postgres_url: str, line: Line) -> Iterator[House]:
    url = make_url(postgres_url).set(host="127.0.0.1", port=line.port)
    app = add_doors(create_app(make_settings(database_url=url.render_as_string(hide_password=False))))
    yield House(app)
    line.is_dead = False
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(house: House) -> FlaskClient:
    return house.app.test_client()


@pytest.fixture
def kept(postgres_url: str) -> Iterator[Callable[[str], Callable[[], bool]]]:
    """Make a look into the database, by a line of its own: is there a row such as this?"""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        yield lambda where: lambda: connection.execute(f"select 1 from responses where {where}").fetchone() is not None


def test_every_page_whose_reply_was_lost_leads_on_as_if_it_had_come(
    house: House, client: FlaskClient, line: Line, kept: Any
) -> None:
    house.survey(questions=[NPS, WHY])
    house.customer()
    path = house.link(house.invite())
    line.ends_when = kept("revision = 1")
    first = client.post(path, data={"_page": "0", "nps": "3"})
    assert line.ends_when is None, "the line never ended"
    assert (first.status_code, Page(first.text).fields) == (200, ["why"])
    line.ends_when = kept("status = 'completed'")
    last = client.post(path, data={"_page": "1", "why": "Late."})
    assert line.ends_when is None, "the line never ended"
    assert last.status_code == 200
    house.work()
    [response] = house.rows(Response)
    assert (response.revision, response.answers) == (2, {"nps": 3, "why": "Late."})
    assert len(house.rows(Signal)) == 1


def test_where_the_line_ends_before_the_page_is_kept_nothing_is_claimed(
    house: House, client: FlaskClient, line: Line
) -> None:
    house.survey(questions=[NPS])
    house.customer()
    path = house.link(house.invite())
    assert client.get(path).status_code == 200
    sent = iter([False, True])  # the visit is read, and then the page is on its way
    line.ends_when = lambda: next(sent)
    told = client.post(path, data={"_page": "0", "nps": "3"})
    assert told.status_code == 503
    assert told.headers["Retry-After"]
    assert house.rows(Response) == []
    assert client.post(path, data={"_page": "0", "nps": "3"}).status_code == 200


def test_where_nobody_can_be_asked_the_person_is_told_to_try_again(
    house: House, client: FlaskClient, line: Line, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_LOOKS", (0.0, 0.05))
    house.survey(questions=[NPS, WHY])
    house.customer()
    path = house.link(house.invite())

    def ends() -> bool:
        line.is_dead = kept("revision = 1")()
        return line.is_dead

    line.ends_when = ends
    assert client.post(path, data={"_page": "0", "nps": "3"}).status_code == 503
    line.is_dead = False
    again = client.post(path, data={"_page": "0", "nps": "3"})
    assert (again.status_code, Page(again.text).fields) == (200, ["why"])
    [response] = house.rows(Response)
    assert response.revision == 1
