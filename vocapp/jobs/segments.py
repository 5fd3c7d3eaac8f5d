"""Segments follow what changes, by the clock: each part of the work is a transaction of its own, and may run twice."""

from __future__ import annotations

import time
from functools import partial

import structlog
from rq.timeouts import JobTimeoutException
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from vocapp.jobs import job
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.models.again import run_again
from vocapp.services import following

LONGEST_SECONDS = 4.0
"""After this the rest waits for the next tick: others wait in this queue."""

log = structlog.get_logger("vocapp.jobs.segments")


@job
def follow_segments() -> None:
    """Bring portraits and memberships up to date, as far as there is time."""
    follow_all(until=time.monotonic() + LONGEST_SECONDS)


def follow_all(*, until: float) -> None:
    """Do the same until then (monotonic seconds); a workspace where it fails keeps no other waiting."""
    with transaction():
        workspace_ids = list(db.session.scalars(select(Workspace.id).order_by(Workspace.id)))
    for workspace_id in workspace_ids:
        try:
            _follow_one(workspace_id, until)
        except JobTimeoutException:
            raise  # the job's own end
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise  # the database is away
            log.exception("segments not followed", workspace_id=workspace_id)


def _follow_one(workspace_id: int, until: float) -> None:
    while run_again(partial(_followed, workspace_id)) and time.monotonic() < until:
        pass
    with transaction():
        keys = following.list_to_renew(workspace_id=workspace_id, now=database_now())
    for key in keys:
        while time.monotonic() < until and run_again(partial(_renewed, workspace_id, key)):
            pass


def _followed(workspace_id: int) -> bool:
    with transaction():
        return following.follow(workspace_id=workspace_id, now=database_now())


def _renewed(workspace_id: int, key: str) -> bool:
    with transaction():
        return following.renew(workspace_id=workspace_id, key=key, now=database_now())
