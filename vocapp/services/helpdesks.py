"""What helpdesks tell of alerts that live there, too: `domain/helpdesks.py` says what follows, `alerts.py` whether.

Everything happens under the alert's lock and in one transaction: of two calls about one alert the second sees what the
first has changed. A call that is refused may be made again. It has moved nothing; but that it is solved there is kept,
since nobody may ever tell it again: the alert must not wait for a tool that is through with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from vocapp.domain import helpdesks
from vocapp.domain.alerts import OPEN
from vocapp.domain.helpdesks import External, Told
from vocapp.models import Alert, db
from vocapp.models.feed import changed
from vocapp.services import alert_lines, calling_back, claims
from vocapp.services.calling_back import NotMoved

Outcome: TypeAlias = Literal["taken", "resolved", "reopened", "noted", "unchanged", "duplicate", "older"]


class Heard(NamedTuple):
    """What a tool's word led to, and the alert as it stands."""

    outcome: Outcome
    alert: Alert
    refused: NotMoved | None = None
    """It was only noted: what it asks for is no move of the alert as it stands."""


def hear(*, workspace_id: int, alert_id: UUID, told: Told, now: datetime) -> Heard:
    """Follow what a tool tells of an alert. What it tells of the future counts as told of now.

    Raises AlertNotFound; NotMoved where it asks for what is no move of the alert as it stands, and leaves no trace.
    """
    told = replace(told, at=min(told.at, now))
    alert = calling_back.lock(workspace_id, alert_id, None)
    known = External.read(alert.external)
    verdict = helpdesks.judge(known, told)
    if verdict != "news":
        return Heard(verdict, alert)
    if known is not None and alert.elsewhere and not known.is_of(told.tool):
        raise NotMoved(f"the alert lives in {known.tool}", holder=alert.assignee, status=alert.status)
    asked = helpdesks.move_for(alert.status, known, told)
    external = helpdesks.after(known, told)
    try:
        with db.session.begin_nested():
            alert.external = external.kept()
            db.session.flush()
            moved = _follow(alert, asked, external, told, now)
    except NotMoved as refused:
        kept = helpdesks.after_refusal(known, told)
        if kept is None:
            raise
        heard = _note(alert, known, kept, now)
        if alert.elsewhere:
            beside = _beside(kept)
            calling_back.release(workspace_id=workspace_id, alert_id=alert_id, by=kept.tool, now=now, beside=beside)
        return heard._replace(refused=refused)
    return _note(alert, known, external, now) if moved is None else Heard(moved, alert)


def _note(alert: Alert, known: External | None, external: External, now: datetime) -> Heard:
    """Keep what a tool told, with a line of history where one sees it."""
    if known == external:  # refused again
        return Heard("unchanged", alert)
    alert.external = external.kept()
    if known is not None and _shown(known) == _shown(external):
        alert.updated_at = now
        alert.version += 1
        changed("alerts", [alert.id], workspace_id=alert.workspace_id)
        return Heard("unchanged", alert)
    alert_lines.note(alert, "external", now=now, by=external.tool, **_beside(external))
    return Heard("noted", alert)


def _follow(alert: Alert, asked: str | None, external: External, told: Told, now: datetime) -> Outcome | None:
    """Make the moves that a tool's word asks for; return what became of it, None: nothing."""

    def do(move: Callable[..., None], **given: Any) -> None:
        whom = {"workspace_id": alert.workspace_id, "alert_id": alert.id, "now": now}
        move(**whom, beside=_beside(external), **given)

    free = alert.status == "new" or claims.is_over(alert, now)
    taken = not alert.elsewhere and alert.status in OPEN and (asked == "resolve" or (free and external.wants_it))
    if taken:
        do(calling_back.claim, agent=external.tool, elsewhere=True)
    if told.reached is not None and alert.elsewhere:
        note = told.note if asked is None else None
        do(calling_back.contact, by=external.tool, outcome="reached", via=told.reached, note=note)
    if asked == "resolve":
        cause = told.cause or helpdesks.CAUSE
        do(calling_back.resolve, by=external.tool, root_cause=cause, note=told.note)
        return "resolved"
    if asked == "reopen":
        do(calling_back.reopen, by=external.tool, note=told.note)
        return "reopened"
    return "taken" if taken else None


def _beside(external: External) -> dict[str, Any]:
    """Return what a line of history says of where a move was made."""
    said = {"tool": external.tool, "reference": external.reference, "there": external.status, "who": external.who}
    return {name: value for name, value in said.items() if value is not None}


def _shown(external: External) -> tuple[Any, ...]:
    return external.reference, external.url, external.status
