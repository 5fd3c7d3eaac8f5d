"""Apologise for a promise that was missed: by a personal mail, once, or in person where no mail may go.

    plan (with the miss) ──► fact ApologyDue ──► claim ── committed ──► the call ──► confirm, give_back ── committed
    (missed, in the ledger; or owed)            (marked)                             (apologised, owed, or again)

What only time is in the way of (the cap, the customer's own limit, a pause) waits for it, for a week at most. As an
invitation, it is marked *before* the call: what died in between is never sent again, but owed in person, unless
the back end can tell that it did not leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update

from vocapp.adapters.mail import Mailer, MailError, MailOutcomeUnknown, MailRefused, OutgoingMail
from vocapp.domain import contact_policy
from vocapp.domain.contact_policy import Decision, PolicySettings
from vocapp.domain.promises import after
from vocapp.models import Alert, Contact, Customer, Fact, Invitation, LedgerEntry, Promise, Workspace, db
from vocapp.models.outbox import announce, hold, postpone, settle
from vocapp.services import alert_lines, halting, senders
from vocapp.services.composing_apology import compose_apology
from vocapp.services.consenting import latest_consents
from vocapp.services.inviting import ledger_of, lock_contacts, policy_standing
from vocapp.services.sending import MOST_COUNTED, STILL_UNDER_WAY, back_off

IN_PERSON: Final = "in_person"
WAITS: Final = timedelta(days=7)
"""After the miss; an apology that comes later is none."""
KIND: Final = "recovery"
"""Of its entry in the ledger."""


def plan(missed: Promise, alert: Alert | None, customer: Customer, *, now: datetime) -> None:
    """Plan the mail for a promise that was just missed, or owe the apology; its address is locked, and its alert."""
    contact = db.session.get_one(Contact, (customer.workspace_id, customer.contact_key))
    verdict = _verdict(missed, customer, contact, now)
    if verdict.send_at is None or missed.invitation_id is None:
        _owe(missed, alert, verdict.reason or "no_link", now)
        return
    at = verdict.send_at
    missed.contact_key = contact.key
    db.session.add(
        LedgerEntry(
            workspace_id=missed.workspace_id,
            id=missed.id,
            contact_key=contact.key,
            at=at,
            kind=KIND,
            survey_key=None,
            priority=0,
            made=False,
        )
    )
    db.session.flush()
    announce("ApologyDue", missed.id, workspace_id=missed.workspace_id, due_at=at)


def in_person(missed: Promise, alert: Alert, *, by: str | None, now: datetime) -> None:
    """Note that somebody who reached the customer apologised; a mail that did not go yet never goes."""
    missed.status, missed.reason = after(missed.status, "apologise"), IN_PERSON  # type: ignore[arg-type]
    missed.settled_at = now
    if missed.marked_at is None:
        _forget_contact(missed)
    alert_lines.note(alert, "apologised", now=now, by=by, via=IN_PERSON)


def reached_nobody(*, workspace_id: int, promise_id: UUID, now: datetime) -> None:
    """Owe in person what the provider could not deliver; whoever has apologised in person meanwhile owes nothing."""
    found = lock(workspace_id, promise_id)
    if found is None or found[0].status not in {"missed", "apologised"} or found[0].reason == IN_PERSON:
        return
    _owe(found[0], found[1], "bounced", now)


def claim(
    *, fact_id: int, mailer: Mailer, secret: str, public_url: str, sender: str, now: datetime, account: str = ""
) -> OutgoingMail | None:
    """Look at the contact policy again and mark the apology; None: there is nothing to send (now)."""
    facts = hold([fact_id])
    if not facts:
        return None
    fact = facts[0]
    found = lock(fact.workspace_id, fact.subject_id)
    if found is None or found[0].status != "missed":
        settle([fact_id], now=now)
        return None
    missed, alert, customer, contact = found
    if missed.marked_at is not None:
        if not _resolve(missed, alert, fact, mailer, now):
            return None
    elif halting.park(fact=fact, account=account, now=now):
        return None
    verdict = _verdict(missed, customer, contact, now)
    if verdict.send_at is None:
        _owe(missed, alert, verdict.reason or "policy", now)
        settle([fact_id], now=now)
        return None
    if verdict.send_at > now:
        _again(missed, fact, at=verdict.send_at)
        return None
    try:
        mail = _compose(missed, customer, secret=secret, public_url=public_url, sender=sender)
    except MailError as error:  # an address or a sender that no message can have
        _give_back(missed, alert, fact, error, account, now)
        return None
    if not halting.take_turn(fact=fact, account=account, now=now):
        return None
    missed.marked_at, missed.contact_key = now, contact.key
    _ledger(missed, made=True, at=now)
    return mail


def confirm(
    *, fact_id: int, workspace_id: int, promise_id: UUID, provider_id: str | None, now: datetime, account: str = ""
) -> None:
    """Note that the provider took the message."""
    found = lock(workspace_id, promise_id)
    if found is not None:
        missed, alert, _, _ = found
        missed.provider_id = missed.provider_id or provider_id
        if missed.status == "missed":
            _apologised(missed, alert, now)
    settle([fact_id], now=now)
    halting.went_through(account=account, workspace_id=workspace_id, now=now)


def give_back(
    *, fact_id: int, workspace_id: int, promise_id: UUID, error: MailError, now: datetime, account: str = ""
) -> None:
    """Note how the call went wrong: refused for good, to be tried again, or nobody knows."""
    found = lock(workspace_id, promise_id)
    if found is None or found[0].status != "missed":
        settle([fact_id], now=now)
        return
    missed, alert, _, _ = found
    _give_back(missed, alert, db.session.get_one(Fact, fact_id), error, account, now)


def give_up(*, fact_ids: Sequence[int], now: datetime) -> None:
    """Owe in person what these facts could not send."""
    for fact in db.session.scalars(select(Fact).where(Fact.id.in_(fact_ids)).order_by(Fact.id)).all():
        found = lock(fact.workspace_id, fact.subject_id)
        if found is not None and found[0].status == "missed":
            _owe(found[0], found[1], "given_up", now)


def lock(workspace_id: int, promise_id: UUID) -> tuple[Promise, Alert | None, Customer, Contact] | None:
    """Lock the address, the alert and the promise, in everybody's order. None: the person was erased."""
    row = db.session.execute(
        select(Promise.alert_id, Customer.contact_key)
        .join(Customer, (Customer.workspace_id == Promise.workspace_id) & (Customer.id == Promise.customer_id))
        .where(Promise.workspace_id == workspace_id, Promise.id == promise_id)
    ).one_or_none()
    if row is None:
        return None
    contact = lock_contacts(workspace_id=workspace_id, keys=[row.contact_key])[row.contact_key]
    alert = None
    if row.alert_id is not None:
        alert = db.session.get(Alert, (workspace_id, row.alert_id), populate_existing=True, with_for_update=True)
    one = db.session.get(Promise, (workspace_id, promise_id), populate_existing=True, with_for_update=True)
    if one is None or one.customer_id is None:
        return None
    customer = db.session.get(Customer, (workspace_id, one.customer_id), populate_existing=True)
    return None if customer is None else (one, alert, customer, contact)


