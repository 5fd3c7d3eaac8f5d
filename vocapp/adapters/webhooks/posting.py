"""One POST to a target: the name is looked up, what it leads to is judged, and exactly that address is called.

So a name that leads elsewhere a moment later changes nothing. Host and certificate stay those of the name; a redirect
is an answer like any other; of what comes back only status and `Retry-After` are read; the whole is bounded in time.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from vocapp.adapters.mail import MailError, MailOutcomeUnknown
from vocapp.adapters.mail.clock import now_utc
from vocapp.adapters.mail.deadline import Attempt
from vocapp.adapters.mail.waiting import wait_seconds
from vocapp.adapters.webhooks.targets import Address, Network, Resolve, Target, check

SECONDS_IN_ALL = 15.0
"""What Standard Webhooks asks a sender to grant at least."""
CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 3


class Unreachable(Exception):
    """No answer came; the message is one line for staff, with nothing of the address in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: float | None
    """Seconds."""


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Sequence[Network] = (),
    seconds: float = SECONDS_IN_ALL,
    resolve: Resolve | None = None,
    tls: Callable[[], ssl.SSLContext] | None = None,
    now: Callable[[], datetime] = now_utc,
) -> Answer:
    """Post, and return what came back, whatever it was. Raises TargetRefused and Unreachable."""
    attempt: Attempt[Answer] = Attempt(seconds)

    def converse() -> Answer:
        addresses = check(target, allowed=allowed, resolve=resolve)
        connection = _Connection(target, addresses[:MOST_ADDRESSES], attempt, (tls or _tls)())
        try:
            attempt.about_to_hand_over()
            connection.request("POST", target.path, body, {"User-Agent": "vocapp", "Connection": "close", **headers})
            with connection.getresponse() as response:
                if attempt.over:  # what was read was broken off
                    raise MailOutcomeUnknown("cut")
                return Answer(response.status, wait_seconds(response.headers, now=now()))
        finally:
            with suppress(OSError):
                connection.close()

    try:
        return attempt.run(converse)
    except (MailError, OSError, http.client.HTTPException) as error:
        raise Unreachable(_why(error, cut=attempt.over)) from error


def _why(error: Exception, *, cut: bool) -> str:
    if cut or isinstance(error, MailError | TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return "its certificate is not valid, or it speaks no TLS"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return f"no connection, or no HTTP: {type(error).__name__}"


class _Connection(http.client.HTTPConnection):
    """Calls the addresses that were judged, and nothing else; under watch, so that it can be cut."""

    def __init__(
        self, target: Target, addresses: Sequence[Address], attempt: Attempt[Answer], tls: ssl.SSLContext
    ) -> None:
        super().__init__(target.host, target.port, timeout=attempt.seconds)
        self._target, self._addresses, self._attempt, self._tls = target, addresses, attempt, tls

    def connect(self) -> None:
        plain = self._dial()
        self._attempt.watch(plain)
        plain.settimeout(self._attempt.seconds)
        secure = self._target.scheme == "https"
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._target.host) if secure else plain

    def putheader(self, header: str | bytes, *values: Any) -> None:
        if str(header).lower() == "host":
            values = (self._target.host_header,)
        super().putheader(header, *values)

    def _dial(self) -> socket.socket:
        trouble: OSError | None = None
        for address in self._addresses:
            try:
                return socket.create_connection((str(address), self._target.port), timeout=CONNECT_SECONDS)
            except OSError as error:
                trouble = error
        raise trouble or OSError("no address")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
