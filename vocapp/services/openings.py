"""How often an alert was opened again, and what happened since: SQL about `Alert`, from its history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Integer, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from vocapp.models import Alert, AlertMove


def number() -> ColumnElement[int]:
    """Write how often the alert was opened again: 0 from its opening on."""
    query = select(func.count(AlertMove.id)).where(*_lines_of(AlertMove, "reopen"))
    return query.correlate(Alert).scalar_subquery().cast(Integer)


def is_since(at: datetime) -> ColumnElement[bool]:
    """Write that the alert was opened, or opened again, after a time."""
    return (Alert.opened_at > at) | exists().where(*_lines_of(AlertMove, "reopen"), AlertMove.at > at)


def has(action: str) -> ColumnElement[bool]:
    """Write that the history tells of this since the alert was opened last."""
    line, again = aliased(AlertMove), aliased(AlertMove)
    later = tuple_(again.at, again.id) > tuple_(line.at, line.id)
    over = exists().where(*_lines_of(again, "reopen"), later)
    return exists().where(*_lines_of(line, action), ~over.correlate(Alert, line))


def _lines_of(line: type[AlertMove], action: str) -> tuple[ColumnElement[bool], ...]:
    return line.workspace_id == Alert.workspace_id, line.alert_id == Alert.id, line.action == action
