"""Surveys that cross the line hold themselves: looked for by the clock, soon after messages were counted."""

from __future__ import annotations

from functools import partial

import structlog

from vocapp.jobs import job
from vocapp.jobs.everywhere import in_each_workspace
from vocapp.models import database_now, transaction
from vocapp.models.again import run_again
from vocapp.services import holding
from vocapp.services.holding import Crossing

log = structlog.get_logger("vocapp.surveys")


@job
def hold_surveys() -> None:
    """Hold what has crossed the line, of every workspace; one where that fails keeps no other waiting."""
    in_each_workspace(_hold_some, log=log, failed="surveys not judged")


def _hold_some(workspace_id: int) -> None:
    for crossing in holding.find_crossing(workspace_id=workspace_id, now=database_now()):
        if run_again(partial(_held, workspace_id, crossing)):
            log.warning("survey_held", workspace=workspace_id, survey=crossing.survey_key, why=crossing.reason)


def _held(workspace_id: int, crossing: Crossing) -> bool:
    with transaction():
        return holding.hold(workspace_id=workspace_id, crossing=crossing, now=database_now()) is not None
