"""What was promised to customers, as the staff see it: what is to be kept now, about which alert, the share kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from vocapp.domain.alerts import OPEN
from vocapp.domain.promises import COUNTED, SHARE_OVER, Kept
from vocapp.models import Alert, CallbackSlot, Promise, db
from vocapp.services import keeping_promises, promise_slots
from vocapp.services.browsing.names import Names, list_names
from vocapp.services.mail_words import our_language
from vocapp.services.slot_words import say_slot
from vocapp.services.staff import Scope

MOST_DUE: Final = 20
_SAID: Final = ("made", "kept", "missed", "apologised", "owed")


@dataclass(frozen=True, slots=True)
class Told:
    """One promise, ready to be told."""

    promise: Promise
    when: str
    """« mardi 10 mars entre 10 h et 12 h », by the workspace's clock."""


@dataclass(frozen=True, slots=True)
class Due:
    """One promise to be kept now."""

    alert: Alert
    customer: Names
    told: Told


@dataclass(frozen=True, slots=True)
class Shares:
    """What came due within some days, and within as many before them."""

    days: int
    now: Kept
    before: Kept

    @property
    def any(self) -> bool:
        return bool(self.now.due or self.before.due)


def shares(*, scope: Scope, now: datetime) -> Shares:
    """Count the promises kept to customers of the scope: less one's own, the company's are the others'."""
    spans = [(now - SHARE_OVER, now), (now - 2 * SHARE_OVER, now - SHARE_OVER)]
    counted = []
    for since, until in spans:
        within = (Promise.ends_at > since, Promise.ends_at <= until)
        counted += [func.count().filter(*within), func.count().filter(*within, Promise.status == "kept")]
    query = select(*counted).where(
        Promise.workspace_id == scope.workspace_id, Promise.status.in_(COUNTED), Promise.ends_at > spans[1][0]
    )
    if scope.places is not None:
        query = query.where(Promise.place.in_(scope.places))
    figures: Any = db.session.execute(query).one()
    due, kept, due_before, kept_before = figures
    return Shares(SHARE_OVER.days, Kept(due, kept), Kept(due_before, kept_before))


def of_alerts(*, scope: Scope, alert_ids: Collection[UUID], zone: str, language: str) -> dict[UUID, Told]:
    """Return what was promised about these alerts, where it still concerns who calls."""
    found = keeping_promises.latest(workspace_id=scope.workspace_id, alert_ids=alert_ids)
    return {alert_id: _told(one, zone, language) for alert_id, one in found.items() if one.status in _SAID}


def list_due(*, scope: Scope, now: datetime, zone: str, language: str) -> list[Due]:
    """Return the promises that are to be kept now or within the hour, the first to end first."""
    query = (
        select(Promise, Alert)
        .join(Alert, (Alert.workspace_id == Promise.workspace_id) & (Alert.id == Promise.alert_id))
        .where(
            Promise.workspace_id == scope.workspace_id,
            Promise.status == "made",
            Promise.starts_at <= now + keeping_promises.SOON,
            Alert.status.in_(OPEN),
        )
    )
    if scope.places is not None:
        query = query.where(Alert.place.in_(scope.places))
    rows: Any = db.session.execute(query.order_by(Promise.ends_at, Promise.id).limit(MOST_DUE)).all()
    names = list_names(workspace_id=scope.workspace_id, ids={alert.customer_id for _, alert in rows})
    return [Due(alert, names[alert.customer_id], _told(one, zone, language)) for one, alert in rows]


@dataclass(frozen=True, slots=True)
class Load:
    """A slot of the days to come in which something is promised."""

    when: str
    taken: int
    room: int
    """As the team stands now: somebody may be away who was to be there."""


def load_of(*, workspace_id: int, zone: str, language: str, now: datetime) -> list[Load]:
    """Return what is promised for the days to come, slot by slot."""
    _, calendar = promise_slots.load(workspace_id=workspace_id, place=None)
    rows = db.session.execute(
        select(CallbackSlot.starts_at, CallbackSlot.ends_at, CallbackSlot.taken)
        .where(CallbackSlot.workspace_id == workspace_id, CallbackSlot.ends_at > now, CallbackSlot.taken > 0)
        .order_by(CallbackSlot.starts_at)
    )
    ours = our_language(language)
    return [
        # the hours may be others by now: where nobody is there in a slot any more, it has no room
        Load(when, taken, calendar.capacity(starts, ends) if calendar.hours.between(starts, ends) else 0)
        for starts, ends, taken in rows
        for when in [say_slot(starts, ends, zone, ours)]
    ]


def _told(one: Promise, zone: str, language: str) -> Told:
    if one.starts_at is None or one.ends_at is None:
        return Told(one, "")
    return Told(one, say_slot(one.starts_at, one.ends_at, zone, our_language(language)))
