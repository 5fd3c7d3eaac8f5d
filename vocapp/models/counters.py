"""The exact sums behind every figure: what responses count is written with them, and added up a little later.

An answer adds to a dozen sums. To raise each of them would cost it as much as all else that follows from it, and many
answers at once would queue on the same rows. So it writes one `Tally`; the clock adds tallies to `counters`; figures
read `counted`, which is both, and is exact at any moment.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import Json


class Counter(Base):
    """One sum. `question` `@nps`, `@csat`, `@ces` hold the scores, `@sentiment` and `@themes` what was written."""

    __tablename__ = "counters"

    # No foreign key: the responses have theirs.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    survey_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    survey_version: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Empty where the event named none."""
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    question: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Empty for the response itself, whose buckets are completed and partial."""
    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class Tally(Base):
    """What one response counts, until it is added to the counters."""

    __tablename__ = "tallies"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(Integer)
    survey_key: Mapped[str] = mapped_column(String(64))
    survey_version: Mapped[int] = mapped_column(Integer)
    day: Mapped[date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16))
    counted: Mapped[list[list[str]]] = mapped_column(Json)
    """`[question, bucket]` each."""


counted = Table(
    "counted",
    MetaData(),  # a view, made by the migrations
    *(Column(column.name, column.type) for column in Counter.__table__.columns),
)
"""Every sum, in one row or several: those of the counters and those of the tallies still to be added."""

KEY = ("survey_key", "survey_version", "day", "place", "channel", "question", "bucket")
"""What a sum is of, within a workspace."""

_SUM = ", ".join(("workspace_id", *KEY))


@statement()
def add_sums(d: Dialect) -> str:
    """Add `rows` to the counters, in the order in which everybody locks them."""
    kinds = {"survey_version": "int", "day": "date"}
    rows = d.rows("rows", n="int", **{name: kinds.get(name, "text") for name in KEY})
    return f"""
        insert into counters ({_SUM}, n)
        select :workspace_id, {", ".join(f"r.{name}" for name in KEY)}, r.n from {rows} where true
        order by 1, 2, 3, 4, 5, 6, 7, 8
        on conflict ({_SUM}) do update set n = counters.n + excluded.n
    """


@statement(id=BigInteger())
def add_tallies(d: Dialect) -> str:
    """Add the oldest `most` tallies that nobody else is adding; on PostgreSQL they go with it, and are returned."""
    each, question, bucket = _each(d)
    oldest = "select id from tallies order by id limit :most"
    sums = f"""
        insert into counters ({_SUM}, n)
        select {_SUM.replace("question, bucket", f"{question}, {bucket}")}, count(*) from taken as t cross join {each}
        where true group by {_SUM.replace("question, bucket", f"{question}, {bucket}")} order by 1, 2, 3, 4, 5, 6, 7, 8
        on conflict ({_SUM}) do update set n = counters.n + excluded.n
    """
    if d.postgresql:
        taken = f"delete from tallies where id in ({oldest} for update skip locked) returning *"
        return f"with taken as ({taken}), added as ({sums}) select id from taken"
    return f"with taken as (select * from tallies where id in ({oldest})) {sums}"


def _each(d: Dialect) -> tuple[str, str, str]:
    """Write (what a tally counts as a table expression, its question, its bucket)."""
    if d.postgresql:
        return "jsonb_array_elements(t.counted) as e(value)", "e.value ->> 0", "e.value ->> 1"
    return "json_each(t.counted) as e", "json_extract(e.value, '$[0]')", "json_extract(e.value, '$[1]')"
