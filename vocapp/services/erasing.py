"""Erase a person, so that nothing leads to them any more, and every figure stays as it was.

    erase (one transaction: all rows, tombstones, the hash that stops mail) ──► fact CustomerErased
    clear away (a job): mail files, refused rows, facts, the database's own log; the list beside the database

What was under way meets nobody: whatever would write for the person waits for the lock of the customer's row, and then
refers to a row that is gone. A mail that was being handed over is cleared away afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from vocapp.domain import erasing
from vocapp.domain.links import external_key
from vocapp.models import AnonymousResponse, Customer, Erasure, Fact, Invitation, Response, db, new_id
from vocapp.models.erasures import drawn_id
from vocapp.models.feed import changed, deleted
from vocapp.models.outbox import announce
from vocapp.models.summaries import MAIL
from vocapp.models.types import time_text
from vocapp.services import erased_rows, purchasing, told_before
from vocapp.services.counting import counted_of
from vocapp.services.counting_mails import days_of
from vocapp.services.erased_rows import Ids
from vocapp.services.forgetting_callbacks import forget_callbacks
from vocapp.services.inviting import lock_contacts
from vocapp.services.places import places_above

CALLS_END = timedelta(seconds=75)
"""A job calls for 30 seconds at most, a call takes as long again: what was under way has ended by then."""


def erase(*, workspace_id: int, external_id: str, by: str, secret: bytes, now: datetime) -> Erasure | None:
    """Erase a customer; return the erasure, for one erased before the same as then. None: nobody was ever called so."""
    customer_id = db.session.scalar(
        select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.external_id == external_id)
    )
    key = external_key(secret, external_id)
    erasure = None if customer_id is None else _erase(workspace_id, customer_id, key, by, secret, now)
    return erasure or find_last(workspace_id=workspace_id, key=key)


def erase_by_id(*, workspace_id: int, customer_id: UUID, by: str, secret: bytes, now: datetime) -> Erasure | None:
    """Erase a customer named by the row's id. None: there is none (any more)."""
    external_id = db.session.scalar(
        select(Customer.external_id).where(Customer.workspace_id == workspace_id, Customer.id == customer_id)
    )
    if external_id is None:
        return None
    return _erase(workspace_id, customer_id, external_key(secret, external_id), by, secret, now)


def outline(*, workspace_id: int, customer_id: UUID) -> dict[str, int]:
    """Count what an erasure would delete."""
    ids = erased_rows.read_ids(workspace_id=workspace_id, customer_id=customer_id)
    return {name: len(getattr(ids, name)) for name in ("events", "invitations", "responses", "alerts", "consents")}


def find(*, workspace_id: int, erasure_id: UUID) -> Erasure | None:
    """Return one erasure."""
    return db.session.get(Erasure, (workspace_id, erasure_id))


def find_last(*, workspace_id: int, key: str) -> Erasure | None:
    """Return the last erasure of an outside id, by its keyed hash."""
    return db.session.scalar(
        select(Erasure)
        .where(Erasure.workspace_id == workspace_id, Erasure.external_key == key)
        .order_by(Erasure.requested_at.desc(), Erasure.id.desc())
        .limit(1)
    )


def _erase(workspace_id: int, customer_id: UUID, key: str, by: str, secret: bytes, now: datetime) -> Erasure | None:
    address = _lock_address(workspace_id, customer_id)
    customer = erased_rows.lock(workspace_id=workspace_id, customer_id=customer_id)
    if customer is None:
        return None
    if customer.contact_key != address:  # it changed while we waited; from here on it can't
        address = customer.contact_key
        lock_contacts(workspace_id=workspace_id, keys=[address])
    purchasing.lock(workspace_id=workspace_id, customer_id=customer_id)
    ids = erased_rows.read_ids(workspace_id=workspace_id, customer_id=customer_id)
    name, _, _ = (customer.email or "").rpartition("@")
    words = erasing.words_of([customer.external_id, customer.first_name, customer.last_name, customer.phone, name])
    has_address = customer.email is not None
    leftovers = _leftovers(ids) | _under_way(workspace_id, ids, now)
    _keep_what_counted(workspace_id, customer_id)
    forget_callbacks(workspace_id=workspace_id, customer_id=customer_id, words=words, now=now)
    leftovers["events"] = told_before.remember(
        workspace_id=workspace_id, customer_id=customer_id, event_ids=ids.events.values(), secret=secret
    )
    purchasing.keep_without_person(workspace_id=workspace_id, customer_id=customer_id)
    erased_rows.delete_rows(workspace_id=workspace_id, customer=customer, ids=ids, now=now)
    sharing = _block_address(workspace_id, address, now)
    erasure = Erasure(
        workspace_id=workspace_id,
        id=new_id(),
        external_key=key,
        contact_key=address if has_address else None,
        requested_by=by,
        requested_at=now,
        due_at=erasing.due_at(now),
        done_at=None,
        leftovers=leftovers,
    )
    db.session.add(erasure)
    db.session.flush()
    announce("CustomerErased", erasure.id, workspace_id=workspace_id, due_at=now)
    changed("customers", sharing, workspace_id=workspace_id)
    _tell_readers(workspace_id, ids, words)
    return erasure


