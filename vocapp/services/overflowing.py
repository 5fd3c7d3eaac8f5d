"""More alerts than hands: find whose call cannot come in time, and plan a letter to each, once.

Read without a lock, workspace by workspace; each letter is then planned in a transaction of its own, under the locks of
its address and its alert, where it is looked at once more.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, or_, select

from vocapp.domain.overflow import LATEST, SETTLED, Booked, Hands, Overflow, Waiting, out_of_reach
from vocapp.models import Alert, AlertMove, CallbackSlot, Customer, Letter, Promise, Workspace, db, new_id
from vocapp.services import attempting, calling_hours, letters
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
    written = exists().where(Letter.workspace_id == Alert.workspace_id, Letter.alert_id == Alert.id)
    waits = exists().where(
        Alert.workspace_id == Workspace.id,
        Alert.status == "new",
        Alert.opened_at <= now - SETTLED,
        Alert.due_at > now - LATEST,
        ~written,
    )
    found = []
    for workspace in db.session.scalars(select(Workspace).where(waits).order_by(Workspace.id)).all():
        if Overflow.read(workspace.settings.get("overflow") or {}).on:
            found += [Found(workspace.id, alert_id) for alert_id in _of_workspace(workspace, now)[:limit]]
    return found


def write(*, workspace_id: int, alert_id: UUID, now: datetime) -> None:
    """Plan the letter of one alert, or note why none may go; where somebody cares for it meanwhile, nothing.

    Nothing either where there is no way to be helped that it could name.
    """
    key = db.session.scalar(
        select(Customer.contact_key)
        .join(Alert, (Alert.workspace_id == Customer.workspace_id) & (Alert.customer_id == Customer.id))
        .where(Alert.workspace_id == workspace_id, Alert.id == alert_id)
    )
    if key is None:
        return
    lock_contacts(workspace_id=workspace_id, keys=[key])
    alert = db.session.get(Alert, (workspace_id, alert_id), populate_existing=True, with_for_update=True)
    if alert is None or not letters.is_left_alone(alert) or _is_written(alert):
        return
    customer = db.session.get(Customer, (workspace_id, alert.customer_id), populate_existing=True)
    if customer is None or customer.contact_key != key:  # another address by now: the next round finds it
        return
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    invitation_id = letters.invitation_behind(alert=alert)
    if invitation_id is not None:
        ways = letters.ways_of(workspace=workspace, invitation_id=invitation_id, callback_url="/", now=now)
        if not ways.any:
            return
    letters.plan(alert, customer, invitation_id, letter_id=new_id(), now=now)


def _of_workspace(workspace: Workspace, now: datetime) -> list[UUID]:
    """Return whose call cannot come in time, of those who have settled and were not written to."""
    promised = exists().where(
        Promise.workspace_id == Alert.workspace_id, Promise.alert_id == Alert.id, Promise.status == "made"
    )
    written = exists().where(Letter.workspace_id == Alert.workspace_id, Letter.alert_id == Alert.id)
    tried = exists().where(
        AlertMove.workspace_id == Alert.workspace_id, AlertMove.alert_id == Alert.id, AlertMove.action == "contact"
    )
    rows = db.session.execute(
        select(Alert.id, Alert.due_at, Alert.place, Alert.opened_at, written.label("written"), tried.label("tried"))
        .where(
            Alert.workspace_id == workspace.id,
            Alert.status == "new",
            or_(Alert.next_attempt_at.is_(None), Alert.next_attempt_at <= now + SOON),
            ~promised,
        )
        .order_by(*order(now))
        .limit(LOOKED_AT)
    ).all()
    calling = calling_hours.of_workspace(workspace, places={row.place for row in rows})
    hands = Hands(calling.of(None), calling.team, _booked(workspace.id, now), _busy(workspace.id))
    queue = [Waiting(row.id, row.due_at, calling.of(row.place)) for row in rows]
    margin = Overflow.read(workspace.settings.get("overflow") or {}).margin
    late = set(out_of_reach(queue, hands, margin, now))
    alone = [
        row for row in rows if row.id in late and not row.written and not row.tried and row.opened_at <= now - SETTLED
    ]
    quiet = attempting.list_declined(workspace_id=workspace.id, alert_ids=[row.id for row in alone])
    return [row.id for row in alone if row.id not in quiet]


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
    own = (Letter.workspace_id == alert.workspace_id, Letter.alert_id == alert.id)
    return bool(db.session.scalar(select(exists().where(*own))))
