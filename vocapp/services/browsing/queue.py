"""The callback queue as its agents see it, and one alert with all that belongs to it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Integer, and_, func, literal, or_, select, tuple_

from vocapp.domain.alerts import HELD, OPEN, STATUSES
from vocapp.models import Alert, AlertMove, Event, Signal, db
from vocapp.models.types import UtcTime, Uuid
from vocapp.services.alert_parts import Part, parts_of
from vocapp.services.browsing.names import Names, list_names
from vocapp.services.browsing.voices import Voice, list_voices
from vocapp.services.keeping_promises import turn
from vocapp.services.staff import Scope

Sort: TypeAlias = Literal["urgent", "due", "newest"]

STATUS_FILTERS = ("todo", "open", *STATUSES, "all")
SORTS: tuple[Sort, ...] = ("urgent", "due", "newest")
PAGE_SIZE = 50
MOST_NEEDS = 3

AGES: Final = {
    "hour": (timedelta(0), timedelta(hours=1)),
    "day": (timedelta(hours=1), timedelta(days=1)),
    "days": (timedelta(days=1), timedelta(days=3)),
    "older": (timedelta(days=3), None),
}
"""How long alerts have been open: from, to."""
PACES: Final = ("late", "in_time")


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueFilter:
    status: str = "open"
    me: str | None = None
    """Who asks: `todo` is what waits for anybody of their team, and what they hold themselves."""
    central: bool = False
    """They are of the central team: what a place's own team calls back waits for that one."""
    assignee: str | None = None
    unassigned: bool = False
    age: str | None = None
    """One of AGES; or of PACES, of those still open: whether the time by which somebody should have called is over."""
    sort: Sort = "urgent"


