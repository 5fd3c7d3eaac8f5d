"""Decide whom to ask what, and when: every occasion gets its invitation row, with the decision and its reason.

Bulk all the way: a constant number of statements for any number of occasions. The contact policy is decided under the
lock of the addresses concerned (`contacts`, in key order), so that twenty triggers at once make one message.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import asking, contact_policy, triggers
from vocapp.domain.contact_policy import Channel, Decision, Kind, PolicySettings
from vocapp.domain.survey import Survey
from vocapp.models import (
    Attribute,
    Contact,
    Customer,
    Event,
    Invitation,
    LedgerEntry,
    Workspace,
    db,
    new_id,
)
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.models.journey import WATCHED
from vocapp.models.outbox import announce_each
from vocapp.services import alert_rules, brands, calling_hours, happenings, holding, surveying, withdrawing
from vocapp.services.consenting import latest_consents
from vocapp.services.contact_standing import last_answers, ledger_of, policy_standing
from vocapp.services.decisions import decide, decision
from vocapp.services.facts import context_of, customer_facts, event_facts, load_profiles


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """A reason to ask one customer with one survey."""

    survey: Survey
    customer: Customer
    channel: Channel
    key: str | None
    """The event's outside id; one invitation per survey and occasion."""
    context: dict[str, Any]
    occurred_at: datetime
    due_at: datetime
    hot_for: timedelta | None
    kind: Kind = "invitation"
    alert_id: UUID | None = None
    """Whose resolution it asks about."""
    waits_until: datetime | None = None
    """As the policy's."""
    told_by_event: bool = False
    """A rule of alerts knows enough: nobody is asked."""


class _Standing(NamedTuple):
    """What the policy looks at, for all occasions at once."""

    attributes: dict[UUID, dict[str, Attribute]]
    contacts: dict[str, Contact]
    ledger: dict[str, list[contact_policy.Contact]]
    answered: dict[tuple[UUID, str], datetime]
    consents: dict[tuple[UUID, str], bool]
    called: set[UUID]
    """Whom somebody calls about what happened."""
    holds: Collection[str]
    """The surveys that are held."""


def invite_for_events(*, workspace_id: int, event_ids: Sequence[UUID], now: datetime) -> list[Invitation]:
    """Put the events to the triggers of the published surveys, and decide about every match."""
    workspace = db.session.get_one(Workspace, workspace_id)
    rows = db.session.execute(
        select(Event, Customer)
        .join(Customer, (Customer.workspace_id == Event.workspace_id) & (Customer.id == Event.customer_id))
        .where(Event.workspace_id == workspace_id, Event.id.in_(event_ids))
        .order_by(Event.occurred_at, Event.id)
    ).all()
    attributes = load_profiles(workspace_id=workspace_id, customer_ids={customer.id for _, customer in rows})
    surveys = surveying.published(workspace_id=workspace_id)
    scale = calling_hours.team_of(workspace).value_scale
    facts = {}
    for event, customer in rows:
        person = customer_facts(customer, attributes.get(customer.id, {}), now)
        person["value"] = scale.value(person["attributes"].get(scale.attribute))
        facts[event.id] = {"customer": person, "event": event_facts(context_of(event))}
    told = happenings.judge(
        workspace_id=workspace_id,
        rules=alert_rules.load(workspace_id=workspace_id, settings=workspace.settings),
        events=[(event, facts[event.id]) for event, _ in rows],
        surveys=surveys,
        now=now,
    )
    about = {customer.id: customer for event, customer in rows if event.id in told}
    occasions = []
    for event, customer in rows:
        known = told.get(event.id)
        occasion = partial(
            Occasion,
            customer=customer,
            channel="email",
            key=event.key,
            context=context_of(event),
            occurred_at=event.occurred_at,
        )
        occasions += [
            occasion(survey=apology.survey, due_at=now, hot_for=None, kind="recovery")
            for apology in (known.apologies.values() if known is not None else ())
        ]
        for survey in triggers.matching(surveys, facts[event.id]):
            trigger = survey.trigger
            if trigger is not None and triggers.in_sample(workspace.key, survey.key, event.key, trigger.sample):
                due_at = triggers.due_at(trigger, event.occurred_at)
                occasions.append(
                    occasion(survey=survey, due_at=due_at, hot_for=trigger.hot_for, told_by_event=known is not None)
                )
    invitations = invite(workspace=workspace, occasions=occasions, now=now, told_about=list(about.values()))
    happenings.raise_alerts(
        workspace_id=workspace_id, events=[event for event, _ in rows], told=told, invitations=invitations, now=now
    )
    return invitations


