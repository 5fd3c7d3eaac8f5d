"""Taking customers in: one at a time or a thousand, in the same few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, select

from vocapp.domain.consent import SURVEYS
from vocapp.domain.links import contact_key, contact_key_without_address
from vocapp.models import Customer, db, feed
from vocapp.models.again import MustRunAgainError
from vocapp.models.ids import new_id_text
from vocapp.services import intake_statements as sql
from vocapp.services.consenting import heed_refusals
from vocapp.services.erasure_list import erased_among
from vocapp.services.intake_reading import CORE, CustomerInput


@dataclass(frozen=True, slots=True)
class Taken:
    """One customer after the merge."""

    id: UUID
    created: bool
    changed: bool


def take_customers(
    *,
    workspace_id: int,
    customers: Sequence[CustomerInput],
    secret: bytes,
    now: datetime,
    refusing_erased: bool = False,
) -> dict[str, Taken]:
    """Make or merge customers, by their outside ids: each field and attribute keeps the value observed last.

    `refusing_erased`, as files do: who was erased, and is not there, is left out.
    """
    merged = _merged(customers)
    connection = db.session.connection()
    rows = sql.FIND_CUSTOMERS.run(connection, workspace_id=workspace_id, external_ids=_json(sorted(merged)))
    known = {row.key: row.id for row in rows}
    if refusing_erased:
        for gone in find_erased(merged, known, workspace_id=workspace_id, secret=secret):
            del merged[gone]
    ids, touched = merge(connection, merged, known, workspace_id=workspace_id, secret=secret, now=now)
    if refusing_erased:
        refuse_erased(merged, known, ids, workspace_id=workspace_id, secret=secret)
    return {
        key: Taken(UUID(found), created=key not in known and found in touched.made, changed=found in touched.changed)
        for key, found in ids.items()
    }


@dataclass(slots=True)
class Touched:
    """Ids, as text."""

    made: set[str]
    changed: set[str]
    """Those made are among them."""


def merge(
    connection: Connection,
    customers: dict[str, CustomerInput],
    known: dict[str, str],
    *,
    workspace_id: int,
    secret: bytes,
    now: datetime,
) -> tuple[dict[str, str], Touched]:
    """Do the work where it is `known` which customers are there; return (outside id → id, what was touched).

    Ids are texts here: thousands come through, and both databases and their JSON want them so.
    """
    proposed = {key: new_id_text() for key in customers if key not in known}
    changed = _upsert(connection, customers, known, proposed, workspace_id=workspace_id, secret=secret, now=now)
    ids = {**known, **changed}
    missing = [key for key in customers if key not in ids]
    if missing:  # made by another between the look and the insert, with nothing of ours to add
        rows = sql.FIND_CUSTOMERS.run(connection, workspace_id=workspace_id, external_ids=_json(sorted(missing)))
        ids |= {row.key: row.id for row in rows}
    touched = set(changed.values())
    touched |= _keep_attributes(connection, customers, ids, workspace_id)
    heard = _keep_consents(connection, customers, ids, workspace_id, now)
    touched |= heard
    heed_refusals(workspace_id=workspace_id, customer_ids=_refusing(customers, ids, heard), now=now)
    feed.changed("customers", map(UUID, touched), workspace_id=workspace_id)
    return ids, Touched(made=touched & set(proposed.values()), changed=touched)


def find_erased(
    customers: Mapping[str, CustomerInput], known: Mapping[str, str], *, workspace_id: int, secret: bytes
) -> set[str]:
    """Return the outside ids of those who are not there because they were erased."""
    strangers = {key: customer.core.get("email") for key, customer in customers.items() if key not in known}
    return erased_among(workspace_id=workspace_id, people=strangers, secret=secret)


def refuse_erased(
    customers: Mapping[str, CustomerInput],
    known: Mapping[str, str],
    ids: Mapping[str, str],
    *,
    workspace_id: int,
    secret: bytes,
) -> None:
    """Raise MustRunAgainError where somebody was just made who is erased since we looked who is there."""
    made = {key: customers[key].core.get("email") for key, found in ids.items() if known.get(key) != found}
    if erased_among(workspace_id=workspace_id, people=made, secret=secret):
        raise MustRunAgainError


def find_customer_id(*, workspace_id: int, external_id: str) -> UUID | None:
    """Return a customer's id; None: there is no such customer."""
    return db.session.scalar(
        select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.external_id == external_id)
    )


def by_external_id(customers: Sequence[CustomerInput]) -> dict[str, CustomerInput]:
    """Fold what is said twice of one customer into one."""
    return _merged(customers)


