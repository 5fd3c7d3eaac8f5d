"""The `mail` queue: one message at a time, each marked before its call and settled after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import structlog
from flask import current_app

from vocapp.adapters.mail import (
    MailBlocked,
    MailDeferred,
    Mailer,
    MailError,
    OutgoingMail,
    Receipt,
    make_mailer,
)
from vocapp.config import EXTENSION, Settings
from vocapp.domain.links import make_return_path
from vocapp.jobs import calling_ends, in_time, job
from vocapp.models import database_now, transaction
from vocapp.models.outbox import find_fact
from vocapp.services import halting, sending
from vocapp.services.apologising import APOLOGIES
from vocapp.services.letters import LETTERS

MAILER = "vocapp_mailer"

log = structlog.get_logger("vocapp.mail")


class Post(Protocol):
    """One kind of message: how it is marked before its call, and settled after it."""

    def claim(
        self,
        *,
        fact_id: int,
        mailer: Mailer,
        secret: str,
        public_url: str,
        sender: str,
        now: datetime,
        account: str = "",
    ) -> OutgoingMail | None: ...

    def confirm(
        self,
        *,
        fact_id: int,
        workspace_id: int,
        message_id: UUID,
        provider_id: str | None,
        now: datetime,
        account: str = "",
    ) -> None: ...

    def give_back(
        self,
        *,
        fact_id: int,
        workspace_id: int,
        message_id: UUID,
        error: MailError,
        now: datetime,
        account: str = "",
    ) -> None: ...


@partial(job, given_up=sending.give_up)
def send(fact_ids: list[int]) -> None:
    """Send the invitations of these facts, as many as there is time for."""
    _send_each(fact_ids, sending)


@partial(job, given_up=APOLOGIES.give_up)
def apologise(fact_ids: list[int]) -> None:
    """Send the apologies for the promises of these facts, as many as there is time for."""
    _send_each(fact_ids, APOLOGIES)


@partial(job, given_up=LETTERS.give_up)
def write(fact_ids: list[int]) -> None:
    """Send the letters of these facts, as many as there is time for."""
    _send_each(fact_ids, LETTERS)


@job
def follow_account() -> None:
    """Let what waited for another account go by the one that is set now."""
    settings: Settings = current_app.extensions[EXTENSION]
    with transaction():
        halting.follow_account(account=settings.mail_account, now=database_now())


def sound_alarm(error: MailError, workspace_id: int) -> None:
    """Log what stops the mail of a workspace, or of all."""
    if isinstance(error, MailBlocked):
        log.error("mail_stopped", workspace=workspace_id, why=error.detail)
    elif isinstance(error, MailDeferred) and error.retry_after is not None:
        log.warning("mail_waits", seconds=error.retry_after, why=error.detail)


def mailer() -> Mailer:
    """Return this process's mailer."""
    found: Mailer | None = current_app.extensions.get(MAILER)
    if found is None:
        settings: Settings = current_app.extensions[EXTENSION]
        found = current_app.extensions[MAILER] = make_mailer(
            backend=settings.mail_backend,
            outbox_dir=settings.outbox_dir,
            smtp_url=settings.smtp_url,
            sendgrid_api_key=settings.sendgrid_api_key,
            sendgrid_host=settings.sendgrid_host,
            return_path=_return_path(settings),
        )
    return found


def _return_path(settings: Settings) -> Callable[[UUID], str] | None:
    mailbox = settings.mail_bounces_to
    return None if mailbox is None else partial(make_return_path, settings.secret_key.encode(), mailbox)


def _send_each(fact_ids: list[int], post: Post) -> None:
    settings: Settings = current_app.extensions[EXTENSION]
    for fact_id in in_time(fact_ids, calling_ends()):
        with transaction():
            mail = post.claim(
                fact_id=fact_id,
                mailer=mailer(),
                secret=settings.secret_key,
                public_url=settings.public_url,
                sender=settings.mail_from,
                account=settings.mail_account,
                now=database_now(),
            )
        if mail is not None:
            _call(fact_id, mail, post, settings.mail_account)


def _call(fact_id: int, mail: OutgoingMail, post: Post, account: str) -> None:
    """Hand one marked message over, with no transaction open, and write down how it went."""
    result: Receipt | MailError
    try:
        result = mailer().send(mail)
    except MailError as error:
        result = error
    with transaction():
        workspace_id = find_fact(fact_id).workspace_id
        about: Any = {"fact_id": fact_id, "workspace_id": workspace_id, "message_id": mail.message_id}
        about |= {"account": account, "now": database_now()}
        if isinstance(result, MailError):
            sound_alarm(result, workspace_id)
            post.give_back(error=result, **about)
        else:
            post.confirm(provider_id=result.provider_message_id, **about)
