"""More alerts than hands: find whose call cannot come in time, and plan a letter to each, once.

Read without a lock, workspace by workspace; each letter is then planned in a transaction of its own, under the locks of
its address and its alert, where it is looked at once more. Whoever could not be written to then, for what can be read
now, is not listed: they would stand before the others in each round.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, exists, or_, select

from vocapp.domain.overflow import LATEST, SETTLED, Booked, Hands, Overflow, Waiting, out_of_reach
from vocapp.models import (
    Alert,
    CallbackSlot,
    Customer,
    Invitation,
    Response,
    Signal,
    Workspace,
    db,
    new_id,
)
from vocapp.services import attempting, calling_hours, letters, openings, promise_slots
from vocapp.services.callback_queue import order
from vocapp.services.inviting import lock_contacts
from vocapp.services.keeping_promises import SOON

MOST_AT_ONCE = 100
"""Of a workspace in one round."""
LOOKED_AT = 5000
"""Alerts of a workspace, in the queue's order; behind them all that is new waits for the next rounds."""


class Found(NamedTuple):
    workspace_id: int
    alert_id: UUID


def list_to_write(*, now: datetime, limit: int = MOST_AT_ONCE) -> list[Found]:
    """Return the alerts that nobody can call about in time, whose customers were not written to yet."""
    waits = exists().where(
        Alert.workspace_id == Workspace.id,
        Alert.status == "new",
        ~openings.is_since(now - SETTLED),
        Alert.due_at > now - LATEST,
        ~letters.is_written(),
    )
    found = []
    wanted = cast(Workspace.settings, Text).like("%overflow%")
    for workspace in db.session.scalars(select(Workspace).where(wanted, waits).order_by(Workspace.id)).all():
        if not Overflow.read(workspace.settings.get("overflow") or {}).on:
            continue
        helped = letters.standing_ways(workspace).any
        if helped or calling_hours.team_of(workspace).agents:
            alone = _of_workspace(workspace, now)
            if not helped:
                alone = _with_a_time(workspace, alone, now)
            found += [Found(workspace.id, alert_id) for alert_id in alone[:limit]]
    return found


def write(*, workspace_id: int, alert_id: UUID, now: datetime) -> None:
    """Plan the letter of one alert, or note why none may go; where nobody needs it any more, nothing."""
    key = db.session.scalar(
        select(Customer.contact_key)
        .join(Alert, (Alert.workspace_id == Customer.workspace_id) & (Alert.customer_id == Customer.id))
        .where(Alert.workspace_id == workspace_id, Alert.id == alert_id)
    )
    if key is None:
        return
    lock_contacts(workspace_id=workspace_id, keys=[key])
    alert = db.session.get(Alert, (workspace_id, alert_id), populate_existing=True, with_for_update=True)
    if alert is None or _is_written(alert):
        return
    customer = db.session.get(Customer, (workspace_id, alert.customer_id), populate_existing=True)
    if customer is None or customer.contact_key != key:  # another address by now: the next round finds it
        return
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    invitation_id = letters.invitation_behind(alert=alert)
    if letters.why_needless(alert=alert, workspace=workspace, invitation_id=invitation_id, now=now) is not None:
        return
    letters.plan(alert, customer, invitation_id, letter_id=new_id(), now=now)


def _of_workspace(workspace: Workspace, now: datetime) -> list[UUID]:
    """Return whose call cannot come in time, of those who have settled and were not written to."""
    addressed = exists().where(
        Customer.workspace_id == Alert.workspace_id,
        Customer.id == Alert.customer_id,
        Customer.contact_key.is_not(None),
    )
    settled = ~openings.is_since(now - SETTLED)
    to_write = (Alert.misses == 0) & settled & ~letters.is_written() & ~letters.is_tried() & addressed
    rows = db.session.execute(
        select(Alert.id, Alert.customer_id, Alert.due_at, Alert.place, to_write.label("to_write"))
        .where(
            Alert.workspace_id == workspace.id,
            Alert.status == "new",
            or_(Alert.next_attempt_at.is_(None), Alert.next_attempt_at <= now + SOON),
            Alert.wrong_number.is_(False),
            ~letters.is_promised(),
        )
        .order_by(*order(now))
        .limit(LOOKED_AT)
    ).all()
    whose = {row.customer_id for row in rows}
    silent = attempting.not_to_be_called(workspace_id=workspace.id, customer_ids=whose, now=now)
    declined = attempting.list_declined(workspace_id=workspace.id, alert_ids=[row.id for row in rows])
    rows = [row for row in rows if row.customer_id not in silent and row.id not in declined]
    calling = calling_hours.of_workspace(workspace, places={row.place for row in rows})
    hands = Hands(calling.of(None), calling.team, _booked(workspace.id, now), _busy(workspace.id))
    queue = [Waiting(row.id, row.due_at, calling.of(row.place)) for row in rows]
    margin = Overflow.read(workspace.settings.get("overflow") or {}).margin
    late = set(out_of_reach(queue, hands, margin, now))
    return [row.id for row in rows if row.id in late and row.to_write]


def _with_a_time(workspace: Workspace, alert_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Return those whose customers can choose a time for a call, behind the link of what they said last."""
    said = {
        row.alert_id: row
        for row in db.session.execute(
            select(Signal.alert_id, Response.place, Invitation.expires_at, Customer.timezone)
            .join(Response, (Response.workspace_id == Signal.workspace_id) & (Response.id == Signal.response_id))
            .join(Invitation, Invitation.id == Response.invitation_id)
            .join(Customer, (Customer.workspace_id == Response.workspace_id) & (Customer.id == Response.customer_id))
            .where(Signal.workspace_id == workspace.id, Signal.alert_id.in_(alert_ids))
            .order_by(Signal.raised_at, Response.id.desc())
        )
    }
    calling = calling_hours.of_workspace(workspace, places={row.place for row in said.values()})

    @cache
    def is_there(place: str | None, zone: str | None) -> bool:
        calendar = promise_slots.calendar_of(calling, place)
        taken = promise_slots.taken(workspace_id=workspace.id, calendar=calendar, now=now)
        return bool(calendar.offered(now, taken, calling.policy.quiet, zone))

    return [
        alert_id
        for alert_id in alert_ids
        if (row := said.get(alert_id)) is not None and row.expires_at > now and is_there(row.place, row.timezone)
    ]


def _booked(workspace_id: int, now: datetime) -> list[Booked]:
    rows = db.session.execute(
        select(CallbackSlot.starts_at, CallbackSlot.taken).where(
            CallbackSlot.workspace_id == workspace_id, CallbackSlot.starts_at >= now, CallbackSlot.taken > 0
        )
    )
    return [Booked(*row) for row in rows]


def _busy(workspace_id: int) -> int:
    """Count the alerts that somebody here has taken and is still to call about."""
    mine = (Alert.workspace_id == workspace_id, Alert.status == "claimed", Alert.elsewhere.is_(False))
    query = select(Alert.id).where(*mine)
    return len(db.session.scalars(query.limit(LOOKED_AT)).all())


def _is_written(alert: Alert) -> bool:
    own = (Alert.workspace_id == alert.workspace_id, Alert.id == alert.id)
    return bool(db.session.scalar(select(letters.is_written()).where(*own)))