@dataclass(frozen=True, slots=True)
class QueueRow:
    alert: Alert
    customer: Names
    voice: Voice | None
    """The unhappy response that came last, of those that are for who asks."""
    kinds: list[str]
    """What it is about, as they may know it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue ends: the alert, and by what it is sorted."""

    turn: int
    """0: a call is promised for now, 1: open, 2: over."""
    rank: int
    """The priority with its sign turned, where that is what counts."""
    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: list[QueueRow]
    next: Place | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many alerts a filter leaves, whatever their age, and how long they have been open."""

    all: int
    by_age: dict[str, int]
    """Of PACES, then of AGES."""


@dataclass(frozen=True, slots=True)
class AlertStory:
    """One alert: its customer, what was said (newest first), and its history, oldest first."""

    alert: Alert
    part: Part
    """What of it is for who asks."""
    customer: Names
    voices: list[Voice]
    history: list[AlertMove]
    told_by: list[Event]
    """Events that told by themselves, the newest first."""


class Beat(NamedTuple):
    """How the queue stands, in two words."""

    open: int
    """How many alerts wait or are under way."""
    mark: str
    """Another one as soon as anything about an open alert is another."""


def beat_of(*, scope: Scope) -> Beat:
    """Return how the queue stands: one statement over the open alerts, which an open page asks every second.

    Every change of an alert raises its version, and each opening or closing changes their number: the three together
    tell any two states apart, whatever the order in which transactions commit.
    """
    query = select(func.count(), func.sum(Alert.version), func.max(Alert.updated_at)).where(Alert.status.in_(OPEN))
    number, versions, at = db.session.execute(_within(query, scope)).one()
    text = f"{number}.{versions}.{at and at.isoformat()}"
    return Beat(number, hashlib.sha256(text.encode()).hexdigest()[:16])


def count_alerts(*, scope: Scope, wanted: QueueFilter, now: datetime) -> QueueCounts:
    """Count what the filter leaves, its age and lateness aside, in one statement."""
    ages = (*PACES, *AGES)
    query = select(func.count(), *(func.count().filter(*_aged(age, now)) for age in ages)).select_from(Alert)
    number, *by_age = db.session.execute(_filtered(query, scope, wanted, now)).one()
    return QueueCounts(number, dict(zip(ages, by_age, strict=True)))


def list_alerts(
    *, scope: Scope, wanted: QueueFilter, after: Place | None, now: datetime, language: str, limit: int = PAGE_SIZE
) -> QueuePage:
    """Return a page of the queue, behind `after`: what is taken meanwhile makes no page miss or repeat an alert."""
    query = _filtered(select(Alert), scope, wanted, now)
    if wanted.age is not None:
        query = query.where(*_aged(wanted.age, now))
    if after is not None:
        query = query.where(_behind(wanted.sort, after, now))
    ordered = query.add_columns(turn(now)).order_by(*_order(wanted.sort, now))
    found = db.session.execute(ordered.limit(limit + 1)).all()
    more, shown = len(found) > limit, found[:limit]
    rows = _rows(scope, [alert for alert, _ in shown], language)
    return QueuePage(rows, _place(wanted.sort, *shown[-1]) if more else None)


def needs_of(*, scope: Scope, email: str, now: datetime, language: str) -> dict[str, list[QueueRow]]:
    """Return what somebody should look at first: `mine`, the others' and nobody's that are `late`, the oldest `new`."""
    base = _within(select(Alert).where(Alert.status.in_(OPEN)), scope)
    others = Alert.assignee.is_distinct_from(email)
    queries = {
        "mine": base.where(Alert.assignee == email).order_by(Alert.due_at, Alert.id),
        "late": base.where(others, Alert.due_at < now).order_by(Alert.due_at, Alert.id),
        "new": base.where(Alert.status == "new", Alert.due_at >= now).order_by(Alert.opened_at, Alert.id),
    }
    found = {name: db.session.scalars(query.limit(MOST_NEEDS)).all() for name, query in queries.items()}
    rows = iter(_rows(scope, [alert for alerts in found.values() for alert in alerts], language))
    return {name: [next(rows) for _ in alerts] for name, alerts in found.items()}


def list_assignees(*, scope: Scope) -> list[str]:
    """Return who holds an open alert, by name."""
    query = select(Alert.assignee).where(Alert.status.in_(OPEN), Alert.assignee.is_not(None)).distinct()
    return sorted(name for name in db.session.scalars(_within(query, scope)) if name)


def find_alert(*, scope: Scope, alert_id: UUID) -> Alert | None:
    """Return an alert within the scope."""
    return db.session.scalar(
        _within(select(Alert).where(Alert.id == alert_id), scope).execution_options(populate_existing=True)
    )


def find_story(*, scope: Scope, alert_id: UUID, language: str) -> AlertStory | None:
    """Return an alert within the scope with all that belongs to it."""
    alert = find_alert(scope=scope, alert_id=alert_id)
    if alert is None:
        return None
    part = parts_of(workspace_id=scope.workspace_id, alerts=[alert], places=scope.places)[alert.id]
    voices = list_voices(scope=scope, ids=part.responses, language=language)
    history = db.session.scalars(
        select(AlertMove)
        .where(AlertMove.workspace_id == scope.workspace_id, AlertMove.alert_id == alert.id)
        .order_by(AlertMove.at, AlertMove.id)
    ).all()
    names = list_names(workspace_id=scope.workspace_id, ids=[alert.customer_id])
    told_by = db.session.scalars(
        select(Event)
        .join(Signal, (Signal.workspace_id == Event.workspace_id) & (Signal.event_id == Event.id))
        .where(Signal.workspace_id == scope.workspace_id, Signal.alert_id == alert.id)
        .order_by(Event.occurred_at.desc(), Event.id)
    )
    return AlertStory(
        alert,
        part,
        names[alert.customer_id],
        [voices[one] for one in reversed(part.responses) if one in voices],
        part.history_of(history),
        [one for one in told_by if scope.places is None or one.place in scope.places],
    )


def list_root_causes(*, scope: Scope) -> list[str]:
    """Return the causes noted most often, so that one cause gets one name."""
    query = _within(select(Alert.root_cause).where(Alert.root_cause.is_not(None)), scope)
    order = (func.count().desc(), Alert.root_cause)
    return list(db.session.scalars(query.group_by(Alert.root_cause).order_by(*order).limit(20)))


def _rows(scope: Scope, alerts: Sequence[Alert], language: str) -> list[QueueRow]:
    """Say of each alert who it is about and what was said last, in a constant number of statements."""
    names = list_names(workspace_id=scope.workspace_id, ids={alert.customer_id for alert in alerts})
    parts = parts_of(workspace_id=scope.workspace_id, alerts=alerts, places=scope.places)
    latest = {alert_id: part.responses[-1] for alert_id, part in parts.items() if part.responses}
    voices = list_voices(scope=scope, ids=latest.values(), language=language)
    return [
        QueueRow(
            alert,
            names[alert.customer_id],
            voices.get(latest[alert.id]) if alert.id in latest else None,
            parts[alert.id].kinds,
        )
        for alert in alerts
    ]


def _within(query: Any, scope: Scope) -> Any:
    query = query.where(Alert.workspace_id == scope.workspace_id)
    return query if scope.places is None else query.where(Alert.place.in_(scope.places))


def _filtered(query: Any, scope: Scope, wanted: QueueFilter, now: datetime) -> Any:
    query = _within(query, scope)
    if wanted.status == "open":
        query = query.where(Alert.status.in_(OPEN))
    elif wanted.status == "todo":
        # what somebody held too long stays theirs on paper until the next sweep, but anybody may take it
        free = or_(Alert.assignee == wanted.me, Alert.claimed_until <= now)
        waits = Alert.status == "new"
        if wanted.central:
            waits = and_(waits, Alert.team.is_(None))
        query = query.where(or_(waits, and_(Alert.status.in_(HELD), free)))
    elif wanted.status != "all":
        query = query.where(Alert.status == wanted.status)
    if wanted.unassigned:
        query = query.where(Alert.assignee.is_(None))
    elif wanted.assignee is not None:
        query = query.where(Alert.assignee == wanted.assignee)
    return query


def _aged(age: str, now: datetime) -> tuple[Any, ...]:
    if age in PACES:
        return Alert.status.in_(OPEN), Alert.due_at < now if age == "late" else Alert.due_at >= now
    least, most = AGES[age]
    young = (Alert.opened_at <= now - least,) if least else ()
    return young if most is None else (*young, Alert.opened_at > now - most)


def _order(sort: Sort, now: datetime) -> tuple[Any, ...]:
    if sort == "newest":
        return (Alert.opened_at.desc(), Alert.id.desc())
    if sort == "due":
        return (turn(now), Alert.due_at, Alert.id)
    return (turn(now), -Alert.priority, Alert.due_at, Alert.id)


def _place(sort: Sort, alert: Alert, whose: int) -> Place:
    return Place(whose, -alert.priority, alert.opened_at if sort == "newest" else alert.due_at, alert.id)


def _behind(sort: Sort, place: Place, now: datetime) -> Any:
    at, row_id = literal(place.at, UtcTime()), literal(place.id, Uuid())
    if sort == "newest":
        return tuple_(Alert.opened_at, Alert.id) < tuple_(at, row_id)
    whose, rank = literal(place.turn, Integer()), literal(place.rank, Integer())
    if sort == "due":
        return tuple_(turn(now), Alert.due_at, Alert.id) > tuple_(whose, at, row_id)
    return tuple_(turn(now), -Alert.priority, Alert.due_at, Alert.id) > tuple_(whose, rank, at, row_id)
