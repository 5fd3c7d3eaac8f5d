"""May we call you? What is offered to an unhappy customer, and making the promise, or noting that they want none.

Who writes here locks the response, its signal and its alert first, as whoever opens alerts does: a promise finds its
alert, or its alert finds it. The room is raised last, by one statement (`promise_slots.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import func, or_, select

from vocapp.domain.alerts import OPEN
from vocapp.domain.promises import MOST_A_RESPONSE, Means, PromiseRefused, Slot, SlotTaken, after
from vocapp.models import Alert, Customer, Invitation, Place, Promise, Response, Signal, Workspace, db, new_id
from vocapp.models.feed import changed
from vocapp.models.types import time_text
from vocapp.services import alert_lines, attempting, noticing_whose, promise_slots
from vocapp.services.ageing import fall_due
from vocapp.services.brands import branded

Closed: TypeAlias = Literal["settled", "expired"]
_COMES_THERE = ("store", "site")
"""Kinds of places at which one can be spoken to."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the page needs: how it stands, and what may be chosen."""

    workspace_name: str
    settings: Mapping[str, Any]
    language: str
    zone: str
    closed: Closed | None
    standing: Promise | None
    """What was promised, or declined, last."""
    slots: list[Slot]
    means: tuple[Means, ...]
    place_name: str | None
    knows_number: bool


class _Story(NamedTuple):
    """One unhappy response with all that a promise about it touches."""

    workspace: Workspace
    invitation: Invitation
    customer: Customer
    response: Response
    alert: Alert | None
    place: Place | None


def find(*, invitation_id: UUID, now: datetime) -> Offer | None:
    """Find what may be offered behind a link, changing nothing; None: there is no unhappy response (any more)."""
    story = _find(invitation_id)
    if story is None:
        return None
    workspace, customer, place = story.workspace, story.customer, story.place
    closed = _closed(story, now)
    calling, calendar = promise_slots.load(workspace_id=workspace.id, place=story.response.place)
    taken = promise_slots.taken(workspace_id=workspace.id, calendar=calendar, now=now)
    means = _means(story, now)
    return Offer(
        workspace_name=workspace.name,
        settings=branded(workspace.settings, story.invitation.context),
        language=customer.language or customer.locale or story.invitation.language,
        zone=customer.timezone or workspace.timezone,
        closed=closed,
        standing=_standing(story),
        slots=calendar.offered(now, taken, calling.policy.quiet, customer.timezone) if means and not closed else [],
        means=means,
        place_name=place.name if place is not None else None,
        knows_number=_knows_number(story),
    )


def promise(
    *, invitation_id: UUID, start: datetime, means: Means, now: datetime, number: str | None = None
) -> Promise | None:
    """Promise to call (or to write, or to be there) in the slot that begins at `start`; None: nobody is there any more.

    One that was made before is moved. `number`: where the customer can be called, as E.164. Raises SlotTaken, and
    PromiseRefused where nothing can be promised, or not by these means.
    """
    story = _lock(invitation_id)
    if story is None:
        return None
    workspace_id, customer = story.workspace.id, story.customer
    if _closed(story, now) or means not in _means(story, now) or _changes(story) >= MOST_A_RESPONSE:
        raise PromiseRefused(means)
    calling, calendar = promise_slots.load(workspace_id=workspace_id, place=story.response.place, now_settled=True)
    slot = calendar.find_offered(start, now, calling.policy.quiet, customer.timezone)
    if slot is None:
        raise SlotTaken
    before = _made(workspace_id, customer.id)
    same = before is not None and (before.starts_at, before.means) == (slot.start, means)
    if means == "phone" and not (same and number is None):
        _keep_number(story, number, now)
    if before is not None and same:
        return before
    _change_slots(workspace_id, before, slot, now)
    made = _add(story, "made", now, means=means, slot=slot)
    if story.alert is not None:
        tie(made, story.alert, now=now)
    _wish(story, {"how": means, "from": time_text(slot.start), "to": time_text(slot.end)})
    return made


def decline(*, invitation_id: UUID, now: datetime) -> bool:
    """Note that this customer wants nobody to call about it; False: nobody is behind the link. Raises PromiseRefused.

    What was promised before is cancelled.
    """
    story = _lock(invitation_id)
    if story is None:
        return False
    if _closed(story, now):
        raise PromiseRefused("declined")
    standing = _standing(story)
    if standing is not None and standing.status == "declined":
        return True
    before = _made(story.workspace.id, story.customer.id)
    if before is not None:
        cancel(before, reason="declined", now=now)
        if story.alert is not None and story.alert.id == before.alert_id:
            fall_due(story.alert)
    elif _changes(story) >= MOST_A_RESPONSE:
        raise PromiseRefused("declined")
    said = _add(story, "declined", now)
    if story.alert is not None:
        tie(said, story.alert, now=now)
    _wish(story, {"how": "none"})
    return True


def tie(made: Promise, alert: Alert, *, now: datetime) -> None:
    """Tell a locked alert what was promised about it, or declined: it is due when the customer was told."""
    made.alert_id = alert.id
    if made.status == "declined":
        alert_lines.note(alert, "declined", now=now)
        noticing_whose.tell_place(alert=alert, now=now)
        return
    if made.ends_at is not None:
        fall_due(alert, made.ends_at)
    alert_lines.note(alert, "promised", now=now, **said_of(made))


def said_of(made: Promise) -> dict[str, Any]:
    """Return what a line of history tells of a promise."""
    return {
        "means": made.means,
        "starts_at": made.starts_at and time_text(made.starts_at),
        "ends_at": made.ends_at and time_text(made.ends_at),
    }


