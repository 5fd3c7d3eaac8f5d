"""What the mail provider tells of a report to staff: a dead address or a complaint ends that subscription.

It is matched by the id that we gave the message, or by the provider's own, which nobody else knows. The address is
nobody's customer's: no suppression is made of it, and their other subscriptions end by what is told of their own mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from vocapp.domain.delivery import OBJECTIONS
from vocapp.models import MailReport, ReportMail, ReportSubscription, User, db
from vocapp.services import auditing


def apply(*, reports: Sequence[MailReport], now: datetime) -> None:
    """Mark those that are about a report of ours as applied, and end the subscriptions that they are against."""
    ids = {one.mail_id for one in reports if one.mail_id is not None}
    names = {one.provider_id for one in reports if one.mail_id is None and one.provider_id is not None}
    if not ids and not names:
        return
    mails = db.session.scalars(
        select(ReportMail).where(
            or_(ReportMail.id.in_(ids), ReportMail.provider_id.in_(names)), ReportMail.marked_at.is_not(None)
        )
    ).all()
    by_id, by_name = {one.id: one for one in mails}, {one.provider_id: one for one in mails}
    for report in reports:
        mail = by_id.get(report.mail_id) if report.mail_id is not None else by_name.get(report.provider_id)
        if mail is None:
            continue
        report.workspace_id, report.outcome = mail.workspace_id, "applied"
        if report.suppresses is not None or report.kind in OBJECTIONS:
            _end(mail, why=report.suppresses or report.kind, now=now)


def _end(mail: ReportMail, *, why: str, now: datetime) -> None:
    """End a subscription, unless it was left already or taken up again since that mail; the journal says why."""
    found = db.session.scalars(
        select(ReportSubscription)
        .where(ReportSubscription.workspace_id == mail.workspace_id, ReportSubscription.id == mail.subscription_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if found.left_at is not None or (mail.marked_at is not None and found.subscribed_at > mail.marked_at):
        return
    found.left_at = now
    db.session.flush()
    auditing.note(
        workspace_id=mail.workspace_id,
        by="mail",
        action="report.removed",
        subject=db.session.scalar(select(User.email).where(User.id == found.user_id)),
        after={"report": found.kind, "returned": why},
        now=now,
    )