def invite(
    *, workspace: Workspace, occasions: Sequence[Occasion], now: datetime, told_about: Sequence[Customer] = ()
) -> list[Invitation]:
    """Decide about occasions and write each decision down; an occasion already decided is left as it is.

    Returns the new invitations. Of two that compete for one place, the survey with the higher priority goes. Of whom
    an event told enough (`told_about`), nothing is asked any more: what was planned for them is withdrawn.
    """
    keys = {one.customer.contact_key for one in occasions} | {customer.contact_key for customer in told_about}
    contacts = lock_contacts(workspace_id=workspace.id, keys=keys)
    told = {customer.id for customer in told_about}
    if told:
        withdrawing.suppress_planned(
            workspace_id=workspace.id, customer_ids=told, reason="by_event", now=now, kind="invitation"
        )
    occasions = _new_only(workspace.id, occasions)  # behind the lock: who decided the same meanwhile has committed
    if not occasions:
        changed("customers", told, workspace_id=workspace.id)
        return []
    settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    standing = _standing(workspace, occasions, contacts, now)
    standing.called.update(told)
    over = brands.brands_over(workspace=workspace, places=[one.context.get("place") for one in occasions])
    invitations: list[Invitation] = []
    by_id: dict[UUID, Invitation] = {}
    outranked: set[UUID] = set()
    held: list[tuple[UUID, datetime]] = []
    for occasion in sorted(occasions, key=lambda one: (-one.survey.priority, one.due_at)):
        invitation, verdict = _decide(workspace, occasion, standing, settings, now)
        if found := over.get(invitation.place or ""):
            invitation.context = {**invitation.context, brands.FROZEN: found}
        invitations.append(invitation)
        by_id[invitation.id] = invitation
        _plan(standing.ledger[invitation.contact_key], invitation, verdict, now)
        outranked |= set(verdict.outranks)
        if verdict.until is not None:
            held.append((invitation.id, verdict.until))
    _withdraw_outranked(workspace.id, outranked, by_id, now)
    _write(workspace.id, invitations, held, now)
    changed("customers", told.union(one.customer_id for one in invitations), workspace_id=workspace.id)
    return invitations


