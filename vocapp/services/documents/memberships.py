"""Who belongs to which segment, as documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Membership, db
from vocapp.services.documents.people import name_customers


def membership_documents(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return memberships, those that ended, too: who joined which segment when, and left it when."""
    rows = db.session.scalars(
        select(Membership).where(Membership.workspace_id == workspace_id, Membership.id.in_(list(ids)))
    ).all()
    people = name_customers(workspace_id=workspace_id, customer_ids={row.customer_id for row in rows})
    return {
        row.id: {
            "id": row.id,
            "segment": row.segment_key,
            "customer": people.get(row.customer_id),
            "status": "joined" if row.left_at is None else "left",
            "joined_at": row.joined_at,
            "left_at": row.left_at,
        }
        for row in rows
    }


def belonging(*, workspace_id: int, customer_ids: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the segments of customers as their profiles name them: `[{key, since}]`."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = db.session.execute(
        select(Membership.customer_id, Membership.segment_key, Membership.joined_at)
        .where(
            Membership.workspace_id == workspace_id,
            Membership.customer_id.in_(list(customer_ids)),
            Membership.left_at.is_(None),
        )
        .order_by(Membership.segment_key)
    )
    for customer_id, key, since in rows:
        found[customer_id].append({"key": key, "since": since})
    return found
