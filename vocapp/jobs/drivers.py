"""Looking for what goes with low scores, by the clock: nobody waits, and no transaction is open while it thinks."""

from __future__ import annotations

from sqlalchemy import select

from vocapp.jobs import job
from vocapp.models import Workspace, database_now, db, snapshot, transaction
from vocapp.services import finding_drivers, report_drivers


@job
def find_drivers() -> None:
    """Look at one report that is wanted: the oldest wish first. The next tick takes the next."""
    with snapshot():
        wish = finding_drivers.find_wish()
        answers = None if wish is None else finding_drivers.read(wish=wish, now=database_now())
    if wish is None or answers is None:
        return
    findings = finding_drivers.think(answers)
    with transaction():
        finding_drivers.keep(wish=wish, findings=findings, now=database_now())


@job
def want_drivers() -> None:
    """Have every survey looked at once a day that was answered often enough; where reports are read, once a week."""
    with transaction():
        workspace_ids = list(db.session.scalars(select(Workspace.id).order_by(Workspace.id)))
    for workspace_id in workspace_ids:
        with transaction():
            finding_drivers.want_daily(workspace_id=workspace_id, now=database_now())
            report_drivers.want_for_readers(workspace_id=workspace_id, now=database_now())
