"""Who hears that a survey holds itself: whoever is told of alerts of the whole company; where nobody is, its owners.

Not helpdesks, which would make something to be worked off of it, nor notifiers that are for a place or for some kinds
of alerts only.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from vocapp.domain import notices
from vocapp.models import Member, SurveyHold, User, db
from vocapp.services.noticing import Way, keep_rows, list_ways, plain_row


def tell(*, hold: SurveyHold, now: datetime) -> None:
    """Plan that they hear of a hold, each once: the notice's id is made of the hold's."""
    ways = [one for one in list_ways(hold.workspace_id) if one.tool is None and one.wish.is_for_all]
    rows = [
        plain_row(hold.workspace_id, way.notifier_id, recipient, notices.SURVEY_HELD, hold.id, now)
        for way in ways or [Way(None, _owners(hold.workspace_id))]
        for recipient in way.recipients
    ]
    keep_rows(hold.workspace_id, rows)


def _owners(workspace_id: int) -> tuple[str, ...]:
    query = (
        select(User.email)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.workspace_id == workspace_id,
            Member.role == "owner",
            Member.place_key.is_(None),
            Member.disabled_at.is_(None),
        )
    )
    return tuple(db.session.scalars(query.order_by(User.email)))
