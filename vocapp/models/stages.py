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


_ROW: dict[str, Any] = {"day": "date", "before": "text", "after": "text", "n": "int"}


@statement()
def add_counts(d: Dialect) -> str:
    """Add `rows` to the sums of their days, in the order in which everybody locks them."""
    return f"""
        insert into stage_counts (workspace_id, day, before, after, n)
        select :workspace_id, r.day, r.before, r.after, r.n from {d.rows("rows", "r", **_ROW)} where true
        order by r.day, r.before, r.after
        on conflict (workspace_id, day, before, after) do update set n = stage_counts.n + excluded.n
    """


@statement()
def drop_empty(d: Dialect) -> str:
    """Delete those of the sums of `rows` that came to nothing: the day would tell of somebody who was erased."""
    return f"""
        delete from stage_counts where workspace_id = :workspace_id and n = 0 and (day, before, after) in (
            select r.day, r.before, r.after from {d.rows("rows", "r", **_ROW)})
    """
