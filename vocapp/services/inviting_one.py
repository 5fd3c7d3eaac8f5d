"""Invite one customer because somebody asks for it, not because an event came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from vocapp.domain.contact_policy import Channel
from vocapp.models import Customer, Event, Invitation, SurveyRecord, Workspace, db
from vocapp.services import places, surveying
from vocapp.services.inviting import Occasion, invite

HOT_FOR = timedelta(hours=48)
"""The hot window of a mail whose survey has no trigger."""


class Uninvitable(ValueError):
    """What was asked for is not there. `pointer` names the field."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the caller asks for; what is None comes from the event of that id, where there is one."""

    survey: str
    customer: str
    """External id."""
    channel: Channel
    event_id: str | None = None
    occurred_at: datetime | None = None
    place: str | None = None
    agent: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


class Invited(NamedTuple):
    invitation_id: UUID
    created: bool


def invite_one(*, workspace_id: int, wish: Wish, now: datetime) -> Invited:
    """Decide about one invitation; one already decided for this survey and event is returned as it is.

    Raises Uninvitable: no such survey, one that is not published, no such customer, an event that was another's.
    """
    decided = _find_decided(workspace_id, wish)
    if decided is not None:
        return Invited(decided, created=False)
    occasion = _occasion(workspace_id, wish, now)
    workspace = db.session.get_one(Workspace, workspace_id)
    lost: IntegrityError | None = None
    try:
        with db.session.begin_nested():
            made = invite(workspace=workspace, occasions=[occasion], now=now)
        if made:
            return Invited(made[0].id, created=True)
    except IntegrityError as error:  # the same call won in between: its row is the answer to both
        lost = error
    decided = _find_decided(workspace_id, wish)
    if decided is None:
        raise lost or RuntimeError("neither decided nor made")
    return Invited(decided, created=False)


def _find_decided(workspace_id: int, wish: Wish) -> UUID | None:
    if wish.event_id is None:
        return None
    found = db.session.execute(
        select(Invitation.id, Customer.external_id)
        .join(Customer, (Customer.workspace_id == Invitation.workspace_id) & (Customer.id == Invitation.customer_id))
        .where(
            Invitation.workspace_id == workspace_id,
            Invitation.survey_key == wish.survey,
            Invitation.occasion == wish.event_id,
        )
    ).one_or_none()
    if found is None:
        return None
    if found.external_id != wish.customer:  # its link opens somebody's own answers: nobody else is given it
        raise Uninvitable("/event_id", "another customer was asked with this survey about the event of this id")
    return found.id


def _occasion(workspace_id: int, wish: Wish, now: datetime) -> Occasion:
    survey = surveying.find_published(workspace_id=workspace_id, key=wish.survey)
    if survey is None:
        there = db.session.get(SurveyRecord, (workspace_id, wish.survey))
        raise Uninvitable("/survey", "there is no such survey" if there is None else "this survey is not published")
    customer = db.session.scalar(
        select(Customer).where(Customer.workspace_id == workspace_id, Customer.external_id == wish.customer)
    )
    if customer is None:
        raise Uninvitable("/customer/external_id", "there is no such customer")
    if wish.place is not None:
        places.register_places(workspace_id=workspace_id, keys=[wish.place])
    event = _find_event(workspace_id, wish, customer)
    occurred_at = min(wish.occurred_at or (event.occurred_at if event else now), now)
    return Occasion(
        survey=survey,
        customer=customer,
        channel=wish.channel,
        key=wish.event_id,
        context={
            "event": event.name if event else None,
            "event_id": wish.event_id,
            "occurred_at": occurred_at.isoformat(),
            "place": wish.place or (event.place if event else None),
            "agent": wish.agent or (event.agent if event else None),
            "properties": {**(event.properties if event else {}), **wish.properties},
        },
        occurred_at=occurred_at,
        due_at=now,
        hot_for=(survey.trigger.hot_for if survey.trigger else HOT_FOR) if wish.channel == "email" else None,
    )


def _find_event(workspace_id: int, wish: Wish, customer: Customer) -> Event | None:
    """Return the stored event of that id; another customer's tells nothing about this one."""
    if wish.event_id is None:
        return None
    return db.session.scalar(
        select(Event).where(
            Event.workspace_id == workspace_id, Event.key == wish.event_id, Event.customer_id == customer.id
        )
    )