def _verdict(missed: Promise, customer: Customer, contact: Contact, now: datetime) -> Decision:
    """Put the mail to the policy: as a recovery it ignores the rests, and never the cap.

    Without a `send_at` it never goes.
    """
    workspace = db.session.get_one(Workspace, missed.workspace_id)
    since = now - contact_policy.LONGEST_MEMORY
    ledger = ledger_of(workspace_id=workspace.id, keys=[contact.key], since=since)[contact.key]
    others = [entry for entry in ledger if entry.id != missed.id and entry.sent]
    request = contact_policy.Request(survey_key=None, priority=0, due_at=now, kind=KIND)
    consents = latest_consents(workspace_id=workspace.id, customer_ids=[customer.id])
    standing = policy_standing(workspace, customer, contact, consents)
    settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    verdict = contact_policy.recheck(request, standing, others, settings, now)
    if verdict.status == "scheduled":
        return verdict
    later = contact_policy.next_time(request, standing, others, settings, now)
    until = (missed.settled_at or now) + WAITS
    return verdict if later is None or later > until else replace(verdict, send_at=later)


def _resolve(missed: Promise, alert: Alert | None, fact: Fact, mailer: Mailer, now: datetime) -> bool:
    """Decide about a call whose worker is gone; True: it certainly did not leave, and may be made again."""
    if missed.marked_at is not None and now < missed.marked_at + STILL_UNDER_WAY:
        postpone(fact.id, until=missed.marked_at + STILL_UNDER_WAY)
        return False
    left = mailer.left(missed.id)
    if left is False:
        return True
    if left:
        _apologised(missed, alert, now)
    else:
        _owe(missed, alert, "worker_lost", now)
    settle([fact.id], now=now)
    return False


