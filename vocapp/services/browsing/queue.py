"""The callback queue as its agents see it, and one alert with all that belongs to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import case, func, select

from vocapp.domain.alerts import OPEN, STATUSES
from vocapp.models import Alert, AlertMove, Signal, db
from vocapp.services.browsing.names import Names, list_names
from vocapp.services.browsing.voices import Voice, list_voices
from vocapp.services.staff import Scope

Sort: TypeAlias = Literal["urgent", "due", "newest"]

STATUS_FILTERS = ("open", *STATUSES, "all")
SORTS: tuple[Sort, ...] = ("urgent", "due", "newest")
PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueFilter:
    status: str = "open"
    assignee: str | None = None
    unassigned: bool = False
    sort: Sort = "urgent"


@dataclass(frozen=True, slots=True)
class QueueRow:
    alert: Alert
    customer: Names
    voice: Voice | None
    """The unhappy response that came last."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: list[QueueRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class AlertStory:
    """One alert: its customer, what was said (newest first), and its history, oldest first."""

    alert: Alert
    customer: Names
    voices: list[Voice]
    history: list[AlertMove]


def count_open(*, scope: Scope) -> int:
    """Return how many alerts wait or are under way."""
    query = select(func.count()).select_from(Alert).where(Alert.status.in_(OPEN))
    return db.session.scalar(_within(query, scope)) or 0


def newest_opened_at(*, scope: Scope) -> datetime | None:
    """Return when the newest open alert was opened: an open page asks whether it is still up to date."""
    newest: datetime | None = db.session.scalar(
        _within(select(func.max(Alert.opened_at)).where(Alert.status.in_(OPEN)), scope)
    )
    return newest


def list_alerts(*, scope: Scope, wanted: QueueFilter, page: int, language: str) -> QueuePage:
    """Return a page of the queue, the first where there is no such page."""
    query = _filtered(select(Alert), scope, wanted)
    total = db.session.scalar(_filtered(select(func.count()).select_from(Alert), scope, wanted)) or 0
    page = page if 1 <= page <= -(-total // PAGE_SIZE) else 1
    alerts = db.session.scalars(
        query.order_by(*_order(wanted.sort)).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    ).all()
    names = list_names(workspace_id=scope.workspace_id, ids={alert.customer_id for alert in alerts})
    responses = _responses(scope.workspace_id, [alert.id for alert in alerts])
    latest = {alert_id: ids[0] for alert_id, ids in responses.items()}
    voices = list_voices(scope=scope, ids=latest.values(), language=language)
    rows = [
        QueueRow(alert, names[alert.customer_id], voices.get(latest[alert.id]) if alert.id in latest else None)
        for alert in alerts
    ]
    return QueuePage(rows, total, page)


def list_assignees(*, scope: Scope) -> list[str]:
    """Return who holds an open alert, by name."""
    query = select(Alert.assignee).where(Alert.status.in_(OPEN), Alert.assignee.is_not(None)).distinct()
    return sorted(name for name in db.session.scalars(_within(query, scope)) if name)


def find_alert(*, scope: Scope, alert_id: UUID) -> Alert | None:
    """Return an alert within the scope."""
    return db.session.scalar(
        _within(select(Alert).where(Alert.id == alert_id), scope).execution_options(populate_existing=True)
    )


def lock_alert(*, scope: Scope, alert_id: UUID) -> Alert | None:
    """Return an alert within the scope, held until the transaction ends."""
    query = _within(select(Alert).where(Alert.id == alert_id), scope)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def find_story(*, scope: Scope, alert_id: UUID, language: str) -> AlertStory | None:
    """Return an alert within the scope with all that belongs to it."""
    alert = find_alert(scope=scope, alert_id=alert_id)
    if alert is None:
        return None
    responses = _responses(scope.workspace_id, [alert.id]).get(alert.id, [])
    voices = list_voices(scope=scope, ids=responses, language=language)
    history = db.session.scalars(
        select(AlertMove)
        .where(AlertMove.workspace_id == scope.workspace_id, AlertMove.alert_id == alert.id)
        .order_by(AlertMove.at, AlertMove.id)
    ).all()
    names = list_names(workspace_id=scope.workspace_id, ids=[alert.customer_id])
    return AlertStory(
        alert, names[alert.customer_id], [voices[one] for one in responses if one in voices], list(history)
    )


def list_root_causes(*, scope: Scope) -> list[str]:
    """Return the causes noted most often, so that one cause gets one name."""
    query = _within(select(Alert.root_cause).where(Alert.root_cause.is_not(None)), scope)
    order = (func.count().desc(), Alert.root_cause)
    return list(db.session.scalars(query.group_by(Alert.root_cause).order_by(*order).limit(20)))


def _responses(workspace_id: int, alert_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Return the responses behind each alert, newest first."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = db.session.execute(
        select(Signal.alert_id, Signal.response_id)
        .where(Signal.workspace_id == workspace_id, Signal.alert_id.in_(alert_ids))
        .order_by(Signal.raised_at.desc(), Signal.response_id.desc())
    )
    for alert_id, response_id in rows:
        if alert_id is not None:
            found[alert_id].append(response_id)
    return found


def _within(query: Any, scope: Scope) -> Any:
    query = query.where(Alert.workspace_id == scope.workspace_id)
    return query if scope.places is None else query.where(Alert.place.in_(scope.places))


def _filtered(query: Any, scope: Scope, wanted: QueueFilter) -> Any:
    query = _within(query, scope)
    if wanted.status == "open":
        query = query.where(Alert.status.in_(OPEN))
    elif wanted.status != "all":
        query = query.where(Alert.status == wanted.status)
    if wanted.unassigned:
        query = query.where(Alert.assignee.is_(None))
    elif wanted.assignee is not None:
        query = query.where(Alert.assignee == wanted.assignee)
    return query


def _order(sort: Sort) -> tuple[Any, ...]:
    opened_first = case((Alert.status.in_(OPEN), 0), else_=1)
    if sort == "newest":
        return (Alert.opened_at.desc(), Alert.id.desc())
    if sort == "due":
        return (opened_first, Alert.due_at, Alert.id)
    return (opened_first, Alert.priority.desc(), Alert.due_at, Alert.id)
