"""When each customer became what they are: the stages of a life, and how many moved on each day.

A life is written whole, with what time alone will bring if nothing else happens (a month missed, a silence too long):
so nothing needs to be written when a day goes by, and how many stand where on any day is a sum over days, whatever the
number of customers.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKeyConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import Uuid


class StageMove(Base):
    """From one day on, a customer is in another stage: one, if several happen on it. Days to come are foreseen."""

    __tablename__ = "stage_moves"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    before: Mapped[str] = mapped_column(String(16))
    """Empty: they were not known."""
    after: Mapped[str] = mapped_column(String(16))

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
    )


class StageCount(Base):
    """How many move from one stage to another on a day: the exact sum of the moves, written with them."""

    __tablename__ = "stage_counts"

    # No foreign key: the moves have theirs.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    before: Mapped[str] = mapped_column(String(16), primary_key=True)
    after: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class PlaceStageCount(Base):
    """The same of those who belong to a place (`buyers`), written with it. Of no place: what these leave of all."""

    __tablename__ = "stages_by_place"

    # No foreign key, as above.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    before: Mapped[str] = mapped_column(String(16), primary_key=True)
    after: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


_ROW: dict[str, Any] = {"place": "text", "day": "date", "before": "text", "after": "text", "n": "int"}
_KEY = ("day", "before", "after")


def _add(d: Dialect, table: str, *key: str) -> str:
    given, names = ", ".join(f"r.{name}" for name in key), ", ".join(key)
    return f"""
        insert into {table} (workspace_id, {names}, n)
        select :workspace_id, {given}, r.n from {d.rows("rows", "r", **_ROW)} where true order by {given}
        on conflict (workspace_id, {names}) do update set n = {table}.n + excluded.n
    """


def _drop(d: Dialect, table: str, *key: str) -> str:
    given = ", ".join(f"r.{name}" for name in key)
    return f"""
        delete from {table} where workspace_id = :workspace_id and n = 0 and ({", ".join(key)}) in (
            select {given} from {d.rows("rows", "r", **_ROW)})
    """


@statement()
def add_counts(d: Dialect) -> str:
    """Add `rows` to the sums of their days, in the order in which everybody locks them."""
    return _add(d, "stage_counts", *_KEY)


@statement()
def drop_empty(d: Dialect) -> str:
    """Delete those of the sums of `rows` that came to nothing: the day would tell of somebody who was erased."""
    return _drop(d, "stage_counts", *_KEY)


@statement()
def add_counts_by_place(d: Dialect) -> str:
    """Do the same as `add_counts`, by place."""
    return _add(d, "stages_by_place", "place", *_KEY)


@statement()
def drop_empty_by_place(d: Dialect) -> str:
    """Do the same as `drop_empty`, by place."""
    return _drop(d, "stages_by_place", "place", *_KEY)
