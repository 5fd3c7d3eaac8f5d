"""The moves of an alert: who calls, what came of it, what was at the root of it.

Each locks the alert, asks `domain/alerts.py` whether the move is allowed, and adds a line of history. Of two who want
the same alert one wins; the other is told who holds it. What becomes of a claim whose holder is gone: `claims.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select, true
from sqlalchemy.exc import IntegrityError

from vocapp.domain import alerts, contact_policy
from vocapp.domain.alerts import Action, MoveRefused, Outcome, Via
from vocapp.models import Alert, AlertMove, Customer, LedgerEntry, db
from vocapp.models.outbox import announce
from vocapp.services import ageing, attempting, claims, keeping_promises, noticing_whose

LONGEST_AGENT = 200
LONGEST_CAUSE = 200
LONGEST_REMEDY = 64
LONGEST_NOTE = 5000
_STILL_PROMISED = "a callback is promised to this customer: reach them, or try in the time that was promised"


class AlertNotFound(LookupError):
    """There is no such alert in this workspace, or within these places."""


class NotMoved(MoveRefused):
    """The alert is not in a state for this move, or somebody else was quicker. Tells how it stands."""

    def __init__(self, detail: str, *, holder: str | None, status: str, lease_over_at: datetime | None = None) -> None:
        super().__init__(detail, holder)
        self.status = status
        self.lease_over_at = lease_over_at
        """Since when the alert is no longer theirs who moved it; None: it never was, or not for that reason."""


def claim(
    *,
    workspace_id: int,
    alert_id: UUID,
    agent: str,
    now: datetime,
    places: Collection[str] | None = None,
    elsewhere: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Give a new alert to an agent, or leave it longer with who holds it. Raises AlertNotFound, NotMoved.

    `elsewhere`: the agent is another tool. `beside`, here and below, is what its line of history says more.
    """
    alert = lock(workspace_id, alert_id, places)
    _move(alert, "claim", by=agent, now=now, elsewhere=elsewhere, beside=beside)


def assign(
    *,
    workspace_id: int,
    alert_id: UUID,
    to: str,
    note: str | None = None,
    by: str | None,
    now: datetime,
    places: Collection[str] | None = None,
    for_holder: bool = False,
) -> None:
    """Give an alert to somebody; what another one holds only `for_holder`. Raises AlertNotFound, NotMoved."""
    alert = lock(workspace_id, alert_id, places)
    _move(alert, "assign", by=by, now=now, note=note, for_holder=for_holder, to=to)
    if to != by:
        noticing_whose.tell_assignees(workspace_id=workspace_id, given=[(alert, to)], now=now)


