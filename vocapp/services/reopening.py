"""Who was called back and is unhappy all the same: their alert is opened again, instead of a second one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from vocapp.domain import alerts
from vocapp.models import Alert, db
from vocapp.services import ageing, claims


def reopen(
    *, workspace_id: int, alert_id: UUID, customer_id: UUID, now: datetime
) -> Literal["reopened", "open", "gone"]:
    """Put an alert into the queue again, due from now on; its line of history is the caller's to add.

    `open`: the customer has an open alert by now, be it this one; `gone`: it is no alert of theirs.
    """
    alert = db.session.scalar(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.id == alert_id, Alert.customer_id == customer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if alert is None:
        return "gone"
    if alert.status in alerts.OPEN:
        return "open"
    try:
        with db.session.begin_nested():
            claims.write(alert, alerts.move(claims.read_state(alert), "reopen", at=now), now=now)
            ageing.begin_anew(alert, now=now)
            alert.next_attempt_at = None
    except IntegrityError:  # another complaint opened one in this moment
        return "open"
    return "reopened"
