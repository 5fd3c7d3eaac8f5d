"""Who of the team gets an alert: whom a colleague may give it to, and handing out what waits, if a workspace does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Text, cast, exists, func, or_, select

from vocapp.domain import alerts
from vocapp.domain.alerts import HELD
from vocapp.domain.handing_out import Caller, Calls, HandingOut, choose
from vocapp.models import (
    Alert,
    Event,
    Invitation,
    Member,
    Place,
    Response,
    Signal,
    StaffSession,
    User,
    Workspace,
    db,
)
from vocapp.services import claims

MOST_AT_ONCE = 50
PRESENT = timedelta(minutes=20)
"""Who clicked that lately is there; a click is noted every five minutes."""
CALLING = ("owner", "agent")


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    place: str | None
    calls: Calls


def list_callers(*, workspace_id: int, place: str | None) -> list[str]:
    """Return who may be given an alert of a place: the addresses of those who call and see it."""
    above = _above(workspace_id, [place]).get(place, ())
    return sorted(
        name
        for name, own in db.session.execute(
            select(User.email, Member.place_key)
            .join(Member, Member.user_id == User.id)
            .where(Member.workspace_id == workspace_id, Member.disabled_at.is_(None), Member.role.in_(CALLING))
        )
        if own is None or own in above
    )


def workspaces_that_hand_out() -> list[int]:
    """Return the workspaces in which alerts go to somebody by themselves."""
    rows = db.session.scalars(select(Workspace.id).where(cast(Workspace.settings, Text).like("%round_robin%")))
    return list(rows)


def hand_out(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Give alerts that wait to those of their teams who are there, the most urgent first; return how many were given.

    Whoever held one and let it go does not get it again. What nobody fits stays in the queue for all.
    """
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    wanted = HandingOut.read(workspace.settings.get("handing_out") or {})
    if wanted.by == "hand":
        return 0
    members = _present(workspace_id, now)
    waiting = _waiting(workspace_id, limit) if members else []
    if not waiting:
        return 0
    above = _above(workspace_id, {alert.place for alert in waiting})
    about = _about(workspace_id, [alert.id for alert in waiting])
    callers = _loads(workspace_id, members)
    hold = claims.hold_of(workspace_id=workspace_id)
    given = []
    for alert in waiting:
        state = claims.read_state(alert)
        language, event = about.get(alert.id, (None, None))
        left = state.left.holder if state.left else None
        team = [one for one in _team_of(alert, members, above.get(alert.place, ())) if one != left]
        found = choose(
            (callers[name] for name in team),
            language=language,
            about={*alert.kinds, *([event] if event else [])},
            most_each=wanted.most_each,
        )
        if found is not None:
            given.append((alert, alerts.move(state, "assign", at=now, to=found.name, hold=hold)))
            callers[found.name] = found._replace(held=found.held + 1, last_at=now)
    claims.keep(given, now=now)
    return len(given)


def _present(workspace_id: int, now: datetime) -> list[_Member]:
    there = exists().where(
        StaffSession.user_id == Member.user_id,
        or_(StaffSession.workspace_id == workspace_id, StaffSession.workspace_id.is_(None)),
        StaffSession.seen_at > now - PRESENT,
    )
    rows = db.session.execute(
        select(User.email, Member.place_key, Member.calls)
        .join(Member, Member.user_id == User.id)
        .where(Member.workspace_id == workspace_id, Member.disabled_at.is_(None), Member.role == "agent", there)
    )
    return [_Member(name, place, Calls.read(calls)) for name, place, calls in rows]


def _waiting(workspace_id: int, limit: int) -> Sequence[Alert]:
    return db.session.scalars(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.status == "new")
        .order_by(Alert.priority.desc(), Alert.due_at, Alert.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _team_of(alert: Alert, members: Sequence[_Member], above: Collection[str]) -> list[str]:
    """Return who of these is of the alert's team; where nobody is, whoever sees it."""
    seeing = [one for one in members if one.place is None or one.place in above]
    own = [one.name for one in seeing if (one.place is None) == (alert.team is None)]
    return own or [one.name for one in seeing]


def _loads(workspace_id: int, members: Sequence[_Member]) -> dict[str, Caller]:
    """Return the members with how many alerts each holds, and when something happened to one of theirs last."""
    held = func.count().filter(Alert.status.in_(HELD))
    rows = db.session.execute(
        select(Alert.assignee, held, func.max(Alert.updated_at))
        .where(Alert.workspace_id == workspace_id, Alert.assignee.in_([one.name for one in members]))
        .group_by(Alert.assignee)
    )
    callers = {one.name: Caller(one.name, one.calls, 0, None) for one in members}
    for name, number, last_at in rows:
        if name in callers:
            callers[name] = callers[name]._replace(held=number, last_at=last_at)
    return callers


def _about(workspace_id: int, alert_ids: Sequence[UUID]) -> dict[UUID, tuple[str | None, str | None]]:
    """Return each alert's language and event: of the unhappy response, or the event, that came last."""
    rows = db.session.execute(
        select(Signal.alert_id, Response.language, Invitation.context, Event.name)
        .outerjoin(Response, (Response.workspace_id == Signal.workspace_id) & (Response.id == Signal.response_id))
        .outerjoin(
            Invitation, (Invitation.workspace_id == Response.workspace_id) & (Invitation.id == Response.invitation_id)
        )
        .outerjoin(Event, (Event.workspace_id == Signal.workspace_id) & (Event.id == Signal.event_id))
        .where(Signal.workspace_id == workspace_id, Signal.alert_id.in_(alert_ids))
        .order_by(Signal.raised_at)
    )
    return {
        alert_id: (language, (context or {}).get("event") or event)
        for alert_id, language, context, event in rows
        if alert_id
    }


def _above(workspace_id: int, places: Collection[str | None]) -> Mapping[str | None, tuple[str, ...]]:
    """Return each place with those above it."""
    named = [place for place in places if place]
    rows = db.session.execute(
        select(Place.key, Place.path).where(Place.workspace_id == workspace_id, Place.key.in_(named))
    )
    return {key: tuple(path.strip("/").split("/")) for key, path in rows}
