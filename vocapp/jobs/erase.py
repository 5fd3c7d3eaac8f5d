"""What an erasure leaves to be done: files, facts, the database's own log. And the watch over those not done."""

from __future__ import annotations

from functools import partial

import structlog
from flask import current_app

from vocapp.adapters import erasure_list as list_file
from vocapp.adapters import refused_rows
from vocapp.config import EXTENSION, Settings
from vocapp.jobs import job
from vocapp.jobs.mail import mailer
from vocapp.jobs.sweep import add_up
from vocapp.models import database_now, transaction
from vocapp.models.erasures import empty_log
from vocapp.services import clearing, erasure_list

log = structlog.get_logger("vocapp.erasures")


@job
def clear_away(fact_ids: list[int]) -> None:
    """Clear away what is left of the people these facts are about; done twice, it is done once."""
    settings: Settings = current_app.extensions[EXTENSION]
    with transaction():
        left = clearing.read_leftovers(fact_ids=fact_ids)
    if left:
        add_up()  # one not yet added shows a response's answers together
    secret = settings.secret_key.encode()
    for one in left:
        list_file.append(settings.data_dir, [one.entry._asdict()])
        list_file.keep_told(settings.data_dir, workspace=one.entry.workspace, keys=one.events)
        mailer().forget(one.mails)
        refused_rows.clear(settings.data_dir, is_theirs=partial(one.is_theirs, secret=secret))
    cleared = empty_log() if left else True
    for fact_id in fact_ids:
        with transaction():
            clearing.conclude(fact_id=fact_id, cleared=cleared, now=database_now())


@job
def watch_erasures() -> None:
    """Say so, loudly, where an erasure is not done at day 20 of the month that the law gives."""
    with transaction():
        waiting, late = erasure_list.unfinished(now=database_now())
    if late:
        log.error("erasures not done after 20 days", late=late, unfinished=waiting)
