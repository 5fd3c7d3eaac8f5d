"""Send a planned report once, whatever dies when: marked before the call, as whatever must never go twice.

    look ── committed ──► compose (a snapshot, no lock) ──► mark ── committed ──► the call ──► confirm, give_back

It goes to staff: it takes no place in anybody's ledger, and no contact policy holds it. What holds it is that its
reader left, has no part in the workspace or the place any more, or that it is too late: looked at again with the mark.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from vocapp.adapters.mail import Mailer, MailError, MailOutcomeUnknown, MailRefused
from vocapp.domain.report_times import too_late_from
from vocapp.models import Fact, ReportMail, ReportQuote, Response, db
from vocapp.models.again import MustRunAgainError
from vocapp.models.bulk import insert_many
from vocapp.models.outbox import find_fact, hold, postpone, settle
from vocapp.services import halting
from vocapp.services.report_planning import TOO_LATE, scope_for
from vocapp.services.report_subscriptions import Reader, find_reader
from vocapp.services.sending import MOST_COUNTED, STILL_UNDER_WAY, back_off
from vocapp.services.staff import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that may be written now."""

    fact_id: int
    workspace_id: int
    mail_id: UUID
    due_on: date
    """Its reader's day."""
    reader: Reader
    scope: Scope


def look(*, fact_id: int, mailer: Mailer, account: str, now: datetime) -> Wanted | None:
    """Return what is to be written for a fact; None: there is nothing to send (now)."""
    facts = hold([fact_id])
    if not facts:
        return None
    fact = facts[0]
    row = _locked(fact.workspace_id, fact.subject_id)
    if row is None or row.status != "waiting":
        settle([fact_id], now=now)
        return None
    if row.marked_at is not None:
        if not _resolve(row, fact, mailer, now):
            return None
    elif halting.park(fact=fact, account=account, now=now):
        return None
    found = _may_go(row, fact, now)
    if found is None:
        return None
    reader, scope = found
    due_on = row.due_at.astimezone(reader.zone).date()
    db.session.flush()
    for one in (reader.subscription, reader.member, reader.workspace):
        db.session.expunge(one)  # they are read on when this transaction is over
    return Wanted(fact_id, row.workspace_id, row.id, due_on, reader, scope)


def mark(*, wanted: Wanted, quoted: Collection[UUID], account: str, now: datetime) -> bool:
    """Mark a report right before its call, with whom it quotes; say whether it may go.

    Raises MustRunAgainError where somebody it quotes was erased since it was written.
    """
    facts = hold([wanted.fact_id])
    row = _locked(wanted.workspace_id, wanted.mail_id)
    if not facts or row is None or row.status != "waiting" or row.marked_at is not None:
        return False
    if _may_go(row, facts[0], now, locking=True) is None:
        return False
    if not halting.take_turn(fact=facts[0], account=account, now=now):
        return False
    _quote(row, quoted)
    row.marked_at, row.calls = now, row.calls + 1
    return True


def confirm(*, fact_id: int, provider_id: str | None, account: str, now: datetime) -> None:
    """Note that the provider took the message."""
    fact = find_fact(fact_id)
    row = _locked(fact.workspace_id, fact.subject_id)
    if row is not None and row.status in {"waiting", "unknown"}:
        row.status, row.reason, row.settled_at, row.provider_id = "sent", None, now, provider_id
    settle([fact_id], now=now)
    halting.went_through(account=account, workspace_id=fact.workspace_id, now=now)


def give_back(*, fact_id: int, error: MailError, account: str, now: datetime) -> None:
    """Note how the call, or the writing, went wrong: refused for good, to be tried again, or nobody knows."""
    fact = find_fact(fact_id)
    row = _locked(fact.workspace_id, fact.subject_id)
    if row is None or row.status != "waiting":
        settle([fact_id], now=now)
        return
    fact.error = error.detail
    if isinstance(error, MailOutcomeUnknown):
        _end(row, "unknown", "no_verdict", now)
        settle([fact_id], now=now)
        return
    _take_back(row)
    if isinstance(error, MailRefused):
        _end(row, "dropped", "refused", now)
        settle([fact_id], now=now)
    elif until := halting.heed(error=error, account=account, workspace_id=row.workspace_id, now=now):
        fact.error = halting.PARKED
        _again(fact, until)
    else:
        row.attempts = min(row.attempts + 1, MOST_COUNTED)
        _again(fact, now + back_off(row.id, row.attempts))


def give_up(*, fact_ids: Sequence[int], now: datetime) -> None:
    """End what these facts could not send."""
    for fact in db.session.scalars(select(Fact).where(Fact.id.in_(fact_ids)).order_by(Fact.id)).all():
        row = _locked(fact.workspace_id, fact.subject_id)
        if row is not None and row.status == "waiting":
            _end(row, "dropped" if row.marked_at is None else "unknown", "given_up", now)


def _may_go(row: ReportMail, fact: Fact, now: datetime, *, locking: bool = False) -> tuple[Reader, Scope] | None:
    """Look at whether its reader still wants it and may have it, and whether it is in time; else drop it."""
    reader = find_reader(workspace_id=row.workspace_id, subscription_id=row.subscription_id, locking=locking)
    scope, why = None, "left"
    if reader is not None and reader.subscription.left_at is None:
        why = "no_right"
        scope = scope_for(member=reader.member, workspace=reader.workspace, place=reader.subscription.place)
        if scope is not None and now >= too_late_from(reader.zone, row.due_at):
            scope, why = None, TOO_LATE
    if reader is None or scope is None:
        _end(row, "dropped", why, now)
        settle([fact.id], now=now)
        return None
    return reader, scope


def _resolve(row: ReportMail, fact: Fact, mailer: Mailer, now: datetime) -> bool:
    """Decide about a call whose worker is gone; True: it certainly did not leave, and may be made again."""
    if row.marked_at is not None and now < row.marked_at + STILL_UNDER_WAY:
        postpone(fact.id, until=row.marked_at + STILL_UNDER_WAY)
        return False
    left = mailer.left(row.id)
    if left is False:
        _take_back(row)
        return True
    _end(row, "sent" if left else "unknown", None if left else "worker_lost", now)
    settle([fact.id], now=now)
    return False


def _take_back(row: ReportMail) -> None:
    """Note that a call left nothing: it is as if it had not been begun."""
    if row.marked_at is not None:
        row.marked_at, row.calls = None, row.calls - 1
    _forget_quotes(row)


def _quote(row: ReportMail, response_ids: Collection[UUID]) -> None:
    there = select(Response.id).where(Response.workspace_id == row.workspace_id, Response.id.in_(list(response_ids)))
    found = set(db.session.scalars(there.with_for_update(read=True, key_share=True)))
    if found != set(response_ids):
        raise MustRunAgainError
    _forget_quotes(row)
    insert_many(
        ReportQuote,
        [{"workspace_id": row.workspace_id, "mail_id": row.id, "response_id": one} for one in sorted(found)],
    )


def _forget_quotes(row: ReportMail) -> None:
    own = (ReportQuote.workspace_id == row.workspace_id, ReportQuote.mail_id == row.id)
    db.session.execute(delete(ReportQuote).where(*own).execution_options(synchronize_session=False))


def _end(row: ReportMail, status: str, reason: str | None, now: datetime) -> None:
    row.status, row.reason, row.settled_at = status, reason, now


def _again(fact: Fact, until: datetime) -> None:
    db.session.flush()
    postpone(fact.id, until=until + timedelta(microseconds=fact.id % 1000))


def _locked(workspace_id: int, mail_id: UUID) -> ReportMail | None:
    return db.session.get(ReportMail, (workspace_id, mail_id), populate_existing=True, with_for_update=True)
