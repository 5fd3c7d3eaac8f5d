"""How a document names a customer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Customer, db


def name_customers(*, workspace_id: int, customer_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return `{id, external_id}` of many customers, in one statement."""
    rows = db.session.execute(
        select(Customer.id, Customer.external_id).where(
            Customer.workspace_id == workspace_id, Customer.id.in_(list(customer_ids))
        )
    )
    return {customer_id: {"id": customer_id, "external_id": external_id} for customer_id, external_id in rows}
