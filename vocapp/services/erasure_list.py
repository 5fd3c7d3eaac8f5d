"""The list of erased people, by keyed hashes: whom no file brings back, and who is erased again after a restore."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from vocapp.domain import erasing
from vocapp.domain.links import contact_key, external_key
from vocapp.models import Customer, Erasure, Workspace, db
from vocapp.models.bulk import insert_many
from vocapp.services import told_before
from vocapp.services.erasing import erase_by_id
from vocapp.services.inviting import lock_contacts

READ_AT_ONCE = 5000
REFUSED = "this person was erased: a file does not bring them back"


class Entry(NamedTuple):
    """One erasure, as it is kept beside the database: an older version reads these five and no others."""

    workspace: str
    id: UUID
    external_key: str
    contact_key: str | None
    requested_at: datetime


def erased_among(*, workspace_id: int, people: Mapping[str, str | None], secret: bytes) -> set[str]:
    """Return those outside ids that belong to an erased person, by themselves or by the address beside them.

    `people` are strangers to the database: {outside id: address or None}.
    """
    listed = Erasure.workspace_id == workspace_id
    if not people or db.session.scalar(select(Erasure.id).where(listed).limit(1)) is None:
        return set()
    by_id = {external_key(secret, external_id): external_id for external_id in people}
    by_address: dict[str, list[str]] = {}
    for external_id, address in people.items():
        if address:
            by_address.setdefault(contact_key(secret, address), []).append(external_id)
    rows = db.session.execute(
        select(Erasure.external_key, Erasure.contact_key).where(
            listed, or_(Erasure.external_key.in_(by_id), Erasure.contact_key.in_(by_address))
        )
    ).all()
    found = {by_id[row.external_key] for row in rows if row.external_key in by_id}
    return found.union(*(by_address.get(row.contact_key or "", ()) for row in rows))


def listed(*, workspace_id: int, texts: Collection[str], secret: bytes) -> set[str]:
    """Return those texts that are the outside id or the address of an erased person."""
    found: set[str] = set()
    keys: dict[str, str] = {}
    for text in texts:
        keys[external_key(secret, text)] = text
        if "@" in text:
            keys[contact_key(secret, text)] = text
    everything = list(keys)
    for start in range(0, len(everything), READ_AT_ONCE):
        some = everything[start : start + READ_AT_ONCE]
        rows = db.session.execute(
            select(Erasure.external_key, Erasure.contact_key).where(
                Erasure.workspace_id == workspace_id,
                or_(Erasure.external_key.in_(some), Erasure.contact_key.in_(some)),
            )
        )
        found |= {keys[key] for row in rows for key in row if key in keys}
    return found


def entries(*, ids: Collection[UUID] | None = None) -> list[Entry]:
    """Return erasures of every workspace, oldest first; `ids`: only these."""
    query = select(Workspace.key, Erasure).join(Workspace, Workspace.id == Erasure.workspace_id)
    if ids is not None:
        query = query.where(Erasure.id.in_(list(ids)))
    rows = db.session.execute(query.order_by(Erasure.requested_at, Erasure.id)).all()
    return [Entry(key, one.id, one.external_key, one.contact_key, one.requested_at) for key, one in rows]


def replay(*, workspace: Workspace, wanted: Iterable[Entry], told: Iterable[str], secret: bytes, now: datetime) -> int:
    """Erase again whom a restored backup brought back; return how many. Who is missing on the list is put there.

    Somebody made anew after their erasure is left alone: what was asked for is done. `told`: keyed hashes of what had
    happened to people erased in this workspace. It stays known, also where the backup never heard of it: told again,
    it brings nobody back.
    """
    mine = {one.id: one for one in wanted if one.workspace == workspace.key}
    here = set(db.session.scalars(select(Erasure.id).where(Erasure.workspace_id == workspace.id)))
    missing = [one for one in mine.values() if one.id not in here]
    insert_many(Erasure, [_row(workspace.id, one, now) for one in missing])
    for key, contact in lock_contacts(
        workspace_id=workspace.id, keys={one.contact_key for one in missing if one.contact_key}
    ).items():
        asked = max(one.requested_at for one in missing if one.contact_key == key)
        contact.erased_at = max(asked, contact.erased_at or asked)
    db.session.flush()
    told_before.keep(workspace_id=workspace.id, keys=told)
    asked_at: dict[str, datetime] = {}
    for one in mine.values():
        asked_at[one.external_key] = max(one.requested_at, asked_at.get(one.external_key, one.requested_at))
    back = [
        customer_id
        for customer_id, external_id, created_at in _customers(workspace.id)
        if created_at <= asked_at.get(external_key(secret, external_id), datetime.min.replace(tzinfo=now.tzinfo))
    ]
    for customer_id in back:
        erase_by_id(workspace_id=workspace.id, customer_id=customer_id, by="list", secret=secret, now=now)
    return len(back)


def unfinished(*, now: datetime) -> tuple[int, int]:
    """Count the erasures that are not done, and those of them that are late (day 20 of the month there is)."""
    waiting = db.session.scalars(select(Erasure.requested_at).where(Erasure.done_at.is_(None))).all()
    return len(waiting), sum(erasing.is_late(one, now) for one in waiting)


def _customers(workspace_id: int) -> Iterable[tuple[UUID, str, datetime]]:
    rows = db.session.execute(
        select(Customer.id, Customer.external_id, Customer.created_at)
        .where(Customer.workspace_id == workspace_id)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    return ((customer_id, external_id, created_at) for customer_id, external_id, created_at in rows)


def _row(workspace_id: int, one: Entry, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "id": one.id,
        "external_key": one.external_key,
        "contact_key": one.contact_key,
        "requested_by": "list",
        "requested_at": one.requested_at,
        "due_at": erasing.due_at(one.requested_at),
        "done_at": now,
    }
