"""The `alert` queue: signals become alerts. And the mail that tells the team, which waits in the `mail` queue."""

from __future__ import annotations

from flask import current_app

from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.config import EXTENSION, Settings
from vocapp.jobs import calling_ends, in_time, job
from vocapp.jobs.mail import mailer, sound_alarm
from vocapp.models import database_now, transaction
from vocapp.models.outbox import find_fact
from vocapp.services import alerting, halting, telling


@job
def open_alerts(fact_ids: list[int]) -> None:
    """Give the signals of these facts their alerts."""
    with transaction():
        alerting.open_or_join(fact_ids=fact_ids, now=database_now())


@job
def tell_the_team(fact_ids: list[int]) -> None:
    """Mail the alerts of these facts to those who look after them; each is settled after its calls.

    Whom there was no time for stands in no history, and is told by the next job.
    """
    settings: Settings = current_app.extensions[EXTENSION]
    account, until = settings.mail_account, calling_ends()
    for fact_id in in_time(fact_ids, until):
        with transaction():
            if halting.park_by_id(fact_id=fact_id, account=account, now=database_now()):
                continue
            notices = telling.read_notices(fact_id=fact_id, public_url=settings.public_url, sender=settings.mail_from)
        errors = []
        for notice in in_time(notices, until):
            error = _send(notice.mail)
            errors.append(error)
            with transaction():
                now, workspace_id = database_now(), find_fact(fact_id).workspace_id
                telling.note(fact_id=fact_id, notice=notice, error=error, now=now)
                if error is None:
                    halting.went_through(account=account, workspace_id=workspace_id, now=now)
                else:
                    sound_alarm(error, workspace_id)
                    halting.heed(error=error, account=account, workspace_id=workspace_id, now=now)
        with transaction():
            telling.conclude(fact_id=fact_id, errors=errors, now=database_now())


def _send(mail: OutgoingMail | MailError) -> MailError | None:
    if isinstance(mail, MailError):
        return mail
    try:
        mailer().send(mail)
    except MailError as error:
        return error
    return None