def _give_back(missed: Promise, alert: Alert | None, fact: Fact, error: MailError, account: str, now: datetime) -> None:
    fact.error = error.detail
    if isinstance(error, MailOutcomeUnknown):
        _owe(missed, alert, "no_verdict", now)
        settle([fact.id], now=now)
    elif isinstance(error, MailRefused):
        missed.marked_at = None
        _owe(missed, alert, "refused", now)
        settle([fact.id], now=now)
    elif until := halting.heed(error=error, account=account, workspace_id=missed.workspace_id, now=now):
        fact.error = halting.PARKED  # no fault of this message: nothing is counted against it
        _again(missed, fact, at=until)
    else:
        missed.attempts = min(missed.attempts + 1, MOST_COUNTED)
        _again(missed, fact, at=now + back_off(missed.id, missed.attempts))


def _again(missed: Promise, fact: Fact, *, at: datetime) -> None:
    missed.marked_at = None
    _ledger(missed, made=False, at=at)
    db.session.flush()
    postpone(fact.id, until=at + timedelta(microseconds=fact.id % 1000))


def _apologised(missed: Promise, alert: Alert | None, now: datetime) -> None:
    missed.status, missed.settled_at = after("missed", "apologise"), now
    db.session.flush()
    if alert is not None:
        alert_lines.note(alert, "apologised", now=now, via="email")


def _owe(missed: Promise, alert: Alert | None, reason: str, now: datetime) -> None:
    """Leave the apology to whoever reaches the customer; a mail that did not leave takes no place."""
    missed.status, missed.reason = after(missed.status, "owe"), reason[:64]  # type: ignore[arg-type]
    missed.settled_at = now
    db.session.flush()
    if missed.marked_at is None:
        _forget_contact(missed)
    if alert is not None:
        alert_lines.note(alert, "apology_owed", now=now, why=reason)


def _compose(missed: Promise, customer: Customer, *, secret: str, public_url: str, sender: str) -> OutgoingMail:
    workspace = db.session.get_one(Workspace, missed.workspace_id)
    invitation = db.session.get_one(Invitation, (workspace.id, missed.invitation_id))
    mail = compose_apology(
        missed=missed,
        customer=customer,
        invitation=invitation,
        workspace=workspace,
        secret=secret.encode(),
        public_url=public_url,
        sender=senders.line_of(workspace.settings, sender),
    )
    return senders.addressed(mail, workspace.settings)


def _ledger(missed: Promise, *, made: bool, at: datetime) -> None:
    db.session.execute(
        update(LedgerEntry)
        .where(LedgerEntry.workspace_id == missed.workspace_id, LedgerEntry.id == missed.id)
        .values(made=made, at=at, contact_key=missed.contact_key)
    )


def _forget_contact(missed: Promise) -> None:
    """It reached nobody, and takes no place."""
    db.session.execute(
        delete(LedgerEntry).where(LedgerEntry.workspace_id == missed.workspace_id, LedgerEntry.id == missed.id)
    )
