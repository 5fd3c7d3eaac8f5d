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
from vocapp.models.summaries import add_folded, each, exploded
from vocapp.models.types import Json


class Counter(Base):
    """One sum. `question` `@nps`, `@csat`, `@ces` hold the scores, `@sentiment` and `@themes` what was written.

    `@seconds` hold how long the answer took, `@persona:…` and `@segment:…` what people gave (`summaries.question_of`),
    `@mail` what became of messages, see `services/counting_mails.py`.
    """

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
    """`[question, bucket]` each, or `[question, bucket, day]` where it counts on another day."""
    n: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    """How many times; less than none where something that was counted is so no longer."""


counted = Table(
    "counted",
    MetaData(),  # a view, made by the migrations
    *(Column(column.name, column.type) for column in Counter.__table__.columns),
)
"""Every sum, in one row or several: those of the counters and those of the tallies still to be added."""

KEY = ("survey_key", "survey_version", "day", "place", "channel", "question", "bucket")
"""What a sum is of, within a workspace."""

_SUM = ", ".join(("workspace_id", *KEY))


@statement(id=BigInteger())
def add_tallies(d: Dialect) -> str:
    """Add the oldest `most` tallies that nobody else is adding; on PostgreSQL they go with it, and are returned.

    There, the folded sums are added with it; on SQLite `fold_tallies` does that.
    """
    sums = f"""
        insert into counters ({_SUM}, n) select {_SUM}, sum(n) from each_one where true
        group by {_SUM} order by 1, 2, 3, 4, 5, 6, 7, 8
        on conflict ({_SUM}) do update set n = counters.n + excluded.n
    """
    if d.postgresql:
        return f"""
            with taken as (delete from tallies where id in ({_OLDEST} for update skip locked) returning *),
                each_one as ({_each_one(d)}), added as ({sums}), folded as ({add_folded(d, "each_one as e")})
            select id from taken
        """
    return f"with {_oldest_ones(d)} {sums}"


@statement()
def fold_tallies(d: Dialect) -> str:
    """Add the same tallies to the folded sums, on SQLite."""
    return f"with {_oldest_ones(d)} {add_folded(d, 'each_one as e')}"


_OLDEST = "select id from tallies order by id limit :most"


def _oldest_ones(d: Dialect) -> str:
    return f"taken as (select * from tallies where id in ({_OLDEST})), each_one as ({_each_one(d)})"


def _each_one(d: Dialect) -> str:
    """Write all that the tallies `taken` count, one row each."""
    question, bucket, day = each(d)
    return f"""
        select t.workspace_id, t.survey_key, t.survey_version, {day} as day, t.place, t.channel,
            {question} as question, {bucket} as bucket, t.n
        from taken as t cross join {exploded(d)}
    """
