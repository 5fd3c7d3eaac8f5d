"""Send a mail about an alert once, whatever dies when: an apology, or a letter in place of a call.

    plan ── committed with its cause ──► claim ── committed ──► the call ──► confirm, give_back ── committed
    (waits, in the ledger)               (marked)                            (went, ended, or again)

What only time is in the way of (the cap, the customer's own limit, a pause) waits for it, for a week at most. As an
invitation, it is marked *before* the call: what died in between is never sent again, unless the back end can tell that
it did not leave. What one kind of mail is about, and what follows when it went or never goes, a subclass says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from vocapp.adapters.mail import Mailer, MailError, MailOutcomeUnknown, MailRefused, OutgoingMail
from vocapp.domain import contact_policy
from vocapp.domain.contact_policy import Decision, PolicySettings
from vocapp.domain.links import Purpose, make_token
from vocapp.models import Alert, Contact, Customer, Fact, LedgerEntry, Workspace, db
from vocapp.models.mail import SentOnce
from vocapp.models.outbox import hold, postpone, settle
from vocapp.services import brands, halting, senders
from vocapp.services.composing_once import Said, compose_once
from vocapp.services.consenting import latest_consents
from vocapp.services.contact_standing import ledger_of, policy_standing
from vocapp.services.facts import contexts_of, event_facts
from vocapp.services.houses import House, house_of
from vocapp.services.inviting import lock_contacts
from vocapp.services.sending import MOST_COUNTED, STILL_UNDER_WAY, back_off

WAITS: Final = timedelta(days=7)
"""From its cause; what comes later helps nobody."""
KIND: Final = "recovery"
"""Of its entry in the ledger: it ignores the rests, and never the cap."""

_M = TypeVar("_M", bound=SentOnce)


@dataclass(frozen=True, slots=True)
class Held(Generic[_M]):
    """A mail with all that it is about, locked in everybody's order: the address, the alert, its own row."""

    row: _M
    alert: Alert | None
    customer: Customer
    contact: Contact


@dataclass(frozen=True, slots=True)
class Press:
    """With what messages are written and sent, and when."""

    mailer: Mailer
    account: str
    """Of the mail provider."""
    secret: bytes
    public_url: str
    sender: str
    """Of a workspace that has set none."""
    now: datetime

    def link(self, path: str, purpose: Purpose, invitation_id: UUID) -> str:
        return f"{self.public_url}/{path}/{make_token(self.secret, purpose, invitation_id)}"


@dataclass(frozen=True, slots=True)
class Call:
    """One message that was handed to the mail provider, and when it answered."""

    fact_id: int
    workspace_id: int
    message_id: UUID
    account: str
    now: datetime


