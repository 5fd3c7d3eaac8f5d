"""A person before a survey of any make: cookies, redirects, page after page, until there is no form left to send."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from bench.forms import fill, find_form

MOST_PAGES = 60
MOST_REDIRECTS = 10
LONGEST_SECONDS = 60.0


class NotAnswered(Exception):
    """A survey that could not be brought to its end; the message says where it stopped."""


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        """Return a header's value; empty without it."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(slots=True)
class Person:
    """One browser window with one connection: `answer()` begins with no cookies."""

    cookies: dict[str, str] = field(default_factory=dict)
    _place: tuple[str, int] | None = None
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def answer(self, url: str, number: int, *, done: str = "") -> int:
        """Answer a survey as the n-th person, to a page that holds `done`, or to one without a form to send.

        Returns how many forms were sent. Raises NotAnswered.
        """
        self.cookies.clear()
        page = await self.get(url)
        for sent in range(MOST_PAGES):
            if page.status != 200:
                raise NotAnswered(f"{page.status} after {sent} forms: {page.url}")
            if done and done in page.text:
                return sent
            form = find_form(page.text)
            if form is None:
                if done or not sent:
                    raise NotAnswered(f"no form to send after {sent} forms, and not at the end: {page.url}")
                return sent
            fields = fill(form, number)
            before = page
            page = await self.post(urljoin(page.url, form.action), fields)
            if page.body == before.body:
                raise NotAnswered(f"the same page again after {sent + 1} forms: {page.url}")
        raise NotAnswered(f"no end after {MOST_PAGES} forms: {page.url}")

    async def get(self, url: str) -> Page:
        """Open a page, and follow where it leads."""
        return await self._followed("GET", url, b"")

    async def post(self, url: str, fields: Sequence[tuple[str, str]]) -> Page:
        """Send a form, and follow where it leads."""
        return await self._followed("POST", url, urlencode(fields).encode())

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _followed(self, method: str, url: str, body: bytes) -> Page:
        for _ in range(MOST_REDIRECTS):
            try:
                page = await asyncio.wait_for(self._asked(method, url, body), LONGEST_SECONDS)
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                await self.close()
                raise NotAnswered(f"{type(error).__name__}: {url}") from error
            if page.status not in {301, 302, 303, 307, 308}:
                return page
            url = urljoin(url, page.header("location"))
            if page.status < 307:
                method, body = "GET", b""
        raise NotAnswered(f"led on more than {MOST_REDIRECTS} times: {url}")

    async def _asked(self, method: str, url: str, body: bytes) -> Page:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Accept: text/html", "Accept-Language: en"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines += [f"Origin: {parts.scheme}://{parts.netloc}", f"Referer: {url}", f"Content-Length: {len(body)}"]
            lines.append("Content-Type: application/x-www-form-urlencoded")
        request = "\r\n".join([*lines, "", ""]).encode() + body
        place = (parts.hostname or "", parts.port or 80)
        used = self._streams is not None and place == self._place
        try:
            head = await self._sent(place, request)
        except (OSError, asyncio.IncompleteReadError):
            if not used:
                raise
            await self.close()  # a server may close a connection that stood idle: nothing of this was heard
            head = await self._sent(place, request)
        return await self._read(head, url)

    async def _sent(self, place: tuple[str, int], request: bytes) -> bytes:
        if self._streams is None or place != self._place:
            await self.close()
            self._streams, self._place = await asyncio.open_connection(*place, limit=2**20), place
        reader, writer = self._streams
        writer.write(request)
        return await reader.readuntil(b"\r\n\r\n")

    async def _read(self, head: bytes, url: str) -> Page:
        assert self._streams is not None
        reader, _ = self._streams
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
        page = Page(int(first.split()[1]), headers, b"", url)
        closes = page.header("connection").lower() == "close"
        if page.header("transfer-encoding").lower() == "chunked":
            body = await _chunks(reader)
        elif page.header("content-length"):
            body = await reader.readexactly(int(page.header("content-length")))
        elif page.status in {204, 304}:
            body = b""
        else:
            body, closes = await reader.read(), True
        if closes:
            await self.close()
        self._keep_cookies(headers)
        return Page(page.status, headers, body, url)

    def _keep_cookies(self, headers: Sequence[tuple[str, str]]) -> None:
        for name, said in headers:
            if name == "set-cookie":
                pair, *rest = (part.strip() for part in said.split(";"))
                key, _, value = pair.partition("=")
                self.cookies[key] = value
                if not value or "max-age=0" in (part.lower() for part in rest):
                    del self.cookies[key]


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).partition(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    while (await reader.readline()).strip():
        pass
    return body
