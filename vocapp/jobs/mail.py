"""The `mail` queue: each message is marked right before its call. Invitations are judged by the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
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
from vocapp.jobs import Clock, calling_ends, in_time, job
from vocapp.models import database_now, transaction
from vocapp.models.outbox import find_fact, workspaces_of
from vocapp.services import halting, preparing, sending
from vocapp.services.apologising import APOLOGIES
from vocapp.services.letters import LETTERS
from vocapp.services.preparing import Prepared
from vocapp.services.sending import Sent
from vocapp.services.sending_once import Call, Once, Press

MAILER = "vocapp_mailer"

log = structlog.get_logger("vocapp.mail")


@partial(job, given_up=sending.give_up)
def send(fact_ids: list[int]) -> None:
    """Send the invitations of these facts, a workspace at a time, as many as there is time for."""
    ends = calling_ends()
    for workspace_id, ids in in_time(workspaces_of(fact_ids).items(), ends):
        _send(workspace_id, ids, ends)


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
    settings = _settings()
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
        settings = _settings()
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


def _send(workspace_id: int, fact_ids: Sequence[int], ends: float) -> None:
    """Judge all, then mark and call one after the other, then settle all."""
    account = _settings().mail_account
    with transaction():
        clock = Clock(database_now())
        prepared = preparing.prepare(
            workspace_id=workspace_id, fact_ids=fact_ids, mailer=mailer(), account=account, now=clock.now()
        )
    if not prepared:
        return
    batch = _Batch(workspace_id, account, clock)
    try:
        for one in in_time(prepared, ends):
            if not batch.send(one):
                break
        batch.leave(prepared)
    finally:  # whatever went wrong with one: of those before it, it is known that they left
        batch.finish()


class _Batch:
    """Messages of one workspace on their way."""

    def __init__(self, workspace_id: int, account: str, clock: Clock) -> None:
        self._workspace_id = workspace_id
        self._account = account
        self._clock = clock
        self._sent: list[Sent] = []
        self._unnoted: Sent | None = None
        """The last of those sent: the mark of the next one writes that down."""
        self._seen_to: set[int] = set()
        self._again: list[int] = []

    def send(self, one: Prepared) -> bool:
        """Send one message; say whether others may follow."""
        try:
            mail = _compose(one)
        except MailError as error:  # an address or a sender that no message can have
            return self._give_back(one, error)
        if not sending.begin(
            one, account=self._account, now=self._clock.now(), before=self._unnoted, tracked=mail.tracks_opens
        ):
            return True  # it is left for another look
        self._unnoted = None
        self._seen_to.add(one.fact_id)
        try:
            receipt = mailer().send(mail)  # with no transaction open
        except MailError as error:
            return self._give_back(one, error)
        self._unnoted = Sent(one, receipt.provider_message_id, self._clock.now())
        self._sent.append(self._unnoted)
        return True

    def leave(self, prepared: Sequence[Prepared]) -> None:
        """Have those looked at again that were neither sent nor given back."""
        self._again = [one.fact_id for one in prepared if one.fact_id not in self._seen_to]

    def finish(self) -> None:
        """Let follow what follows from those that were sent."""
        on: dict[str, Any] = {"workspace_id": self._workspace_id, "now": self._clock.now()}
        try:
            if self._sent:
                with transaction():  # first: what waits for this to go through is due before this one is seen to
                    halting.went_through(account=self._account, at=self._sent[-1].at, **on)
        finally:
            if self._sent or self._again:
                with transaction():
                    sending.finish(sent=self._sent, unnoted=self._unnoted, again=self._again, **on)

    def _give_back(self, one: Prepared, error: MailError) -> bool:
        """Write down how a call went wrong; say whether others may follow."""
        self._seen_to.add(one.fact_id)
        sound_alarm(error, self._workspace_id)
        with transaction():
            halted = sending.give_back(
                fact_id=one.fact_id,
                workspace_id=self._workspace_id,
                invitation_id=one.invitation_id,
                error=error,
                account=self._account,
                now=self._clock.now(),
            )
        return not halted


def _compose(one: Prepared) -> OutgoingMail:
    settings = _settings()
    return sending.compose(
        one,
        secret=settings.secret_key,
        public_url=settings.public_url,
        sender=settings.mail_from,
        opens_told=settings.opens_are_told,
    )


def _settings() -> Settings:
    found: Settings = current_app.extensions[EXTENSION]
    return found


def _send_each(fact_ids: list[int], once: Once[Any]) -> None:
    for fact_id in in_time(fact_ids, calling_ends()):
        with transaction():
            mail = once.claim(fact_id=fact_id, press=_press())
        if mail is not None:
            _call(fact_id, mail, once)


def _press() -> Press:
    settings = _settings()
    return Press(
        mailer=mailer(),
        account=settings.mail_account,
        secret=settings.secret_key.encode(),
        public_url=settings.public_url,
        sender=settings.mail_from,
        now=database_now(),
    )


def _call(fact_id: int, mail: OutgoingMail, once: Once[Any]) -> None:
    """Hand one marked message over, with no transaction open, and write down how it went."""
    result: Receipt | MailError
    try:
        result = mailer().send(mail)
    except MailError as error:
        result = error
    with transaction():
        workspace_id = find_fact(fact_id).workspace_id
        call = Call(fact_id, workspace_id, mail.message_id, _settings().mail_account, database_now())
        if isinstance(result, MailError):
            sound_alarm(result, workspace_id)
            once.give_back(call, error=result)
        else:
            once.confirm(call, provider_id=result.provider_message_id)
