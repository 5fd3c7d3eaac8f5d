"""Surveys that cross the line hold themselves: looked for by the clock, soon after messages were counted."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from vocapp.jobs import job
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.services import holding

log = structlog.get_logger("vocapp.surveys")


@job
def hold_surveys() -> None:
    """Hold what has crossed the line, of every workspace."""
    with transaction():
        workspace_ids = list(db.session.scalars(select(Workspace.id).order_by(Workspace.id)))
    for workspace_id in workspace_ids:
        for crossing in holding.find_crossing(workspace_id=workspace_id, now=database_now()):
            with transaction():
                held = holding.hold(workspace_id=workspace_id, crossing=crossing, now=database_now())
            if held is not None:
                log.warning("survey_held", workspace=workspace_id, survey=crossing.survey_key, why=crossing.reason)
