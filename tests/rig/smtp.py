"""An SMTP peer that keeps what it is given, and misbehaves when told to: slow, refusing, gone after it has accepted."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.rig.run import free_port
from tests.rig.waiting import wait_until


@dataclass(frozen=True)
class Received:
    """One accepted message: the envelope, and the message as it stood on the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class SmtpPeer:
    """`with SmtpPeer() as peer:` listens on a loopback port in a thread of its own."""

    def __init__(self) -> None:
        self.delay = 0.0
        """Seconds before each message is looked at."""
        self.delay_of_verdict = 0.0
        """Seconds between keeping each message and saying so: a sender that is killed then never hears of it."""
        self.attempts = 0
        """How often a message was offered, whatever came of it."""
        self._received: list[Received] = []
        self._next: deque[str] = deque()
        self._refused: dict[str, str] = {}
        self._lock = threading.Lock()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=30)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a product that mails by way of this peer."""
        return {"MAIL_BACKEND": "smtp", "SMTP_URL": self.url}

    @property
    def received(self) -> list[Received]:
        """The accepted messages, oldest first."""
        with self._lock:
            return list(self._received)

    def refuse_next(self, times: int = 1, *, code: int = 451, text: str = "try again later") -> None:
        """Answer the next messages with a code: 4xx for now, 5xx for good."""
        self._next.extend([f"{code} {text}"] * times)

    def refuse_address(self, address: str, *, code: int = 550, text: str = "no such mailbox") -> None:
        """Refuse every message to one address, already at RCPT."""
        self._refused[address.lower()] = f"{code} {text}"

    def accept_then_drop(self, times: int = 1) -> None:
        """Keep the next messages, but cut the connection before saying so: the sender cannot know."""
        self._next.extend(["drop"] * times)

    def to(self, address: str) -> list[Received]:
        """Return the accepted messages to one address."""
        return [mail for mail in self.received if address in mail.recipients]

    def wait_for(self, count: int = 1, *, seconds: float = 30.0) -> list[Received]:
        """Return the messages once there are `count` of them."""
        return wait_until(
            lambda: self.received if len(self.received) >= count else None, seconds, what=f"{count} mails"
        )

    def clear(self) -> None:
        """Forget messages and orders."""
        with self._lock:
            self._received.clear()
        self._next.clear()
        self._refused.clear()
        self.delay, self.delay_of_verdict, self.attempts = 0.0, 0.0, 0

    def start(self) -> Self:
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # The names below are aiosmtpd's.

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        refusal = self._refused.get(address.lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.attempts += 1
        order = self._next.popleft() if self._next else "250 kept"
        if self.delay:
            await asyncio.sleep(self.delay)
        if order == "drop" or order.startswith("250"):
            mail = Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), bytes(envelope.content or b""))
            with self._lock:
                self._received.append(mail)
        if self.delay_of_verdict:
            await asyncio.sleep(self.delay_of_verdict)
        if order == "drop":
            server.transport.abort()
            await asyncio.sleep(60)  # the lost connection cancels this, before anything can be answered
        return order
