"""What a customer asks of us through the link in a mail: a pause, less, other subjects, another language, back again.

Each change is made under the lock of the address, as every decision about a mail is: what is decided behind it knows
of it. What was planned and is no longer wanted is suppressed at once; links that are out already stay open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, update

from vocapp.domain import contact_policy
from vocapp.domain.consent import SURVEYS, kind_purpose
from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.languages import voiced
from vocapp.domain.personalisation import well_set
from vocapp.domain.preferences import Frequency, paused, read_pauses, resumed, strictest, write_pauses
from vocapp.domain.survey import Survey, in_language
from vocapp.models import Consent, Contact, Customer, Invitation, Workspace, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.models.types import time_text
from vocapp.services import surveying, unsubscribing
from vocapp.services.brands import branded
from vocapp.services.consenting import latest_consents
from vocapp.services.contact_standing import policy_standing
from vocapp.services.houses import voice_of
from vocapp.services.inviting import lock_contacts
from vocapp.services.withdrawing import suppress_planned

SOURCE = "preferences"
"""Where a consent given or withdrawn on these pages comes from."""


class Kind(NamedTuple):
    """One survey that may come by mail."""

    key: str
    title: str
    wanted: bool


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What holds for the person a link belongs to, and what they may choose from."""

    invitation: Invitation
    customer: Customer
    workspace_name: str
    settings: Mapping[str, Any]
    policy: PolicySettings
    language: str
    zone: str
    reason: str | None
    """Why nothing may be sent, in the policy's words; None: something may."""
    paused_until: datetime | None
    frequency: Frequency
    kinds: tuple[Kind, ...]
    languages: tuple[str, ...]

    @property
    def spoken(self) -> str:
        """The language, as the brand of the invitation speaks it (`languages.voiced`)."""
        return voiced(self.language, informal=voice_of(self.settings).informal)

    @property
    def speaks(self) -> dict[str, Any]:
        """What a text may say of who speaks: `brand.name`, `brand.informal`."""
        return _speaks(self.workspace_name, self.settings)


