"""A small HTTP client: one person with a cookie jar, or one machine with a key. Errors are replies, not exceptions."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    body: bytes
    url: str
    """Where it ended, after redirects."""

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    def expect(self, *statuses: int) -> Reply:
        """Return itself if the status is one of these; AssertionError with the body otherwise."""
        assert self.status in statuses, f"{self.url}: {self.status} instead of {statuses}: {self.body[:2000]!r}"
        return self


class HttpClient:
    def __init__(self, base_url: str, *, key: str | None = None, follow: bool = True, seconds: float = 30.0) -> None:
        self.base_url = base_url.rstrip("/")
        self.headers: dict[str, str] = {"Authorization": f"Bearer {key}"} if key else {}
        self._seconds = seconds
        self.cookies = http.cookiejar.CookieJar()
        handlers: list[urllib.request.BaseHandler] = [
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.cookies),
        ]
        self._opener = urllib.request.build_opener(*handlers, *([] if follow else [_Stay()]))

    def get(self, path: str, **query: Any) -> Reply:
        return self.request("GET", path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else ""))

    def post(self, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send JSON."""
        return self.request("POST", path, json_body=data, headers=headers)

    def put(self, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send JSON."""
        return self.request("PUT", path, json_body=data, headers=headers)

    def delete(self, path: str) -> Reply:
        return self.request("DELETE", path)

    def submit(self, path: str, fields: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a form, as a browser does; a list gives a field several times."""
        body = urllib.parse.urlencode(fields, doseq=True).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, body=body, headers=kind | dict(headers or {}))

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        json_body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; `path` may be a whole URL."""
        sent = self.headers | dict(headers or {})
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else self.base_url + path
        asked = urllib.request.Request(url, data=body, headers=sent, method=method)
        try:
            with self._opener.open(asked, timeout=self._seconds) as answer:
                return Reply(answer.status, answer.headers, answer.read(), answer.url)
        except urllib.error.HTTPError as answer:
            with answer:
                return Reply(answer.code, answer.headers, answer.read(), answer.url)


def answers(base_url: str, path: str = "/healthz") -> bool:
    """Say whether a server answers 200 there."""
    try:
        return HttpClient(base_url, seconds=3).get(path).status == 200
    except (OSError, http.client.HTTPException):
        return False


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None
