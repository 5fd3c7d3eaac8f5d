"""The change feed: where every exported document stands in the order of commits. It holds no data.

A document has one line, which moves to the end when it changes: a reader who keeps its place misses nothing and is
never given the same change twice. On PostgreSQL a line carries the id of its transaction, and readers stop before the
oldest transaction still open, since a slower one may yet commit in front of them. SQLite has one writer: number order
is commit order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Index, Integer, Sequence, String, func, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from vocapp.models.base import Base, db, on_postgresql
from vocapp.models.ids import new_id
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import UtcTime, Uuid

STREAMS = ("customers", "responses", "alerts", "events", "consents", "memberships")
PLACED = ("responses", "alerts", "events")
"""The streams whose documents happened somewhere, which each keeps for ever; they are called as their tables are."""


class Xid8(UserDefinedType[int]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class Change(Base):
    __tablename__ = "changes"

    # No foreign key: the documents have theirs, and every answer would pay for this one again.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    row_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    op: Mapped[str] = mapped_column(String(8))
    xid: Mapped[int] = mapped_column(Xid8().with_variant(BigInteger, "sqlite"))
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    known_as: Mapped[str | None] = mapped_column(String(200))
    """Of a deletion: the id by which readers know the document, where it is not the row's."""
    place: Mapped[str | None] = mapped_column(String(64))
    """Of a deletion: where it happened, so that those are told who read that place only."""

    __table_args__ = (
        Index("ix_changes_order", "workspace_id", "stream", "xid", "number"),
        # SQLite numbers by the greatest; PostgreSQL has a sequence, and every answer would pay for what nobody reads.
        Index(None, "number", postgresql_where=text("false")),
    )


changes_number = Sequence("changes_number", metadata=Base.metadata)


class Installation(Base):
    """The lives of a database: what tells a restored one from the one that a reader's cursor came from.

    SQLite begins a life at every start, so that a copy put back is known by the lives it has not seen. PostgreSQL has
    one row: its cluster, its timeline and its tables tell the rest.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    epoch: Mapped[str] = mapped_column(String(36))
    number: Mapped[int] = mapped_column(BigInteger)
    """The newest number in the feed when this life began."""


def changed(stream: str, ids: Iterable[UUID], *, workspace_id: int, op: str = "upsert") -> None:
    """Note in the running transaction that documents changed. Ids are sorted, so that two writers cannot deadlock."""
    unique = sorted(set(ids))
    if unique:
        _note.run(
            db.session.connection(), workspace_id=workspace_id, stream=stream, op=op, ids=[str(i) for i in unique]
        )


def deleted(
    stream: str,
    ids: Iterable[UUID],
    *,
    workspace_id: int,
    known_as: Mapping[UUID, str] | None = None,
    places: Mapping[UUID, str] | None = None,
) -> None:
    """Note in the running transaction that documents are gone.

    `known_as` are ids of theirs that readers know, `places` say where they happened.
    """
    changed(stream, ids, workspace_id=workspace_id, op="delete")
    names, where = known_as or {}, places or {}
    if names or where:
        rows = [
            {"row_id": row_id, "known_as": names.get(row_id), "place": where.get(row_id)}
            for row_id in sorted(names.keys() | where.keys())
        ]
        _name.run(db.session.connection(), workspace_id=workspace_id, stream=stream, rows=rows)


def note_from(d: Dialect, stream: str, source: str, *, new: bool = False) -> str:
    """Write the statement that notes `source`'s `row_id`s in a stream (an SQL literal), as an upsert.

    `new`: the documents are being made, so that none has a line to be moved.
    """
    number = d.next_change if d.postgresql else f"{d.next_change} + row_number() over (order by s.row_id) - 1"
    insert = f"""
        insert into changes (workspace_id, stream, row_id, op, xid, number, at)
        select :workspace_id, {stream}, s.row_id, :op, {d.xid}, {number}, {d.now} from {source} as s where true
    """
    if new:
        return insert
    return f"""
        {insert}
        on conflict (workspace_id, stream, row_id)
        do update set op = excluded.op, xid = excluded.xid, number = excluded.number, at = excluded.at
    """


class FeedLine(NamedTuple):
    row_id: UUID
    op: str
    xid: int
    number: int
    at: datetime
    known_as: str | None = None
    within: bool = True
    """Whether it happened at one of the places that are read."""

    @property
    def seq(self) -> str:
        """The line's place in its stream: digits, of one length, ordered as text and as a number alike."""
        return f"{self.xid:020d}{self.number:019d}"


def place_of(seq: str) -> tuple[int, int]:
    """Read the place (xid, number) out of a line's `seq`."""
    return int(seq[:20]), int(seq[20:])


def read_feed(*, workspace_id: int, stream: str, after: tuple[int, int], limit: int) -> list[FeedLine]:
    """Return the lines behind a place (xid, number), in commit order; none that a slower writer could still precede."""
    rows = _feed_lines.run(
        db.session.connection(),
        workspace_id=workspace_id,
        stream=stream,
        xid=str(after[0]) if on_postgresql() else after[0],
        number=after[1],
        limit=limit,
    )
    return [FeedLine(row_id, op, int(xid), number, at, known_as) for row_id, op, xid, number, at, known_as in rows]


