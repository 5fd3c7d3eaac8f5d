"""Work that the clock has done in every workspace: where it fails in one, the others do not wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rq.timeouts import JobTimeoutException
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from vocapp.models import Workspace, db, transaction


def in_each_workspace(work: Callable[[int], None], *, log: Any, failed: str) -> None:
    """Call `work` with the id of each workspace, in their order; what fails goes to `log` under the words `failed`.

    Raises what ends the job for all of them: its own time is over, or the database is away.
    """
    with transaction():
        workspace_ids = list(db.session.scalars(select(Workspace.id).order_by(Workspace.id)))
    for workspace_id in workspace_ids:
        try:
            work(workspace_id)
        except JobTimeoutException:
            raise
        except Exception as error:
            db.session.rollback()  # what failed may have been read outside any transaction of ours
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log.exception(failed, workspace_id=workspace_id)
