"""Who of the team gets an alert: whom a colleague may give it to, and handing out what waits, if a workspace does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, exists, func, or_, select

from vocapp.domain import alerts
from vocapp.domain.alerts import HELD, Left
from vocapp.domain.handing_out import Caller, Calls, HandingOut, choose
from vocapp.models import (
    Alert,
    Event,
    Invitation,
    Member,
    Place,
    Promise,
    Response,
    Signal,
    StaffSession,
    User,
    Workspace,
    db,
)
from vocapp.services import claims, noticing_whose
from vocapp.services.callback_queue import Rank, behind, order
from vocapp.services.keeping_promises import SOON

MOST_AT_ONCE = 50
LOOKED_AT_ONCE = 500
PRESENT = timedelta(minutes=20)
"""Who clicked that lately is there; a click is noted every five minutes."""
CALLING = ("owner", "agent")


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    place: str | None
    calls: Calls


class _Waiting(NamedTuple):
    rank: Rank
    version: int
    place: str | None
    team: str | None
    kinds: Sequence[str]


class _Gift(NamedTuple):
    to: str
    version: int
    """Of the alert, when it was looked at."""


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
    """Give alerts that wait to those of their teams who are there, in the queue's order; return how many were given.

    Whoever held one and let it go does not get it again. What nobody fits stays in the queue for all, and what is
    promised for later, or to be tried again later, waits until then. Whose customer wants no call is handed to nobody.
    """
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    wanted = HandingOut.read(workspace.settings.get("handing_out") or {})
    if wanted.by == "hand":
        return 0
    members = _present(workspace_id, now)
    chosen, left = _choose(workspace_id, members, wanted, now=now, limit=limit) if members else ({}, {})
    if not chosen:
        return 0
    hold = claims.hold_of(workspace_id=workspace_id)
    free = db.session.scalars(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.id.in_(list(chosen)), Alert.status == "new")
        .order_by(Alert.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    given = [
        (alert, alerts.move(claims.read_state(alert, left=left), "assign", at=now, to=chosen[alert.id].to, hold=hold))
        for alert in free
        if alert.version == chosen[alert.id].version  # else it is another one than was looked at
    ]
    claims.keep(given, now=now)
    gifts = [(alert, chosen[alert.id].to) for alert, _ in given]
    noticing_whose.tell_assignees(workspace_id=workspace_id, given=gifts, now=now)
    return len(given)


def _choose(
    workspace_id: int, members: Sequence[_Member], wanted: HandingOut, *, now: datetime, limit: int
) -> tuple[dict[UUID, _Gift], dict[UUID, Left]]:
    """Return to whom which alert may go, and whose leases were over, having looked at all that wait, if need be."""
    callers = _loads(workspace_id, members)
    chosen: dict[UUID, _Gift] = {}
    left: dict[UUID, Left] = {}
    after: Rank | None = None
    while len(chosen) < limit:
        if not any(one.held < wanted.most_each and not one.calls.away for one in callers.values()):
            break
        page = _waiting(workspace_id, now, after)
        above = _above(workspace_id, {one.place for one in page})
        about = _about(workspace_id, [one.rank.id for one in page])
        left |= claims.list_left(workspace_id=workspace_id, alert_ids=[one.rank.id for one in page])
        for one in page:
            language, event = about.get(one.rank.id, (None, None))
            holder = left[one.rank.id].holder if one.rank.id in left else None
            found = choose(
                (callers[name] for name in _team_of(one, members, wanted, above.get(one.place, ())) if name != holder),
                language=language,
                about={*one.kinds, *([event] if event else [])},
                most_each=wanted.most_each,
                draw=one.rank.id.bytes,
            )
            if found is not None:
                chosen[one.rank.id] = _Gift(found.name, one.version)
                callers[found.name] = found._replace(held=found.held + 1, last_at=now)
                if len(chosen) == limit:
                    break
        if len(page) < LOOKED_AT_ONCE:
            break
        after = page[-1].rank
    return chosen, left


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


def _waiting(workspace_id: int, now: datetime, after: Rank | None) -> list[_Waiting]:
    """Return a page of what may be begun now, as the queue has it; nothing of it is locked."""
    promised_for_later = exists().where(
        Promise.workspace_id == Alert.workspace_id,
        Promise.alert_id == Alert.id,
        Promise.status == "made",
        Promise.starts_at > now + SOON,
    )
    said_last = (
        select(Promise.status)
        .where(Promise.workspace_id == Alert.workspace_id, Promise.alert_id == Alert.id)
        .order_by(Promise.made_at.desc(), Promise.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(*order(now), Alert.version, Alert.place, Alert.team, Alert.kinds).where(
        Alert.workspace_id == workspace_id,
        Alert.status == "new",
        or_(Alert.next_attempt_at.is_(None), Alert.next_attempt_at <= now),
        ~promised_for_later,
        func.coalesce(said_last, "") != "declined",  # nobody is to call: it waits for who reads it
    )
    if after is not None:
        query = query.where(behind(after, now))
    rows = db.session.execute(query.order_by(*order(now)).limit(LOOKED_AT_ONCE))
    return [_Waiting(Rank(*row[:4]), row.version, row.place, row.team, row.kinds) for row in rows]


def _team_of(one: _Waiting, members: Sequence[_Member], wanted: HandingOut, above: Sequence[str]) -> list[str]:
    """Return who of these is of the alert's team; where nobody is, whoever sees it, and whom it was not taken from.

    `above`: the place it happened at, behind all those above it.
    """
    seeing = [member for member in members if member.place is None or member.place in above]
    own = [member.name for member in seeing if member.place == one.team]
    first = next(iter(wanted.teams_of(above[::-1])), None)
    if own or one.team == first:
        return own or [member.name for member in seeing]
    higher = above[: above.index(one.team) + 1] if one.team in above else ()
    return [member.name for member in seeing if member.place is None or member.place in higher]


def _loads(workspace_id: int, members: Sequence[_Member]) -> dict[str, Caller]:
    """Return the members with how many alerts each holds, and when something happened to one of those last."""
    rows = db.session.execute(
        select(Alert.assignee, func.count(), func.max(Alert.updated_at))
        .where(
            Alert.workspace_id == workspace_id,
            Alert.status.in_(HELD),
            Alert.assignee.in_([one.name for one in members]),
        )
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
