"""One message's way through an SMTP server.

Before the final dot nothing has left, and every failure says so; behind it, silence means that nobody knows.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from datetime import datetime
from typing import TypeAlias

from vocapp.adapters.mail.deadline import Attempt
from vocapp.adapters.mail.outgoing import (
    MailBlocked,
    MailDeferred,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    OutgoingMail,
    Receipt,
    wire_address,
)
from vocapp.adapters.mail.smtp_server import SmtpServer
from vocapp.adapters.mail.wire import as_bytes, needs_smtputf8

Outcome: TypeAlias = tuple[smtplib.SMTP, Receipt]
"""The connection, good for the next message, and the receipt of this one."""


class Conversation:
    """One message's way through the phases: connect, MAIL FROM, RCPT TO, DATA, the final dot, the verdict."""

    def __init__(
        self,
        server: SmtpServer,
        attempt: Attempt[Outcome],
        mail: OutgoingMail,
        *,
        at: datetime,
        tls: ssl.SSLContext | None = None,
        return_path: str | None = None,
    ) -> None:
        self._return_path = return_path or mail.sender_address
        self._server = server
        self._attempt = attempt
        self._tls = tls
        self._mail = mail
        self._at = at

    def hold(self, kept: smtplib.SMTP | None) -> Outcome:
        """Return the connection, good for the next message, and the receipt."""
        connection = kept
        try:
            if connection is not None and not self._open_envelope_again(connection):
                connection.close()
                connection = None
            if connection is None:
                connection = self._connect()
                self._open_envelope(connection)
            return connection, self._hand_over(connection)
        except MailError:
            if connection is not None:
                connection.close()
            raise
        except (smtplib.SMTPException, OSError) as error:
            if connection is not None:
                connection.close()
            # Every phase after the final dot raises MailErrors of its own, so nothing has left.
            raise MailDeferred(f"the mail server could not be talked to: {_said(error)}") from error

    def _connect(self) -> smtplib.SMTP:
        context = self._tls or ssl.create_default_context()
        connection = _Watched(self._attempt, context if self._server.security == "tls" else None)
        try:
            self._greet(connection, context)
        except BaseException:
            connection.close()
            raise
        return connection

    def _greet(self, connection: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server = self._server
        code, reply = connection.connect(server.host, server.port)
        if code != 220:
            raise MailDeferred(f"the mail server does not take connections: {code} {_text(reply)}")
        connection.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            if not connection.has_extn("starttls"):
                raise MailBlocked("the mail server offers no STARTTLS, and SMTP_URL asks for it")
            connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
        if server.user is None:
            return
        try:
            connection.login(server.user, server.password or "")
        except smtplib.SMTPNotSupportedError:
            raise MailBlocked("the mail server offers no login, and SMTP_URL names a user") from None
        except smtplib.SMTPResponseException as error:
            if 500 <= error.smtp_code < 600:
                raise MailBlocked(f"the mail server refused the login: {_said(error)}") from None
            raise

    def _open_envelope_again(self, connection: smtplib.SMTP) -> bool:
        """MAIL FROM on a kept connection; False if it is stale: nothing was sent yet, so a new one may be made."""
        if connection.sock is None:
            return False
        try:
            self._attempt.watch(connection.sock)
            code, reply = self._mail_from(connection)
        except (smtplib.SMTPServerDisconnected, OSError):
            if self._attempt.over:
                raise
            return False
        if code == 421:
            return False
        self._judge_sender(code, reply)
        return True

    def _open_envelope(self, connection: smtplib.SMTP) -> None:
        code, reply = self._mail_from(connection)
        self._judge_sender(code, reply)

    def _mail_from(self, connection: smtplib.SMTP) -> tuple[int, bytes]:
        options = []
        if connection.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if needs_smtputf8(self._mail):
            if not connection.has_extn("smtputf8"):
                raise MailRefused("the mail server can't write to an address with letters beyond ASCII")
            options.append("SMTPUTF8")
            connection.command_encoding = "utf-8"
        return connection.docmd("MAIL", " ".join([f"FROM:<{wire_address(self._return_path)}>", *options]))

    def _judge_sender(self, code: int, reply: bytes) -> None:
        if code in {552, 555}:
            raise MailRefused(f"the mail server refused the message: {code} {_text(reply)}")
        if 500 <= code < 600:
            raise MailBlocked(f"the mail server refused the sender (MAIL_FROM): {code} {_text(reply)}")
        if code != 250:
            raise MailDeferred(f"the mail server put the sender off: {code} {_text(reply)}")

    def _hand_over(self, connection: smtplib.SMTP) -> Receipt:
        # Written before DATA: a message that can't be written must not leave a command hanging.
        data = as_bytes(self._mail, sent_at=self._at, eight_bit=connection.has_extn("8bitmime"))
        code, reply = connection.docmd("RCPT", f"TO:<{wire_address(self._mail.to_address)}>")
        if code not in {250, 251, 252}:
            raise _verdict(code, reply, about="the recipient")
        code, reply = connection.docmd("DATA")
        if code != 354:
            raise _verdict(code, reply, about="the message")
        self._attempt.about_to_hand_over()
        # If this raises, the last bytes never reached the system's buffers: the dot is not out, nothing was accepted.
        connection.send(re.sub(rb"(?m)^\.", b"..", data) + b".\r\n")
        try:
            code, reply = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise MailOutcomeUnknown(f"the mail server took the message and gave no verdict: {_said(error)}") from error
        if code != 250:
            raise (
                _verdict(code, reply, about="the message")
                if 400 <= code < 600
                else MailOutcomeUnknown(f"the mail server took the message and gave no clear verdict: {_text(reply)}")
            )
        return Receipt()


class _Watched(smtplib.SMTP):
    """smtplib's client with its socket under watch, and over TLS from the first byte where given a context."""

    def __init__(self, attempt: Attempt[Outcome], context: ssl.SSLContext | None) -> None:
        super().__init__(timeout=attempt.seconds)
        self._attempt = attempt
        self._context = context

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        try:
            self._attempt.watch(plain)
            # smtplib sets the name that certificates are compared with in its constructor alone.
            self._host = host
            return plain if self._context is None else self._context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _verdict(code: int, reply: bytes, *, about: str) -> MailError:
    detail = f"the mail server refused {about}: {code} {_text(reply)}"
    if code in {530, 535}:
        return MailBlocked(detail)
    return MailRefused(detail) if 500 <= code < 600 else MailDeferred(detail)


def _said(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return f"{error.smtp_code} {_text(reply) if isinstance(reply, bytes) else reply}"
    return str(error) or type(error).__name__


def _text(reply: bytes) -> str:
    return reply.decode("utf-8", "replace")
