"""The HTTP under SendGrid's client, which by itself has no bound on the whole exchange and follows redirects."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from functools import partial
from typing import Any

import python_http_client

from vocapp.adapters.mail.deadline import Attempt
from vocapp.adapters.mail.outgoing import MailOutcomeUnknown

LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read: they only explain a refusal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with the three methods that SendGrid's client reads it by."""

    status: int
    headers: Message
    body: bytes

    def getcode(self) -> int:
        return self.status

    def read(self) -> bytes:
        return self.body

    def info(self) -> Message:
        return self.headers


class Transport(python_http_client.Client):
    """SendGrid's HTTP client with watched sockets and no redirects; a status counts even if its body breaks off."""

    def __init__(self, attempt: Attempt[Answer], like: Any, url_path: list[str] | None = None) -> None:
        super().__init__(host=like.host, request_headers=like.request_headers, version=3, url_path=url_path)
        self.attempt = attempt

    def _build_client(self, name: str | None = None) -> Transport:
        return Transport(self.attempt, self, [*self._url_path, name] if name else self._url_path)

    def _make_request(self, _opener: Any, request: urllib.request.Request, **_: Any) -> Answer:
        watched = urllib.request.build_opener(_NoRedirect, _Http(self.attempt), _Https(self.attempt))
        try:
            response = watched.open(request, timeout=self.attempt.seconds)
        except urllib.error.HTTPError as error:
            response = error
        if self.attempt.over:  # cut within the head, which http.client takes for its end
            response.close()
            raise MailOutcomeUnknown("the answer was not whole when the time was up")
        return Answer(response.status or 0, response.headers, _whatever_comes(response))


def _whatever_comes(response: Any) -> bytes:
    try:
        return bytes(response.read(LONGEST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError):
        return b""
    finally:
        response.close()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key and the message go to the host that was set, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class _Http(urllib.request.HTTPHandler):
    def __init__(self, attempt: Attempt[Answer]) -> None:
        super().__init__()
        self.attempt = attempt

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Connection, attempt=self.attempt), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, attempt: Attempt[Answer]) -> None:
        super().__init__()
        self.attempt = attempt

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_TlsConnection, attempt=self.attempt), req)


class _Connection(http.client.HTTPConnection):
    """Puts its socket under watch, and says when the request goes out."""

    def __init__(self, *args: Any, attempt: Attempt[Answer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attempt = attempt

    def connect(self) -> None:
        super().connect()
        self.attempt.watch(self.sock)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        self.attempt.about_to_hand_over()
        super().endheaders(*args, **kwargs)


class _TlsConnection(http.client.HTTPSConnection, _Connection):
    """The same over TLS: the order of the bases puts the watch before the handshake."""
