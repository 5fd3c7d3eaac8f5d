"""The `tell` queue: the team is told, each message marked after its call.

A batch's hooks are called side by side, and its mails meanwhile: neither waits for the other before it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from flask import current_app
from rq.timeouts import JobTimeoutException

from vocapp.adapters.mail import MailError
from vocapp.adapters.notifiers import KINDS, Later, Means, NotTold
from vocapp.config import EXTENSION, Settings
from vocapp.jobs import calling_ends, in_time, job
from vocapp.jobs.mail import mailer, sound_alarm
from vocapp.logs import where_from
from vocapp.models import database_now, transaction
from vocapp.services import halting, telling, told
from vocapp.services.telling import Call, House

AT_ONCE = 8
"""Calls to webhooks made side by side: a batch is as slow as its slowest receiver, not as all of them."""

log = structlog.get_logger("vocapp.jobs.tell")


@job
def tell(fact_ids: list[int]) -> None:
    """Tell the notices of these facts, as many as there is time for."""
    settings: Settings = current_app.extensions[EXTENSION]
    house = House(settings.secret_key.encode(), settings.public_url, settings.mail_from, settings.mail_account)
    until = calling_ends()
    for some in in_time(_batches(fact_ids), until):
        with transaction():
            calls = telling.claim(fact_ids=some, house=house, now=database_now())
        with _posting([call for call in calls if not KINDS[call.kind].by_mail], settings):
            _mail([call for call in calls if KINDS[call.kind].by_mail], until, settings)


@contextmanager
def _posting(calls: Sequence[Call], settings: Settings) -> Iterator[None]:
    """Begin to call hooks; in the end, whatever became of what is done meanwhile, write down how the calls went."""
    means = _means(settings)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tell") as pool:
        errors = pool.map(lambda call: _call(call, means), calls)
        try:
            yield
        finally:
            outcomes = list(zip(calls, errors, strict=True))
            if outcomes:
                _conclude(outcomes, settings)


def _mail(calls: Sequence[Call], until: float, settings: Settings) -> None:
    """One after the other, by the one mailer; those for which there is no time are left to the next job."""
    made, means = 0, _means(settings)
    for call in in_time(calls, until):
        _conclude([(call, _call(call, means))], settings)
        made += 1
    if calls[made:]:
        with transaction():
            told.give_back(calls=calls[made:], now=database_now())


def _call(call: Call, means: Means) -> NotTold | None:
    """Make a call. What nobody expected of it is a failure like any other, of this call and of none beside it."""
    try:
        return telling.make_call(call, KINDS[call.kind].make(means).tell)
    except JobTimeoutException:
        raise  # the job's own end
    except Exception as error:  # noqa: BLE001 (an alert is tried for a day, and then seen to be lost)
        log.warning("call failed", error=where_from(error))
        return Later(f"not told: {type(error).__name__}")


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
