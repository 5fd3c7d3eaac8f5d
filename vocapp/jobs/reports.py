"""Reports to staff: planned by the clock, and sent one by one, each marked right before its call."""

from __future__ import annotations

from functools import partial

from flask import current_app

from vocapp.adapters.mail import MailError, OutgoingMail, Receipt
from vocapp.config import EXTENSION, Settings
from vocapp.jobs import calling_ends, in_time, job
from vocapp.jobs.mail import mailer, sound_alarm
from vocapp.models import database_now, snapshot, transaction
from vocapp.models.again import run_again
from vocapp.models.outbox import find_fact
from vocapp.services import report_planning, report_sending
from vocapp.services.composing_report import Press, compose


@job
def plan_reports() -> None:
    """Plan the reports that are due, so many in a transaction."""

    def once() -> int:
        with transaction():
            return report_planning.plan(now=database_now())

    while run_again(once):
        pass


@partial(job, given_up=report_sending.give_up)
def send(fact_ids: list[int]) -> None:
    """Write and send the reports of these facts, as many as there is time for."""
    for fact_id in in_time(fact_ids, calling_ends()):
        mail = run_again(partial(_ready, fact_id))
        if mail is not None:
            _call(fact_id, mail)


def press_of(settings: Settings) -> Press:
    """Return with what reports are written here."""
    return Press(secret=settings.secret_key.encode(), public_url=settings.public_url, sender=settings.mail_from)


def _ready(fact_id: int) -> OutgoingMail | None:
    """Write a report and mark it; None: there is nothing to send (now)."""
    settings: Settings = current_app.extensions[EXTENSION]
    account = settings.mail_account
    with transaction():
        wanted = report_sending.look(fact_id=fact_id, mailer=mailer(), account=account, now=database_now())
    if wanted is None:
        return None
    try:
        with snapshot():
            mail, quoted = compose(
                mail_id=wanted.mail_id,
                reader=wanted.reader,
                scope=wanted.scope,
                due_on=wanted.due_on,
                press=press_of(settings),
                now=database_now(),
            )
    except MailError as error:  # an address or a sender that no message can have
        _give_back(fact_id, wanted.workspace_id, error)
        return None
    with transaction():
        marked = report_sending.mark(wanted=wanted, quoted=quoted, account=account, now=database_now())
    return mail if marked else None


def _call(fact_id: int, mail: OutgoingMail) -> None:
    """Hand a marked report over, with no transaction open, and write down how it went."""
    account = current_app.extensions[EXTENSION].mail_account
    result: Receipt | MailError
    try:
        result = mailer().send(mail)
    except MailError as error:
        result = error
    if isinstance(result, MailError):
        with transaction():
            workspace_id = find_fact(fact_id).workspace_id
        _give_back(fact_id, workspace_id, result)
        return
    with transaction():
        report_sending.confirm(
            fact_id=fact_id, provider_id=result.provider_message_id, account=account, now=database_now()
        )


def _give_back(fact_id: int, workspace_id: int, error: MailError) -> None:
    sound_alarm(error, workspace_id)
    account = current_app.extensions[EXTENSION].mail_account
    with transaction():
        report_sending.give_back(fact_id=fact_id, error=error, account=account, now=database_now())
