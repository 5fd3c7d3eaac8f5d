"""Publishing the month that is over for everybody, by the clock."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from vocapp.jobs import job
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.services import publishing

log = structlog.get_logger()


@job
def publish_months() -> None:
    """Publish what is due, a workspace after the other; what another worker publishes meanwhile is left to it."""
    with transaction():
        workspace_ids = list(db.session.scalars(select(Workspace.id).order_by(Workspace.id)))
    for workspace_id in workspace_ids:
        while _publish_next(workspace_id):
            pass


def _publish_next(workspace_id: int) -> bool:
    """Publish a month in a transaction of its own; say whether there may be more."""
    try:
        with transaction():
            return publishing.publish_next(workspace_id=workspace_id, now=database_now()) is not None
    except IntegrityError:
        log.info("published_meanwhile", workspace_id=workspace_id)
        return False
