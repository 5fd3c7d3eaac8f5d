"""Prepare invitations to be sent: put them to the contact policy once more, a whole batch of one workspace at a time.

A constant number of statements for any number of invitations. What may not go, or not now, is written down here. What
may go is not: it stays `scheduled`, and nothing is in doubt about it, until its own mark right before its own call
(`sending.begin`), for which it takes along all that it was judged by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import select

from vocapp.adapters.mail import Mailer
from vocapp.domain import contact_policy
from vocapp.domain.contact_policy import Decision, PolicySettings
from vocapp.domain.survey import Survey
from vocapp.models import Attribute, Contact, Customer, Fact, Invitation, Workspace, db
from vocapp.models.mailing import read_standing
from vocapp.models.outbox import hold
from vocapp.services import brands, halting, holding, recovering, surveying
from vocapp.services.consenting import latest_consents
from vocapp.services.contact_standing import last_answers, ledger_of, policy_standing
from vocapp.services.facts import customer_facts, event_facts, load_profiles
from vocapp.services.inviting import lock_contacts
from vocapp.services.inviting_one import HOT_FOR
from vocapp.services.mail_outcomes import Outcomes

STILL_UNDER_WAY = timedelta(seconds=60)
"""A call ends within 30 seconds: an invitation marked for longer has lost its worker."""

WAITING = frozenset({"scheduled", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that the mail is written from."""

    survey: Survey
    first_page: tuple[str, ...]
    facts: dict[str, Any]
    language: str
    to_address: str
    to_name: str | None
    workspace_name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An invitation that may go: what it was judged by, and what it is written from."""

    fact_id: int
    workspace_id: int
    invitation_id: UUID
    contact_key: str
    status: str
    marked_at: datetime | None
    standing: str
    """What stood for and against it in the database, as one text; where another is read, it is judged anew."""
    trying: bool
    """Where we were turned away, it goes all the same: to see whether we still are."""
    letter: Letter
    request: contact_policy.Request
    judged_by: tuple[contact_policy.Standing, contact_policy.Ledger, PolicySettings]
    answered_at: datetime | None
    out_of_date: bool
    """It asks about a call that is not the last word any more."""

    def verdict(self, now: datetime) -> Decision:
        """Judge it at a time; only the time may have changed."""
        if self.out_of_date:
            return Decision("suppressed", "alert_open")
        return contact_policy.recheck(self.request, *self.judged_by, now, answered_at=self.answered_at)

    def may_go(self, now: datetime) -> bool:
        """Say whether nothing is in its way now."""
        return goes(self.verdict(now), now)


class _Standing(NamedTuple):
    """What is read of the database for all at once."""

    workspace: Workspace
    settings: PolicySettings
    customers: dict[UUID, Customer]
    seen: dict[UUID, str]
    ledger: dict[str, list[contact_policy.Contact]]
    consents: dict[tuple[UUID, str], bool]
    answered: dict[tuple[UUID, str], datetime]
    profiles: Mapping[UUID, Mapping[str, Attribute]]
    out_of_date: set[UUID]
    holds: Collection[str]
    """The surveys that are held."""


def prepare(
    *, workspace_id: int, fact_ids: Sequence[int], mailer: Mailer, now: datetime, account: str = ""
) -> list[Prepared]:
    """Judge the invitations of these facts, and return those that may go now, in the order of their facts.

    `account` names that by which mail goes, as `halting` knows it.
    """
    facts = hold(fact_ids)
    if not facts:
        return []
    contacts = _lock_contacts(workspace_id, facts)  # before any invitation, as everywhere
    invitations = lock_invitations(workspace_id=workspace_id, ids=[fact.subject_id for fact in facts])
    outcomes = Outcomes(workspace_id, now)
    due = _look_at(facts, invitations, contacts, mailer, outcomes, now)
    halts = halting.list_standing(workspace_id=workspace_id, account=account) if due else []
    until = max((halt.until for halt in halts if halt.until > now), default=None)
    if until is not None:
        for fact, invitation in due:
            if invitation.status == "sending":  # its worker is gone, and it certainly did not leave
                outcomes.again(invitation, at=now, reason="worker_lost")
            outcomes.postpone(fact.id, until=halting.turn_of(fact.id, until), error=halting.PARKED)
        due = []
    ready = _judge(workspace_id, due, contacts, outcomes, now) if due else []
    if ready and any(halt.reason == "turned_away" for halt in halts):
        ready = _one_tries(ready, outcomes, account, now)
    outcomes.write()
    return ready


def lock_invitations(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, Invitation]:
    """Lock invitations in their order, and return them as they are now."""
    found = db.session.scalars(
        select(Invitation)
        .where(Invitation.workspace_id == workspace_id, Invitation.id.in_(list(ids)))
        .order_by(Invitation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {invitation.id: invitation for invitation in found}


def goes(verdict: Decision, now: datetime) -> bool:
    """Say whether a verdict lets a message go now."""
    return verdict.status == "scheduled" and (verdict.send_at is None or verdict.send_at <= now)


def _lock_contacts(workspace_id: int, facts: Iterable[Fact]) -> dict[UUID, Contact]:
    """Lock the addresses that the invitations would go to now; return them by the customer."""
    rows = db.session.execute(
        select(Customer.id, Customer.contact_key)
        .join(Invitation, (Invitation.workspace_id == Customer.workspace_id) & (Invitation.customer_id == Customer.id))
        .where(Invitation.workspace_id == workspace_id, Invitation.id.in_([fact.subject_id for fact in facts]))
    )
    keys: dict[UUID, str] = dict(rows.all())
    contacts = lock_contacts(workspace_id=workspace_id, keys=sorted(set(keys.values()))) if keys else {}
    return {customer_id: contacts[key] for customer_id, key in keys.items()}


def _look_at(
    facts: Sequence[Fact],
    invitations: Mapping[UUID, Invitation],
    contacts: Mapping[UUID, Contact],
    mailer: Mailer,
    outcomes: Outcomes,
    now: datetime,
) -> list[tuple[Fact, Invitation]]:
    """Return those that are still to be sent; of the others, see to the rest of what follows from them."""
    due = []
    for fact in facts:
        invitation = invitations.get(fact.subject_id)
        contact = contacts.get(invitation.customer_id) if invitation is not None else None
        if invitation is None or contact is None:  # erased
            outcomes.settle(fact.id)
        elif invitation.status in WAITING:
            due.append((fact, invitation))
        elif invitation.status == "sending":
            if _certainly_stayed(fact, invitation, contact, mailer, outcomes, now):
                due.append((fact, invitation))
        else:
            if invitation.status == "sent":  # by a worker who died before it could tell anybody
                outcomes.sent(invitation, at=invitation.sent_at, unsubscribed=contact.unsubscribed_at is not None)
            outcomes.settle(fact.id)
    return due


def _certainly_stayed(
    fact: Fact, invitation: Invitation, contact: Contact, mailer: Mailer, outcomes: Outcomes, now: datetime
) -> bool:
    """Decide about a call whose worker is gone; True: it certainly did not leave, and may be made again."""
    if invitation.marked_at is not None and now < invitation.marked_at + STILL_UNDER_WAY:
        outcomes.postpone(fact.id, until=invitation.marked_at + STILL_UNDER_WAY)
        return False
    left = mailer.left(invitation.id)
    if left is False:
        return True
    if left:
        outcomes.sent(invitation, at=invitation.marked_at, unsubscribed=contact.unsubscribed_at is not None)
    else:
        outcomes.end(invitation, status="unknown", reason="worker_lost", reached_nobody=False)
    outcomes.settle(fact.id)
    return False


def _judge(
    workspace_id: int,
    due: Sequence[tuple[Fact, Invitation]],
    contacts: Mapping[UUID, Contact],
    outcomes: Outcomes,
    now: datetime,
) -> list[Prepared]:
    """Put them to the policy, under the locks of their addresses."""
    standing = _standing(workspace_id, [invitation for _, invitation in due], contacts, now)
    ready = []
    for fact, invitation in due:
        customer = standing.customers.get(invitation.customer_id)
        contact = contacts[invitation.customer_id]
        seen = standing.seen.get(invitation.id)
        if customer is None or seen is None or customer.contact_key != contact.key:
            # changed while we waited for the lock: the new address has another one
            outcomes.postpone(fact.id, until=now)
            continue
        one = _prepared(fact, invitation, customer, contact, standing, seen, now)
        verdict = one.verdict(now)
        if goes(verdict, now):
            ready.append(_planned_again(invitation, one, outcomes, now) if one.status == "held" else one)
        elif verdict.status == "held":
            outcomes.hold(invitation, reason=contact_policy.SURVEY_HELD, key=contact.key)
            outcomes.postpone(fact.id, until=verdict.until or now)
        elif verdict.status == "scheduled":
            at = verdict.send_at or now
            outcomes.again(invitation, at=at, reason=verdict.reason or "quiet_hours", key=contact.key)
            outcomes.postpone(fact.id, until=at)
        else:
            outcomes.end(invitation, status=verdict.status, reason=verdict.reason, reached_nobody=True, key=contact.key)
            outcomes.settle(fact.id)
    return ready


def _planned_again(invitation: Invitation, one: Prepared, outcomes: Outcomes, now: datetime) -> Prepared:
    """Give one that was held the place in the ledger that its mark takes."""
    outcomes.again(invitation, at=now, reason="survey_resumed", key=one.contact_key)
    return replace(one, status="scheduled", marked_at=None)


def _standing(
    workspace_id: int, invitations: Sequence[Invitation], contacts: Mapping[UUID, Contact], now: datetime
) -> _Standing:
    # first what is compared later, then what is judged: whoever changes something in between is noticed
    seen = read_standing(workspace_id=workspace_id, invitation_ids=[one.id for one in invitations])
    customer_ids = {one.customer_id for one in invitations}
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    customers = db.session.scalars(
        select(Customer)
        .where(Customer.workspace_id == workspace_id, Customer.id.in_(customer_ids))
        .execution_options(populate_existing=True)
    )
    surveying.prepare_versions(
        workspace_id=workspace_id, wanted={(one.survey_key, one.survey_version) for one in invitations}
    )
    return _Standing(
        workspace=workspace,
        settings=PolicySettings.read(workspace.settings.get("contact_policy") or {}),
        customers={customer.id: customer for customer in customers},
        seen=seen,
        ledger=ledger_of(
            workspace_id=workspace_id,
            keys={contacts[customer_id].key for customer_id in customer_ids},
            since=now - contact_policy.LONGEST_MEMORY,
        ),
        consents=latest_consents(workspace_id=workspace_id, customer_ids=customer_ids),
        answered=last_answers(
            workspace_id=workspace_id, pairs={(one.customer_id, one.survey_key) for one in invitations}
        ),
        profiles=load_profiles(workspace_id=workspace_id, customer_ids=customer_ids),
        out_of_date=recovering.list_out_of_date(workspace_id=workspace_id, invitations=invitations),
        holds=holding.list_holds(workspace_id=workspace_id, surveys={one.survey_key for one in invitations}, keep=True),
    )


def _prepared(
    fact: Fact,
    invitation: Invitation,
    customer: Customer,
    contact: Contact,
    standing: _Standing,
    seen: str,
    now: datetime,
) -> Prepared:
    workspace = standing.workspace
    survey = surveying.load_version(
        workspace_id=workspace.id, key=invitation.survey_key, version=invitation.survey_version
    )
    profile = standing.profiles.get(customer.id) or {}
    hot_for = survey.trigger.hot_for if survey.trigger else HOT_FOR
    return Prepared(
        fact_id=fact.id,
        workspace_id=workspace.id,
        invitation_id=invitation.id,
        contact_key=contact.key,
        status=invitation.status,
        marked_at=invitation.marked_at,
        standing=seen,
        trying=False,
        letter=Letter(
            survey=survey,
            first_page=tuple(invitation.first_page),
            facts={"customer": customer_facts(customer, profile, now), "event": event_facts(invitation.context)},
            language=invitation.language,
            to_address=customer.email or "",
            to_name=" ".join(part for part in (customer.first_name, customer.last_name) if part) or None,
            workspace_name=brands.house_name(workspace.settings, invitation.context, workspace.name),
            settings=brands.branded(workspace.settings, invitation.context),
        ),
        request=contact_policy.Request(
            survey_key=invitation.survey_key,
            priority=invitation.priority,
            channel="email",
            occurred_at=invitation.occurred_at,
            due_at=min(now, invitation.send_at or now),
            hot_for=hot_for,
            kind=cast("contact_policy.Kind", invitation.kind),
            waits_until=invitation.occurred_at + hot_for if invitation.alert_id is not None else None,
            survey_held=holding.is_held(
                kind=invitation.kind,
                about_alert=invitation.alert_id is not None,
                survey_key=invitation.survey_key,
                holds=standing.holds,
            ),
        ),
        judged_by=(
            policy_standing(workspace, customer, contact, standing.consents, survey_key=invitation.survey_key),
            [entry for entry in standing.ledger.get(contact.key, ()) if entry.id != invitation.id],
            standing.settings,
        ),
        answered_at=standing.answered.get((customer.id, invitation.survey_key)),
        out_of_date=invitation.id in standing.out_of_date,
    )


def _one_tries(ready: Sequence[Prepared], outcomes: Outcomes, account: str, now: datetime) -> list[Prepared]:
    """Where we were turned away: one message at a time, the others wait for what becomes of it."""
    turn = halting.whose_turn(workspace_id=ready[0].workspace_id, account=account, now=now)
    if turn is None:
        return list(ready)
    trying = [replace(ready[0], trying=True)] if turn.ours else []
    for one in ready[len(trying) :]:
        outcomes.postpone(one.fact_id, until=halting.turn_of(one.fact_id, turn.until), error=halting.PARKED)
    return trying