def lock_contacts(*, workspace_id: int, keys: Collection[str]) -> dict[str, Contact]:
    """Lock addresses, each in its row, made where it is missing. Comes before any lock of an invitation."""
    insert_many(Contact, [{"workspace_id": workspace_id, "key": key} for key in sorted(keys)], passing_over=True)
    found = db.session.scalars(
        select(Contact)
        .where(Contact.workspace_id == workspace_id, Contact.key.in_(keys))
        .order_by(Contact.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {contact.key: contact for contact in found}


def _decide(
    workspace: Workspace, occasion: Occasion, standing: _Standing, settings: PolicySettings, now: datetime
) -> tuple[Invitation, Decision]:
    survey, customer = occasion.survey, occasion.customer
    profile = standing.attributes.get(customer.id, {})
    known = asking.keys_known(
        survey, profile, occasion.context.get("properties") or {}, now, occurred_at=occasion.occurred_at
    )
    facts = {"customer": customer_facts(customer, profile, now), "event": event_facts(occasion.context)}
    page = asking.first_page(survey, facts, known)
    skipped = asking.skipped_known(survey, pages=(page,), answers={}, known=known, facts=facts)
    contact = standing.contacts[customer.contact_key]
    verdict = contact_policy.decide(
        contact_policy.Request(
            survey_key=survey.key,
            priority=survey.priority,
            channel=occasion.channel,
            occurred_at=occasion.occurred_at,
            due_at=occasion.due_at,
            hot_for=occasion.hot_for,
            kind=occasion.kind,
            waits_until=occasion.waits_until,
            survey_held=holding.is_held(
                kind=occasion.kind,
                about_alert=occasion.alert_id is not None,
                survey_key=survey.key,
                holds=standing.holds,
            ),
        ),
        policy_standing(workspace, customer, contact, standing.consents, survey_key=survey.key),
        standing.ledger[customer.contact_key],
        standing.answered.get((customer.id, survey.key)),
        settings,
        now,
    )
    if occasion.told_by_event or not page:
        verdict = Decision("suppressed", "by_event" if occasion.told_by_event else "nothing_to_ask")
    elif customer.id in standing.called and (occasion.kind, occasion.channel) == ("invitation", "email"):
        verdict = Decision("suppressed", "alert_open")
    by_link = occasion.channel == "link" and verdict.status == "scheduled"
    status = "sent" if by_link else verdict.status
    return Invitation(
        workspace_id=workspace.id,
        id=new_id(),
        survey_key=survey.key,
        survey_version=survey.version,
        customer_id=customer.id,
        occasion=occasion.key,
        channel=occasion.channel,
        kind=occasion.kind,
        alert_id=occasion.alert_id,
        language=customer.language or customer.locale or survey.default_language,
        context=occasion.context,
        place=occasion.context.get("place"),
        first_page=list(page),
        skipped_known=skipped,
        status=status,
        reason=verdict.reason,
        decisions=[decision(status=status, reason=verdict.reason, now=now)],
        contact_key=customer.contact_key,
        priority=survey.priority,
        occurred_at=occasion.occurred_at,
        send_at=now if by_link else verdict.send_at,
        marked_at=None,
        sent_at=now if by_link else None,
        provider_id=None,
        attempts=0,
        mail_heard=WATCHED,
        mail_tracked=False,
        mail_counted=0,
        expires_at=now + timedelta(days=settings.link_life_days),
        created_at=now,
    ), verdict


def _plan(ledger: list[contact_policy.Contact], invitation: Invitation, verdict: Decision, now: datetime) -> None:
    """Let the next decision in this batch see what this one took."""
    if verdict.status == "scheduled":
        for taken in [entry for entry in ledger if entry.id in verdict.outranks]:
            ledger.remove(taken)
        ledger.append(
            contact_policy.Contact(
                id=invitation.id,
                at=invitation.send_at or now,
                survey_key=invitation.survey_key,
                priority=invitation.priority,
                sent=invitation.status == "sent",
            )
        )


def _withdraw_outranked(workspace_id: int, ids: set[UUID], batch: dict[UUID, Invitation], now: datetime) -> None:
    stored = ids - batch.keys()
    for invitation_id in ids & batch.keys():
        decide(batch[invitation_id], status="suppressed", reason="outranked", now=now)
    if stored:
        withdrawing.withdraw_outranked(workspace_id=workspace_id, invitation_ids=stored, now=now)


def _write(
    workspace_id: int, invitations: Sequence[Invitation], held: Sequence[tuple[UUID, datetime]], now: datetime
) -> None:
    columns = [column.key for column in Invitation.__table__.columns]
    insert_many(Invitation, [{column: getattr(one, column) for column in columns} for one in invitations])
    going = [one for one in invitations if one.status in {"scheduled", "sent"}]
    insert_many(
        LedgerEntry,
        [
            {
                "workspace_id": workspace_id,
                "id": one.id,
                "contact_key": one.contact_key,
                "at": one.send_at or now,
                "kind": one.kind,
                "survey_key": one.survey_key,
                "priority": one.priority,
                "made": one.status == "sent",
            }
            for one in going
        ],
    )
    announce_each(
        "InvitationDue",
        [*((one.id, one.send_at or now) for one in going if one.status == "scheduled"), *held],
        workspace_id=workspace_id,
    )


def _new_only(workspace_id: int, occasions: Sequence[Occasion]) -> list[Occasion]:
    """Leave out what was decided before, and what stands twice among these."""
    keys = {(one.survey.key, one.key) for one in occasions if one.key is not None}
    decided = set()
    if keys:
        decided = {
            tuple(row)
            for row in db.session.execute(
                select(Invitation.survey_key, Invitation.occasion).where(
                    Invitation.workspace_id == workspace_id,
                    Invitation.survey_key.in_({survey_key for survey_key, _ in keys}),
                    Invitation.occasion.in_({key for _, key in keys}),
                )
            )
        }
    new = []
    for one in occasions:
        if one.key is None or (one.survey.key, one.key) not in decided:
            new.append(one)
            decided.add((one.survey.key, one.key))
    return new


def _standing(
    workspace: Workspace, occasions: Sequence[Occasion], contacts: dict[str, Contact], now: datetime
) -> _Standing:
    customers = {one.customer.id: one.customer for one in occasions}
    return _Standing(
        attributes=load_profiles(workspace_id=workspace.id, customer_ids=set(customers)),
        contacts=contacts,
        ledger=ledger_of(workspace_id=workspace.id, keys=contacts, since=now - contact_policy.LONGEST_MEMORY),
        answered=last_answers(
            workspace_id=workspace.id, pairs={(one.customer.id, one.survey.key) for one in occasions}
        ),
        consents=latest_consents(workspace_id=workspace.id, customer_ids=set(customers)),
        called=happenings.customers_to_call(workspace_id=workspace.id, customer_ids=set(customers)),
        holds=holding.list_holds(workspace_id=workspace.id, surveys={one.survey.key for one in occasions}, keep=True),
    )
