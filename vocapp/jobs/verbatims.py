"""Verbatims are laid out to be searched, and tagged by rules, by the clock: seconds behind what is said."""

from __future__ import annotations

import time
from functools import partial

from sqlalchemy import select

from vocapp.jobs import job
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.models.again import run_again
from vocapp.services.verbatims import indexing, tagging

LONGEST_SECONDS = 4.0
"""After this the rest waits for the next tick: others wait in this queue."""


@job
def lay_out_verbatims() -> None:
    """Bring the verbatims and the tags by rule up to date, as far as there is time."""
    follow_all(until=time.monotonic() + LONGEST_SECONDS)


def follow_all(*, until: float) -> None:
    """Do the same until then (monotonic seconds)."""
    with transaction():
        workspace_ids = list(db.session.scalars(select(Workspace.id).order_by(Workspace.id)))

    def followed(workspace_id: int) -> bool:
        with transaction():
            return indexing.follow(workspace_id=workspace_id, now=database_now())

    for workspace_id in workspace_ids:
        while run_again(partial(followed, workspace_id)) and time.monotonic() < until:
            pass
        with transaction():
            waiting = tagging.list_to_apply(workspace_id=workspace_id)
        for tag_id in waiting:
            if time.monotonic() < until:
                with transaction():
                    tagging.apply(workspace_id=workspace_id, tag_id=tag_id, now=database_now())