def read_feed_of_places(
    *, workspace_id: int, stream: str, places: Iterable[str], after: tuple[int, int], limit: int
) -> list[FeedLine]:
    """Return the lines as `read_feed` does, each with whether it happened at one of `places`.

    All are returned, so that a reader gets on however little of it is theirs.
    """
    rows = _OF_PLACES[stream].run(
        db.session.connection(),
        workspace_id=workspace_id,
        stream=stream,
        places=[{"key": key} for key in places],
        xid=str(after[0]) if on_postgresql() else after[0],
        number=after[1],
        limit=limit,
    )
    return [
        FeedLine(row_id, op, int(xid), number, at, known_as, bool(within))
        for row_id, op, xid, number, at, known_as, within in rows
    ]


def newest_number(*, workspace_id: int, stream: str) -> tuple[int, int]:
    """Return the place of the newest line: a cursor behind it comes from a time that was undone."""
    row = db.session.execute(
        select(Change.xid, Change.number)
        .where(Change.workspace_id == workspace_id, Change.stream == stream)
        .order_by(Change.xid.desc(), Change.number.desc())
        .limit(1)
    ).first()
    return (0, 0) if row is None else (int(row[0]), row[1])


def begin_life() -> None:
    """Note in the running transaction that the database is taken up (again): SQLite's copies are told apart by it."""
    if not on_postgresql():
        newest = select(func.coalesce(func.max(Change.number), 0)).scalar_subquery()
        db.session.execute(insert(Installation).values(epoch=str(new_id()), number=newest))


def epoch() -> str:
    """Name this life of the database: a restored dump, another cluster, a timeline after a recovery are others."""
    own: str = db.session.scalar(select(Installation.epoch).order_by(Installation.id.desc()).limit(1)) or ""
    if not on_postgresql():
        return own
    life = db.session.execute(
        text(
            "select s.system_identifier || '/' || c.timeline_id || '/' || 'changes'::regclass::oid "
            "from pg_control_system() s, pg_control_checkpoint() c"
        )
    ).scalar_one()
    return hashlib.sha256(f"{own}/{life}".encode()).hexdigest()[:16]


def still_holds(*, given_in: str, number: int) -> bool:
    """Say whether a place that a reader was given in some life is in this one's past: nothing since was undone."""
    if on_postgresql():
        return given_in == epoch()
    lives = db.session.execute(select(Installation.epoch, Installation.number).order_by(Installation.id)).all()
    names = [name for name, _ in lives]
    if given_in not in names:
        return False
    after = names.index(given_in) + 1
    return after == len(lives) or number <= lives[after][1]


@statement(row_id=Uuid(), op=String(), xid=String(), number=BigInteger(), at=UtcTime(), known_as=String())
def _feed_lines(d: Dialect) -> str:
    xid, place, settled = _where_from(d)
    return f"""
        select row_id, op, {xid} as xid, number, at, known_as from changes
        where workspace_id = :workspace_id and stream = :stream and (xid, number) > {place} {settled}
        order by changes.xid, changes.number limit :limit
    """


def _where_from(d: Dialect) -> tuple[str, str, str]:
    """Return as SQL how the transaction is written, where the reader stands, and what is settled."""
    if not d.postgresql:
        return "xid", "(:xid, :number)", ""
    place = "(cast(cast(:xid as text) as xid8), cast(:number as bigint))"
    return "cast(xid as text)", place, "and xid < pg_snapshot_xmin(pg_current_snapshot())"


def _lines_of_places(table: str) -> Any:
    @statement(
        row_id=Uuid(), op=String(), xid=String(), number=BigInteger(), at=UtcTime(), known_as=String(), within=Boolean()
    )
    def lines(d: Dialect) -> str:
        xid, place, settled = _where_from(d)
        mine = f"(select key from {d.rows('places', 'p', key='text')})"
        return f"""
            select c.row_id, c.op, {xid} as xid, c.number, c.at, c.known_as,
                   case c.op when 'delete' then coalesce(c.place in {mine}, false)
                   else coalesce(d.place in {mine}, false) end as within
            from changes c left join {table} d on d.workspace_id = c.workspace_id and d.id = c.row_id
            where c.workspace_id = :workspace_id and c.stream = :stream and (xid, number) > {place} {settled}
            order by c.xid, c.number limit :limit
        """

    return lines


_OF_PLACES = {table: _lines_of_places(table) for table in PLACED}


@statement()
def _note(d: Dialect) -> str:
    source = (
        "(select cast(v.value as uuid) as row_id from jsonb_array_elements_text(cast(:ids as jsonb)) as v order by 1)"
        if d.postgresql
        else "(select value as row_id from json_each(:ids))"
    )
    return note_from(d, "cast(:stream as text)" if d.postgresql else ":stream", source)


@statement()
def _name(d: Dialect) -> str:
    rows = d.rows("rows", row_id="uuid", known_as="text", place="text")
    return (
        f"update changes set known_as = r.known_as, place = r.place from {rows} "
        "where changes.workspace_id = :workspace_id and changes.stream = :stream and changes.row_id = r.row_id"
    )
