"""The one profile of a customer as a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import contact_policy
from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.preferences import strictest
from vocapp.domain.scores import nps_category
from vocapp.models import Attribute, Consent, Contact, Customer, Workspace, db
from vocapp.services.consenting import latest_consents
from vocapp.services.contact_standing import ledger_of, policy_standing
from vocapp.services.documents.memberships import belonging
from vocapp.services.valuing import value_documents


def customer_documents(*, workspace_id: int, ids: Collection[UUID], now: datetime) -> dict[UUID, dict[str, Any]]:
    """Return profiles: who they are, what is known and since when, how they feel, whether they may be contacted."""
    customers = db.session.scalars(
        select(Customer).where(Customer.workspace_id == workspace_id, Customer.id.in_(list(ids)))
    ).all()
    found = [customer.id for customer in customers]
    attributes: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for held in db.session.scalars(
        select(Attribute)
        .where(Attribute.workspace_id == workspace_id, Attribute.customer_id.in_(found))
        .order_by(Attribute.key)
    ):
        if held.value is not None:
            attributes[held.customer_id][held.key] = {
                "value": held.value,
                "source": held.source,
                "observed_at": held.observed_at,
                "expires_at": held.expires_at,
            }
    consents: dict[UUID, list[Consent]] = defaultdict(list)
    for consent in db.session.scalars(
        select(Consent)
        .where(Consent.workspace_id == workspace_id, Consent.customer_id.in_(found))
        .order_by(Consent.at, Consent.granted.desc(), Consent.id)
    ):
        consents[consent.customer_id].append(consent)
    workspace = db.session.get_one(Workspace, workspace_id)
    outlooks = _outlooks(workspace, customers, now)
    values = value_documents(workspace=workspace, customers=customers, now=now)
    segments = belonging(workspace_id=workspace_id, customer_ids=found)
    return {
        customer.id: {
            "id": customer.id,
            "external_id": customer.external_id,
            "email": customer.email,
            "phone": customer.phone,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "locale": customer.locale,
            "timezone": customer.timezone,
            "attributes": attributes[customer.id],
            "consents": [
                {
                    "purpose": consent.purpose,
                    "granted": consent.granted,
                    "source": consent.source,
                    "text_version": consent.text_version,
                    "at": consent.at,
                }
                for consent in consents[customer.id]
            ],
            "scores": _scores(customer),
            "sentiment": _sentiment(customer),
            "persona": _persona(customer),
            "value": values[customer.id],
            "segments": segments.get(customer.id, []),
            "contact": outlooks[customer.id],
            "created_at": customer.created_at,
            "updated_at": customer.updated_at,
        }
        for customer in customers
    }


def _outlooks(workspace: Workspace, customers: Collection[Customer], now: datetime) -> dict[UUID, dict[str, Any]]:
    """Whether each may be contacted now, why not, and from when on."""
    workspace_id = workspace.id
    settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    keys = {customer.contact_key for customer in customers}
    contacts = {
        contact.key: contact
        for contact in db.session.scalars(
            select(Contact).where(Contact.workspace_id == workspace_id, Contact.key.in_(keys))
        )
    }
    ledger = ledger_of(workspace_id=workspace_id, keys=keys, since=now - contact_policy.LONGEST_MEMORY)
    latest = latest_consents(workspace_id=workspace_id, customer_ids=[customer.id for customer in customers])
    found = {}
    for customer in customers:
        contact = contacts.get(customer.contact_key) or Contact(workspace_id=workspace_id, key=customer.contact_key)
        standing = policy_standing(workspace, customer, contact, latest)
        outlook = contact_policy.outlook(standing, ledger[customer.contact_key], settings, now)
        found[customer.id] = {
            "allowed": outlook.allowed,
            "reason": outlook.reason,
            "next_allowed_at": outlook.next_allowed_at,
            "sent_last_7_days": outlook.sent_last_7_days,
            "paused_until": standing.paused_until if now < (standing.paused_until or now) else None,
            "frequency": strictest(customer.frequency, contact.frequency),
            "unsubscribed_at": standing.unsubscribed_at,
        }
    return found


def _scores(customer: Customer) -> dict[str, Any]:
    nps = customer.nps_value
    return {
        "nps": None if nps is None else {"value": nps, "category": nps_category(nps), "at": customer.nps_at},
        "csat": None if customer.csat_value is None else {"value": customer.csat_value, "at": customer.csat_at},
        "ces": None if customer.ces_value is None else {"value": customer.ces_value, "at": customer.ces_at},
    }


def _sentiment(customer: Customer) -> dict[str, Any] | None:
    if customer.sentiment_label is None:
        return None
    return {"label": customer.sentiment_label, "score": customer.sentiment_score, "at": customer.sentiment_at}


def _persona(customer: Customer) -> dict[str, Any] | None:
    if customer.persona_key is None:
        return None
    return {"key": customer.persona_key, "confidence": customer.persona_confidence, "at": customer.persona_at}