def find(*, invitation_id: UUID, now: datetime) -> Preferences | None:
    """Find what holds for the person a link belongs to, changing nothing; None: unknown, or erased."""
    row = db.session.execute(
        select(Invitation, Customer, Workspace)
        .join(Customer, (Customer.workspace_id == Invitation.workspace_id) & (Customer.id == Invitation.customer_id))
        .join(Workspace, Workspace.id == Invitation.workspace_id)
        .where(Invitation.id == invitation_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        return None
    invitation, customer, workspace = row
    contact = db.session.get(Contact, (workspace.id, customer.contact_key), populate_existing=True)
    contact = contact or Contact(workspace_id=workspace.id, key=customer.contact_key)
    consents = latest_consents(workspace_id=workspace.id, customer_ids=[customer.id])
    policy = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    standing = policy_standing(workspace, customer, contact, consents)
    anything = contact_policy.Request(survey_key=None, priority=0, due_at=now, channel="link")
    language = customer.language or customer.locale or invitation.language or workspace.default_language
    published = surveying.published(workspace_id=workspace.id)
    surveys = [survey for survey in published if _may_come(survey, invitation, customer, consents)]
    settings = branded(workspace.settings, invitation.context)
    spoken = voiced(language, informal=voice_of(settings).informal)
    return Preferences(
        invitation=invitation,
        customer=customer,
        workspace_name=workspace.name,
        settings=settings,
        policy=policy,
        language=language,
        zone=customer.timezone or workspace.timezone,
        reason=contact_policy.block(anything, standing, policy, now),
        paused_until=standing.paused_until if now < (standing.paused_until or now) else None,
        frequency=strictest(customer.frequency, contact.frequency),
        kinds=_kinds(surveys, customer, consents, spoken, _speaks(workspace.name, settings)),
        languages=_languages(surveys, language),
    )


def pause(*, invitation_id: UUID, until: datetime, now: datetime) -> bool:
    """Write nothing to this person before a time; False: there is nobody behind the link.

    What was planned for the time until then is suppressed for good: the end of a pause releases nothing.
    """
    held = _hold(invitation_id)
    if held is None:
        return False
    for one in held.wishes:
        one.paused_until = until
        one.pauses = write_pauses(paused(read_pauses(one.pauses), until=until, now=now))
    suppress_planned(
        workspace_id=held.customer.workspace_id, customer_ids=held.sharing, reason="paused", now=now, before=until
    )
    held.note()
    return True


def resume(*, invitation_id: UUID, now: datetime) -> bool:
    """End a pause before its time; what was due while it lasted stays unsent."""

    def end(one: Contact | Customer) -> None:
        one.paused_until = None
        one.pauses = write_pauses(resumed(read_pauses(one.pauses), now=now)) or None

    return _wish(invitation_id, end)


def limit(*, invitation_id: UUID, frequency: Frequency) -> bool:
    """Set the person's own limit. What is planned is held against it when its time comes."""
    kept = None if frequency == "usual" else frequency

    def keep(one: Contact | Customer) -> None:
        one.frequency = kept

    return _wish(invitation_id, keep)


def choose_kinds(
    *, invitation_id: UUID, shown: Collection[str], wanted: Collection[str], text_version: str, now: datetime
) -> bool:
    """Note which of the surveys shown this person wants, as consents: each kind is a purpose of its own."""
    held = _hold(invitation_id)
    if held is None:
        return False
    customer = held.customer
    said = latest_consents(workspace_id=customer.workspace_id, customer_ids=[customer.id])
    published = surveying.published_versions(workspace_id=customer.workspace_id)
    changes = {
        key: key in wanted
        for key in sorted(set(shown) & set(published))
        if (said.get((customer.id, kind_purpose(key))) is not False) != (key in wanted)
    }
    if not changes:
        return True
    _consent(customer, {kind_purpose(key): is_wanted for key, is_wanted in changes.items()}, text_version, now)
    suppress_planned(
        workspace_id=customer.workspace_id,
        customer_ids=[customer.id],
        reason="kind_refused",
        now=now,
        surveys=[key for key, is_wanted in changes.items() if not is_wanted],
    )
    held.note()
    return True


def choose_language(*, invitation_id: UUID, language: str, now: datetime) -> bool:
    """Speak this language to this person from now on, in what is planned, too, whatever other systems say later."""
    held = _hold(invitation_id)
    if held is None:
        return False
    customer = held.customer
    customer.language = language
    if not _same_language(customer.locale or "", language):  # fr-CA says more than fr, and as much about the language
        customer.locale = language
        customer.core_observed_at = {**customer.core_observed_at, "locale": time_text(now)}
        customer.updated_at = now
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.workspace_id == customer.workspace_id,
            Invitation.customer_id == customer.id,
            Invitation.status.in_(("scheduled", "held")),
        )
        .values(language=language)
        .execution_options(synchronize_session=False)
    )
    held.note()
    return True


def unsubscribe(*, invitation_id: UUID, text_version: str, now: datetime) -> bool:
    """Write to this person no more."""
    done = unsubscribing.unsubscribe(invitation_id=invitation_id, now=now, source=SOURCE, text_version=text_version)
    return done is not None


def come_back(*, invitation_id: UUID, text_version: str, now: datetime) -> bool:
    """Undo the person's own unsubscription and any refusal of surveys: they agree anew, and it is on record.

    What the address itself suffers from (a bounce, a complaint) is not theirs to undo here.
    """
    held = _hold(invitation_id)
    if held is None:
        return False
    customer = held.customer
    consents = latest_consents(workspace_id=customer.workspace_id, customer_ids=[customer.id])
    gone = customer.unsubscribed_at or any(contact.unsubscribed_at for contact in held.contacts)
    if not gone and consents.get((customer.id, SURVEYS)) is True:
        return True
    for one in held.wishes:
        one.unsubscribed_at = None
    _consent(customer, {SURVEYS: True}, text_version, now)
    held.note()
    return True


class _Held(NamedTuple):
    """A person under the lock of their addresses: the one the mail went to, and the one of today."""

    customer: Customer
    contacts: tuple[Contact, ...]
    sharing: tuple[UUID, ...]
    """Who has one of these addresses, the person included."""

    @property
    def wishes(self) -> tuple[Contact | Customer, ...]:
        return (*self.contacts, self.customer)

    def note(self) -> None:
        """Tell the feed: whether somebody may be written to has changed for all who share the address."""
        db.session.flush()
        changed("customers", self.sharing, workspace_id=self.customer.workspace_id)


def _wish(invitation_id: UUID, change: Callable[[Contact | Customer], None]) -> bool:
    held = _hold(invitation_id)
    if held is None:
        return False
    for one in held.wishes:
        change(one)
    held.note()
    return True


def _hold(invitation_id: UUID) -> _Held | None:
    row = db.session.execute(
        select(Invitation.workspace_id, Customer.id, Invitation.contact_key, Customer.contact_key)
        .join(Customer, (Customer.workspace_id == Invitation.workspace_id) & (Customer.id == Invitation.customer_id))
        .where(Invitation.id == invitation_id)
    ).first()
    if row is None:
        return None
    workspace_id, customer_id, *keys = row
    contacts = lock_contacts(workspace_id=workspace_id, keys=set(keys))
    customer = db.session.get(Customer, (workspace_id, customer_id), populate_existing=True)
    if customer is None:
        return None
    if customer.contact_key not in contacts:  # changed while we waited
        contacts |= lock_contacts(workspace_id=workspace_id, keys=[customer.contact_key])
    sharing = db.session.scalars(
        select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.contact_key.in_(list(contacts)))
    ).all()
    return _Held(customer, tuple(contacts.values()), tuple({*sharing, customer.id}))


def _consent(customer: Customer, said: Mapping[str, bool], text_version: str, now: datetime) -> None:
    rows = [
        {
            "workspace_id": customer.workspace_id,
            "id": new_id(),
            "customer_id": customer.id,
            "purpose": purpose,
            "granted": granted,
            "source": SOURCE,
            "text_version": text_version,
            "at": now,
            "recorded_at": now,
            "own": True,
        }
        for purpose, granted in said.items()
    ]
    insert_many(Consent, rows)
    changed("consents", [UUID(str(row["id"])) for row in rows], workspace_id=customer.workspace_id)


def _kinds(
    surveys: Collection[Survey],
    customer: Customer,
    consents: Mapping[tuple[UUID, str], bool],
    spoken: str,
    speaks: Mapping[str, Any],
) -> tuple[Kind, ...]:
    person: dict[str, Any] = {"first_name": customer.first_name, "attributes": {}}
    facts = {"customer": person, "event": {"properties": {}}, "brand": speaks}
    kinds = [
        Kind(
            survey.key,
            well_set(in_language(survey.title, spoken, survey.default_language)[0], facts),
            consents.get((customer.id, kind_purpose(survey.key))) is not False,
        )
        for survey in surveys
    ]
    return tuple(sorted(kinds, key=lambda kind: (kind.title, kind.key)))


def _speaks(workspace_name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    name = (settings.get("brand") or {}).get("name") or workspace_name
    return {"name": name, "informal": voice_of(settings).informal}


def _may_come(
    survey: Survey, invitation: Invitation, customer: Customer, consents: Mapping[tuple[UUID, str], bool]
) -> bool:
    """Say whether this survey may come by mail: sent by events or by hand, come before, or refused before."""
    by_event, by_hand = survey.trigger, survey.invitation
    return (
        (by_event.active if by_event is not None else by_hand is not None)
        or survey.key == invitation.survey_key
        or (customer.id, kind_purpose(survey.key)) in consents
    )


def _languages(surveys: Collection[Survey], current: str) -> tuple[str, ...]:
    """Return the languages one may be written to in; of the current one's variants, only the current one."""
    spoken = {language for survey in surveys for language in survey.languages}
    return (current, *sorted(one for one in spoken if not _same_language(one, current)))


def _same_language(one: str, other: str) -> bool:
    return one.split("-", maxsplit=1)[0].lower() == other.split("-", maxsplit=1)[0].lower()
