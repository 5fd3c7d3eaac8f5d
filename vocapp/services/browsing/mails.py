"""Invitations as staff look at them: what went to whom, what did not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Invitation, Response, db
from vocapp.models.ids import first_id_at
from vocapp.services.browsing.names import Names, list_names
from vocapp.services.finding_invitations import how_far, stands_as
from vocapp.services.staff import Scope

PAGE_SIZE = 30
MOST_FAILED = 5

STATUSES = (
    "scheduled", "sending", "sent", "unknown", "failed", "held", "suppressed", "dropped", "cancelled", "expired",
)  # fmt: skip
IN_TROUBLE = ("failed", "unknown")


@dataclass(frozen=True, kw_only=True, slots=True)
class MailFilter:
    """Which invitations; None leaves a field open."""

    survey: str | None = None
    status: str | None = None
    """One of STATUSES, or `not_sent` for all that was held back or let go."""
    reason: str | None = None


NOT_SENT = ("held", "suppressed", "dropped", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Mail:
    invitation: Invitation
    customer: Names
    answered: str | None
    """The response's status; None: there is none."""


@dataclass(frozen=True, slots=True)
class MailPage:
    mails: list[Mail]
    next: UUID | None


def list_mails(*, scope: Scope, wanted: MailFilter, before: UUID | None) -> MailPage:
    """Return a page of invitations, those made last first, behind `before`."""
    query = _within(select(Invitation), scope)
    if wanted.survey is not None:
        query = query.where(Invitation.survey_key == wanted.survey)
    if wanted.status == "not_sent":
        query = query.where(how_far().in_(NOT_SENT))
    elif wanted.status is not None:
        query = query.where(stands_as(wanted.status))
    if wanted.reason is not None:
        query = query.where(Invitation.reason == wanted.reason)
    if before is not None:
        query = query.where(Invitation.id < before)
    rows = db.session.scalars(query.order_by(Invitation.id.desc()).limit(PAGE_SIZE + 1)).all()
    shown = rows[:PAGE_SIZE]
    return MailPage(_named(scope, shown), shown[-1].id if len(rows) > PAGE_SIZE else None)


def list_failed(*, scope: Scope, since: datetime, limit: int = MOST_FAILED) -> list[Mail]:
    """Return the last mails that failed, or may not have left, since a moment."""
    query = (
        _within(select(Invitation), scope)
        .where(
            Invitation.id >= first_id_at(since),
            Invitation.status.in_(IN_TROUBLE),
            Invitation.channel == "email",
            Invitation.created_at >= since,
        )
        .order_by(Invitation.id.desc())
        .limit(limit)
    )
    return _named(scope, db.session.scalars(query).all())


def _within(query: Any, scope: Scope) -> Any:
    query = query.where(Invitation.workspace_id == scope.workspace_id)
    return query if scope.places is None else query.where(Invitation.place.in_(scope.places))


def _named(scope: Scope, rows: Any) -> list[Mail]:
    names = list_names(workspace_id=scope.workspace_id, ids={row.customer_id for row in rows})
    answered = db.session.execute(
        select(Response.invitation_id, Response.status).where(
            Response.workspace_id == scope.workspace_id, Response.invitation_id.in_([row.id for row in rows])
        )
    )
    statuses = {row.invitation_id: row.status for row in answered}
    return [Mail(row, names[row.customer_id], statuses.get(row.id)) for row in rows]
