"""Mail by SMTP. `smtp_conversation.py` tells each failure by the phase it happened in."""

from __future__ import annotations

import os
import smtplib
import ssl
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vocapp.adapters.mail.clock import now_utc
from vocapp.adapters.mail.deadline import SECONDS_IN_ALL, Attempt
from vocapp.adapters.mail.outgoing import OutgoingMail, Receipt
from vocapp.adapters.mail.smtp_conversation import Conversation, Outcome
from vocapp.adapters.mail.smtp_server import SmtpServer

IDLE_SECONDS = 60.0
"""A connection left alone for longer is not tried again: the server will have closed it."""


class SmtpMailer:
    """Sends over one connection that it keeps for the next message."""

    def __init__(
        self,
        server: SmtpServer,
        *,
        seconds_in_all: float = SECONDS_IN_ALL,
        now: Callable[[], datetime] = now_utc,
        tls: ssl.SSLContext | None = None,
        return_path: Callable[[UUID], str] | None = None,
    ) -> None:
        self._server = server
        self._return_path = return_path
        self._seconds = seconds_in_all
        self._now = now
        self._tls = tls
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def send(self, mail: OutgoingMail) -> Receipt:
        """Hand the message over. Raise one of the four MailErrors."""
        with self._lock:
            attempt: Attempt[Outcome] = Attempt(self._seconds)
            conversation = Conversation(
                self._server,
                attempt,
                mail,
                at=self._now(),
                tls=self._tls,
                return_path=self._return_path(mail.message_id) if self._return_path else None,
            )
            kept = self._take_kept()
            try:
                connection, receipt = attempt.run(lambda: conversation.hold(kept))
            except BaseException:
                if kept is not None:
                    kept.close()
                raise
            self._kept = _Kept(connection, os.getpid(), time.monotonic())
            return receipt

    def left(self, mail_id: UUID) -> bool | None:
        """Tell nothing: SMTP has no way to ask."""
        del mail_id
        return None

    def forget(self, mail_ids: Collection[UUID]) -> None:
        """Do nothing: no message is kept here."""

    def close(self) -> None:
        """Let the kept connection go."""
        with self._lock:
            kept = self._take_kept()
        if kept is not None:
            kept.close()

    def _take_kept(self) -> smtplib.SMTP | None:
        kept, self._kept = self._kept, None
        if kept is None:
            return None
        # After a fork the socket belongs to both processes: this one leaves it alone.
        if kept.pid != os.getpid() or time.monotonic() - kept.used_at > IDLE_SECONDS:
            kept.connection.close()
            return None
        return kept.connection


@dataclass(frozen=True, slots=True)
class _Kept:
    connection: smtplib.SMTP
    pid: int
    used_at: float
