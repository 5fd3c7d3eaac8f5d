"""Segments follow what changes, by the clock: each part of the work is a transaction of its own, and may run twice."""

from __future__ import annotations

import time
from functools import partial

import structlog

from vocapp.jobs import job
from vocapp.jobs.everywhere import in_each_workspace
from vocapp.models import database_now, transaction
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
    in_each_workspace(partial(_follow_one, until), log=log, failed="segments not followed")


def _follow_one(until: float, workspace_id: int) -> None:
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
