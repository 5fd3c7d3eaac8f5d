"""The change feed: where every exported document stands in the order of commits. It holds no data.

A document has one line, which moves to the end when it changes: a reader who keeps its place misses nothing and is never
given the same change twice. On PostgreSQL a line carries the id of its transaction, and readers stop before the oldest
transaction still open, since a slower one may yet commit in front of them. SQLite has one writer: number order is commit order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Sequence, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from vocapp.models.base import Base, db
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import Uuid

STREAMS = ("customers", "responses", "alerts", "events", "consents")


class Xid8(UserDefinedType[int]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class Change(Base):
    __tablename__ = "changes"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    row_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    op: Mapped[str] = mapped_column(String(8))
    xid: Mapped[int] = mapped_column(Xid8().with_variant(BigInteger, "sqlite"))
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))

    __table_args__ = (Index("ix_changes_order", "workspace_id", "stream", "xid", "number"), Index(None, "number"))


changes_number = Sequence("changes_number", metadata=Base.metadata)


class Installation(Base):
    """One row: what tells a restored database from the one that a reader's cursor came from."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    epoch: Mapped[str] = mapped_column(String(36))


def changed(stream: str, ids: Iterable[UUID], *, workspace_id: int, op: str = "upsert") -> None:
    """Note in the running transaction that documents changed. Ids are sorted, so that two writers cannot deadlock."""
    unique = sorted(set(ids))
    if unique:
        _NOTE.run(
            db.session.connection(), workspace_id=workspace_id, stream=stream, op=op, ids=[str(i) for i in unique]
        )


def note_from(d: Dialect, stream: str, source: str) -> str:
    """Write the statement that notes `source`'s `row_id`s in a stream (an SQL literal), as an upsert."""
    number = d.next_change if d.postgresql else f"{d.next_change} + row_number() over (order by s.row_id) - 1"
    return (
        f"insert into changes (workspace_id, stream, row_id, op, xid, number) "
        f"select :workspace_id, {stream}, s.row_id, :op, {d.xid}, {number} from {source} as s where true "
        f"on conflict (workspace_id, stream, row_id) do update set op = excluded.op, xid = excluded.xid, number = excluded.number"
    )


@statement()
def _NOTE(d: Dialect) -> str:  # noqa: N802 - a statement, not a function, once decorated
    source = (
        "(select cast(v.value as uuid) as row_id from jsonb_array_elements_text(cast(:ids as jsonb)) as v order by 1)"
        if d.postgresql
        else "(select value as row_id from json_each(:ids))"
    )
    return note_from(d, "cast(:stream as text)" if d.postgresql else ":stream", source)
