"""How the work stands, over all workspaces: for the machine's own eyes, without anything of anybody in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from vocapp.domain.mail_health import HOLD_REASONS
from vocapp.models import Alert, Contact, Fact, Invitation, MailReport, Promise, ReportMail, SurveyHold, db
from vocapp.services.finding_invitations import how_far

LATE_SECONDS = 60
"""A due fact this old means that nobody is following up: relay, queue or workers are away."""

_OPEN = (Fact.done_at.is_(None), Fact.failed_at.is_(None))


def seconds_behind(*, now: datetime) -> float:
    """Return the age in seconds of the oldest fact that is due and not followed up; 0 where there is none."""
    oldest = db.session.scalar(select(func.min(Fact.due_at)).where(*_OPEN))
    return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def open_facts() -> dict[str, int]:
    """Count the facts to be followed up, by kind."""
    return _by(Fact.kind, *_OPEN)


def failed_facts() -> dict[str, int]:
    """Count the facts given up, by kind."""
    return _by(Fact.kind, Fact.failed_at.is_not(None))


def invitations() -> dict[str, int]:
    """Count invitations by status."""
    return _by(Invitation.status)


def mails() -> dict[str, int]:
    """Count invitations by mail by how far they came: what the provider told last, else their status.

    One that was sent before it was taken back was sent.
    """
    return _by(func.coalesce(Invitation.delivery, how_far()), Invitation.channel == "email")


def suppressions() -> dict[str, int]:
    """Count suppressed addresses by reason."""
    return _by(Contact.suppressed_reason, Contact.suppressed_at.is_not(None))


def mail_reports() -> dict[str, int]:
    """Count what the mail provider told in the last two months, by what became of it."""
    return _by(func.coalesce(MailReport.outcome, "waiting"))


def alerts() -> dict[str, int]:
    """Count alerts by status."""
    return _by(Alert.status)


def promises() -> dict[str, int]:
    """Count callbacks promised, or declined, by what became of them."""
    return _by(Promise.status)


def reports() -> dict[str, int]:
    """Count the mails of reports to staff by what became of them."""
    return _by(ReportMail.status)


def surveys_held() -> dict[str, int]:
    """Count the surveys that are held by reason, with the reasons for which none is."""
    return dict.fromkeys(HOLD_REASONS, 0) | _by(SurveyHold.reason, SurveyHold.resumed_at.is_(None))


def _by(column: Any, *where: Any) -> dict[str, int]:
    return dict(db.session.execute(select(column, func.count()).where(*where).group_by(column)).all())
