"""Somebody with a link: opens it, fills in each form as far as they have something to say, and is thanked."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from tests.rig.http import HttpClient, Reply

MOST_PAGES = 10


class NotThanked(AssertionError):
    """The form did not lead to the thank-you page."""


def answer(client: HttpClient, url: str, said: Mapping[str, str]) -> None:
    """Answer a survey of any layout. Hidden fields go back as they came. Raises NotThanked."""
    page = client.get(url)
    for _ in range(MOST_PAGES):
        form = Form.of(page)
        if form.state == "completed":
            return
        if page.status != 200 or not form.found:
            raise NotThanked(f"{page.status}, {form.state}: {page.text[:300]}")
        fields = {**form.hidden, **{key: value for key, value in said.items() if key in form.names}}
        page = client.submit(urljoin(page.url, form.action), fields)
    raise NotThanked(f"still asked after {MOST_PAGES} pages")


class Form(HTMLParser):
    """The first form of a page that is sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ""
        self.action = ""
        self.found = False
        self.hidden: dict[str, str] = {}
        self.names: set[str] = set()
        self._inside = False

    @classmethod
    def of(cls, page: Reply) -> Form:
        form = cls()
        form.feed(page.text)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        if tag == "body":
            self.state = given.get("data-state", "")
        elif tag == "form" and not self.found and given.get("method", "").lower() == "post":
            self.found = self._inside = True
            self.action = given.get("action", "")
        elif self._inside and tag in {"input", "textarea", "select"} and given.get("name"):
            if given.get("type") == "hidden":
                self.hidden[given["name"]] = given.get("value", "")
            else:
                self.names.add(given["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
