"""Lists of an earlier tool: who must not be written to any more, why, since when, and who said so.

A bounce, a complaint and a block belong to the address (`suppressing.py`). An objection belongs to people: to everybody
who has the address, for one purpose, on the day on which it was said; and to the address itself where it is about every
survey, so that it holds for whoever comes with it later. No list undoes one; only people themselves do.
Nor does a list undo what they said after it on a page of their own (`preferring.come_back`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias
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
    at: datetime | None
    """None: the list does not say. Then it is when we were told first."""
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


class _Said(NamedTuple):
    """What people said before, as far as a list must know of it."""

    refused: dict[tuple[UUID, str, str], datetime]
    """Customer, purpose, source → when that was refused there first."""
    returned: dict[UUID, datetime]
    """Who agreed to surveys on a page of their own, and has not refused them there since → when."""

    def at(self, one: Listed, whose: Collection[UUID], now: datetime) -> datetime:
        """Return when an objection was said: as the list says, or when we were told first."""
        told = (self.refused.get((who, one.purpose, one.source), now) for who in whose)
        return one.at or min(told, default=now)

    def bound(self, one: Listed, whose: Collection[UUID], at: datetime) -> list[UUID]:
        """Return whom an objection binds: not those who came back after it."""
        return [who for who in whose if one.purpose != SURVEYS or self.returned.get(who, at) <= at]

    def knows(self, one: Listed, who: UUID) -> bool:
        """Say whether an objection without a date is one that we were told of before."""
        return one.at is None and (who, one.purpose, one.source) in self.refused


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
    said = _said(workspace_id, {who for one in listed if one.why == "objection" for who in owners[one.key]})
    touched: set[str] = set()
    silent: set[UUID] = set()
    refusals: dict[UUID, tuple[int, dict[str, object]]] = {}
    new: set[int] = set()
    nobodys = []
    for index, one in enumerate(listed):
        contact, whose = contacts[one.key], owners[one.key]
        if one.why != "objection":
            if suppressing.note(contact, reason=one.why, by=BY, at=one.at or now):
                touched.add(one.key)
                new.add(index)
            continue
        at = said.at(one, whose, now)
        bound = said.bound(one, whose, at)
        if one.purpose != SURVEYS:
            nobodys += [] if whose else [index]
        elif len(bound) == len(whose) and (contact.unsubscribed_at is None or contact.unsubscribed_at > at):
            contact.unsubscribed_at = at
            touched.add(one.key)
            silent.update(whose)
            new.add(index)
        fresh = [who for who in bound if not said.knows(one, who)]
        refusals |= {(row := new_id()): (index, _refusal(workspace_id, row, who, one, at, now)) for who in fresh}
    kept = _keep(workspace_id, refusals, now)
    new |= {index for index, _ in kept}
    silent |= {who for index, who in kept if listed[index].purpose == SURVEYS}
    withdraw_invitations(workspace_id=workspace_id, customer_ids=sorted(silent), reason="unsubscribed", now=now)
    db.session.flush()
    everybody = {who for key in touched for who in owners[key]}
    changed("customers", sorted(everybody | silent), workspace_id=workspace_id)
    return Taken(len(new), len(listed) - len(new) - len(nobodys), tuple(nobodys))


def _said(workspace_id: int, customer_ids: Collection[UUID]) -> _Said:
    said = _Said({}, {})
    for who, purpose, source, granted, own, at in db.session.execute(
        select(Consent.customer_id, Consent.purpose, Consent.source, Consent.granted, Consent.own, Consent.at)
        .where(Consent.workspace_id == workspace_id, Consent.customer_id.in_(list(customer_ids)))
        .order_by(Consent.at, Consent.granted.desc(), Consent.id)
    ):
        if not granted:
            said.refused.setdefault((who, purpose, source), at)
        if own and purpose == SURVEYS:
            said.returned.pop(who, None)
            if granted:
                said.returned[who] = at
    return said


def _refusal(workspace_id: int, row_id: UUID, who: UUID, one: Listed, at: datetime, now: datetime) -> dict[str, object]:
    return {
        "workspace_id": workspace_id,
        "id": row_id,
        "customer_id": who,
        "purpose": one.purpose,
        "granted": False,
        "source": one.source,
        "at": at,
        "recorded_at": now,
        "own": False,
    }


def _keep(
    workspace_id: int, refusals: dict[UUID, tuple[int, dict[str, object]]], now: datetime
) -> set[tuple[int, UUID]]:
    """Write refusals down that are new; return of which lines and customers they are."""
    insert_many(Consent, [row for _, row in refusals.values()], passing_over=True)
    kept = set(
        db.session.scalars(
            select(Consent.id).where(Consent.workspace_id == workspace_id, Consent.id.in_(list(refusals)))
        )
    )
    changed("consents", sorted(kept), workspace_id=workspace_id)
    lines = {(refusals[one][0], UUID(str(refusals[one][1]["customer_id"]))) for one in kept}
    heed_refusals(workspace_id=workspace_id, customer_ids=sorted({who for _, who in lines}), now=now)
    return lines
