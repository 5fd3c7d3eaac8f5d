"""A person says no more: at once, for every survey of the workspace, and only they can undo it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vocapp.domain.consent import SURVEYS
from vocapp.models import Consent, Customer, Invitation, Workspace, db, new_id
from vocapp.models.feed import changed
from vocapp.models.journey import MAIL_BITS
from vocapp.services.brands import branded
from vocapp.services.inviting import lock_contacts
from vocapp.services.withdrawing import withdraw_invitations


class Unsubscriber(NamedTuple):
    """What the page needs to speak to them."""

    language: str
    workspace_name: str
    settings: Mapping[str, Any]


def find(*, invitation_id: UUID) -> Unsubscriber | None:
    """Find who a link belongs to, changing nothing."""
    row = db.session.execute(
        select(Invitation.language, Workspace.name, Workspace.settings, Invitation.context)
        .join(Workspace, Workspace.id == Invitation.workspace_id)
        .where(Invitation.id == invitation_id)
    ).first()
    return None if row is None else Unsubscriber(row.language, row.name, branded(row.settings, row.context))


def unsubscribe(
    *,
    invitation_id: UUID,
    now: datetime,
    source: str = "unsubscribe",
    text_version: str | None = None,
    own: bool = True,
) -> Unsubscriber | None:
    """Suppress every further message to the address the invitation went to, and note the objection.

    `source`: where they said so; `text_version`: which words stood there; `own`: they said so themselves, and no list.
    """
    found = find(invitation_id=invitation_id)
    if found is None:
        return None
    session: Session = db.session()
    row = session.execute(
        select(Invitation.workspace_id, Customer.id, Invitation.contact_key, Customer.contact_key)
        .join(Customer, (Customer.workspace_id == Invitation.workspace_id) & (Customer.id == Invitation.customer_id))
        .where(Invitation.id == invitation_id)
    ).one_or_none()
    if row is None:
        return None
    workspace_id, customer_id, *addresses = row
    keys = sorted(set(addresses))
    contacts = lock_contacts(workspace_id=workspace_id, keys=keys)
    customer = session.get(Customer, (workspace_id, customer_id), populate_existing=True)
    if customer is None:  # erased while we waited for the lock
        return None
    if customer.unsubscribed_at is not None and all(contact.unsubscribed_at for contact in contacts.values()):
        return found
    for contact in contacts.values():
        contact.unsubscribed_at = contact.unsubscribed_at or now
    customer.unsubscribed_at = customer.unsubscribed_at or now
    consent = Consent(
        workspace_id=workspace_id,
        id=new_id(),
        customer_id=customer.id,
        purpose=SURVEYS,
        granted=False,
        source=source,
        text_version=text_version,
        at=now,
        recorded_at=now,
        own=own,
    )
    session.add(consent)
    sharing = session.scalars(
        select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.contact_key.in_(keys))
    ).all()
    withdraw_invitations(
        workspace_id=workspace_id, customer_ids=[*sharing, customer.id], reason="unsubscribed", now=now
    )
    if own:  # a provider that drops a message for its own list tells of no answer to it
        session.execute(
            update(Invitation)
            .where(Invitation.workspace_id == workspace_id, Invitation.id == invitation_id)
            .values(mail_heard=Invitation.mail_heard.op("|")(MAIL_BITS["unsubscribed"]))
            .execution_options(synchronize_session=False)
        )
    session.flush()
    changed("customers", [*sharing, customer.id], workspace_id=workspace_id)
    changed("consents", [consent.id], workspace_id=workspace_id)
    return found
