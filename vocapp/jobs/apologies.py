"""The apologies for promises that were missed: one message at a time, each marked before its call."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import current_app

from vocapp.adapters.mail import MailError, OutgoingMail, Receipt
from vocapp.config import EXTENSION, Settings
from vocapp.jobs import calling_ends, in_time, job
from vocapp.jobs.mail import mailer, sound_alarm
from vocapp.models import database_now, transaction
from vocapp.models.outbox import find_fact
from vocapp.services import apologising


@partial(job, given_up=apologising.give_up)
def apologise(fact_ids: list[int]) -> None:
    """Send the apologies of these facts, as many as there is time for."""
    settings: Settings = current_app.extensions[EXTENSION]
    for fact_id in in_time(fact_ids, calling_ends()):
        with transaction():
            mail = apologising.claim(
                fact_id=fact_id,
                mailer=mailer(),
                secret=settings.secret_key,
                public_url=settings.public_url,
                sender=settings.mail_from,
                account=settings.mail_account,
                now=database_now(),
            )
        if mail is not None:
            _call(fact_id, mail, settings.mail_account)


def _call(fact_id: int, mail: OutgoingMail, account: str) -> None:
    """Hand one marked message over, with no transaction open, and write down how it went."""
    result: Receipt | MailError
    try:
        result = mailer().send(mail)
    except MailError as error:
        result = error
    with transaction():
        workspace_id = find_fact(fact_id).workspace_id
        about: Any = {"fact_id": fact_id, "workspace_id": workspace_id, "promise_id": mail.message_id}
        about |= {"account": account, "now": database_now()}
        if isinstance(result, MailError):
            sound_alarm(result, workspace_id)
            apologising.give_back(error=result, **about)
        else:
            apologising.confirm(provider_id=result.provider_message_id, **about)
