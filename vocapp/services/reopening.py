"""Who was called back and is unhappy all the same: their alert is opened again, instead of a second one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from vocapp.domain import alerts
from vocapp.models import Alert, db
from vocapp.services import ageing, claims


def reopen(
    *, workspace_id: int, alert_id: UUID, customer_id: UUID, now: datetime, beside: Mapping[str, Any]
) -> Literal["reopened", "open", "gone"]:
    """Put an alert into the queue again, due from now on; `beside` is what its line of history says more.

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
            after = alerts.move(claims.read_state(alert), "reopen", at=now)
            after = replace(after, moves=tuple(replace(line, by=None) for line in after.moves))  # the customer did
            ageing.begin_anew(alert, now=now)
            alert.next_attempt_at = None
            claims.keep([(alert, after)], now=now, beside=beside)
    except IntegrityError:  # another complaint opened one in this moment
        return "open"
    return "reopened"
