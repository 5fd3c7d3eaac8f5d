"""Many customers with an event each, made in three statements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert

from tests.builders import House
from vocapp.domain.links import contact_key
from vocapp.models import Consent, Customer, Event, new_id


def many_events(house: House, number: int) -> list[UUID]:
    """Make `number` customers with an event each, in three statements."""
    ids = [new_id() for _ in range(number)]
    event_ids = [new_id() for _ in range(number)]
    now = house.now
    base: dict[str, Any] = {"workspace_id": house.id}
    with house.writing() as session:
        session.execute(
            insert(Customer),
            [
                {
                    **base,
                    "id": one,
                    "external_id": f"c{n}",
                    "email": f"c{n}@example.test",
                    "first_name": "Zoé",
                    "locale": "fr-FR",
                    "core_observed_at": {},
                    "contact_key": contact_key(house.secret, f"c{n}@example.test"),
                    "created_at": now,
                    "updated_at": now,
                }
                for n, one in enumerate(ids)
            ],
        )
        session.execute(
            insert(Consent),
            [
                {
                    **base,
                    "id": new_id(),
                    "customer_id": one,
                    "purpose": "surveys",
                    "granted": True,
                    "source": "x",
                    "at": now,
                    "recorded_at": now,
                }
                for one in ids
            ],
        )
        session.execute(
            insert(Event),
            [
                {
                    **base,
                    "id": event_id,
                    "key": f"e{n}",
                    "name": "order.delivered",
                    "occurred_at": now,
                    "received_at": now,
                    "customer_id": one,
                    "properties": {},
                }
                for n, (one, event_id) in enumerate(zip(ids, event_ids, strict=True))
            ],
        )
    return event_ids