def release(
    *,
    workspace_id: int,
    alert_id: UUID,
    note: str | None = None,
    by: str | None,
    now: datetime,
    places: Collection[str] | None = None,
    for_holder: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Give an alert back to the queue; `by` defaults to its holder, and may be another one only `for_holder`.

    Raises AlertNotFound, NotMoved.
    """
    alert = lock(workspace_id, alert_id, places)
    _move(alert, "release", by=by, now=now, note=note, for_holder=for_holder, beside=beside)


def contact(
    *,
    workspace_id: int,
    alert_id: UUID,
    outcome: Outcome,
    note: str | None,
    by: str | None,
    now: datetime,
    places: Collection[str] | None = None,
    via: Via = "phone",
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Note an attempt to reach the customer: `reached` makes the alert contacted, after a miss the next is planned.

    Raises AlertNotFound; NotMoved, also where the customer is not to be called.
    """
    alert = lock(workspace_id, alert_id, places)
    _move(alert, "contact", by=by, now=now, outcome=outcome, note=note, via=via, beside=beside)
    alert.next_attempt_at = attempting.plan_next(alert, outcome=outcome, now=now)
    keeping_promises.keep(alert, outcome=outcome, via=via, by=by or alert.assignee, now=now)
    if outcome == "reached":
        _count_contact(alert, now)


def resolve(
    *,
    workspace_id: int,
    alert_id: UUID,
    root_cause: str,
    note: str | None,
    by: str | None,
    now: datetime,
    places: Collection[str] | None = None,
    remedy: str | None = None,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Resolve an alert with its root cause and what was done: after a contact, or after three misses.

    Raises AlertNotFound; NotMoved, also where the customer still waits for what was promised.
    """
    alert = lock(workspace_id, alert_id, places)
    holder, status = alert.assignee, alert.status
    _move(alert, "resolve", by=by, now=now, root_cause=root_cause, remedy=remedy, note=note, beside=beside)
    announce("AlertResolved", alert.id, workspace_id=workspace_id, due_at=now)
    if not keeping_promises.is_bound(alert):
        return
    silent = attempting.asks_for_no_call(workspace_id=workspace_id, customer_id=alert.customer_id, now=now)
    if not silent:
        raise NotMoved(_STILL_PROMISED, holder=holder, status=status)
    keeping_promises.release(alert, reason="do_not_call", now=now)


def reopen(
    *,
    workspace_id: int,
    alert_id: UUID,
    note: str | None,
    by: str | None,
    now: datetime,
    places: Collection[str] | None = None,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Put a resolved alert into the queue again.

    Raises AlertNotFound; NotMoved, also where the customer has another alert open.
    """
    alert = lock(workspace_id, alert_id, places)
    status = alert.status
    try:
        with db.session.begin_nested():
            _move(alert, "reopen", by=by, now=now, note=note, beside=beside)
            announce("AlertOpened", alert.id, workspace_id=workspace_id, due_at=now)
    except IntegrityError as error:
        other = db.session.scalar(
            select(Alert).where(
                Alert.workspace_id == workspace_id,
                Alert.customer_id == alert.customer_id,
                Alert.status.in_(alerts.OPEN),
            )
        )
        raise NotMoved(
            "the customer has another alert open, which a new complaint joins",
            holder=other.assignee if other and (places is None or other.place in places) else None,
            status=status,
        ) from error


def lock(workspace_id: int, alert_id: UUID, places: Collection[str] | None) -> Alert:
    """Return an alert, locked. Raises AlertNotFound."""
    query = select(Alert).where(Alert.workspace_id == workspace_id, Alert.id == alert_id)
    if places is not None:
        query = query.where(Alert.place.in_(list(places)))
    alert = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if alert is None:
        raise AlertNotFound(str(alert_id))
    return alert


def _count_contact(alert: Alert, now: datetime) -> None:
    """Enter that the customer was reached in the ledger of contacts: what we write later takes it into account."""
    line = (
        select(AlertMove.id)
        .where(AlertMove.workspace_id == alert.workspace_id, AlertMove.alert_id == alert.id)
        .where(AlertMove.action == "contact")
        .order_by(AlertMove.at.desc(), AlertMove.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    values = {
        LedgerEntry.workspace_id: Customer.workspace_id,
        LedgerEntry.id: line,
        LedgerEntry.contact_key: Customer.contact_key,
        LedgerEntry.at: literal(now, LedgerEntry.at.type),
        LedgerEntry.kind: literal(contact_policy.CALL),
        LedgerEntry.priority: literal(0),
        LedgerEntry.made: true(),
    }
    own = (Customer.workspace_id == alert.workspace_id, Customer.id == alert.customer_id)
    db.session.execute(insert(LedgerEntry).from_select(list(values), select(*values.values()).where(*own)))


def _move(
    alert: Alert,
    action: Action,
    *,
    by: str | None,
    now: datetime,
    outcome: Outcome | None = None,
    root_cause: str | None = None,
    remedy: str | None = None,
    note: str | None = None,
    for_holder: bool = False,
    via: Via = "phone",
    to: str | None = None,
    elsewhere: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> None:
    state = claims.read_state(alert)
    if action in ("contact", "resolve"):
        no_call = attempting.why_no_call(workspace_id=alert.workspace_id, alerts=[alert], now=now).get(alert.id)
        state = replace(state, no_call=no_call)
    try:
        after = alerts.move(
            state,
            action,
            at=now,
            by=by,
            outcome=outcome,
            root_cause=root_cause,
            remedy=remedy,
            note=note,
            hold=claims.hold_of(workspace_id=alert.workspace_id),
            for_holder=for_holder,
            via=via,
            to=to,
            elsewhere=elsewhere,
        )
    except MoveRefused as refused:
        over_at = claims.lease_over_at(alert, by)
        since = f"; the claim of {by} was over at {over_at.isoformat(timespec='seconds')}" if over_at else ""
        raise NotMoved(
            refused.detail + since, holder=refused.holder, status=alert.status, lease_over_at=over_at
        ) from refused
    if action == "reopen":  # a second call is owed from now on, as urgently as the first was
        ageing.begin_anew(alert, now=now)
        alert.next_attempt_at = None
    if action in ("contact", "resolve"):  # whether it was in time is told by when it was due at that moment
        beside = {**(beside or {}), "due_at": alert.due_at.isoformat()}
    claims.keep([(alert, after)], now=now, beside=beside)
