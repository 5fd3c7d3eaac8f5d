"""What callbacks came to in a period, read from the histories of alerts: ten statements, however many there are.

Of people who were erased since, what is kept of theirs is counted with the others (`anonymous_callbacks.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select, union

from vocapp.domain.alerts import OPEN
from vocapp.domain.callback_figures import METRICS, Due, Line, Resolution, Scores, dues_of, resolutions_of
from vocapp.models import Alert, AlertMove, Invitation, Response, Signal, db
from vocapp.services import anonymous_callbacks
from vocapp.services.recovering import occasion_of
from vocapp.services.staff import Scope

_TOLD = ("opened", "reopen", "contact", "resolve")


@dataclass(frozen=True, slots=True)
class Opened:
    """The alerts that were opened in a period."""

    n: int
    still_open: int


def list_resolutions(*, scope: Scope, since: datetime, until: datetime) -> list[Resolution]:
    """Return what was resolved in this part of the workspace from one moment until before another, the oldest first.

    Of each with what its customer answered before, and about it afterwards.
    """
    told = _read(scope, _resolved_within(scope, since, until))
    found = [one for several in told.values() for one in several if since <= one.at < until]
    found += anonymous_callbacks.list_resolutions(scope=scope, since=since, until=until)
    return sorted(found, key=lambda one: (one.at, one.id))


def list_of_customer(*, workspace_id: int, customer_id: UUID) -> dict[UUID, list[Resolution]]:
    """Return by alert how each of a customer's was resolved, whenever."""
    own = (Alert.workspace_id == workspace_id, Alert.customer_id == customer_id)
    return _read(Scope(workspace_id), select(Alert.id).where(*own))


def list_dues(*, scope: Scope, since: datetime, until: datetime, now: datetime) -> list[Due]:
    """Return what came due in this part of the workspace from one moment until before another, and before now.

    Whether anybody tried by then or not; what is due later may still be tried in time.
    """
    day_ends, until = until, min(until, now)
    tried = (
        select(AlertMove.alert_id)
        .join(Alert, and_(Alert.workspace_id == AlertMove.workspace_id, Alert.id == AlertMove.alert_id))
        .where(
            *_seen(scope),
            AlertMove.workspace_id == scope.workspace_id,
            AlertMove.due_at >= since,
            AlertMove.due_at < until,
        )
    )
    waiting = select(Alert.id).where(*_seen(scope), Alert.status.in_(OPEN), Alert.due_at >= since, Alert.due_at < until)
    either = union(tried, waiting).subquery()
    found = [due for several in _dues(scope, select(either.c[0])).values() for due in several]
    found = [due for due in found if since <= due.at < until]
    found += anonymous_callbacks.list_dues(scope=scope, since=since, until=day_ends, now=now)
    return sorted(found, key=lambda due: due.at)


def list_dues_of_customer(*, workspace_id: int, customer_id: UUID, now: datetime) -> dict[UUID, list[Due]]:
    """Return by alert when each of a customer's was due, whenever; but for what nobody has tried and is not due yet."""
    own = (Alert.workspace_id == workspace_id, Alert.customer_id == customer_id)
    found = _dues(Scope(workspace_id), select(Alert.id).where(*own))
    return {alert_id: [due for due in dues if due.in_time or due.at < now] for alert_id, dues in found.items()}


def _dues(scope: Scope, alert_ids: Select[UUID]) -> dict[UUID, list[Due]]:
    rows = db.session.execute(
        select(Alert.id, Alert.team, Alert.status, Alert.due_at, Alert.assignee).where(
            Alert.workspace_id == scope.workspace_id, Alert.id.in_(alert_ids)
        )
    ).all()
    if not rows:
        return {}
    histories = _histories(scope, alert_ids)
    return {
        row.id: [
            replace(due, team=row.team)
            for due in dues_of(
                histories[row.id], open_until=row.due_at if row.status in OPEN else None, holder=row.assignee
            )
        ]
        for row in rows
    }


