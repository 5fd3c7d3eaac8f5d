"""Plan the mails of reports that are due: one a subscription and period, by a unique constraint, whoever plans when.

    plan (by the clock) ──► fact ReportDue ──► report_sending.look ──► compose ──► mark ──► the call ──► conclude

Each subscription holds the moment at which its next report is due. What was due while nobody planned still goes on that
day and the next; later it is dropped, and its row says so. Who has no part in the workspace any more, or none in the
place, gets no row at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from vocapp.domain.report_times import Kind, goes_at, moved, next_due, period_of, too_late_from
from vocapp.models import Member, ReportMail, ReportQuote, ReportSubscription, Workspace, db, new_id, on_postgresql
from vocapp.models.bulk import insert_many
from vocapp.models.outbox import announce_each
from vocapp.services.staff import Membership, Scope, narrowed, scope_of

MOST_AT_ONCE: Final = 200
APART: Final = timedelta(seconds=1)
"""Between two reports: a Monday's many must not hold up the mails to customers in the same queue."""
TOO_LATE: Final = "too_late"
KEPT: Final = timedelta(days=800)


def plan(*, now: datetime) -> int:
    """Plan what is due by now, so many at a time; return how many subscriptions were looked at."""
    query = (
        select(ReportSubscription, Member, Workspace)
        .join(
            Member,
            (Member.workspace_id == ReportSubscription.workspace_id) & (Member.user_id == ReportSubscription.user_id),
        )
        .join(Workspace, Workspace.id == ReportSubscription.workspace_id)
        .where(ReportSubscription.left_at.is_(None), ReportSubscription.next_due_at <= now)
        .order_by(ReportSubscription.next_due_at, ReportSubscription.id)
        .limit(MOST_AT_ONCE)
        .execution_options(populate_existing=True)
    )
    if on_postgresql():
        query = query.with_for_update(skip_locked=True, of=ReportSubscription)
    found: Sequence[Any] = db.session.execute(query).all()
    rows = [row for one, member, workspace in found if (row := _due(one, member, workspace, now)) is not None]
    db.session.flush()
    insert_many(ReportMail, rows, passing_over=True)
    _announce(rows, now)
    return len(found)


def follow_clock(*, workspace_id: int) -> None:
    """Plan anew what goes by the workspace's clock, which is another one from now on."""
    zone = ZoneInfo(db.session.get_one(Workspace, workspace_id).timezone)
    for one in db.session.scalars(
        select(ReportSubscription)
        .where(
            ReportSubscription.workspace_id == workspace_id,
            ReportSubscription.timezone.is_(None),
            ReportSubscription.left_at.is_(None),
        )
        .order_by(ReportSubscription.id)
        .with_for_update()
    ):
        one.next_due_at = moved(_kind(one.kind), zone, one.next_due_at)


def scope_for(*, member: Member, workspace: Workspace, place: str) -> Scope | None:
    """Return what a report of a place may tell this member of; None: they have no part in it (any more)."""
    if member.disabled_at is not None:
        return None
    scope = scope_of(
        Membership(workspace.id, workspace.key, workspace.name, workspace.timezone, member.role, member.place_key)
    )
    if not place:
        return scope if scope.places is None or scope.places else None
    inside = narrowed(scope, place=place)
    return inside if place in (inside.places or ()) else None


def forget(*, before: datetime) -> None:
    """Delete the rows of mails that were due before a time."""
    old = select(ReportMail.id).where(ReportMail.due_at < before)
    quiet = {"synchronize_session": False}
    db.session.execute(delete(ReportQuote).where(ReportQuote.mail_id.in_(old)).execution_options(**quiet))
    db.session.execute(delete(ReportMail).where(ReportMail.due_at < before).execution_options(**quiet))


def _due(one: ReportSubscription, member: Member, workspace: Workspace, now: datetime) -> dict[str, Any] | None:
    """Return the row of what is due of a subscription, and move it on to the next time."""
    kind = _kind(one.kind)
    zone = ZoneInfo(one.timezone or workspace.timezone)
    due_at = moved(kind, zone, one.next_due_at)
    if due_at > now:  # the workspace's clock is another one by now
        one.next_due_at = due_at
        return None
    period = period_of(kind, due_at.astimezone(zone).date()).own
    really = goes_at(kind, zone, ZoneInfo(workspace.timezone), due_at)
    if now < really:  # it is Monday where it is read, and not yet where the days are counted
        one.next_due_at = really
        return None
    one.next_due_at = next_due(kind, zone, due_at)
    if scope_for(member=member, workspace=workspace, place=one.place) is None:
        return None
    late = now >= too_late_from(zone, due_at)
    return {
        "workspace_id": one.workspace_id,
        "id": new_id(),
        "subscription_id": one.id,
        "period_on": period.since,
        "due_at": due_at,
        "status": "dropped" if late else "waiting",
        "reason": TOO_LATE if late else None,
        "settled_at": now if late else None,
    }


def _kind(kind: str) -> Kind:
    return "weekly" if kind == "weekly" else "monthly"


def _announce(rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Have those sent that are new, one after the other."""
    ids: list[UUID] = [row["id"] for row in rows if row["status"] == "waiting"]
    mine = dict.fromkeys(
        db.session.execute(
            select(ReportMail.workspace_id, ReportMail.id).where(ReportMail.id.in_(ids)).order_by(ReportMail.id)
        )
    )
    for at, (workspace_id, mail_id) in enumerate(mine):
        announce_each("ReportDue", [(mail_id, now + at * APART)], workspace_id=workspace_id)
