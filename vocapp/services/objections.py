"""Lists of an earlier tool: who must not be written to any more, why, since when, and who said so.

A bounce, a complaint and a block belong to the address (`suppressing.py`). An objection belongs to people: to everybody
who has the address, for one purpose, on the day on which it was said; and to the address itself where it is about every
survey, so that it holds for whoever comes with it later. No list undoes one; only people themselves do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.consent import SURVEYS
from vocapp.models import Consent, Customer, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.services import suppressing
from vocapp.services.consenting import heed_refusals
from vocapp.services.inviting import lock_contacts
from vocapp.services.withdrawing import withdraw_invitations

BY: Final = "import"

Why: TypeAlias = Literal["manual", "bounce", "complaint", "objection"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list."""

    key: str
    """Keyed hash of the address."""
    why: Why
    at: datetime
    purpose: str = SURVEYS
    """Of an objection."""
    source: str = BY
    """Of an objection: where it was said."""


@dataclass(frozen=True, slots=True)
class Taken:
    new: int
    known: int
    nobodys: tuple[int, ...]
    """Places in the list, of objections to one purpose where nobody here has the address: nobody knows whose."""


def take_list(*, workspace_id: int, listed: Sequence[Listed], now: datetime) -> Taken:
    """Keep a list, in a constant number of statements; the same again changes nothing."""
    contacts = lock_contacts(workspace_id=workspace_id, keys={one.key for one in listed})
    owners: dict[str, list[UUID]] = defaultdict(list)
    for key, customer_id in db.session.execute(
        select(Customer.contact_key, Customer.id)
        .where(Customer.workspace_id == workspace_id, Customer.contact_key.in_(contacts.keys()))
        .order_by(Customer.id)
    ):
        owners[key].append(customer_id)
    touched: set[str] = set()
    refusals: dict[UUID, tuple[int, dict[str, object]]] = {}
    new: set[int] = set()
    nobodys = []
    for index, one in enumerate(listed):
        contact = contacts[one.key]
        if one.why != "objection":
            if suppressing.note(contact, reason=one.why, by=BY, at=one.at):
                touched.add(one.key)
                new.add(index)
            continue
        if one.purpose == SURVEYS and (contact.unsubscribed_at is None or contact.unsubscribed_at > one.at):
            contact.unsubscribed_at = one.at
            touched.add(one.key)
            new.add(index)
        elif one.purpose != SURVEYS and not owners[one.key]:
            nobodys.append(index)
        refusals |= {(row := new_id()): (index, _refusal(workspace_id, row, who, one, now)) for who in owners[one.key]}
    new |= _keep(workspace_id, refusals, now)
    everybody = {who for key in touched for who in owners[key]}
    silent = {who for one in listed if one.why == "objection" and one.purpose == SURVEYS for who in owners[one.key]}
    withdraw_invitations(workspace_id=workspace_id, customer_ids=sorted(silent), reason="unsubscribed", now=now)
    db.session.flush()
    changed("customers", sorted(everybody | silent), workspace_id=workspace_id)
    return Taken(len(new), len(listed) - len(new) - len(nobodys), tuple(nobodys))


def _refusal(workspace_id: int, row_id: UUID, customer_id: UUID, one: Listed, now: datetime) -> dict[str, object]:
    return {
        "workspace_id": workspace_id,
        "id": row_id,
        "customer_id": customer_id,
        "purpose": one.purpose,
        "granted": False,
        "source": one.source,
        "at": one.at,
        "recorded_at": now,
        "own": False,
    }


def _keep(workspace_id: int, refusals: dict[UUID, tuple[int, dict[str, object]]], now: datetime) -> set[int]:
    """Write refusals down that are new; return of which lines they are."""
    insert_many(Consent, [row for _, row in refusals.values()], passing_over=True)
    kept = set(
        db.session.scalars(
            select(Consent.id).where(Consent.workspace_id == workspace_id, Consent.id.in_(list(refusals)))
        )
    )
    changed("consents", sorted(kept), workspace_id=workspace_id)
    customer_ids = {UUID(str(refusals[one][1]["customer_id"])) for one in kept}
    heed_refusals(workspace_id=workspace_id, customer_ids=sorted(customer_ids), now=now)
    return {refusals[one][0] for one in kept}