def _read(scope: Scope, alert_ids: Select[UUID]) -> dict[UUID, list[Resolution]]:
    """Return by alert all its resolutions, the oldest first."""
    teams: dict[UUID, str | None] = dict(
        db.session.execute(
            select(Alert.id, Alert.team).where(Alert.workspace_id == scope.workspace_id, Alert.id.in_(alert_ids))
        ).all()
    )
    if not teams:
        return {}
    (before, raised), about = _before(scope, alert_ids), _about(scope, alert_ids)
    found: dict[UUID, list[Resolution]] = defaultdict(list)
    for alert_id, lines in _histories(scope, alert_ids).items():
        first = min(raised.get(alert_id, {}).values(), default=None)
        for number, one in enumerate(resolutions_of(lines)):
            asked, after = about.get(occasion_of(one.id), (False, None))
            given = before.get(one.began_with) if one.began_with is not None else None
            # the customer waits from their word on, not from when the queue came to it
            told_at = raised.get(alert_id, {}).get(one.began_with) if number else first
            began_at = min(one.began_at, told_at or one.began_at)
            whose = replace(one, team=teams.get(alert_id), began_at=began_at)
            found[alert_id].append(replace(whose, before=given, asked=asked, after=after))
    return found


def count_opened(*, scope: Scope, since: datetime, until: datetime) -> Opened:
    """Count the alerts that were opened then, and those of them that are open now: no figure holds these yet."""
    query = select(func.count(), func.count().filter(Alert.status.in_(OPEN))).where(
        *_seen(scope),
        Alert.opened_at >= since,
        Alert.opened_at < until,
    )
    n, still_open = db.session.execute(query).one()
    return Opened(n + anonymous_callbacks.count_opened(scope=scope, since=since, until=until), still_open)


def _seen(scope: Scope) -> list[Any]:
    own: list[Any] = [Alert.workspace_id == scope.workspace_id]
    return own if scope.places is None else [*own, Alert.place.in_(scope.places)]


def _resolved_within(scope: Scope, since: datetime, until: datetime) -> Select[UUID]:
    return (
        select(AlertMove.alert_id)
        .join(Alert, and_(Alert.workspace_id == AlertMove.workspace_id, Alert.id == AlertMove.alert_id))
        .where(
            *_seen(scope),
            AlertMove.workspace_id == scope.workspace_id,
            AlertMove.action == "resolve",
            AlertMove.at >= since,
            AlertMove.at < until,
        )
    )


def _histories(scope: Scope, alert_ids: Select[UUID]) -> dict[UUID, list[Line]]:
    """Return the lines that tell how each of these alerts went on, the oldest first."""
    rows = db.session.execute(
        select(
            AlertMove.alert_id,
            AlertMove.id,
            AlertMove.at,
            AlertMove.action,
            AlertMove.status,
            AlertMove.by,
            AlertMove.details,
        )
        .where(
            AlertMove.workspace_id == scope.workspace_id,
            AlertMove.alert_id.in_(alert_ids),
            AlertMove.action.in_(_TOLD),
        )
        .order_by(AlertMove.at, AlertMove.id)
    )
    found: dict[UUID, list[Line]] = defaultdict(list)
    for alert_id, *line in rows:
        found[alert_id].append(Line(*line))
    return found


def _before(
    scope: Scope, alert_ids: Select[UUID]
) -> tuple[dict[UUID, Scores | None], dict[UUID, dict[UUID | None, datetime]]]:
    """Return the scores of the responses behind these alerts, and by alert when each response or event told so."""
    rows = db.session.execute(
        select(Signal.response_id, Signal.alert_id, Signal.raised_at, Response.nps, Response.csat, Response.ces)
        .outerjoin(Response, and_(Response.workspace_id == Signal.workspace_id, Response.id == Signal.response_id))
        .where(Signal.workspace_id == scope.workspace_id, Signal.alert_id.in_(alert_ids))
    )
    scores: dict[UUID, Scores | None] = {}
    raised: dict[UUID, dict[UUID | None, datetime]] = defaultdict(dict)
    for row in rows:
        scores[row.response_id] = _scores(row)
        raised[row.alert_id][row.response_id] = row.raised_at
    return scores, raised


def _about(scope: Scope, alert_ids: Select[UUID]) -> dict[str | None, tuple[bool, Scores | None]]:
    """Return by occasion whether a recovery survey went out, and the scores that came back."""
    rows = db.session.execute(
        select(Invitation.occasion, Invitation.sent_at, Response.nps, Response.csat, Response.ces)
        .outerjoin(
            Response,
            and_(Response.workspace_id == Invitation.workspace_id, Response.invitation_id == Invitation.id),
        )
        .where(Invitation.workspace_id == scope.workspace_id, Invitation.alert_id.in_(alert_ids))
    )
    return {row.occasion: (row.sent_at is not None, _scores(row)) for row in rows}


def _scores(row: Any) -> Scores | None:
    return {metric: value for metric in METRICS if (value := getattr(row, metric)) is not None} or None
