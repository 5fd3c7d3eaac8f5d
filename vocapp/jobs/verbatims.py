"""Verbatims are laid out to be searched, and tagged by rules, by the clock: seconds behind what is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog

from vocapp.jobs import job
from vocapp.jobs.everywhere import in_each_workspace
from vocapp.models import database_now, transaction
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
    in_each_workspace(partial(_follow_one, until), log=log, failed="verbatims not laid out")


def _follow_one(until: float, workspace_id: int) -> None:
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
