"""Events and consents as documents."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Consent, Event, db
from vocapp.services.documents.people import name_customers


def event_documents(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return events as the caller sent them, with when they came in; `id` is the caller's own."""
    events = db.session.scalars(select(Event).where(Event.workspace_id == workspace_id, Event.id.in_(list(ids)))).all()
    people = name_customers(workspace_id=workspace_id, customer_ids={event.customer_id for event in events})
    return {
        event.id: {
            "id": event.key,
            "event": event.name,
            "occurred_at": event.occurred_at,
            "received_at": event.received_at,
            "customer": people.get(event.customer_id),
            "place": event.place,
            "agent": event.agent,
            "properties": event.properties,
        }
        for event in events
    }


def consent_documents(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what was agreed to or objected to, once each."""
    consents = db.session.scalars(
        select(Consent).where(Consent.workspace_id == workspace_id, Consent.id.in_(list(ids)))
    ).all()
    people = name_customers(workspace_id=workspace_id, customer_ids={consent.customer_id for consent in consents})
    return {
        consent.id: {
            "id": consent.id,
            "customer": people.get(consent.customer_id),
            "purpose": consent.purpose,
            "granted": consent.granted,
            "source": consent.source,
            "text_version": consent.text_version,
            "at": consent.at,
            "recorded_at": consent.recorded_at,
        }
        for consent in consents
    }
