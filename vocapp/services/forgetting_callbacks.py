"""What an erasure leaves of callbacks: that an alert was opened, and how it was resolved, without the person.

Otherwise erasing those who were called about a cause would mend the cause.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from vocapp.domain import erasing
from vocapp.domain.resolutions import UNSAID_CAUSE, Resolutions
from vocapp.models import Alert, AnonymousCallback, Place, Workspace, db
from vocapp.models.erasures import drawn_id
from vocapp.services import anonymous_callbacks, callback_report

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)?", re.ASCII)
"""As other tools name a cause."""


def forget_callbacks(*, workspace_id: int, customer_id: UUID, words: frozenset[str], now: datetime) -> None:
    """Write down what the report counts of the alerts of a locked customer, before they are deleted.

    `words`: those by which the person could be found.
    """
    own = (Alert.workspace_id == workspace_id, Alert.customer_id == customer_id)
    opened = db.session.execute(select(Alert.id, Alert.place, Alert.opened_at).where(*own).order_by(Alert.id)).all()
    if not opened:
        return
    workspace = db.session.get_one(Workspace, workspace_id)
    zone = ZoneInfo(workspace.timezone)
    above = _above(workspace_id, {row.place for row in opened if row.place})
    resolutions = callback_report.list_of_customer(workspace_id=workspace_id, customer_id=customer_id)
    dues = callback_report.list_dues_of_customer(workspace_id=workspace_id, customer_id=customer_id, now=now)
    causes = {one.cause for several in resolutions.values() for one in several}
    said = {cause: _unnamed(cause, workspace, customer_id, words) for cause in causes}
    for row in opened:
        place = above.get(row.place or "") or ""
        _keep(workspace_id, _day(row.opened_at, zone), place, None)
        for one in resolutions.get(row.id, ()):
            team = (place or None) if one.team == row.place else one.team
            told = anonymous_callbacks.told_of(one, cause=said[one.cause], team=team)
            _keep(workspace_id, _day(one.at, zone), place, told)
        for due in dues.get(row.id, ()):
            team = (place or None) if due.team == row.place else due.team
            _keep(workspace_id, _day(due.at, zone), place, anonymous_callbacks.due_told_of(due, team=team))
    db.session.flush()


def _unnamed(cause: str, workspace: Workspace, customer_id: UUID, words: frozenset[str]) -> str:
    """Return a cause as it may stay: of the list, or a code or words said of others, too, that name nobody."""
    if Resolutions.read(workspace.settings.get("resolutions") or {}).has_cause(cause):
        return cause
    if erasing.speaks_of(cause, words):
        return UNSAID_CAUSE
    if _CODE.fullmatch(cause):
        return cause
    others = (Alert.workspace_id == workspace.id, Alert.customer_id != customer_id, Alert.root_cause == cause)
    shared = db.session.scalar(select(Alert.id).where(*others).limit(1)) is not None
    return cause if shared else UNSAID_CAUSE


def _above(workspace_id: int, keys: Collection[str]) -> Mapping[str, str | None]:
    query = select(Place.key, Place.parent_key).where(Place.workspace_id == workspace_id, Place.key.in_(keys))
    return dict(db.session.execute(query).all())


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _keep(workspace_id: int, day: date, place: str, told: dict[str, Any] | None) -> None:
    db.session.add(AnonymousCallback(workspace_id=workspace_id, id=drawn_id(), day=day, place=place, told=told))