def _lock_address(workspace_id: int, customer_id: UUID) -> str | None:
    """Lock the address, before any lock of an invitation; None: there is no such customer any more."""
    key = db.session.scalar(
        select(Customer.contact_key).where(Customer.workspace_id == workspace_id, Customer.id == customer_id)
    )
    if key is not None:
        lock_contacts(workspace_id=workspace_id, keys=[key])
    return key


def _block_address(workspace_id: int, key: str, now: datetime) -> Iterable[UUID]:
    """Let nothing go to the address without a consent given from now on; return who shares it."""
    contact = lock_contacts(workspace_id=workspace_id, keys=[key])[key]
    contact.erased_at, contact.paused_until, contact.pauses, contact.frequency = now, None, None, None
    db.session.flush()
    return db.session.scalars(
        select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.contact_key == key)
    ).all()


def _keep_what_counted(workspace_id: int, customer_id: UUID) -> None:
    """Write down what the counters hold of these responses, so that they can be counted again without them."""
    rows = db.session.execute(
        select(Invitation, Response)
        .outerjoin(
            Response,
            and_(
                Response.workspace_id == Invitation.workspace_id,
                Response.invitation_id == Invitation.id,
                Response.counted_on.is_not(None),
            ),
        )
        .where(Invitation.workspace_id == workspace_id, Invitation.customer_id == customer_id)
        .execution_options(populate_existing=True)
    ).all()
    above = places_above(workspace_id=workspace_id, keys={one.place for one, _ in rows if one.place})
    for invitation, found in rows:
        response: Response | None = found
        counted_on = response.counted_on if response is not None else None
        mailed_on = invitation.mailed_on or invitation.created_at.astimezone(UTC).date()
        counted: list[tuple[str, ...]] = [
            (MAIL, name, erasing.week_of(day).isoformat())
            for name, day in days_of(invitation.mail_counted, mailed_on).items()
        ]
        if response is not None:
            counted += counted_of(response)
        if counted:
            db.session.add(
                AnonymousResponse(
                    workspace_id=workspace_id,
                    id=drawn_id(),
                    survey_key=invitation.survey_key,
                    survey_version=invitation.survey_version,
                    week=erasing.week_of(counted_on if counted_on is not None else mailed_on),
                    place=above.get(invitation.place or "") or "",
                    counted=counted,
                )
            )
        if response is not None:
            db.session.expunge(response)
        db.session.expunge(invitation)
    db.session.flush()


def _leftovers(ids: Ids) -> dict[str, Any]:
    subjects = [ids.customer_id, *ids.events, *ids.invitations, *ids.responses, *ids.alerts, *ids.promises]
    subjects += [*ids.letters, *ids.notices]
    return {
        "mails": [str(one) for one in (*ids.invitations, *ids.promises, *ids.letters, *ids.notices, *ids.messages)],
        "subjects": [str(one) for one in subjects],
    }


def _under_way(workspace_id: int, ids: Ids, now: datetime) -> dict[str, Any]:
    """Say until when a call to the mail provider may leave something behind, where one may be under way."""
    sending = select(Invitation.id).where(
        Invitation.workspace_id == workspace_id, Invitation.id.in_(ids.invitations), Invitation.status == "sending"
    )
    telling = select(Fact.id).where(
        Fact.workspace_id == workspace_id,
        Fact.subject_id.in_([*ids.alerts, *ids.promises, *ids.letters, *ids.notices, *ids.messages]),
        Fact.done_at.is_(None),
        Fact.leased_until.is_not(None),
    )
    if all(db.session.execute(query.limit(1)).first() is None for query in (sending, telling)):
        return {}
    return {"under_way_until": time_text(now + CALLS_END)}


def _tell_readers(workspace_id: int, ids: Ids, words: frozenset[str]) -> None:
    """Leave a deletion in each stream, under the id that its readers know; last, as everywhere."""
    deleted("consents", ids.consents, workspace_id=workspace_id)
    deleted("customers", [ids.customer_id], workspace_id=workspace_id)
    known = {event_id: key for event_id, key in ids.events.items() if not erasing.speaks_of(key, words)}
    deleted("events", ids.events, workspace_id=workspace_id, known_as=known, places=_of(ids, ids.events))
    deleted("memberships", ids.memberships, workspace_id=workspace_id)
    deleted("responses", ids.responses, workspace_id=workspace_id, places=_of(ids, ids.responses))
    deleted("alerts", ids.alerts, workspace_id=workspace_id, places=_of(ids, ids.alerts))


def _of(ids: Ids, some: Iterable[UUID]) -> dict[UUID, str]:
    return {one: ids.places[one] for one in some if one in ids.places}
