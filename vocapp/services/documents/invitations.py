"""Invitations as documents, with the link that the caller carries."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.links import make_token
from vocapp.models import Invitation, db
from vocapp.services.documents.people import name_customers

_CARRIED = frozenset({"scheduled", "sent"})


def invitation_documents(
    *,
    workspace_id: int,
    ids: Collection[UUID],
    secret: bytes,
    public_url: str,
    places: Collection[str] | None = None,
) -> dict[UUID, dict[str, Any]]:
    """Return invitations with every decision about them; with `places`, those of these places.

    `url` is null but for a link that may be carried.
    """
    query = select(Invitation).where(Invitation.workspace_id == workspace_id, Invitation.id.in_(list(ids)))
    if places is not None:
        query = query.where(Invitation.place.in_(list(places)))
    invitations = db.session.scalars(query).all()
    people = name_customers(workspace_id=workspace_id, customer_ids={one.customer_id for one in invitations})
    return {
        one.id: {
            "id": one.id,
            "survey": one.survey_key,
            "survey_version": one.survey_version,
            "customer": people.get(one.customer_id),
            "channel": one.channel,
            "kind": one.kind,
            "event_id": one.occasion,
            "occurred_at": one.occurred_at,
            "place": one.place,
            "status": one.status,
            "reason": one.reason,
            "send_at": one.send_at,
            "sent_at": one.sent_at,
            "attempts": one.attempts,
            "delivery": one.delivery,
            "expires_at": one.expires_at,
            "url": _url(one, secret, public_url),
            "decisions": one.decisions,
        }
        for one in invitations
    }


def _url(invitation: Invitation, secret: bytes, public_url: str) -> str | None:
    if invitation.channel != "link" or invitation.status not in _CARRIED:
        return None
    return f"{public_url}/s/{make_token(secret, 'survey', invitation.id)}"
