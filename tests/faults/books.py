"""The books of those outside: what the product said yes to, and how it said no; nothing of it is read from its rows."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.rig.http import HttpClient, Reply

PROBLEM = "application/problem+json"


@dataclass
class Books:
    events: set[str] = field(default_factory=set)
    """Ids that were answered 202."""
    completed: dict[tuple[str, str], int] = field(default_factory=dict)
    """(customer, survey) → the NPS given, of those who were thanked."""
    mailed: set[str] = field(default_factory=set)
    """Addresses that a mail must reach, once."""
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    """Seconds of the slowest answer."""
    turned_away: int = 0
    """Answers of 503, and connections that were cut or refused."""
    longest_away: float = 0.0
    """Seconds for which one of those who tried again was not served."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, send: Callable[[], Reply], *, api: bool) -> Reply | None:
        """Send a request once, and look at how it is answered; None: the connection was refused or cut."""
        began = time.monotonic()
        try:
            reply = send()
        except (OSError, http.client.HTTPException):
            reply = None
        with self._lock:
            self.slowest = max(self.slowest, time.monotonic() - began)
            if reply is None or reply.status == 503:
                self.turned_away += 1
            if reply is not None and reply.status >= 500:
                self._look_at(reply, api=api)
        return reply

    def insist(self, send: Callable[[], Reply], *, api: bool, seconds: float = 90.0) -> Reply:
        """Send a request until it is answered by something better than a 5xx, as a patient client does."""
        began = time.monotonic()
        while True:
            reply = self.ask(send, api=api)
            away = time.monotonic() - began
            if reply is not None and reply.status < 500:
                with self._lock:
                    if away > 0.5:
                        self.longest_away = max(self.longest_away, away)
                return reply
            if away > seconds:
                raise AssertionError(f"turned away for {away:.0f} s, at last with {reply and reply.status}")
            time.sleep(0.2)

    def tell(self, api: HttpClient, events: list[dict[str, Any]], *, insist: bool = True) -> Reply | None:
        """Post events, and note those that were taken; of 700 at most."""

        def send() -> Reply:
            return api.post("/api/v1/events", {"events": events})

        reply = self.insist(send, api=True) if insist else self.ask(send, api=True)
        if reply is not None and reply.status == 202:
            said = reply.json()
            with self._lock:
                self.events |= {event["id"] for event in events}
                if said["accepted"] + said["duplicates"] != len(events):
                    self.wrong.append(f"of {len(events)} events {said} were taken")
        return reply

    def thanked(self, customer: str, survey: str, nps: int) -> None:
        """Note somebody whose last page was answered with the thanks."""
        with self._lock:
            self.completed[customer, survey] = nps

    def note(self, wrong: str) -> None:
        with self._lock:
            self.wrong.append(wrong)

    def _look_at(self, reply: Reply, *, api: bool) -> None:
        kind = reply.headers.get_content_type()
        if reply.status != 503:
            self.wrong.append(f"{reply.status} of {reply.url.partition('?')[0]}: {reply.text[:300]}")
        elif not reply.headers.get("Retry-After"):
            self.wrong.append(f"503 without Retry-After: {reply.url}")
        elif api and kind != PROBLEM:
            self.wrong.append(f"503 as {kind}, not as a problem: {reply.url}")
