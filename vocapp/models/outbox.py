"""The outbox: what happened here and must be followed up. The database is the truth; the queue is only a hint.

A fact is a row written in the transaction of what it tells. The relay leases due rows and hands their ids to jobs; a
job settles its facts in the transaction of its effect. A job that dies leaves its lease to run out, and the fact is
leased again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    SmallInteger,
    String,
    delete,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base, db, on_postgresql
from vocapp.models.bulk import insert_many
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import UtcTime, Uuid

OPEN = "done_at is null and failed_at is null"
FAILED = "failed_at is not null"
BACK_OFF_MOST = timedelta(minutes=5)


class Fact(Base):
    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    # No foreign key: what a fact tells of has its own.
    workspace_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID] = mapped_column(Uuid)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Failures so far; a lease that ran out is none."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        Index("ix_outbox_open", "due_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_outbox_subject", "workspace_id", "subject_id"),
        Index(
            "ix_outbox_failed",
            "workspace_id",
            "failed_at",
            sqlite_where=text(FAILED),
            postgresql_where=text(FAILED),
        ),
    )


@dataclass(frozen=True, slots=True)
class LeasedFact:
    id: int
    kind: str
    workspace_id: int


def announce(kind: str, subject_id: UUID, *, workspace_id: int, due_at: datetime) -> None:
    """Tell that something happened to `subject_id`, in the running transaction."""
    announce_many(kind, [subject_id], workspace_id=workspace_id, due_at=due_at)


def announce_many(kind: str, subject_ids: Iterable[UUID], *, workspace_id: int, due_at: datetime) -> None:
    """Tell the same of many subjects, in one statement."""
    announce_each(kind, [(subject, due_at) for subject in subject_ids], workspace_id=workspace_id)


def announce_each(kind: str, subjects: Iterable[tuple[UUID, datetime]], *, workspace_id: int) -> None:
    """Tell the same of many subjects, each due at its own time, in one statement."""
    rows = [
        {"workspace_id": workspace_id, "kind": kind, "subject_id": subject, "due_at": due_at}
        for subject, due_at in subjects
    ]
    insert_many(Fact, rows)


def kinds_due(*, now: datetime, kinds: Sequence[str]) -> list[str]:
    """Name those of `kinds` of which `lease` would find something: one read, where each lease is a write."""
    due = (
        select(Fact.kind)
        .where(Fact.done_at.is_(None), Fact.failed_at.is_(None), Fact.due_at <= now)
        .where((Fact.leased_until.is_(None)) | (Fact.leased_until <= now))
        .distinct()
    )
    found = set(db.session.scalars(due))
    return [kind for kind in kinds if kind in found]


def lease(*, now: datetime, limit: int, seconds: float, kinds: Sequence[str]) -> list[LeasedFact]:
    """Take due facts for `seconds`, oldest first, passing over those that another relay holds."""
    due = (
        select(Fact.id)
        .where(Fact.done_at.is_(None), Fact.failed_at.is_(None), Fact.due_at <= now)
        .where((Fact.leased_until.is_(None)) | (Fact.leased_until <= now))
        .where(Fact.kind.in_(kinds))
        .order_by(Fact.due_at)
        .limit(limit)
    )
    if on_postgresql():
        due = due.with_for_update(skip_locked=True)
    taken = db.session.execute(
        update(Fact)
        .where(Fact.id.in_(due.scalar_subquery()))
        .values(leased_until=now + timedelta(seconds=seconds))
        .returning(Fact.id, Fact.kind, Fact.workspace_id)
        .execution_options(synchronize_session=False)
    )
    return sorted((LeasedFact(*row) for row in taken), key=lambda fact: fact.id)


def free_leases(kinds: Sequence[str]) -> None:
    """Give back what a dead worker held, so that it need not run out."""
    db.session.execute(
        update(Fact)
        .where(Fact.kind.in_(kinds), Fact.leased_until.is_not(None), Fact.done_at.is_(None), Fact.failed_at.is_(None))
        .values(leased_until=None)
    )


def hold(fact_ids: Sequence[int]) -> list[Fact]:
    """Lock those of the facts that are still open, passing over those that another job holds."""
    query = (
        select(Fact).where(Fact.id.in_(fact_ids), Fact.done_at.is_(None), Fact.failed_at.is_(None)).order_by(Fact.id)
    )
    return list(db.session.scalars(query.with_for_update(skip_locked=True)))


def lock_facts(fact_ids: Sequence[int]) -> None:
    """Lock facts in their order, waiting for whoever holds one: before anything that `hold` is followed by."""
    if fact_ids:
        db.session.execute(select(Fact.id).where(Fact.id.in_(fact_ids)).order_by(Fact.id).with_for_update())


def settle(fact_ids: Sequence[int], *, now: datetime) -> None:
    """Mark facts as followed up, in the transaction of the effect."""
    if fact_ids:
        db.session.execute(update(Fact).where(Fact.id.in_(fact_ids)).values(done_at=now, leased_until=None))


def postpone(fact_id: int, *, until: datetime) -> None:
    """Take a fact up again later; no failure."""
    db.session.execute(update(Fact).where(Fact.id == fact_id).values(due_at=until, leased_until=None))


def follow_each(rows: Sequence[Mapping[str, Any]]) -> None:
    """Settle or postpone many facts, each as its row says: id; done_at or due_at; error, where there is something new
    to say. No failure.
    """
    if rows:
        _follow_each.run(db.session.connection(), rows=rows)


def stumble(fact_ids: Sequence[int], *, now: datetime, error: str, most: int | None) -> list[int]:
    """Count a failure: again after 2, 4, 8 … seconds (5 minutes at most); given up after `most`, where there is one.

    Returns those given up.
    """
    given_up = []
    for fact in db.session.scalars(
        select(Fact).where(Fact.id.in_(fact_ids), Fact.done_at.is_(None), Fact.failed_at.is_(None)).order_by(Fact.id)
    ):
        fact.attempts = min(fact.attempts + 1, 1000)
        fact.error = error[:500]
        fact.leased_until = None
        if most is not None and fact.attempts >= most:
            fact.failed_at = now
            given_up.append(fact.id)
        else:
            fact.due_at = now + min(timedelta(seconds=2 ** min(fact.attempts, 10)), BACK_OFF_MOST)
    return given_up


def try_again(fact_id: int, *, until: datetime, error: str) -> None:
    """Count a failure; when it is tried again, the caller knows."""
    _end_attempt(fact_id, error, due_at=until)


def give_up(fact_id: int, *, now: datetime, error: str) -> None:
    """End a fact without its effect, with the reason: a dead letter."""
    _end_attempt(fact_id, error, failed_at=now)


def _end_attempt(fact_id: int, error: str, **columns: datetime) -> None:
    db.session.execute(
        update(Fact)
        .where(Fact.id == fact_id, Fact.done_at.is_(None))
        .values(attempts=Fact.attempts + 1, error=error[:500], leased_until=None, **columns)
    )


def workspaces_of(fact_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return facts by the workspace they are of, each in the order of their ids; what is gone is left out."""
    found: dict[int, list[int]] = {}
    for fact_id, workspace_id in db.session.execute(
        select(Fact.id, Fact.workspace_id).where(Fact.id.in_(fact_ids)).order_by(Fact.id)
    ):
        found.setdefault(workspace_id, []).append(fact_id)
    return found


def find_fact(fact_id: int) -> Fact:
    """Return a fact by its id. Raises NoResultFound."""
    return db.session.get_one(Fact, fact_id)


def forget_done(*, before: datetime) -> None:
    """Delete the facts followed up before a time."""
    db.session.execute(delete(Fact).where(Fact.done_at < before))


@statement()
def _follow_each(d: Dialect) -> str:
    rows = d.rows("rows", id="bigint", done_at="timestamptz", due_at="timestamptz", error="text")
    return f"""
        update outbox set done_at = r.done_at, due_at = coalesce(r.due_at, outbox.due_at),
            error = coalesce(r.error, outbox.error), leased_until = null
        from {rows} where outbox.id = r.id and outbox.done_at is null
    """
