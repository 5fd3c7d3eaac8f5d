"""The `tell` queue: the team is told, each message marked after its call. Hooks that are slow hold up no mail."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from flask import current_app

from vocapp.adapters.mail import MailError
from vocapp.adapters.notifiers import KINDS, Means, NotTold
from vocapp.config import EXTENSION, Settings
from vocapp.jobs import calling_ends, in_time, job
from vocapp.jobs.mail import mailer, sound_alarm
from vocapp.models import database_now, transaction
from vocapp.services import halting, telling, told
from vocapp.services.telling import Call, House

AT_ONCE = 8
"""Calls to webhooks made side by side: a batch is as slow as its slowest receiver, not as all of them."""


@job
def tell(fact_ids: list[int]) -> None:
    """Tell the notices of these facts, as many as there is time for."""
    settings: Settings = current_app.extensions[EXTENSION]
    house = House(settings.secret_key.encode(), settings.public_url, settings.mail_from, settings.mail_account)
    until = calling_ends()
    for some in in_time(_batches(fact_ids), until):
        with transaction():
            calls = telling.claim(fact_ids=some, house=house, now=database_now())
        posted = [call for call in calls if not KINDS[call.kind].by_mail]
        if posted:
            _conclude(_post(posted, settings), settings)
        _mail([call for call in calls if KINDS[call.kind].by_mail], until, settings)


def _post(calls: Sequence[Call], settings: Settings) -> list[tuple[Call, NotTold | None]]:
    means = _means(settings)
    with ThreadPoolExecutor(min(AT_ONCE, len(calls)), thread_name_prefix="tell") as pool:
        errors = pool.map(lambda call: telling.make_call(call, KINDS[call.kind].make(means).tell), calls)
        return list(zip(calls, errors, strict=True))


def _mail(calls: Sequence[Call], until: float, settings: Settings) -> None:
    """One after the other, by the one mailer; those for which there is no time are left to the next job."""
    made = 0
    for call in in_time(calls, until):
        error = telling.make_call(call, KINDS[call.kind].make(_means(settings)).tell)
        _conclude([(call, error)], settings)
        made += 1
    if calls[made:]:
        with transaction():
            told.give_back(calls=calls[made:], now=database_now())


def _conclude(outcomes: Sequence[tuple[Call, NotTold | None]], settings: Settings) -> None:
    with transaction():
        now = database_now()
        told.conclude(outcomes=outcomes, now=now)
        for call, error in outcomes:
            cause = error.__cause__ if error is not None else None
            if error is None and KINDS[call.kind].by_mail:
                halting.went_through(account=settings.mail_account, workspace_id=call.workspace_id, now=now)
            elif isinstance(cause, MailError) and KINDS[call.kind].by_mail:
                sound_alarm(cause, call.workspace_id)
                halting.heed(error=cause, account=settings.mail_account, workspace_id=call.workspace_id, now=now)


def _means(settings: Settings) -> Means:
    found = mailer()
    return Means(mailer=lambda: found, allowed=settings.webhook_allow_networks)


def _batches(fact_ids: Sequence[int]) -> list[list[int]]:
    return [list(fact_ids[start : start + AT_ONCE]) for start in range(0, len(fact_ids), AT_ONCE)]
