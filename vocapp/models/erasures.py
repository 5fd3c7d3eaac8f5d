"""Erased people: that they asked to be, by keyed hashes, and what they counted, without them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base, autocommit, on_postgresql
from vocapp.models.types import Json, UtcTime, Uuid
from vocapp.models.verbatims import clean_words


class Erasure(Base):
    """One wish to be erased: who asked, when, and when the last of it was done. Names nobody."""

    __tablename__ = "erasures"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    external_key: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the outside id: files with it are refused."""
    contact_key: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the normalised address, as in `contacts`; None: there was none."""
    requested_by: Mapped[str] = mapped_column(String(200))
    """`key:ID`, `user:ID`, `command` or `list` (after a restore): whoever asked, never who is erased."""
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    """One calendar month later: the law's limit."""
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    leftovers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What is still to be cleared away, by ids of rows that are gone: {mails, subjects}; None: nothing.

    And `events`, the keys of `told_before` that go into the list beside the database.
    """

    __table_args__ = (
        Index(None, "workspace_id", "external_key"),
        Index(None, "workspace_id", "contact_key"),
        Index(
            "ix_erasures_open",
            "requested_at",
            sqlite_where=text("done_at is null"),
            postgresql_where=text("done_at is null"),
        ),
    )


class ToldBefore(Base):
    """An event, or an order, that was told of somebody erased since, by a keyed hash of its id.

    Told again, an event changes nothing and an order is not counted twice. No row leads to another of the same person,
    nor to the erasure; they stay as long as the sums in which these are counted (decision 009).
    """

    __tablename__ = "told_before"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """`domain/links.event_key` or `order_key`."""


class AnonymousResponse(Base):
    """What one counted message or response of an erased person counted. The counters never move; these say why not.

    Nothing leads from here to anybody: the week instead of the day, the place above the store, no text, no order.
    """

    __tablename__ = "anonymous_responses"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """Drawn, not made of a time as other ids are: it would lead to the erasure."""
    survey_key: Mapped[str] = mapped_column(String(64))
    survey_version: Mapped[int] = mapped_column(Integer)
    week: Mapped[date] = mapped_column(Date)
    """Its Monday."""
    place: Mapped[str] = mapped_column(String(64))
    """The one above the store; empty where there is none."""
    counted: Mapped[list[list[str]]] = mapped_column(Json)
    """`[question, bucket]` each, as the counters have them: scores and choice keys; of another week with its Monday."""


class AnonymousCallback(Base):
    """What one alert of an erased person came to on a day: that it was opened, came due, or how it was resolved.

    Nothing leads from here to anybody: the day instead of the time, lengths instead of times, the place above the
    store, no text, and no row leads to another of the same alert.
    """

    __tablename__ = "anonymous_callbacks"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """Drawn, as above."""
    day: Mapped[date] = mapped_column(Date)
    """The workspace's. Not the week: reports are asked for by days, and would move."""
    place: Mapped[str] = mapped_column(String(64))
    """The one above the store; empty where there is none."""
    told: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """How it was resolved, or that it came due, as the report counts it (`services/anonymous_callbacks.py`); None: it
    was opened."""

    __table_args__ = (Index(None, "workspace_id", "day"),)


def drawn_id() -> UUID:
    """Make an id that tells nothing, not even when it was made."""
    return uuid4()


def empty_log() -> bool:
    """Let nothing of what was deleted stand in SQLite's write-ahead log; False: somebody reads, and it must wait.

    The pages themselves were overwritten when it was deleted (`secure_delete`), once the index of words has put its
    parts together. PostgreSQL looks after itself.
    """
    if on_postgresql():
        return True
    with autocommit().connect() as connection:
        clean_words(connection)
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy
