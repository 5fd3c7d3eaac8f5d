"""What became of a message, as its provider tells it: stored at once, once, and applied by a job.

    take_in ── committed with the fact MailReported ──► apply_some, until none is left ──► conclude

A report is matched by the id that we gave the message, else by the provider's own; never by an address alone. Where an
address is told too, it must be that of the message. What matches nothing may come before our own commit: it waits a
while, and is then put aside. Each is judged by what it says, whenever and however often it comes
(`domain/delivery.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update

from vocapp.domain.boards import ANSWERED_WITHIN
from vocapp.domain.delivery import FAILED, OBJECTIONS, Report, further
from vocapp.models import Contact, Invitation, LedgerEntry, Letter, MailReport, Promise, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.models.ids import new_id_text
from vocapp.models.journey import MAIL_BITS, OPENED
from vocapp.models.outbox import announce, hold, postpone, settle
from vocapp.services import apologising, counting_mails, happenings, letters, report_returns, suppressing, unsubscribing
from vocapp.services.decisions import decide
from vocapp.services.inviting import lock_contacts

PATIENCE = timedelta(minutes=5)
"""For how long a report may be ahead of what it is about."""
SOONEST = timedelta(seconds=3)
SOME = 200
"""Reports in one transaction: what they lock, others wait for."""
EVERYBODY = 0
"""The workspace of facts that are about no single one."""


class Taken(NamedTuple):
    stored: int
    duplicates: int


@dataclass(slots=True)
class _Found:
    report: MailReport
    workspace_id: int
    invitation_id: UUID
    contact_key: str
    promise_id: UUID | None = None
    """The message was an apology for it, and what is objected to is what the invitation began."""
    letter_id: UUID | None = None
    """The message was this letter."""

    @property
    def is_the_invitation(self) -> bool:
        return self.promise_id is None and self.letter_id is None


def take_in(*, reports: Sequence[Report], told_by: str, secret: bytes, now: datetime) -> Taken:
    """Store what was told, once each, and announce it. Two statements for any number of reports."""
    batch_id = new_id()
    rows = [
        {
            "id": new_id_text(),
            "batch_id": batch_id,
            "key": report.key,
            "told_by": told_by,
            "kind": report.kind,
            "suppresses": report.suppresses,
            "mail_id": report.mail_id,
            "provider_id": report.provider_id,
            "address_key": suppressing.address_key(secret, report.address) if report.address else None,
            "detail": report.detail,
            "at": min(report.at, now),
            "received_at": now,
        }
        for report in sorted(reports, key=lambda one: one.key)  # two that come at once wait for each other in order
    ]
    insert_many(MailReport, rows, passing_over=True)
    stored = 0
    if rows:
        stored = db.session.scalar(select(func.count()).where(MailReport.batch_id == batch_id)) or 0
    if stored:
        announce("MailReported", batch_id, workspace_id=EVERYBODY, due_at=now)
    return Taken(stored=stored, duplicates=len(rows) - stored)


def apply_some(*, fact_id: int, after: UUID | None, now: datetime) -> UUID | None:
    """Apply the next of a batch's waiting reports; return the last one looked at, None when there is none left."""
    facts = hold([fact_id])
    if not facts:
        return None
    query = select(MailReport).where(MailReport.batch_id == facts[0].subject_id, MailReport.outcome.is_(None))
    if after is not None:
        query = query.where(MailReport.id > after)
    reports = db.session.scalars(query.order_by(MailReport.id).limit(SOME)).all()
    if not reports:
        return None
    found = _match(reports)
    matched = {one.report.id for one in found}
    report_returns.apply(reports=[one for one in reports if one.id not in matched], now=now)
    for report in [one for one in reports if one.outcome is None]:
        names_nothing = report.mail_id is None and report.provider_id is None
        if report.id not in matched and (names_nothing or report.received_at + PATIENCE <= now):
            report.outcome = "aside"
    _apply([one for one in found if _is_about(one)], now)
    for one in found:
        one.report.workspace_id = one.workspace_id
        one.report.outcome = "applied" if _is_about(one) else "aside"
    return reports[-1].id


def conclude(*, fact_id: int, now: datetime) -> None:
    """Settle a batch's fact, or take it up again where something still waits for what it is about."""
    facts = hold([fact_id])
    if not facts:
        return
    since = db.session.scalar(
        select(func.min(MailReport.received_at)).where(
            MailReport.batch_id == facts[0].subject_id, MailReport.outcome.is_(None)
        )
    )
    if since is None:
        settle([fact_id], now=now)
    else:
        postpone(fact_id, until=now + max(SOONEST, (now - since) / 2))


def forget(*, before: datetime) -> None:
    """Delete reports received before a time: by then their call, sent again, would be refused for its age."""
    db.session.execute(delete(MailReport).where(MailReport.received_at < before, MailReport.outcome.is_not(None)))


def _match(reports: Sequence[MailReport]) -> list[_Found]:
    """Find the invitations that reports are about, in two statements; one that was never handed over is none."""
    may_have_left = select(
        Invitation.workspace_id, Invitation.id, Invitation.contact_key, Invitation.provider_id
    ).where(
        Invitation.channel == "email",
        Invitation.status.not_in(("scheduled", "held")) | (Invitation.attempts > 0),
    )
    ids = {one.mail_id for one in reports if one.mail_id is not None}
    by_id = {row.id: row for row in db.session.execute(may_have_left.where(Invitation.id.in_(ids)))}
    names = {one.provider_id for one in reports if one.mail_id is None and one.provider_id is not None}
    by_name = {
        row.provider_id: row for row in db.session.execute(may_have_left.where(Invitation.provider_id.in_(names)))
    }
    found = []
    for report in reports:
        row = by_id.get(report.mail_id) if report.mail_id is not None else by_name.get(report.provider_id)
        if row is not None:
            found.append(_Found(report, row.workspace_id, row.id, row.contact_key))
    if len(found) < len(reports):
        matched = {one.report.id for one in found}
        found += _match_others([report for report in reports if report.id not in matched])
    return found


def _match_others(reports: Sequence[MailReport]) -> list[_Found]:
    """Find the promises whose apologies the other reports are about, and the letters."""
    ids = {one.mail_id for one in reports if one.mail_id is not None}
    names = {one.provider_id for one in reports if one.mail_id is None and one.provider_id is not None}
    found = []
    for model in (Promise, Letter):
        rows = db.session.execute(
            select(model.workspace_id, model.id, model.invitation_id, model.contact_key, model.provider_id).where(
                or_(model.id.in_(ids), model.provider_id.in_(names)),
                model.invitation_id.is_not(None),
                model.contact_key.is_not(None),
            )
        ).all()
        by_id = {row.id: row for row in rows}
        by_name = {row.provider_id: row for row in rows}
        for report in reports:
            row = by_id.get(report.mail_id) if report.mail_id is not None else by_name.get(report.provider_id)
            if row is not None:
                which = {"promise_id": row.id} if model is Promise else {"letter_id": row.id}
                found.append(_Found(report, row.workspace_id, row.invitation_id, row.contact_key, **which))
    return found


def _is_about(one: _Found) -> bool:
    """Say whether a report names the message's own address, or none."""
    return one.report.address_key in {None, one.contact_key}


def _apply(found: Sequence[_Found], now: datetime) -> None:
    by_workspace: dict[int, list[_Found]] = defaultdict(list)
    for one in found:
        by_workspace[one.workspace_id].append(one)
    for workspace_id in sorted(by_workspace):
        _apply_here(workspace_id, by_workspace[workspace_id], now)


def _apply_here(workspace_id: int, found: Sequence[_Found], now: datetime) -> None:
    contacts = lock_contacts(workspace_id=workspace_id, keys={one.contact_key for one in found})
    invitations = _lock(workspace_id, {one.invitation_id for one in found})
    touched: set[UUID] = set()
    against: list[str] = []
    for one in found:
        invitation, contact = invitations[one.invitation_id], contacts[one.contact_key]
        if one.is_the_invitation and _follow(invitation, contact, one.report, now):
            touched.add(invitation.customer_id)
        reason = one.report.suppresses
        if reason is not None and suppressing.note(contact, reason=reason, by=one.report.told_by, at=now):
            against.append(contact.key)
    db.session.flush()
    unsaid = [one.id for one in invitations.values() if one.kind == happenings.APOLOGY and one.status == "failed"]
    if unsaid:
        happenings.alert_instead(workspace_id=workspace_id, invitation_ids=unsaid, now=now)
    objections = [one for one in found if one.report.kind in OBJECTIONS]
    # "unwanted": the provider's own list holds the address, and whoever put it there need not be the person
    said = {one.invitation_id for one in objections if one.report.kind != "unwanted"}
    for invitation_id in {one.invitation_id: None for one in objections}:
        unsubscribing.unsubscribe(invitation_id=invitation_id, now=now, own=invitation_id in said)
    for one in found:
        _follow_once(one, now)
    suppressing.tell_of(workspace_id=workspace_id, keys=against)
    changed("customers", touched, workspace_id=workspace_id)


def _follow_once(one: _Found, now: datetime) -> None:
    """Write down what became of an apology or of a letter; whatever is told of it proves that the provider has it."""
    on: dict[str, Any] = {"workspace_id": one.workspace_id, "now": now}
    failed = further(None, one.report.kind) in FAILED
    if one.promise_id is not None:
        apologising.APOLOGIES.arrived(message_id=one.promise_id, at=one.report.at, **on)
        if failed:
            apologising.reached_nobody(promise_id=one.promise_id, **on)
    if one.letter_id is not None:
        letters.LETTERS.arrived(message_id=one.letter_id, at=one.report.at, **on)
        if failed:
            letters.reached_nobody(letter_id=one.letter_id, **on)


def _lock(workspace_id: int, ids: Iterable[UUID]) -> dict[UUID, Invitation]:
    rows = db.session.scalars(
        select(Invitation)
        .where(Invitation.workspace_id == workspace_id, Invitation.id.in_(list(ids)))
        .order_by(Invitation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {invitation.id: invitation for invitation in rows}


def _follow(invitation: Invitation, contact: Contact, report: MailReport, now: datetime) -> bool:
    """Write down how far a message came; say whether its status changed.

    Whatever is told of a message proves that the provider has it: where our own commit is still to come, or never
    came, or the call seemed to have failed, it is taken for sent, and is not sent again.
    """
    status = invitation.status
    invitation.delivery = further(invitation.delivery, report.kind)
    if report.kind == "complained":
        invitation.mail_heard |= MAIL_BITS["complained"]
    if report.kind == "opened":
        _note_open(invitation, report)
    if status in _MAYBE_LEFT:
        invitation.sent_at = invitation.marked_at or report.at
        decide(invitation, status="sent", reason=None, now=now)
        _count_it(invitation)
        if contact.unsubscribed_at is not None:  # while nobody knew
            decide(invitation, status="cancelled", reason="unsubscribed", now=now)
    if invitation.status == "sent" and invitation.delivery in FAILED:
        decide(invitation, status="failed", reason=invitation.delivery, now=now, detail=report.detail)
    elif invitation.status == "failed" and invitation.reason in FAILED:
        invitation.reason = invitation.delivery  # of two failures, the one that stands
    return invitation.status != status


def _note_open(invitation: Invitation, report: MailReport) -> None:
    """Note that a person opened a mail, where that was asked for, within the time in which others could answer."""
    left_at = invitation.marked_at or invitation.sent_at
    if invitation.mail_tracked and left_at is not None and report.at <= left_at + ANSWERED_WITHIN:
        invitation.mail_heard |= OPENED
        counting_mails.count_late_open(invitation=invitation)


def _count_it(invitation: Invitation) -> None:
    db.session.execute(
        update(LedgerEntry)
        .where(LedgerEntry.workspace_id == invitation.workspace_id, LedgerEntry.id == invitation.id)
        .values(made=True, at=invitation.sent_at)
    )


_MAYBE_LEFT = frozenset({"scheduled", "held", "sending", "unknown"})
