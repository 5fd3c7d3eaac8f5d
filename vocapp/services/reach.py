"""How many of those who were written to answered: of the mails of a survey that left within some days.

Counted by the mails of the time, not by the answers of the time: whoever answers later still counts to their mail. Read
in the background only (`finding_drivers.py`), since it looks at every invitation of the time.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from vocapp.domain.delivery import FAILED
from vocapp.domain.scores import share_figure
from vocapp.models import Invitation, Response, db
from vocapp.models.ids import first_id_at

LATE_MAIL: Final = timedelta(days=7)
"""So long may pass between an invitation's making and its leaving."""


def reach(
    *, workspace_id: int, survey: str | None, since: datetime, until: datetime, places: Collection[str] | None
) -> dict[str, Any]:
    """Return who of the mails that left was reached, began to answer, and came to the end. No `survey`: of all.

    `delivered` is what left, less what the provider told us did not arrive and nobody answered: where it tells nothing,
    that is all that left. Who opened a survey's page is not noted, since machines open every link: the share of those
    is not known, and null.
    """
    query = (
        select(
            func.count(),
            func.count().filter(Invitation.delivery.in_(FAILED), Response.id.is_(None)),
            func.count().filter(Invitation.delivery.is_not(None)),
            func.count(Response.id),
            func.count().filter(Response.status == "completed"),
        )
        .select_from(Invitation)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(
            Invitation.workspace_id == workspace_id,
            Invitation.id >= first_id_at(since - LATE_MAIL),
            Invitation.channel == "email",
            Invitation.sent_at >= since,
            Invitation.sent_at < until,
        )
    )
    if survey is not None:
        query = query.where(Invitation.survey_key == survey)
    if places is not None:
        query = query.where(Invitation.place.in_(places))
    sent, failed, told, answered, completed = db.session.execute(query).one()
    return {
        "sent": sent,
        "delivered": sent - failed,
        "delivery_told": told,
        "answered": share_figure(answered, sent - failed).document(),
        "completed": share_figure(completed, answered).document(),
        "answered_of_visited": None,
    }
