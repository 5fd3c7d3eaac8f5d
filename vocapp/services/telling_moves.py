"""What programs are told of the moves of an alert: what was done, when, where; never by whom, nor what they noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import notices as rules
from vocapp.domain.resolutions import Resolutions
from vocapp.models import AlertMove, Notice, Workspace, db
from vocapp.models.types import time_text

_SAID = ("outcome", "via", "remedy", "resolution")
_TOLD_AS_MOVES = frozenset({*rules.MOVES.values(), "alert.attempted"})


def moves_of(*, workspace: Workspace, notices: Sequence[Notice], named: bool) -> dict[UUID, dict[str, Any]]:
    """Return the moves that notices tell of, by notice; a reopening only where another tool made it.

    `named`: a cause in somebody's own words may go out, too; one of the workspace's list always does.
    """
    causes = Resolutions.read(workspace.settings.get("resolutions") or {})
    found = {}
    for notice in notices:
        line = _line_of(notice)
        if line is not None:
            found[notice.id] = _document(line, causes, named=named)
    return found


def _line_of(notice: Notice) -> AlertMove | None:
    if notice.event in _TOLD_AS_MOVES:  # its id is the line's own
        return db.session.get(AlertMove, (notice.workspace_id, notice.event_id))
    if notice.event != "alert.reopened" or notice.alert_id is None:
        return None
    query = select(AlertMove).where(
        AlertMove.workspace_id == notice.workspace_id,
        AlertMove.alert_id == notice.alert_id,
        AlertMove.action == "reopen",
    )
    line = db.session.scalars(query.order_by(AlertMove.at.desc(), AlertMove.id.desc()).limit(1)).first()
    return line if line is not None and line.details.get("tool") else None


def _document(line: AlertMove, causes: Resolutions, *, named: bool) -> dict[str, Any]:
    said = {name: line.details[name] for name in _SAID if line.details.get(name)}
    cause = line.details.get("root_cause")
    if cause and (named or causes.has_cause(cause)):
        said["root_cause"] = cause
    done = {"action": line.action, "at": time_text(line.at), "status": line.status}
    return done | said | {"origin": line.details.get("tool")}
