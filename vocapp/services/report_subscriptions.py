"""Who of the staff wants which report by mail: subscribed in the console, left there or by the link in each mail.

A subscription is a member's own. What was left keeps its row, so that the same period is never told of twice, however
often somebody leaves and comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from vocapp.domain.report_times import KINDS, Kind, goes_at, moved, next_due
from vocapp.models import Member, Place, ReportMail, ReportSubscription, User, Workspace, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.services.intake_values import ValueRefused, read_timezone
from vocapp.services.staff import MAY_ACT, Scope

LANGUAGES: Final = ("fr", "en")
MOST: Final = 50
"""Of one member: one for each part of a region they look after."""


class SubscriptionRefused(ValueError):
    """What can't be subscribed: the field at fault, and a code of the reason."""

    def __init__(self, field: str, code: str) -> None:
        self.field = field
        self.code = code
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One subscription that stands, as its member sees it."""

    id: UUID
    kind: Kind
    place: str
    place_name: str | None
    """None: all that the member sees."""
    language: str
    timezone: str
    next_due_at: datetime
    """When the next one really goes."""
    sent_at: datetime | None
    """When the last one went."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a link by which one leaves is about."""

    kind: str
    place_name: str | None
    workspace_name: str
    language: str
    left: bool


def subscribe(
    *,
    scope: Scope,
    user_id: UUID,
    kind: str,
    place: str = "",
    language: str,
    timezone: str | None = None,
    now: datetime,
) -> UUID:
    """Subscribe a member to a report of their part, or of a place in it; the same again changes how it is written.

    Raises SubscriptionRefused.
    """
    if kind not in KINDS:
        raise SubscriptionRefused("kind", "choose")
    if language not in LANGUAGES:
        raise SubscriptionRefused("language", "choose")
    if place and (not scope.within(place) or db.session.get(Place, (scope.workspace_id, place)) is None):
        raise SubscriptionRefused("place", "choose")
    zone = _zone(scope.workspace_id, timezone)
    own = (ReportSubscription.workspace_id == scope.workspace_id, ReportSubscription.user_id == user_id)
    standing = select(func.count()).where(*own, ReportSubscription.left_at.is_(None))
    if (db.session.scalar(standing) or 0) >= MOST:
        raise SubscriptionRefused("place", "too_many")
    row = {
        "workspace_id": scope.workspace_id,
        "id": new_id(),
        "user_id": user_id,
        "kind": kind,
        "place": place,
        "language": language,
        "timezone": timezone or None,
        "subscribed_at": now,
        "left_at": now,
        "next_due_at": now,
    }
    insert_many(ReportSubscription, [row], passing_over=True)
    found = db.session.scalars(
        select(ReportSubscription)
        .where(*own, ReportSubscription.kind == kind, ReportSubscription.place == place)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if found.left_at is not None:
        found.left_at, found.subscribed_at = None, now
        found.next_due_at = next_due(_kind(kind), zone, now)
    else:  # what is due is due still, by the clock it goes by from now on
        found.next_due_at = moved(_kind(kind), zone, found.next_due_at)
    found.language, found.timezone = language, timezone or None
    db.session.flush()
    return found.id


def leave(*, workspace_id: int, user_id: UUID, subscription_id: UUID, now: datetime) -> bool:
    """End one of a member's own subscriptions; say whether it is theirs."""
    found = _locked(workspace_id, subscription_id)
    if found is None or found.user_id != user_id:
        return False
    found.left_at = found.left_at or now
    return True


def find_leaving(*, subscription_id: UUID) -> Leaving | None:
    """Return what a link is about; None: there is no such subscription."""
    row = db.session.execute(
        select(ReportSubscription, Workspace.name, Place.name)
        .join(Workspace, Workspace.id == ReportSubscription.workspace_id)
        .outerjoin(
            Place,
            (Place.workspace_id == ReportSubscription.workspace_id) & (Place.key == ReportSubscription.place),
        )
        .where(ReportSubscription.id == subscription_id)
    ).one_or_none()
    if row is None:
        return None
    one, workspace_name, place_name = row
    return Leaving(one.kind, place_name, workspace_name, one.language, one.left_at is not None)


def leave_by_link(*, subscription_id: UUID, now: datetime) -> None:
    """End a subscription at once; the same again changes nothing."""
    found = db.session.scalars(
        select(ReportSubscription).where(ReportSubscription.id == subscription_id).with_for_update()
    ).one_or_none()
    if found is not None:
        found.left_at = found.left_at or now


def list_subscriptions(*, scope: Scope, user_id: UUID, timezone: str) -> list[Subscribed]:
    """Return what a member is subscribed to, weekly ones first; `timezone`: the workspace's."""
    sent = (
        select(func.max(ReportMail.settled_at))
        .where(
            ReportMail.workspace_id == ReportSubscription.workspace_id,
            ReportMail.subscription_id == ReportSubscription.id,
            ReportMail.status == "sent",
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(ReportSubscription, Place.name, sent)
        .outerjoin(
            Place,
            (Place.workspace_id == ReportSubscription.workspace_id) & (Place.key == ReportSubscription.place),
        )
        .where(
            ReportSubscription.workspace_id == scope.workspace_id,
            ReportSubscription.user_id == user_id,
            ReportSubscription.left_at.is_(None),
        )
        .order_by(ReportSubscription.kind.desc(), ReportSubscription.place)
    )
    return [
        Subscribed(
            one.id,
            _kind(one.kind),
            one.place,
            place_name,
            one.language,
            one.timezone or timezone,
            _next(one, timezone),
            sent_at,
        )
        for one, place_name, sent_at in rows
        if not one.place or scope.within(one.place)  # a right that ended: nothing is sent for it, either
    ]


def _next(one: ReportSubscription, timezone: str) -> datetime:
    kind, zone = _kind(one.kind), ZoneInfo(one.timezone or timezone)
    return goes_at(kind, zone, ZoneInfo(timezone), moved(kind, zone, one.next_due_at))


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscription with who reads it, as they stand at this moment."""

    subscription: ReportSubscription
    member: Member
    email: str
    workspace: Workspace

    @property
    def handles(self) -> bool:
        """Say whether they deal with callbacks, or only read of them."""
        return self.member.role in MAY_ACT

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.subscription.timezone or self.workspace.timezone)


def find_reader(*, workspace_id: int, subscription_id: UUID, locking: bool = False) -> Reader | None:
    """Return a subscription with its reader; `locking`: nobody leaves it before this transaction ends."""
    query = (
        select(ReportSubscription, Member, User.email, Workspace)
        .join(
            Member,
            (Member.workspace_id == ReportSubscription.workspace_id) & (Member.user_id == ReportSubscription.user_id),
        )
        .join(User, User.id == Member.user_id)
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(ReportSubscription.workspace_id == workspace_id, ReportSubscription.id == subscription_id)
        .execution_options(populate_existing=True)
    )
    if locking:
        query = query.with_for_update(read=True, of=(ReportSubscription, Member))
    row = db.session.execute(query).one_or_none()
    return None if row is None else Reader(*row)


def _locked(workspace_id: int, subscription_id: UUID) -> ReportSubscription | None:
    return db.session.get(
        ReportSubscription, (workspace_id, subscription_id), populate_existing=True, with_for_update=True
    )


def _zone(workspace_id: int, timezone: str | None) -> ZoneInfo:
    if not timezone:
        return ZoneInfo(db.session.get_one(Workspace, workspace_id).timezone)
    try:
        read = read_timezone(timezone)
    except ValueRefused as refused:
        raise SubscriptionRefused("timezone", "timezone") from refused
    return ZoneInfo(read or timezone)


def _kind(kind: str) -> Kind:
    return "weekly" if kind == "weekly" else "monthly"
