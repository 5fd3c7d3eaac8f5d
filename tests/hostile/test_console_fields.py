"""Every form and every filter of the console, as an owner who fills them with whatever does not belong there.

The forms are found on the pages themselves, so that a new one is tried the day it comes: no answer is a 5xx, and none
holds what was sent as markup. The run says how much was sent.
"""

from __future__ import annotations

import html
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import cycle, islice
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from tests.hostile.test_strings import strings
from tests.web.console.conftest import Browser, World, template, world

__all__ = ["template", "world"]

ODD = [
    "a\0b", "9" * 5000, "-1", "1e400", "NaN", "\u202eRTL", "Z͑ͫ̓ͪ̂ͫ̽" * 500, "x" * 200_000, "\r\nSet-Cookie: a=b",
    "{{7*7}}{% for i in (1..999999) %}a{% endfor %}", "<script>alert(1)</script>", "😀" * 300, "\ufffe\u2028", "=H(1)",
    "a@b.test\nBcc: c@d.test", "http://[::1", "javascript:alert(1)", "9999-12-31T23:59:59Z", "0001-01-01",
]  # fmt: skip
TEXTS, TOGETHER = (6, 4) if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else (1, 2)
"""For every field alone, and times that all of a form are spoilt."""
FILTERS = ("status", "q", "cursor", "before", "after", "place", "survey", "from", "to", "page", "next", "%00")
KEPT = {"csrf_token"}
LEAVES = ("/logout", "/console/account/password", "/login/language")
"""What would end the session, or change what it is logged in with; tried by the tests of sessions."""


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


_MAY_RUN = re.compile(r"<script(?![^>]*nonce)|\bon\w+\s*=|=\s*[\"']?\s*javascript:|src=[\"']?x", re.IGNORECASE)
"""Stands in every page in which something runs that is not ours, and in few others: those alone are read whole."""
_SAYS = {"value", "content", "placeholder", "title", "aria-label"}
"""Attributes that only say what they hold."""


class _Forms(HTMLParser):
    """Collects the forms of a page: method, action, and each field with what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.links: list[str] = []
        self.alive: list[str] = []
        """What runs, where nothing may: handlers, addresses that are scripts, scripts and images that are not ours."""
        self._open = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        runs = [name for name, value in has.items() if name.startswith("on") or value.lower().startswith("javascript:")]
        if (runs and not _SAYS & has.keys()) or (tag == "script" and "nonce" not in has) or has.get("src") == "x":
            self.alive.append(f"{tag} {runs}")
        if tag == "a":
            self.links.append(has.get("href", ""))
        elif tag == "form":
            self.forms.append((has.get("method", "get").lower(), has.get("action", ""), {}))
            self._open = True
        elif tag in {"input", "textarea", "select", "button"} and self._open and has.get("name"):
            self.forms[-1][2].setdefault(has["name"], has.get("value", ""))
            self._select = has["name"] if tag == "select" else ""
        elif tag == "option" and self._open and self._select:
            fields = self.forms[-1][2]
            fields[self._select] = fields[self._select] or has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


def read(text: str) -> _Forms:
    found = _Forms()
    found.feed(text)
    return found


def alive(text: str) -> list[str]:
    """Return what runs in a page, where nothing may."""
    return read(text).alive if _MAY_RUN.search(html.unescape(text)) else []


def kind_of(path: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/places/)\w+|(?<=[?&]\w{2}=)[^&]+", "*", path.partition("?")[0])


def pages_of(browser: Browser) -> dict[str, str]:
    """Walk through the console from its first page; give the text of every page, twice at most for each kind."""
    ways, seen, kinds = ["/console/", "/console/alerts?status=all", "/console/customers"], {}, Counter[str]()
    while ways:
        path = ways.pop(0)
        kind = kind_of(path)
        if path in seen or kinds[kind] >= 2:
            continue
        answer = browser.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        kinds[kind] += 1
        seen[path] = answer.text
        ways += [html.unescape(to) for to in read(answer.text).links if to.startswith("/console")]
    return seen


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_no_form_and_no_filter_of_the_console_breaks(world: World, tell: Callable[[str], None]) -> None:
    browser = world.log_in("owner")
    texts = cycle([*ODD, *strings("blns.json")])
    sent: Counter[str] = Counter()
    wrong: list[Any] = []
    pages = pages_of(browser)
    forms = {
        (method, action or path, tuple(fields)): fields
        for path, text in pages.items()
        for method, action, fields in read(text).forms
        if method in {"get", "post"} and not (action or path).startswith(LEAVES)
    }
    assert len(pages) > 15, sorted(pages)
    assert len(forms) > 15, sorted(forms)
    for (method, action, _), fields in forms.items():
        token = browser.token("/console/account")  # good for the whole session
        for spoilt in _spoilt(fields, texts):
            answer = _send(browser, method, action, {**spoilt, **({"csrf_token": token} if method == "post" else {})})
            sent[f"{method} {answer.status_code}"] += 1
            if answer.status_code >= 500 or alive(answer.text):
                wrong.append((method, action, answer.status_code, {key: value[:60] for key, value in spoilt.items()}))
    for path in {kind_of(path): path for path in pages}.values():
        for name in FILTERS:
            answer = browser.client.get(path.partition("?")[0], query_string={name: next(texts)})
            sent[f"filter {answer.status_code}"] += 1
            if answer.status_code >= 500:
                wrong.append((path, name, answer.status_code))
    again = {path: browser.get(path) for path in pages}
    after = [path for path, answer in again.items() if answer.status_code >= 500 or alive(answer.text)]
    how = dict(sorted(sent.items()))
    tell(f"{len(pages)} pages, {len(forms)} forms, {sent.total()} requests: {how}")
    assert not wrong, "\n".join(map(repr, wrong[:40]))
    assert not after, "what was stored breaks a page"


def _spoilt(fields: dict[str, str], texts: Iterator[str]) -> Iterator[dict[str, str]]:
    """Spoil one field after the other with several texts, then all of them, then add what nobody asked for."""
    free = [name for name in fields if name not in KEPT]
    for name in free:
        for text in islice(texts, TEXTS):
            yield {**fields, name: text}
    for _ in range(TOGETHER):
        yield {**fields, **{name: next(texts) for name in free}}
    yield {**fields, "workspace_id": "2", "id": "1", "role": "owner", "is_admin": "1", "score": "10"}
    yield {}


def _send(browser: Browser, method: str, action: str, fields: dict[str, str]) -> Any:
    if method == "post":
        return browser.client.post(action, data=MultiDict(fields))
    return browser.client.get(action.partition("?")[0], query_string=fields)
