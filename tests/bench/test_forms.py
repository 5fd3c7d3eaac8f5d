"""The form client of the bench: it answers a survey that it has never seen, to its end, and says where it could not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import pytest

from bench.browsing import NotAnswered, Person
from bench.forms import fill, find_form

T = TypeVar("T")

PAGES = (
    """<form method="get" action="/language"><select name="lang"><option>en</option></select></form>
    <form method="post" action="/survey?sid=7">
      <input type="hidden" name="step" value="0"><input type="hidden" name="token" value="&lt;a&amp;b&gt;">
      <input type="radio" name="nps" value="" checked><input type="radio" name="nps" value="2">
      <input type="radio" name="nps" value="9"><input type="text" name="old" value="x" disabled>
      <button type="submit" name="move" value="clearall">Exit</button>
      <button type="submit" name="move" value="next">Next</button></form>""",
    """<form method="POST"><input name="step" type="hidden" value="1">
      <input type="checkbox" name="likes" value="tea"><input type="checkbox" name="likes" value="coffee">
      <input type="checkbox" name="terms" value="yes" required>
      <select name="city"><option value="">?</option><option>Lyon</option><option value="par">Paris</option></select>
      <input type="email" name="email"><input type="number" name="age" min="18"><input name="kept" value="as it came">
      <input type="submit" value="Suivant"></form>""",
    """<form method="post"><input name="step" type="hidden" value="2"><textarea name="why"></textarea>
      <button type="button">Help</button><button>Send</button></form>""",
    "<p>Thank you</p>",
)


class Survey(ThreadingHTTPServer):
    """An invented tool: three pages, a cookie that says where one stands, a redirect after every form."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asking)
        self.said: dict[str, list[dict[str, str]]] = {}
        self.stuck_at: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/survey?sid=7"


class Asking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Survey

    def do_GET(self) -> None:
        cookie = SimpleCookie(self.headers.get("Cookie", ""))
        if "session" in cookie:
            said = self.server.said[cookie["session"].value]
            self._answer(PAGES[len(said)])
        else:
            session = f"s{len(self.server.said)}"
            self.server.said[session] = []
            self._answer(PAGES[0], ("Set-Cookie", f"session={session}; Path=/; HttpOnly"))

    def do_POST(self) -> None:
        fields = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True))
        said = self.server.said[SimpleCookie(self.headers["Cookie"])["session"].value]
        assert fields["step"] == str(len(said))
        if len(said) == self.server.stuck_at:
            self._answer(PAGES[len(said)])
            return
        said.append(fields)
        self.send_response(302)
        self.send_header("Location", "survey?sid=7")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, page: str, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (page[:100].encode(), page[100:].encode()):
            if part:
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def survey() -> Iterator[Survey]:
    with Survey() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def answer(survey: Survey, *, people: int = 1, done: str = "") -> list[int]:
    async def come() -> list[int]:
        person = Person()
        try:
            return [await person.answer(survey.url, number, done=done) for number in range(people)]
        finally:
            await person.close()

    return _run(come())


def _run(coming: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread: beside a browser, this one has a loop of its own that never ends."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, coming).result()


def test_each_person_answers_page_by_page_to_the_end_with_what_is_hidden(survey: Survey) -> None:
    assert answer(survey, people=2) == [3, 3]
    assert survey.said["s0"] == [
        {"step": "0", "token": "<a&b>", "nps": "2", "move": "next"},
        {
            "step": "1",
            "likes": "tea",
            "terms": "yes",
            "city": "Lyon",
            "email": "person-0@example.test",
            "age": "18",
            "kept": "as it came",
        },
        {"step": "2", "why": "Everything went well, thank you."},
    ]
    assert [said["nps"] for said, *_ in survey.said.values()] == ["2", "9"]


def test_a_survey_is_at_its_end_where_it_says_so(survey: Survey) -> None:
    assert answer(survey, done="Thank you") == [3]
    with pytest.raises(NotAnswered, match="not at the end"):
        answer(survey, done="Merci")


def test_a_form_that_comes_back_is_no_answer(survey: Survey) -> None:
    survey.stuck_at = 1
    with pytest.raises(NotAnswered, match="the same page again after 2 forms"):
        answer(survey)


def test_a_tool_that_is_not_there_is_no_answer(survey: Survey) -> None:
    url = survey.url.replace("survey?", "%")
    survey.server_close()
    with pytest.raises(NotAnswered):
        _run(Person().answer(url, 0))


def test_without_a_button_that_leads_on_none_is_pressed() -> None:
    form = find_form('<form method="post"><input name="a" value="1"><button name="b" value="back">Back</button></form>')
    assert form is not None
    assert fill(form, 0) == [("a", "1")]
    assert find_form("<form><button>Search</button></form>") is None
