"""What rules and texts may look at: one customer and what happened to them, as plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Attribute, Customer, Event, Invitation, db

Profile = Mapping[str, Attribute]
"""A customer's attributes by key, deleted ones left out."""


def load_profiles(*, workspace_id: int, customer_ids: Collection[UUID]) -> dict[UUID, dict[str, Attribute]]:
    """Return the attributes of many customers, in one statement."""
    found: dict[UUID, dict[str, Attribute]] = defaultdict(dict)
    for attribute in db.session.scalars(
        select(Attribute).where(Attribute.workspace_id == workspace_id, Attribute.customer_id.in_(list(customer_ids)))
    ):
        if attribute.value is not None:
            found[attribute.customer_id][attribute.key] = attribute
    return found


def customer_facts(customer: Customer, profile: Profile, now: datetime) -> dict[str, Any]:
    """Return a customer as rules see them, without expired attributes; texts may not name the address."""
    return {
        "external_id": customer.external_id,
        "email": customer.email,
        "phone": customer.phone,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "locale": customer.locale,
        "timezone": customer.timezone,
        "attributes": {
            key: held.value for key, held in profile.items() if held.expires_at is None or held.expires_at > now
        },
    }


def event_facts(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return an invitation's frozen context as rules and texts see it."""
    return {
        "name": context.get("event"),
        "place": context.get("place"),
        "agent": context.get("agent"),
        "properties": context.get("properties") or {},
    }


def context_of(event: Event) -> dict[str, Any]:
    """Return what an invitation freezes of an event."""
    return {
        "event": event.name,
        "event_id": event.key,
        "occurred_at": event.occurred_at.isoformat(),
        "place": event.place,
        "agent": event.agent,
        "properties": event.properties,
    }


def contexts_of(*, workspace_id: int, invitation_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the frozen contexts of invitations, in one statement."""
    rows = db.session.execute(
        select(Invitation.id, Invitation.context).where(
            Invitation.workspace_id == workspace_id, Invitation.id.in_(list(invitation_ids))
        )
    )
    return dict(rows.all())
