"""Mail by SendGrid's v3 API, through its official client with a bound on the whole exchange.

SendGrid has no idempotency key: once the request is out whole and no status came back, the message may have left.
"""

from __future__ import annotations

import http.client
import logging
import urllib.error
from base64 import b64encode
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sendgrid import SendGridAPIClient

from vocapp.adapters.mail.clock import now_utc
from vocapp.adapters.mail.deadline import SECONDS_IN_ALL, Attempt
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
from vocapp.adapters.mail.sendgrid_transport import Answer, Transport
from vocapp.adapters.mail.waiting import wait_seconds

DEFAULT_HOST = "https://api.sendgrid.com"


class SendGridMailer:
    """Sends one message a request."""

    def __init__(
        self,
        *,
        api_key: str,
        host: str = DEFAULT_HOST,
        seconds_in_all: float = SECONDS_IN_ALL,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self._api_key = api_key
        if urlsplit(host).scheme not in {"http", "https"} or not urlsplit(host).hostname:
            raise ValueError("SENDGRID_HOST must look like https://api.sendgrid.com")
        self._host = host.rstrip("/")
        self._seconds = seconds_in_all
        self._now = now
        # At DEBUG the client logs the key and the whole message.
        logging.getLogger("python_http_client").setLevel(logging.WARNING)

    def send(self, mail: OutgoingMail) -> Receipt:
        """Hand the message over. Raise one of the four MailErrors."""
        body = payload(mail)
        attempt: Attempt[Answer] = Attempt(self._seconds)
        answer = attempt.run(lambda: self._post(body, attempt))
        if 200 <= answer.status < 300:
            return Receipt(provider_message_id=answer.headers.get("X-Message-Id"))
        raise self._verdict(answer)

    def left(self, mail_id: UUID) -> bool | None:
        """Tell nothing: only the event webhook can, later."""
        del mail_id
        return None

    def forget(self, mail_ids: Collection[UUID]) -> None:
        """Do nothing: no message is kept here."""

    def _post(self, body: dict[str, Any], attempt: Attempt[Answer]) -> Answer:
        client = SendGridAPIClient(api_key=self._api_key, host=self._host)
        client.client = Transport(attempt, client.client)
        try:
            response = client.send(body)
        except urllib.error.URLError as error:
            # urllib wraps what fails up to the last byte of the request: SendGrid never had it whole.
            raise MailDeferred(f"SendGrid could not be reached: {error.reason}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not attempt.handed_over:
                raise MailDeferred(f"SendGrid could not be reached: {error}") from error
            raise MailOutcomeUnknown(f"SendGrid had the message and gave no verdict: {error!r}") from error
        return Answer(response.status_code, response.headers, response.body)

    def _verdict(self, answer: Answer) -> MailError:
        detail = f"SendGrid answered {answer.status}: {answer.body.decode('utf-8', 'replace')}"
        if answer.status in {401, 403}:
            return MailBlocked(detail)
        if answer.status == 504:
            # The one 5xx that speaks of somebody else: the gateway passed the message on and does not know.
            return MailOutcomeUnknown(detail)
        if answer.status in {400, 406, 413, 415, 422}:
            return MailRefused(detail)
        return MailDeferred(detail, retry_after=wait_seconds(answer.headers, now=self._now()))


def payload(mail: OutgoingMail) -> dict[str, Any]:
    """Return the body of `POST /v3/mail/send`. Only the opaque id goes into the arguments that SendGrid keeps."""
    contents = [{"type": "text/plain", "value": mail.text}]
    if mail.html is not None:
        contents.append({"type": "text/html", "value": mail.html})
    off = {"enable": False}
    files = [
        {"content": b64encode(file.content).decode(), "type": file.media_type, "filename": file.name}
        for file in mail.attachments
    ]
    return {
        "personalizations": [
            {"to": [_mailbox(mail.to_name, mail.to_address)], "custom_args": {"vocapp_id": str(mail.message_id)}}
        ],
        "from": _mailbox(mail.sender_name, mail.sender_address),
        "subject": mail.subject,
        "content": contents,
        **({"attachments": files} if files else {}),
        "headers": {**mail.headers, "Content-Language": mail.language, "Message-ID": mail.message_id_header},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": mail.tracks_opens},
            "subscription_tracking": off,
            "ganalytics": off,
        },
    }


def _mailbox(name: str | None, address: str) -> dict[str, str]:
    mailbox = {"email": wire_address(address)}
    return {**mailbox, "name": name} if name else mailbox
