"""What is left of an erased person beside their rows: which mails and facts to clear away, and when nothing is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select

from vocapp.domain.links import contact_key, external_key
from vocapp.models import Erasure, Fact, db
from vocapp.models.outbox import find_fact, postpone, settle
from vocapp.models.types import read_time
from vocapp.services.erasure_list import Entry, entries

AGAIN_AFTER = timedelta(seconds=5)
FACTS_AT_ONCE = 1000


class Leftovers(NamedTuple):
    fact_id: int
    entry: Entry
    mails: list[UUID]
    events: list[str]
    """Keyed hashes of what had happened to them (`told_before.py`)."""

    def is_theirs(self, text: str, *, secret: bytes) -> bool:
        """Say whether a text is the outside id or the address of whom this is about."""
        return external_key(secret, text) == self.entry.external_key or (
            self.entry.contact_key is not None and "@" in text and contact_key(secret, text) == self.entry.contact_key
        )


def read_leftovers(*, fact_ids: Sequence[int]) -> list[Leftovers]:
    """Return what is still to be cleared away for these facts."""
    rows = db.session.execute(
        select(Fact.id, Erasure)
        .join(Erasure, (Erasure.workspace_id == Fact.workspace_id) & (Erasure.id == Fact.subject_id))
        .where(Fact.id.in_(fact_ids), Fact.done_at.is_(None), Erasure.done_at.is_(None))
        .order_by(Fact.id)
    ).all()
    listed = {one.id: one for one in entries(ids=[erasure.id for _, erasure in rows])}
    return [_left(fact_id, listed[erasure.id], erasure.leftovers or {}) for fact_id, erasure in rows]


def _left(fact_id: int, entry: Entry, left: Mapping[str, Any]) -> Leftovers:
    return Leftovers(fact_id, entry, [UUID(one) for one in left.get("mails", ())], list(left.get("events", ())))


def conclude(*, fact_id: int, cleared: bool, now: datetime) -> None:
    """Forget the facts about the person; call the erasure done where all else is `cleared`, or come back for it."""
    fact = find_fact(fact_id)
    erasure = db.session.get(Erasure, (fact.workspace_id, fact.subject_id), with_for_update=True)
    if erasure is None or erasure.done_at is not None:
        settle([fact_id], now=now)
        return
    left = erasure.leftovers or {}
    until = left.get("under_way_until")
    wait = now + AGAIN_AFTER
    if until is not None and (quiet := read_time(until)) > now:
        postpone(fact_id, until=quiet)  # a call may be under way: what it leaves behind is cleared away after it
    elif not cleared or not _forget_facts(erasure.workspace_id, [UUID(one) for one in left.get("subjects", ())]):
        postpone(fact_id, until=wait)
    else:
        erasure.done_at, erasure.leftovers = now, None
        settle([fact_id], now=now)


def _forget_facts(workspace_id: int, subjects: Sequence[UUID]) -> bool:
    """Delete the facts about these; those that a job holds are left to it. Say whether none is left."""
    for start in range(0, len(subjects), FACTS_AT_ONCE):
        about = (Fact.workspace_id == workspace_id, Fact.subject_id.in_(subjects[start : start + FACTS_AT_ONCE]))
        free = list(db.session.scalars(select(Fact.id).where(*about).with_for_update(skip_locked=True)))
        db.session.execute(delete(Fact).where(Fact.id.in_(free)).execution_options(synchronize_session=False))
        if db.session.scalar(select(Fact.id).where(*about).limit(1)) is not None:
            return False
    return True
