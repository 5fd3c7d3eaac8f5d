"""A SendGrid of our own: speaks `POST /v3/mail/send`, keeps what it accepts, and misbehaves when told to."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from uuid import uuid4

from tests.rig.waiting import wait_until

KEY = "SG.a-key-of-the-tests"

Way = Literal["answer", "hang", "drip", "reset", "accept_then_reset", "answer_then_reset"]


@dataclass(frozen=True)
class Verdict:
    """How a message is answered.

    `hang`: never; `drip`: a byte a second; `reset`: cut once the message was read, which is not kept;
    `accept_then_reset`: the same, but it is kept; `answer_then_reset`: kept, and cut in the middle of the answer's body
    """

    status: int = 202
    headers: Mapping[str, str] = field(default_factory=dict)
    way: Way = "answer"

    @property
    def keeps(self) -> bool:
        return self.way.startswith(("accept", "answer_then")) or (self.way == "answer" and self.status == 202)


ACCEPT = Verdict()


@dataclass(frozen=True)
class Call:
    """One message that was offered, whatever came of it."""

    began: float
    """`time.monotonic()` when its request had been read."""
    vocapp_id: str
    to: str
    kept: bool
    status: int


@dataclass(frozen=True)
class Accepted:
    """One message that was kept; by its names it is read as one of the SMTP peer's is."""

    vocapp_id: str
    to: str
    at: datetime
    """By the peer's clock."""
    payload: dict[str, Any]

    @property
    def message(self) -> EmailMessage:
        mail = EmailMessage()
        mail["To"], mail["From"] = self.to, self.payload["from"]["email"]
        mail["Subject"] = self.payload["subject"]
        for name, value in self.payload.get("headers", {}).items():
            if name.lower() not in {"message-id", "content-language"}:
                mail[name] = value
        by_type = {part["type"]: part["value"] for part in self.payload["content"]}
        mail.set_content(by_type["text/plain"])
        if "text/html" in by_type:
            mail.add_alternative(by_type["text/html"], subtype="html")
        return mail


class SendGridPeer:
    """`with SendGridPeer() as peer:` listens on a loopback port, a thread for each connection."""

    def __init__(self) -> None:
        self.delay = 0.0
        """Seconds before each message is looked at."""
        self.delay_of_verdict = 0.0
        """Seconds between keeping each message and saying so: a sender that is killed then never hears of it."""
        self.always: Verdict = ACCEPT
        """What is said to messages for which nothing else was ordered."""
        self.key = KEY
        """The key that is let in; another one gets 401."""
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._calls: list[Call] = []
        self._accepted: list[Accepted] = []
        self._next: deque[Verdict] = deque()
        self._for: dict[str, deque[Verdict]] = {}
        self._lock = threading.Lock()
        self.over = threading.Event()
        self._server = _Server(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a product that mails by way of this peer."""
        return {"MAIL_BACKEND": "sendgrid", "SENDGRID_HOST": self.url, "SENDGRID_API_KEY": KEY}

    @property
    def received(self) -> list[Accepted]:
        """The accepted messages, oldest first."""
        with self._lock:
            return list(self._accepted)

    @property
    def calls(self) -> list[Call]:
        """Every message that was offered, oldest first."""
        with self._lock:
            return list(self._calls)

    @property
    def attempts(self) -> int:
        with self._lock:
            return len(self._calls)

    def to(self, address: str) -> list[Accepted]:
        """Return the accepted messages to one address."""
        return [mail for mail in self.received if mail.to == address]

    def calls_to(self, address: str) -> list[Call]:
        return [call for call in self.calls if call.to == address]

    def answer_next(self, *verdicts: Verdict) -> None:
        """Order what is said to the next messages, whoever they are for."""
        self._next.extend(verdicts)

    def answer_for(self, address: str, *verdicts: Verdict) -> None:
        """Order what is said to the next messages to one address."""
        self._for.setdefault(address, deque()).extend(verdicts)

    def behave(self) -> None:
        """Forget all orders; what was received stays."""
        self._next.clear()
        self._for.clear()
        self.delay, self.delay_of_verdict, self.always, self.key = 0.0, 0.0, ACCEPT, KEY

    def wait_for(self, count: int = 1, *, seconds: float = 30.0) -> list[Accepted]:
        """Return the messages once there are `count` of them."""
        return wait_until(
            lambda: self.received if len(self.received) >= count else None, seconds, what=f"{count} mails"
        )

    def start(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ── what the threads of the server ask

    def judge(self, payload: dict[str, Any], authorization: str) -> Verdict:
        """Say what becomes of a message, and note it."""
        began = time.monotonic()
        person = payload["personalizations"][0]
        to, vocapp_id = person["to"][0]["email"], person.get("custom_args", {}).get("vocapp_id", "")
        with self._lock:
            if authorization != f"Bearer {self.key}":
                verdict = Verdict(401)
            elif self._for.get(to):
                verdict = self._for[to].popleft()
            else:
                verdict = self._next.popleft() if self._next else self.always
            self._calls.append(Call(began, vocapp_id, to, verdict.keeps, verdict.status))
            if verdict.keeps:
                self._accepted.append(Accepted(vocapp_id, to, self.clock(), payload))
        return verdict


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, peer: SendGridPeer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.peer = peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed in the middle is what we are here for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        peer = self.server.peer
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if peer.delay:
            peer.over.wait(peer.delay)
        fault = _fault_of(self.path, body)
        if fault is not None:
            self._answer(Verdict(400), fault)
            return
        verdict = peer.judge(json.loads(body), self.headers.get("Authorization", ""))
        if verdict.keeps and peer.delay_of_verdict:
            peer.over.wait(peer.delay_of_verdict)
        if verdict.way == "hang":
            peer.over.wait()
        elif verdict.way == "drip":
            self._drip(peer)
        elif verdict.way in {"reset", "accept_then_reset"}:
            self._reset()
        else:
            self._answer(verdict)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the peer's lists are its log."""

    def _answer(self, verdict: Verdict, said: str = "") -> None:
        accepted = verdict.status == 202
        told = said or _SAID.get(verdict.status, "something went wrong")
        body = b"" if accepted else json.dumps({"errors": [{"message": told, "field": None, "help": None}]}).encode()
        breaks_off = verdict.way == "answer_then_reset"
        self.send_response(verdict.status)
        for name, value in verdict.headers.items():
            self.send_header(name, value)
        if accepted:
            self.send_header("X-Message-Id", uuid4().hex)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + 10 * breaks_off))
        self.end_headers()
        self.wfile.write(body)
        if breaks_off:
            self.wfile.flush()
            time.sleep(0.1)  # a reset that overtook the status would be another story
            self._reset()

    def _drip(self, peer: SendGridPeer) -> None:
        self.close_connection = True
        for byte in b"HTTP/1.1 202 Accepted\r\nX-Dripping: " + b"drip " * 100:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            if peer.over.wait(1.0):
                return

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())


_SAID = {
    400: "The to.email parameter does not contain a valid address.",
    401: "The provided authorization grant is invalid, expired, or revoked",
    429: "too many requests",
}


def _fault_of(path: str, body: bytes) -> str | None:
    """Say what the API would find wrong with a request before it looks at who sends it."""
    if path != "/v3/mail/send":
        return "not found"
    try:
        payload = json.loads(body)
        [person] = payload["personalizations"]
        complete = person["to"][0]["email"] and payload["from"]["email"] and payload["subject"]
        first = payload["content"][0]["type"]
    except (ValueError, KeyError, IndexError, TypeError):
        return "Bad Request"
    return None if complete and first == "text/plain" else "The content is required."
