"""What customers agreed to, as it stands now."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Consent, db


def latest_consents(*, workspace_id: int, customer_ids: Collection[UUID]) -> dict[tuple[UUID, str], bool]:
    """Return, per customer and purpose, what was said last; of two at one moment, the refusal."""
    rows = db.session.execute(
        select(Consent.customer_id, Consent.purpose, Consent.granted)
        .where(Consent.workspace_id == workspace_id, Consent.customer_id.in_(list(customer_ids)))
        .order_by(Consent.at, Consent.granted.desc(), Consent.id)
    )
    return {(customer_id, purpose): granted for customer_id, purpose, granted in rows}
