"""Addresses that nobody may write to any more: known by their keyed hash, with why, since when, and who said so.

A suppression belongs to the address, not to a customer: it holds for everybody who shares it, in every survey and
channel of the workspace, and stays when a customer is erased, so that the same address imported again gets no mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from vocapp.domain.delivery import SuppressionReason, graver
from vocapp.domain.links import contact_key
from vocapp.models import Contact, Customer, db
from vocapp.models.feed import changed
from vocapp.services.intake_values import ValueRefused, read_email
from vocapp.services.inviting import lock_contacts

REASONS: tuple[SuppressionReason, ...] = ("manual", "bounce", "complaint")


@dataclass(frozen=True, slots=True)
class Suppression:
    key: str
    reason: str
    since: datetime
    by: str | None
    customers: tuple[str, ...]
    """External ids of those who have this address now."""


def address_key(secret: bytes, address: str) -> str:
    """Return the key of an address however it is written: as intake would have read it, where it can."""
    if address.isascii() and "xn--" not in address.casefold():
        return contact_key(secret, address)  # nothing in it that reading would change
    try:
        return contact_key(secret, read_email(address) or address)
    except ValueRefused:
        return contact_key(secret, address)


def suppress(*, workspace_id: int, keys: Collection[str], reason: SuppressionReason, by: str, now: datetime) -> int:
    """Suppress addresses; of two reasons the graver stands. Return how many were not suppressed before."""
    contacts = lock_contacts(workspace_id=workspace_id, keys=keys)
    new = [contact for contact in contacts.values() if contact.suppressed_at is None]
    touched = [contact.key for contact in contacts.values() if note(contact, reason=reason, by=by, at=now)]
    tell_of(workspace_id=workspace_id, keys=touched)
    return len(new)


def note(contact: Contact, *, reason: str, by: str, at: datetime) -> bool:
    """Write a reason against a locked address, since we were first told one; say whether anything changed."""
    before = (contact.suppressed_at, contact.suppressed_reason)
    contact.suppressed_at = at if contact.suppressed_at is None else min(contact.suppressed_at, at)
    if graver(contact.suppressed_reason, reason) != contact.suppressed_reason:
        contact.suppressed_reason, contact.suppressed_by = reason, by
    return (contact.suppressed_at, contact.suppressed_reason) != before


def lift(*, workspace_id: int, keys: Collection[str]) -> int:
    """Take suppressions back; what the person said themselves (unsubscribed) stands. Return how many there were."""
    contacts = lock_contacts(workspace_id=workspace_id, keys=keys)
    standing = [contact for contact in contacts.values() if contact.suppressed_at is not None]
    for contact in standing:
        contact.suppressed_at = contact.suppressed_reason = contact.suppressed_by = None
    tell_of(workspace_id=workspace_id, keys=[contact.key for contact in standing])
    return len(standing)


def tell_of(*, workspace_id: int, keys: Sequence[str]) -> None:
    """Put the customers behind addresses into the change feed: whether they may be contacted has changed."""
    if keys:
        db.session.flush()
        sharing = db.session.scalars(
            select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.contact_key.in_(list(keys)))
        )
        changed("customers", sharing.all(), workspace_id=workspace_id)


def list_suppressions(*, workspace_id: int, keys: Collection[str] | None = None) -> list[Suppression]:
    """Return the suppressed addresses, the newest first; with `keys`, those among them."""
    standing = [Contact.workspace_id == workspace_id, Contact.suppressed_at.is_not(None)]
    if keys is not None:
        standing.append(Contact.key.in_(list(keys)))
    owners: dict[str, list[str]] = defaultdict(list)
    for key, external_id in db.session.execute(
        select(Customer.contact_key, Customer.external_id)
        .join(Contact, (Contact.workspace_id == Customer.workspace_id) & (Contact.key == Customer.contact_key))
        .where(*standing)
        .order_by(Customer.external_id)
    ):
        owners[key].append(external_id)
    return [
        Suppression(key, reason or "manual", since, by, tuple(owners[key]))  # type: ignore[arg-type]  # since: not null
        for key, reason, since, by in db.session.execute(
            select(Contact.key, Contact.suppressed_reason, Contact.suppressed_at, Contact.suppressed_by)
            .where(*standing)
            .order_by(Contact.suppressed_at.desc(), Contact.key)
        )
    ]
