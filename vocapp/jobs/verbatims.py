"""Verbatims are laid out to be searched, and tagged by rules, by the clock: seconds behind what is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog
from rq.timeouts import JobTimeoutException
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from vocapp.jobs import job
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.models.again import run_again
from vocapp.services import feed_places
from vocapp.services.verbatims import indexing, tagging

LONGEST_SECONDS = 4.0
"""After this the rest waits for the next tick: others wait in this queue."""

log = structlog.get_logger("vocapp.jobs.verbatims")


@job
def lay_out_verbatims() -> None:
    """Bring the verbatims and the tags by rule up to date, as far as there is time."""
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
            log.exception("verbatims not laid out", workspace_id=workspace_id)


def _follow_one(workspace_id: int, until: float) -> None:
    while run_again(partial(_followed, workspace_id, indexing.follow)) and time.monotonic() < until:
        pass
    with transaction():
        waiting = tagging.list_to_apply(workspace_id=workspace_id)
    for tag_id in waiting:
        if time.monotonic() < until:
            _applied(workspace_id, tag_id)
    while time.monotonic() < until and run_again(partial(_followed, workspace_id, indexing.reword)):
        pass


def _followed(workspace_id: int, lay_out_some: Callable[..., bool | None]) -> bool:
    """Lay out some; say whether there is more to do here: what another is at is left to it."""
    with transaction():
        return bool(lay_out_some(workspace_id=workspace_id, now=database_now()))


def _applied(workspace_id: int, tag_id: UUID) -> None:
    """Ask a rule of all that was said, unless another lays some of it out: the rule would not see it."""
    with transaction():
        if feed_places.lock(workspace_id=workspace_id, names=(indexing.FOLLOWING,)) is not None:
            tagging.apply(workspace_id=workspace_id, tag_id=tag_id, now=database_now())
