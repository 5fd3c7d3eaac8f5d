"""Send one invitation, once, whatever dies when.

    claim ── committed ──► the call ──► settle ── committed
    (scheduled → sending)  (no transaction)  (sending → sent, failed, unknown, or scheduled again)

An invitation is marked *before* the call: what died in between is never called again, but resolved: by asking the back
end whether the message left, where it can tell; else it is `unknown`, and counts against the cap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar, cast
from uuid import UUID

from sqlalchemy import Delete, Update, delete, select, update

from vocapp.adapters.mail import (
    MailBlocked,
    Mailer,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    OutgoingMail,
)
from vocapp.domain import contact_policy
from vocapp.domain.contact_policy import Decision, PolicySettings
from vocapp.domain.links import make_token
from vocapp.models import Contact, Customer, Fact, Invitation, LedgerEntry, Workspace, db
from vocapp.models.feed import changed
from vocapp.models.outbox import hold, postpone, settle
from vocapp.services import halting, happenings, recovering, senders, surveying
from vocapp.services.composing import InvitationLinks, compose_invitation
from vocapp.services.consenting import latest_consents
from vocapp.services.decisions import decide
from vocapp.services.facts import customer_facts, event_facts, load_profiles
from vocapp.services.inviting import last_answers, ledger_of, lock_contacts, policy_standing
from vocapp.services.inviting_one import HOT_FOR

STILL_UNDER_WAY = timedelta(seconds=60)
"""A call ends within 30 seconds: an invitation marked for longer has lost its worker."""

LONGEST_BACK_OFF_SECONDS = 300
MOST_COUNTED = 1000
_WAITING = ("scheduled", "held")
_S = TypeVar("_S", Update, Delete)


def claim(
    *, fact_id: int, mailer: Mailer, secret: str, public_url: str, sender: str, now: datetime, account: str = ""
) -> OutgoingMail | None:
    """Look at the contact policy again and mark the invitation; None: there is nothing to send (now).

    `account` names that by which mail goes, as `halting` knows it.
    """
    facts = hold([fact_id])
    if not facts:
        return None
    fact = facts[0]
    contact = _lock_contact(fact.workspace_id, fact.subject_id)
    invitation = _lock(fact.workspace_id, fact.subject_id)
    if invitation is None or contact is None or invitation.status not in {*_WAITING, "sending"}:
        settle([fact_id], now=now)
        return None
    if invitation.status == "sending":
        if not _resolve(invitation, fact, mailer, now):
            return None
    elif halting.park(fact=fact, account=account, now=now):
        return None
    workspace = db.session.get_one(Workspace, invitation.workspace_id)
    customer = db.session.get_one(Customer, (invitation.workspace_id, invitation.customer_id))
    if customer.contact_key != contact.key:  # changed while we waited for the lock: the new address has another one
        postpone(fact_id, until=now)
        return None
    _follow_address(invitation, contact)
    if not _may_go(workspace, customer, contact, invitation, fact, now):
        return None
    try:
        mail = _compose(workspace, customer, invitation, secret=secret, public_url=public_url, sender=sender, now=now)
    except MailError as error:  # an address or a sender that no message can have
        _give_back(invitation, fact, error, account, now)
        return None
    if not halting.take_turn(fact=fact, account=account, now=now):
        return None
    invitation.marked_at = now
    decide(invitation, status="sending", reason=None, now=now)
    _ledger(invitation, made=True, at=now)
    return mail


def confirm(
    *,
    fact_id: int,
    workspace_id: int,
    message_id: UUID,
    provider_id: str | None,
    now: datetime,
    account: str = "",
) -> None:
    """Note that the provider took the message."""
    invitation = _lock(workspace_id, message_id)
    if invitation is not None:
        invitation.provider_id = invitation.provider_id or provider_id
        if invitation.status == "sending":  # else its provider has told of it before we came here
            _sent(invitation, at=now, now=now)
    settle([fact_id], now=now)
    halting.went_through(account=account, workspace_id=workspace_id, now=now)


def give_back(
    *, fact_id: int, workspace_id: int, message_id: UUID, error: MailError, now: datetime, account: str = ""
) -> None:
    """Note how the call went wrong: refused for good, to be tried again, or nobody knows."""
    invitation = _lock(workspace_id, message_id)
    if invitation is None or invitation.status != "sending":
        settle([fact_id], now=now)
        return
    _give_back(invitation, db.session.get_one(Fact, fact_id), error, account, now)


def give_up(*, fact_ids: Sequence[int], now: datetime) -> None:
    """Let the invitations of these facts rest for good: nobody tries any longer, and what never left takes no place."""
    for fact in db.session.scalars(select(Fact).where(Fact.id.in_(fact_ids)).order_by(Fact.id)):
        invitation = _lock(fact.workspace_id, fact.subject_id)
        if invitation is None or invitation.status not in {*_WAITING, "sending"}:
            continue
        if invitation.status == "sending":  # marked: it may have left
            decide(invitation, status="unknown", reason="given_up", now=now)
        else:
            decide(invitation, status="failed", reason="given_up", now=now)
            _forget_contact(invitation)
        _alert_instead(invitation, now)
        changed("customers", [invitation.customer_id], workspace_id=invitation.workspace_id)


def _give_back(invitation: Invitation, fact: Fact, error: MailError, account: str, now: datetime) -> None:
    fact.error = error.detail
    if isinstance(error, MailOutcomeUnknown):
        decide(invitation, status="unknown", reason="no_verdict", now=now)
        _alert_instead(invitation, now)
        settle([fact.id], now=now)
    elif isinstance(error, MailRefused):
        decide(invitation, status="failed", reason="refused", now=now, detail=error.detail)
        _alert_instead(invitation, now)
        _forget_contact(invitation)
        settle([fact.id], now=now)
    elif until := halting.heed(error=error, account=account, workspace_id=invitation.workspace_id, now=now):
        fact.error = halting.PARKED  # no fault of this message: nothing is counted against it
        reason = "mail_stopped" if isinstance(error, MailBlocked) else "provider_deferred"
        _again(invitation, fact, at=until, reason=reason, now=now)
    else:
        invitation.attempts = min(invitation.attempts + 1, MOST_COUNTED)
        _again(
            invitation, fact, at=now + back_off(invitation.id, invitation.attempts), reason="provider_deferred", now=now
        )
    changed("customers", [invitation.customer_id], workspace_id=invitation.workspace_id)


def back_off(invitation_id: UUID, attempts: int) -> timedelta:
    """Return how long to wait after so many failed calls: 2, 4, 8 … seconds, up to 5 minutes, spread by a quarter.

    The spread is the message's own, so that those which failed together do not come back together.
    """
    digest = hashlib.sha256(invitation_id.bytes + attempts.to_bytes(2, "big")).digest()
    spread = 0.75 + 0.5 * int.from_bytes(digest[:4], "big") / 2**32
    return timedelta(seconds=min(LONGEST_BACK_OFF_SECONDS, 2 ** min(attempts, 10)) * spread)


def _resolve(invitation: Invitation, fact: Fact, mailer: Mailer, now: datetime) -> bool:
    """Decide about a call whose worker is gone; True: it certainly did not leave, and may be made again."""
    if invitation.marked_at is not None and now < invitation.marked_at + STILL_UNDER_WAY:
        postpone(fact.id, until=invitation.marked_at + STILL_UNDER_WAY)
        return False
    left = mailer.left(invitation.id)
    if left is False:
        return True
    if left:
        _sent(invitation, at=invitation.marked_at, now=now)
    else:
        decide(invitation, status="unknown", reason="worker_lost", now=now)
        _alert_instead(invitation, now)
        changed("customers", [invitation.customer_id], workspace_id=invitation.workspace_id)
    settle([fact.id], now=now)
    return False


def _sent(invitation: Invitation, *, at: datetime | None, now: datetime) -> None:
    invitation.sent_at = at
    decide(invitation, status="sent", reason=None, now=now)
    contact = db.session.get(Contact, (invitation.workspace_id, invitation.contact_key), populate_existing=True)
    if contact is not None and contact.unsubscribed_at is not None:  # while the call was under way
        decide(invitation, status="cancelled", reason="unsubscribed", now=now)
    changed("customers", [invitation.customer_id], workspace_id=invitation.workspace_id)


def _may_go(
    workspace: Workspace, customer: Customer, contact: Contact, invitation: Invitation, fact: Fact, now: datetime
) -> bool:
    """Put the invitation to the policy once more, under the lock of its address."""
    survey = surveying.load_version(
        workspace_id=workspace.id, key=invitation.survey_key, version=invitation.survey_version
    )
    settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    since = now - contact_policy.LONGEST_MEMORY
    hot_for = survey.trigger.hot_for if survey.trigger else HOT_FOR
    ledger = ledger_of(workspace_id=workspace.id, keys=[contact.key], since=since)[contact.key]
    verdict = contact_policy.recheck(
        contact_policy.Request(
            survey_key=invitation.survey_key,
            priority=invitation.priority,
            channel="email",
            occurred_at=invitation.occurred_at,
            due_at=min(now, invitation.send_at or now),
            hot_for=hot_for,
            kind=cast("contact_policy.Kind", invitation.kind),
            waits_until=invitation.occurred_at + hot_for if invitation.alert_id is not None else None,
        ),
        policy_standing(
            workspace,
            customer,
            contact,
            latest_consents(workspace_id=workspace.id, customer_ids={customer.id}),
            survey_key=invitation.survey_key,
        ),
        [entry for entry in ledger if entry.id != invitation.id],
        settings,
        now,
        answered_at=last_answers(workspace_id=workspace.id, pairs={(customer.id, invitation.survey_key)}).get(
            (customer.id, invitation.survey_key)
        ),
    )
    if invitation.alert_id is not None and not recovering.stands(invitation):
        verdict = Decision("suppressed", "alert_open")
    if verdict.status == "scheduled" and (verdict.send_at is None or verdict.send_at <= now):
        return True
    if verdict.status == "scheduled":
        _again(invitation, fact, at=verdict.send_at or now, reason=verdict.reason or "quiet_hours", now=now)
        return False
    decide(invitation, status=verdict.status, reason=verdict.reason, now=now)
    _alert_instead(invitation, now)
    _forget_contact(invitation)
    changed("customers", [customer.id], workspace_id=workspace.id)
    settle([fact.id], now=now)
    return False


def _again(invitation: Invitation, fact: Fact, *, at: datetime, reason: str, now: datetime) -> None:
    invitation.send_at = at
    invitation.marked_at = None
    decide(invitation, status="scheduled", reason=reason, now=now)
    _ledger(invitation, made=False, at=at)
    db.session.flush()
    postpone(fact.id, until=at)


def _compose(
    workspace: Workspace,
    customer: Customer,
    invitation: Invitation,
    *,
    secret: str,
    public_url: str,
    sender: str,
    now: datetime,
) -> OutgoingMail:
    survey = surveying.load_version(
        workspace_id=workspace.id, key=invitation.survey_key, version=invitation.survey_version
    )
    profile = load_profiles(workspace_id=workspace.id, customer_ids=[customer.id])[customer.id]
    key = secret.encode()
    mail = compose_invitation(
        survey=survey,
        first_page=tuple(invitation.first_page),
        facts={
            "customer": customer_facts(customer, profile, now),
            "event": event_facts(invitation.context),
        },
        language=invitation.language,
        to_address=customer.email or "",
        to_name=" ".join(part for part in (customer.first_name, customer.last_name) if part) or None,
        invitation_id=invitation.id,
        links=InvitationLinks(
            survey_url=f"{public_url}/s/{make_token(key, 'survey', invitation.id)}",
            unsubscribe_url=f"{public_url}/unsubscribe/{make_token(key, 'unsubscribe', invitation.id)}",
            preferences_url=f"{public_url}/preferences/{make_token(key, 'preferences', invitation.id)}",
        ),
        sender=senders.line_of(workspace.settings, sender),
        workspace_name=workspace.name,
    )
    return senders.addressed(mail, workspace.settings)


def _lock_contact(workspace_id: int, invitation_id: UUID) -> Contact | None:
    """Lock the address that the invitation would go to now."""
    key = db.session.scalar(
        select(Customer.contact_key)
        .join(
            Invitation,
            (Invitation.workspace_id == Customer.workspace_id) & (Invitation.customer_id == Customer.id),
        )
        .where(Invitation.workspace_id == workspace_id, Invitation.id == invitation_id)
    )
    return None if key is None else lock_contacts(workspace_id=workspace_id, keys=[key])[key]


def _follow_address(invitation: Invitation, contact: Contact) -> None:
    """Where the customer has another address by now, it is that one which is contacted."""
    if invitation.contact_key != contact.key:
        invitation.contact_key = contact.key
        db.session.execute(_own_entry(update(LedgerEntry), invitation).values(contact_key=contact.key))


def _lock(workspace_id: int, invitation_id: UUID) -> Invitation | None:
    return db.session.scalars(
        select(Invitation)
        .where(Invitation.workspace_id == workspace_id, Invitation.id == invitation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _ledger(invitation: Invitation, *, made: bool, at: datetime) -> None:
    db.session.execute(_own_entry(update(LedgerEntry), invitation).values(made=made, at=at))


def _alert_instead(invitation: Invitation, now: datetime) -> None:
    """Let somebody call about what nobody apologised for by mail."""
    if invitation.kind == happenings.APOLOGY:
        happenings.alert_instead(workspace_id=invitation.workspace_id, invitation_ids=[invitation.id], now=now)


def _forget_contact(invitation: Invitation) -> None:
    """It reached nobody, and takes no place."""
    db.session.execute(_own_entry(delete(LedgerEntry), invitation))


def _own_entry(statement: _S, invitation: Invitation) -> _S:
    return statement.where(LedgerEntry.workspace_id == invitation.workspace_id, LedgerEntry.id == invitation.id)