class Once(ABC, Generic[_M]):
    """One kind of mail about alerts."""

    model: type[_M]
    final: ClassVar[frozenset[str]] = frozenset()
    """Why it never goes, though only time is in the way."""

    @abstractmethod
    def put_out(self, row: _M, at: datetime) -> None:
        """Announce the fact by which a row is sent."""

    @abstractmethod
    def waits(self, row: _M) -> bool:
        """Say whether a row is still to be sent."""

    @abstractmethod
    def since(self, row: _M) -> datetime | None:
        """Return when its cause was; None: now."""

    @abstractmethod
    def say(self, held: Held[_M], workspace: Workspace, press: Press, house: House) -> Said:
        """Return what it says, as `house` says it. Raises MailError where it has to wait."""

    @abstractmethod
    def went(self, held: Held[_M], now: datetime) -> None:
        """Note that the provider has it."""

    @abstractmethod
    def ends(self, held: Held[_M], reason: str, now: datetime) -> None:
        """Note that it is not sent (any more), or that nobody knows whether it was; its entry in the ledger is cared
        for.
        """

    def needless(self, held: Held[_M], now: datetime) -> str | None:  # noqa: ARG002 - a letter's need passes with time
        """Return why nobody needs it any more, though it was planned; None: it is needed."""
        return None if self.waits(held.row) else "over"

    def plan(self, row: _M, customer: Customer, *, now: datetime) -> str | None:
        """Plan a row whose address is locked; return why it may never go, or None."""
        contact = db.session.get_one(Contact, (customer.workspace_id, customer.contact_key))
        verdict = self._verdict(row, customer, contact, now)
        if verdict.send_at is None or row.invitation_id is None:
            return verdict.reason or "no_link"
        row.contact_key = contact.key
        db.session.add(
            LedgerEntry(
                workspace_id=row.workspace_id,
                id=row.id,
                contact_key=contact.key,
                at=verdict.send_at,
                kind=KIND,
                survey_key=None,
                priority=0,
                made=False,
            )
        )
        db.session.flush()
        self.put_out(row, verdict.send_at)
        return None

    def claim(self, *, fact_id: int, press: Press) -> OutgoingMail | None:
        """Look at the contact policy again and mark the mail; None: there is nothing to send (now)."""
        now, account = press.now, press.account
        facts = hold([fact_id])
        if not facts:
            return None
        fact = facts[0]
        held = self.lock(fact.workspace_id, fact.subject_id)
        if held is None or not self.waits(held.row):
            settle([fact_id], now=now)
            return None
        if held.row.marked_at is not None:
            if not self._resolve(held, fact, press.mailer, now):
                return None
        elif halting.park(fact=fact, account=account, now=now):
            return None
        if not self._may_go(held, fact, now):
            return None
        try:
            mail = self._compose(held, press)
        except MailError as error:  # an address or a sender that no message can have
            self._give_back(held, fact, error, account, now)
            return None
        if not halting.take_turn(fact=fact, account=account, now=now):
            return None
        held.row.marked_at, held.row.contact_key = now, held.contact.key
        _ledger(held.row, made=True, at=now)
        return mail

    def confirm(self, call: Call, *, provider_id: str | None) -> None:
        """Note that the provider took the message."""
        held = self.lock(call.workspace_id, call.message_id)
        if held is not None:
            held.row.provider_id = held.row.provider_id or provider_id
            if self.waits(held.row):
                self.went(held, call.now)
        settle([call.fact_id], now=call.now)
        halting.went_through(account=call.account, workspace_id=call.workspace_id, now=call.now)

    def give_back(self, call: Call, *, error: MailError) -> None:
        """Note how the call went wrong: refused for good, to be tried again, or nobody knows."""
        held = self.lock(call.workspace_id, call.message_id)
        if held is None or not self.waits(held.row):
            settle([call.fact_id], now=call.now)
            return
        self._give_back(held, db.session.get_one(Fact, call.fact_id), error, call.account, call.now)

    def arrived(self, *, workspace_id: int, message_id: UUID, at: datetime, now: datetime) -> None:
        """Note that the provider told of a message: it has it, whatever our side knows of the call."""
        held = self.lock(workspace_id, message_id)
        if held is None:
            return
        row = held.row
        begun = self.waits(row) and (row.marked_at is not None or row.attempts > 0)
        if not begun and not self.is_in_doubt(row):
            return
        row.marked_at = row.marked_at or at
        _ledger(row, made=True, at=row.marked_at)
        self.went(held, now)

    def is_in_doubt(self, row: _M) -> bool:  # noqa: ARG002 - an apology in doubt is owed in person
        """Say whether a row has ended without anybody knowing whether it left, and may still turn out to have."""
        return False

    def give_up(self, *, fact_ids: Sequence[int], now: datetime) -> None:
        """End what these facts could not send."""
        for fact in db.session.scalars(select(Fact).where(Fact.id.in_(fact_ids)).order_by(Fact.id)).all():
            held = self.lock(fact.workspace_id, fact.subject_id)
            if held is not None and self.waits(held.row):
                self.ends(held, "given_up", now)

    def lock(self, workspace_id: int, message_id: UUID) -> Held[_M] | None:
        """Lock the address, the alert and the row, in everybody's order. None: the person was erased."""
        model = self.model
        row = db.session.execute(
            select(model.alert_id, Customer.contact_key)
            .join(Customer, (Customer.workspace_id == model.workspace_id) & (Customer.id == model.customer_id))
            .where(model.workspace_id == workspace_id, model.id == message_id)
        ).one_or_none()
        if row is None:
            return None
        contact = lock_contacts(workspace_id=workspace_id, keys=[row.contact_key])[row.contact_key]
        alert = None
        if row.alert_id is not None:
            alert = db.session.get(Alert, (workspace_id, row.alert_id), populate_existing=True, with_for_update=True)
        one = db.session.get(model, (workspace_id, message_id), populate_existing=True, with_for_update=True)
        if one is None or one.customer_id is None:
            return None
        customer = db.session.get(Customer, (workspace_id, one.customer_id), populate_existing=True)
        return None if customer is None else Held(one, alert, customer, contact)

    def _compose(self, held: Held[_M], press: Press) -> OutgoingMail:
        """Write it. Raises MailError where the address or the sender is none, or where it has to wait."""
        workspace = db.session.get_one(Workspace, held.row.workspace_id)
        invitation_id = held.row.invitation_id
        if invitation_id is None:  # `plan` has seen to it
            raise MailRefused("there is no link by which its person could say no")
        [context] = contexts_of(workspace_id=held.row.workspace_id, invitation_ids=[invitation_id]).values()
        settings = brands.branded(workspace.settings, context)
        house = house_of(settings, brands.house_name(workspace.settings, context, workspace.name), press.public_url)
        mail = compose_once(
            self.say(held, workspace, press, house),
            message_id=held.row.id,
            customer=held.customer,
            event=event_facts(context),
            house=house,
            sender=senders.line_of(settings, press.sender),
            stop_url=press.link("unsubscribe", "unsubscribe", invitation_id),
            preferences_url=press.link("preferences", "preferences", invitation_id),
        )
        return senders.addressed(mail, settings)

    def _may_go(self, held: Held[_M], fact: Fact, now: datetime) -> bool:
        """Put it to the policy once more, under the lock of its address."""
        why = self.needless(held, now)
        verdict = self._verdict(held.row, held.customer, held.contact, now)
        if why is not None or verdict.send_at is None:
            self.ends(held, why or verdict.reason or "policy", now)
            settle([fact.id], now=now)
            return False
        if verdict.send_at > now:
            _again(held.row, fact, at=verdict.send_at)
            return False
        return True

    def _verdict(self, row: _M, customer: Customer, contact: Contact, now: datetime) -> Decision:
        """Put the mail to the policy, as a recovery. Without a `send_at` it never goes."""
        workspace = db.session.get_one(Workspace, row.workspace_id)
        since = now - contact_policy.LONGEST_MEMORY
        ledger = ledger_of(workspace_id=workspace.id, keys=[contact.key], since=since)[contact.key]
        others = [entry for entry in ledger if entry.id != row.id and entry.sent]
        request = contact_policy.Request(survey_key=None, priority=0, due_at=now, kind=KIND)
        consents = latest_consents(workspace_id=workspace.id, customer_ids=[customer.id])
        standing = policy_standing(workspace, customer, contact, consents)
        settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
        verdict = contact_policy.recheck(request, standing, others, settings, now)
        if verdict.status == "scheduled" or verdict.reason in self.final:
            return verdict
        later = contact_policy.next_time(request, standing, others, settings, now)
        until = (self.since(row) or now) + WAITS
        return verdict if later is None or later > until else replace(verdict, send_at=later)

    def _resolve(self, held: Held[_M], fact: Fact, mailer: Mailer, now: datetime) -> bool:
        """Decide about a call whose worker is gone; True: it certainly did not leave, and may be made again."""
        marked_at = held.row.marked_at
        if marked_at is not None and now < marked_at + STILL_UNDER_WAY:
            postpone(fact.id, until=marked_at + STILL_UNDER_WAY)
            return False
        left = mailer.left(held.row.id)
        if left is False:
            held.row.marked_at = None  # it takes no place, until it is marked anew
            _ledger(held.row, made=False, at=now)
            return True
        if left:
            self.went(held, now)
        else:
            self.ends(held, "worker_lost", now)
        settle([fact.id], now=now)
        return False

    def _give_back(self, held: Held[_M], fact: Fact, error: MailError, account: str, now: datetime) -> None:
        row = held.row
        fact.error = error.detail
        if isinstance(error, MailOutcomeUnknown):
            self.ends(held, "no_verdict", now)
            settle([fact.id], now=now)
        elif isinstance(error, MailRefused):
            row.marked_at = None
            self.ends(held, "refused", now)
            settle([fact.id], now=now)
        elif until := halting.heed(error=error, account=account, workspace_id=row.workspace_id, now=now):
            fact.error = halting.PARKED  # no fault of this message: nothing is counted against it
            _again(row, fact, at=until)
        else:
            row.attempts = min(row.attempts + 1, MOST_COUNTED)
            _again(row, fact, at=now + back_off(row.id, row.attempts))


def forget_contact(row: SentOnce) -> None:
    """Take a mail that reached nobody out of the ledger: it takes no place."""
    db.session.execute(delete(LedgerEntry).where(*_own_entry(row)))


def _again(row: SentOnce, fact: Fact, *, at: datetime) -> None:
    row.marked_at = None
    _ledger(row, made=False, at=at)
    db.session.flush()
    postpone(fact.id, until=at + timedelta(microseconds=fact.id % 1000))


def _ledger(row: SentOnce, *, made: bool, at: datetime) -> None:
    values = {"made": made, "at": at, "contact_key": row.contact_key}
    db.session.execute(update(LedgerEntry).where(*_own_entry(row)).values(**values))


def _own_entry(row: SentOnce) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LedgerEntry.workspace_id == row.workspace_id, LedgerEntry.id == row.id