def time_text(at: datetime) -> str:
    """Write a UTC time as both databases read it; `models.types.time_text`, for a thousand rows at once."""
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _merged(customers: Sequence[CustomerInput]) -> dict[str, CustomerInput]:
    merged: dict[str, CustomerInput] = {}
    twice: set[str] = set()
    for customer in customers:
        first = merged.setdefault(customer.external_id, customer)
        if first is not customer and (customer.core or customer.attributes or customer.consents):
            twice.add(customer.external_id)
    if not twice:
        return merged
    again: dict[str, list[CustomerInput]] = {}
    for customer in customers:
        if customer.external_id in twice:
            again.setdefault(customer.external_id, []).append(customer)
    for key, said in again.items():
        merged[key] = _folded(said)
    return merged


def _folded(said: list[CustomerInput]) -> CustomerInput:
    """Fold in the order of observation; sorting is stable, so that of two at one time the later arrival wins."""
    ordered = sorted(said, key=lambda customer: customer.observed_at)
    whole = CustomerInput(ordered[-1].external_id, ordered[-1].observed_at)
    for customer in ordered:
        for name, value in customer.core.items():
            whole.core[name] = value
            whole.core_seen[name] = customer.observed_at
        for key, attribute in customer.attributes.items():
            kept = whole.attributes.get(key)
            if kept is None or attribute.observed_at >= kept.observed_at:
                whole.attributes[key] = attribute
        whole.consents.extend(customer.consents)
    return whole


def _upsert(
    connection: Connection,
    customers: dict[str, CustomerInput],
    known: dict[str, str],
    proposed: dict[str, str],
    *,
    workspace_id: int,
    secret: bytes,
    now: datetime,
) -> dict[str, str]:
    """Write those that are new or say something; return the ids of those that are new or changed."""
    rows = [
        _row(customer, proposed.get(key) or new_id_text(), secret)
        for key, customer in sorted(customers.items())
        if customer.core or key not in known
    ]
    if not rows:
        return {}
    written = sql.UPSERT_CUSTOMERS.run(connection, workspace_id=workspace_id, rows=_json(rows), now=now).all()
    if not written:
        return {}
    keys, fixes = set(), []
    for row in written:
        key = row.contact_key
        if row.email is None and key != (right := contact_key_without_address(secret, UUID(row.id))):
            fixes.append({"id": row.id, "contact_key": right})
            key = right
        keys.add(key)
    if fixes:
        sql.SET_CONTACT_KEYS.run(connection, workspace_id=workspace_id, rows=_json(fixes))
    sql.ENSURE_CONTACTS.run(connection, workspace_id=workspace_id, keys=_json(sorted(keys)))
    return {row.external_id: row.id for row in written}


def _row(customer: CustomerInput, customer_id: str, secret: bytes) -> dict[str, Any]:
    email = customer.core.get("email")
    seen, seen_at = time_text(customer.observed_at), customer.core_seen
    row: dict[str, Any] = {
        "id": customer_id,
        "external_id": customer.external_id,
        "core_observed_at": {
            name: time_text(seen_at[name]) if name in seen_at else seen for name in CORE if name in customer.core
        },
        "contact_key": contact_key(secret, email) if email else contact_key_without_address(secret, UUID(customer_id)),
    }
    return row | customer.core


def _keep_attributes(
    connection: Connection, customers: dict[str, CustomerInput], ids: dict[str, str], workspace_id: int
) -> set[str]:
    rows = []
    for external_id, customer in customers.items():
        for key, attribute in customer.attributes.items():
            row: dict[str, Any] = {
                "customer_id": ids[external_id],
                "key": key,
                "source": attribute.source,
                "observed_at": time_text(attribute.observed_at),
            }
            if attribute.value is not None:  # left out, it is SQL's NULL on both databases
                row["value"] = attribute.value
            if attribute.expires_at is not None:
                row["expires_at"] = time_text(attribute.expires_at)
            rows.append(row)
    if not rows:
        return set()
    return set(sql.UPSERT_ATTRIBUTES.run(connection, workspace_id=workspace_id, rows=_json(rows)).scalars())


def _keep_consents(
    connection: Connection,
    customers: dict[str, CustomerInput],
    ids: dict[str, str],
    workspace_id: int,
    now: datetime,
) -> set[str]:
    rows = [
        {
            "id": new_id_text(),
            "customer_id": ids[external_id],
            "purpose": said.purpose,
            "granted": said.granted,
            "source": said.source,
            "text_version": said.text_version,
            "at": time_text(said.at),
        }
        for external_id, customer in customers.items()
        for said in customer.consents
    ]
    if not rows:
        return set()
    written = sql.INSERT_CONSENTS.run(connection, workspace_id=workspace_id, rows=_json(rows), now=now).all()
    feed.changed("consents", (row.id for row in written), workspace_id=workspace_id)
    return {row.customer_id for row in written}


def _refusing(customers: dict[str, CustomerInput], ids: dict[str, str], heard: set[str]) -> set[UUID]:
    """Return those of whom a no to surveys was just heard."""
    return {
        UUID(ids[external_id])
        for external_id, customer in customers.items()
        if ids[external_id] in heard and any(said.purpose == SURVEYS and not said.granted for said in customer.consents)
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
