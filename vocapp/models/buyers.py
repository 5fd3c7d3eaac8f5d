"""Who has bought, where they first did, and the sums of cohorts by place: one statement reads a page of them.

A cohort's sums have a row a month, for a place and for the whole company, whatever the number of customers. Who has
lapsed follows from the day on which it is asked: whole months of last purchases are added up, and the days of the month
in which the silence begins. All is written behind the change feed, as stages are (`services/cohorting.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, ForeignKeyConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.domain.buyers import Key, Sum
from vocapp.models.base import Base
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import Json, Uuid


class BuyerRow(Base):
    """What one customer adds to the sums (`domain/buyers.Buyer`): kept, so that it can be taken out again."""

    __tablename__ = "buyers"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    place: Mapped[str] = mapped_column(String(64))
    """Of the first purchase; empty: it names none."""
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    days: Mapped[int] = mapped_column(Integer)
    """Different days with a purchase."""
    months: Mapped[dict[str, int]] = mapped_column(Json)
    """Revenue by month, net of refunds, in the currency's smallest unit."""

    __table_args__ = (
        # an older process that erases somebody while an upgrade is under way does not know of this table
        ForeignKeyConstraint(
            ["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"], ondelete="CASCADE"
        ),
    )


class CohortSum(Base):
    """How many of a cohort and place did something in a month, and what they spent: the exact sum of the buyers."""

    __tablename__ = "cohort_sums"

    # No foreign key: the buyers have theirs.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    """`*`: the whole company, with those who belong to no place."""
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    """size, bought, month, day (`domain/buyers.Kind`)."""
    at: Mapped[date] = mapped_column(Date, primary_key=True)
    cohort: Mapped[date] = mapped_column(Date, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    again: Mapped[int] = mapped_column(Integer)
    revenue_minor: Mapped[int] = mapped_column(BigInteger)
    squares_high: Mapped[int] = mapped_column(BigInteger)
    squares_mixed: Mapped[int] = mapped_column(BigInteger)
    squares_low: Mapped[int] = mapped_column(BigInteger)


_KEY = ", ".join(Key._fields)
_TYPES: dict[str, Any] = {
    "place": "text",
    "kind": "text",
    "at": "date",
    "cohort": "date",
    "n": "int",
    "again": "int",
    **dict.fromkeys(Sum._fields[2:], "bigint"),
}


@statement()
def add_sums(d: Dialect) -> str:
    """Add `rows` to the sums, in the order in which everybody locks them."""
    return f"""
        insert into cohort_sums (workspace_id, {_KEY}, {", ".join(Sum._fields)})
        select :workspace_id, {_given(Key._fields)}, {_given(Sum._fields)} from {d.rows("rows", "r", **_TYPES)}
        where true order by {_given(Key._fields)}
        on conflict (workspace_id, {_KEY}) do update
        set {", ".join(f"{name} = cohort_sums.{name} + excluded.{name}" for name in Sum._fields)}
    """


@statement()
def drop_empty_sums(d: Dialect) -> str:
    """Delete those of the sums of `rows` of which nobody is left: the day would tell of somebody who was erased."""
    return f"""
        delete from cohort_sums where workspace_id = :workspace_id and n = 0 and ({_KEY}) in (
            select {_given(Key._fields)} from {d.rows("rows", "r", **_TYPES)})
    """


@statement(cohort=Date(), kind=String(), at=Date(), **{name: BigInteger() for name in Sum._fields})
def read_cohorts(d: Dialect) -> str:
    """Read the cohorts from `since` on before `until`, of `places` together: size; bought, by month; month: lapsed.

    Lapsed is who last bought before the day `silent`, in the month that begins on `silent_month`.
    """
    sums = ", ".join(_added(d, name) for name in Sum._fields)
    return f"""
        select c.cohort, c.kind, c.at, {sums} from ({_asked(d)}) as c group by c.cohort, c.kind, c.at
    """


@statement(place=String(), kind=String(), old=Integer(), **{name: BigInteger() for name in Sum._fields})
def read_places(d: Dialect) -> str:
    """Read the same by place, all cohorts of each together: size, and month: lapsed.

    `old` is 1 of cohorts that began before the month `silent_month`, of which each can have lapsed.
    """
    sums = ", ".join(_added(d, name) for name in Sum._fields)
    return f"""
        select c.place, c.kind, case when c.cohort < {_day(d, "silent_month")} then 1 else 0 end as old, {sums}
        from ({_asked(d, bought=False)}) as c group by 1, 2, 3
    """


def _asked(d: Dialect, *, bought: bool = True) -> str:
    """Write the rows of the cohorts in question: of every kind only those within their own stretch of the key."""
    names = ", ".join(f"s.{name}" for name in Sum._fields)
    where = f"""s.workspace_id = :workspace_id and s.place in {d.values("places", "text")}
        and s.cohort >= {_day(d, "since")} and s.cohort < {_day(d, "until")}"""
    nought = "cast(null as date)" if d.postgresql else "null"

    def part(kind: str, at: str, when: str, called: str | None = None) -> str:
        return f"""select s.place, s.cohort, '{called or kind}' as kind, {at} as at, {names} from cohort_sums s
            where {where} and s.kind = '{kind}' and {when}"""

    begun = f"s.at >= {_day(d, 'since')}"
    parts = [
        part("size", "s.at", f"{begun} and s.at < {_day(d, 'until')}"),
        part("month", nought, f"{begun} and s.at < {_day(d, 'silent_month')}"),
        part("day", nought, f"s.at >= {_day(d, 'silent_month')} and s.at < {_day(d, 'silent')}", "month"),
    ]
    if bought:
        parts.append(part("bought", "s.at", begun))
    return " union all ".join(parts)


def _given(names: tuple[str, ...]) -> str:
    return ", ".join(f"r.{name}" for name in names)


def _added(d: Dialect, name: str) -> str:
    return f"cast(sum(c.{name}) as bigint) as {name}" if d.postgresql else f"sum(c.{name}) as {name}"


def _day(d: Dialect, parameter: str) -> str:
    return f"cast(:{parameter} as date)" if d.postgresql else f":{parameter}"
