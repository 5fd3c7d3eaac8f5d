"""Verbatims laid out to be searched, and what staff put to them: tags, and searches under a name.

A row here is a copy of what a response says in one's own words, with what it is looked for by. It follows the change
feed (`services/verbatims/indexing.py`): nothing that answers waits for it, and all can be made again from responses.
PostgreSQL looks words up in `words`; SQLite in `verbatim_words`, a table of FTS5 that triggers keep in step
(migration 0019). Both hold the very same stems and forms (`domain/wording.py`), and the same questions are put to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Select,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.domain.searching import Query, Term
from vocapp.models.base import Base, db, on_postgresql
from vocapp.models.types import Json, UtcTime, Uuid

_Number = BigInteger().with_variant(Integer, "sqlite")
_NOBODY = text("false")
_LOOKED_FOR: Final = ("customer_id", "survey_key", "place", "language", "tone", "sentiment", "persona", "themes")
MOST_BYTES: Final = 2_600
"""Of the texts of `_LOOKED_FOR` together: a line of PostgreSQL's index has no room for more."""
_ANEW: Final = "vocapp_asked_anew"
_LAST_POSITION: Final = 16_383
"""PostgreSQL's greatest place of a word in a text."""


TONE_MARKS: Final = {"negative": "-", "neutral": "=", "positive": "+"}


def spoken_of(theme: str, label: str) -> str:
    """Return how `themes` writes that a text speaks of a theme in a tone, such as `price-`: no key ends so."""
    return f"{theme}{TONE_MARKS[label]}"


def themes_in(written: str, label: str | None = None) -> list[str]:
    """Return what a text is about as its `themes` says; with a label: what it speaks of in that tone."""
    marks = "".join(TONE_MARKS.values())
    return [one.rstrip(marks) for one in written.split() if label is None or one[-1] == TONE_MARKS[label]]


def speaks_of(theme: str, label: str | None = None) -> ColumnElement[bool]:
    """Return the condition on `Verbatim` that it speaks of a theme; with a label: in this tone."""
    key = re.sub(r"([\\%_])", r"\\\1", theme)
    mark = TONE_MARKS[label] if label else "_"
    return (literal(" ") + Verbatim.themes + literal(" ")).like(f"% {key}{mark} %", escape="\\")


def speaks_in(label: str) -> ColumnElement[bool]:
    """Return the condition on `Verbatim` that it speaks of any theme in a tone."""
    return (Verbatim.themes + literal(" ")).like(f"%{TONE_MARKS[label]} %")


class Verbatim(Base):
    """What one response says to one question in its customer's own words, with all that it is looked for by."""

    __tablename__ = "verbatims"

    number: Mapped[int] = mapped_column(_Number, primary_key=True)
    """Its own as long as the response says something there: SQLite's index knows rows by numbers only."""
    workspace_id: Mapped[int] = mapped_column(Integer)
    id: Mapped[UUID] = mapped_column(Uuid)
    """Made of the response and the question: the same, however often all is laid out anew."""
    response_id: Mapped[UUID] = mapped_column(Uuid)
    question: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    survey_key: Mapped[str] = mapped_column(String(64))
    survey_version: Mapped[int] = mapped_column(Integer)
    place: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(35))
    """The text's own where that is known, else the survey's."""
    answered_at: Mapped[datetime] = mapped_column(UtcTime)
    nps: Mapped[int | None] = mapped_column(SmallInteger)
    csat: Mapped[int | None] = mapped_column(SmallInteger)
    ces: Mapped[int | None] = mapped_column(SmallInteger)
    tone: Mapped[str | None] = mapped_column(String(16))
    """detractor, passive or promoter, by the first of these scores."""
    sentiment: Mapped[str | None] = mapped_column(String(16))
    """The response's label, once it is scored."""
    persona: Mapped[str | None] = mapped_column(String(64))
    themes: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What it is about, and how it speaks of each (`spoken_of`): keys in their order, with blanks between."""
    text: Mapped[str] = mapped_column(Text)
    hurts: Mapped[list[list[int]]] = mapped_column(Json)
    """The passages of the text that are negative: from, to, in characters."""
    stems: Mapped[str] = mapped_column(Text, deferred=True)
    """In order, with blanks between."""
    forms: Mapped[str | None] = mapped_column(Text, deferred=True)
    """The same, for SQLite's index alone."""
    words: Mapped[Any] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"), nullable=True, deferred=True)
    """PostgreSQL's index: each stem, and each form behind a `=`, with where they stand."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "response_id", "question"),
        UniqueConstraint("workspace_id", "id"),
        ForeignKeyConstraint(["workspace_id", "response_id"], ["responses.workspace_id", "responses.id"]),
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        # with all that facets are counted by: a page reads this, a tenth of what the rows are
        Index("ix_verbatims_newest", "workspace_id", "answered_at", "number", postgresql_include=_LOOKED_FOR),
        Index("ix_verbatims_place", "workspace_id", "place", "answered_at", "number"),
        Index("ix_verbatims_customer", "workspace_id", "customer_id"),
        # SQLite knows no such index: there it stands empty
        Index("ix_verbatims_words", "words", postgresql_using="gin", sqlite_where=_NOBODY),
    )


class Tag(Base):
    """A name that staff put to verbatims, by hand or by a rule."""

    __tablename__ = "tags"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    known_as: Mapped[str] = mapped_column(String(120))
    """The name without accents and capitals: two that differ in nothing else are one."""
    rule: Mapped[dict[str, str] | None] = mapped_column(Json)
    """A search whose verbatims are given the tag by themselves, as an address has it; None: by hand only."""
    version: Mapped[int] = mapped_column(Integer)
    """Raised by every change of the rule."""
    applied_version: Mapped[int] = mapped_column(Integer)
    """The version by which the verbatims of before were tagged."""
    made_by: Mapped[str] = mapped_column(String(320))
    made_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("workspace_id", "known_as"),)


class Tagging(Base):
    """One tag on one verbatim, or that it was taken off one, which no rule undoes."""

    __tablename__ = "taggings"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    verbatim: Mapped[int] = mapped_column(_Number, ForeignKey("verbatims.number", ondelete="CASCADE"), primary_key=True)
    how: Mapped[str] = mapped_column(String(8))
    """hand, rule, or off."""
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str | None] = mapped_column(String(320))

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "tag_id"], ["tags.workspace_id", "tags.id"], ondelete="CASCADE"),
        Index(None, "verbatim"),
    )


class VerbatimView(Base):
    """A search under a name: one's own, or everybody's."""

    __tablename__ = "verbatim_views"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(80))
    filters: Mapped[dict[str, str]] = mapped_column(Json)
    """As an address has them."""
    shared: Mapped[bool] = mapped_column(Boolean)
    made_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index(None, "workspace_id", "user_id"),)


# ── words


_WORDS = table("verbatim_words", column("rowid", Integer), column("verbatim_words", Text), column("rank", Double))
"""SQLite's index, as far as statements name it."""