def cancel(made: Promise, *, reason: str, now: datetime) -> None:
    """Take back a locked promise before it came due, and free its place."""
    made.status, made.reason, made.settled_at = after("made", "cancel"), reason, now
    db.session.flush()
    if made.starts_at is not None:
        promise_slots.give_back(workspace_id=made.workspace_id, starts_at=made.starts_at)


def _find(invitation_id: UUID) -> _Story | None:
    row = db.session.execute(
        select(Workspace, Invitation, Customer, Response, Alert, Place)
        .select_from(Invitation)
        .join(Workspace, Workspace.id == Invitation.workspace_id)
        .join(Customer, (Customer.workspace_id == Invitation.workspace_id) & (Customer.id == Invitation.customer_id))
        .join(Response, Response.invitation_id == Invitation.id)
        .join(Signal, (Signal.workspace_id == Response.workspace_id) & (Signal.response_id == Response.id))
        .outerjoin(Alert, (Alert.workspace_id == Signal.workspace_id) & (Alert.id == Signal.alert_id))
        .outerjoin(Place, (Place.workspace_id == Response.workspace_id) & (Place.key == Response.place))
        .where(Invitation.id == invitation_id)
        .execution_options(populate_existing=True)
    ).first()
    return None if row is None else _Story(*row)


def _lock(invitation_id: UUID) -> _Story | None:
    """Lock response, signal and alert, in everybody's order, and read them as they are now."""
    response = db.session.scalar(select(Response).where(Response.invitation_id == invitation_id).with_for_update())
    if response is None:
        return None
    own = (Signal.workspace_id == response.workspace_id, Signal.response_id == response.id)
    signal = db.session.scalar(select(Signal).where(*own).with_for_update().execution_options(populate_existing=True))
    if signal is None:
        return None
    if signal.alert_id is not None:
        db.session.execute(
            select(Alert.id)
            .where(Alert.workspace_id == signal.workspace_id, Alert.id == signal.alert_id)
            .with_for_update()
        )
    return _find(invitation_id)


def _closed(story: _Story, now: datetime) -> Closed | None:
    if story.alert is not None and story.alert.status not in OPEN:
        return "settled"
    return "expired" if story.invitation.expires_at <= now else None


def _means(story: _Story, now: datetime) -> tuple[Means, ...]:
    """Return how this customer can be spoken to."""
    found: list[Means] = []
    customer = story.customer
    if not attempting.asks_for_no_call(workspace_id=story.workspace.id, customer_id=customer.id, now=now):
        found.append("phone")
    if customer.email is not None:
        found.append("email")
    if story.place is not None and story.place.kind in _COMES_THERE:
        found.append("store")
    return tuple(found)


def _knows_number(story: _Story) -> bool:
    return story.customer.phone is not None and not (story.alert is not None and story.alert.wrong_number)


def _standing(story: _Story) -> Promise | None:
    return db.session.scalar(
        select(Promise)
        .where(
            Promise.workspace_id == story.workspace.id,
            Promise.customer_id == story.customer.id,
            or_(Promise.status == "made", Promise.response_id == story.response.id),
        )
        .order_by((Promise.status == "made").desc(), Promise.made_at.desc(), Promise.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _made(workspace_id: int, customer_id: UUID) -> Promise | None:
    return db.session.scalar(
        select(Promise)
        .where(Promise.workspace_id == workspace_id, Promise.customer_id == customer_id, Promise.status == "made")
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _changes(story: _Story) -> int:
    own = (Promise.workspace_id == story.workspace.id, Promise.response_id == story.response.id)
    return db.session.scalar(select(func.count()).select_from(Promise).where(*own)) or 0


def _keep_number(story: _Story, number: str | None, now: datetime) -> None:
    """Call them where they say; without a number that can be called, nothing is promised. Raises PromiseRefused."""
    if number is None:
        if not _knows_number(story):
            raise PromiseRefused("number")
        return
    own = (story.workspace.id, story.customer.id)  # locked: what others told of them meanwhile is kept
    customer = db.session.get_one(Customer, own, populate_existing=True, with_for_update=True)
    customer.phone = number
    customer.core_observed_at = {**customer.core_observed_at, "phone": time_text(now)}
    customer.updated_at = now
    if story.alert is not None:
        story.alert.wrong_number = False
    db.session.flush()
    changed("customers", [customer.id], workspace_id=customer.workspace_id)


def _change_slots(workspace_id: int, before: Promise | None, slot: Slot, now: datetime) -> None:
    """Take a place, and free the one there was; the earlier slot first, as everybody does. Raises SlotTaken."""
    if before is not None and before.starts_at is not None and before.starts_at <= slot.start:
        cancel(before, reason="moved", now=now)
        before = None
    if not promise_slots.take(workspace_id=workspace_id, slot=slot):
        raise SlotTaken
    if before is not None:
        cancel(before, reason="moved", now=now)


def _add(story: _Story, status: str, now: datetime, *, means: Means | None = None, slot: Slot | None = None) -> Promise:
    made = Promise(
        workspace_id=story.workspace.id,
        id=new_id(),
        customer_id=story.customer.id,
        invitation_id=story.invitation.id,
        response_id=story.response.id,
        place=story.response.place,
        language=story.customer.language or story.customer.locale or story.invitation.language,
        means=means,
        starts_at=slot.start if slot else None,
        ends_at=slot.end if slot else None,
        status=status,
        made_at=now,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _wish(story: _Story, wish: dict[str, Any]) -> None:
    story.response.callback_wish = wish
    db.session.flush()
    changed("responses", [story.response.id], workspace_id=story.workspace.id)