def id_of(response_id: UUID, question: str) -> UUID:
    """Return the id of what a response says to a question."""
    return uuid5(response_id, question)


def lexemes(forms: Sequence[str], stems: Sequence[str]) -> str:
    """Write the words of a text as PostgreSQL keeps them: `'livr':1 '=livre':1`. Words are letters and digits only."""
    places: dict[str, list[str]] = {}
    for at, (form, stem) in enumerate(zip(forms, stems, strict=True), 1):
        place = str(min(at, _LAST_POSITION))
        places.setdefault(stem, []).append(place)
        places.setdefault(f"={form}", []).append(place)
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())


def says(query: Query) -> list[ColumnElement[bool]]:
    """Return the conditions under which a verbatim is what is looked for."""
    if query.wordless:
        return [false()]
    if on_postgresql():
        parts = [_as_tsquery(term) for term in query.wanted] + [f"!{_as_tsquery(term)}" for term in query.unwanted]
        return [_asked(" & ".join(parts))] if parts else []
    found = [Verbatim.number.in_(_matching(" AND ".join(map(_as_match, query.wanted))))] if query.wanted else []
    return [*found, *(Verbatim.number.not_in(_matching(_as_match(term))) for term in query.unwanted)]


def says_any(stems: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a verbatim holds one of these stems."""
    if on_postgresql():
        return _asked(" | ".join(f"'{stem}'" for stem in stems))
    return Verbatim.number.in_(_matching("stems : (" + " OR ".join(f'"{stem}"' for stem in stems) + ")"))


def ranked(statement: Select[Any], query: Query) -> tuple[Select[Any], ColumnElement[float]]:
    """Return a statement over verbatims, and how well each is what is wanted: greater is better.

    PostgreSQL's `ts_rank`, by how long the text is; SQLite's BM25. Both tell an order, and nothing beyond it.
    """
    if on_postgresql():
        wanted = cast(literal(" & ".join(map(_as_tsquery, query.wanted))), TSQUERY)
        return statement, cast(func.ts_rank(Verbatim.words, wanted, 1), Double)
    matched = literal(" AND ".join(map(_as_match, query.wanted)))
    best = (
        select(_WORDS.c.rowid.label("number"), (-_WORDS.c.rank).label("rank"))
        .where(_WORDS.c.verbatim_words.op("match")(matched))
        .subquery()
    )
    return statement.join(best, best.c.number == Verbatim.number), best.c.rank


@contextmanager
def asked_anew(**settings: str) -> Iterator[None]:
    """Have PostgreSQL plan what is asked in a block by the very words and facets that are asked for.

    After some rounds it would plan for whatever may be asked, and so look at every text for a word that none has.
    `settings`: others of PostgreSQL's, until the transaction ends. Where statements are sent singly (`read_singly`) the
    block is a transaction of its own; one inside another is a part of it.
    """
    inside = db.session.info.get(_ANEW, False)
    if not on_postgresql():
        yield
        return
    singly = db.session.connection().get_execution_options().get("isolation_level") == "AUTOCOMMIT"
    if singly and not inside:
        db.session.execute(text("begin"))
    local = {**({} if inside else {"plan_cache_mode": "force_custom_plan"}), **settings}
    if local:
        told = (func.set_config(name, value, literal_column("true")) for name, value in local.items())
        db.session.execute(select(*told))
    db.session.info[_ANEW] = True
    try:
        yield
    finally:
        db.session.info[_ANEW] = inside
    if singly and not inside:
        db.session.execute(text("commit"))


def clean_words(connection: Connection) -> None:
    """Let SQLite's index forget the words of what is gone: until its parts are put together, they stand in some."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("insert into verbatim_words(verbatim_words) values ('optimize')")


def _asked(written: str) -> ColumnElement[bool]:
    return Verbatim.words.op("@@", return_type=Boolean())(cast(literal(written), TSQUERY))


def _matching(written: str) -> Any:
    return select(_WORDS.c.rowid).where(_WORDS.c.verbatim_words.op("match")(literal(written)))


def _as_tsquery(term: Term) -> str:
    if term.begins:
        return f"'={term.forms[0]}':*"
    ways = (" <-> ".join(f"'{stem}'" for stem in sequence) for sequence in term.sequences)
    return f"({' | '.join(ways)})"


def _as_match(term: Term) -> str:
    if term.begins:
        return f'(forms : "{term.forms[0]}" *)'
    ways = (f'"{" ".join(sequence)}"' for sequence in term.sequences)
    return f"(stems : ({' OR '.join(ways)}))"
