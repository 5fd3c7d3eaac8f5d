"""What became of messages, in the exact sums: moved by the clock from the invitations' own rows.

Many lead an invitation on: the worker that hands it over, the provider that tells of it, a person who unsubscribes by
it. None of them counts. Each invitation says in bits what the counters hold of it (`mail_counted`), an index holds
those of which that is no longer so, and the clock moves both in one transaction: whoever dies where, the two agree.

A message counts on the day (of UTC) on which it was planned, as do the answers to it: the share that answered is one of
the messages of those days, whenever they were answered. UTC, since that never changes: the zone of a workspace may.
"""

from __future__ import annotations

from collections import Counter as Sums
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer
from sqlalchemy.types import String

from vocapp.models import db, on_postgresql
from vocapp.models.journey import MAIL_BITS, MAIL_NOW, MAIL_TO_COUNT
from vocapp.models.sql import Dialect, statement
from vocapp.models.summaries import MAIL

MOST_AT_ONCE = 2000


def count_some() -> bool:
    """Count what became of some messages, of every workspace; say whether there may be more."""
    connection = db.session.connection()
    if on_postgresql():
        return len(_count.run(connection, most=MOST_AT_ONCE).all()) == MOST_AT_ONCE
    _count.run(connection, most=MOST_AT_ONCE)
    return _mark.run(connection, most=MOST_AT_ONCE).rowcount == MOST_AT_ONCE


def from_rows(*, workspace_id: int) -> Sums[tuple[Any, ...]]:
    """Return what the invitations say is counted, by the keys of the counters."""
    sums: Sums[tuple[Any, ...]] = Sums()
    for survey, version, day, place, channel, bits, n in _standing.run(
        db.session.connection(), workspace_id=workspace_id
    ):
        for name in names_of(bits):
            sums[(survey, version, day, place, channel, MAIL, name)] += n
    return sums


def names_of(bits: int) -> list[str]:
    """Return what bits of an invitation stand for."""
    return [name for name, bit in MAIL_BITS.items() if bits & bit]


def pairs_of(bits: int, week: date) -> list[tuple[str, str, str]]:
    """Return what an invitation counts, by its week alone, to be kept without the person."""
    return [(MAIL, name, week.isoformat()) for name in names_of(bits)]


@statement(id=Integer())
def _count(d: Dialect) -> str:
    """Write tallies of what is new, many messages in one; on PostgreSQL the invitations are marked with it."""
    bits = " union all ".join(f"select {bit} as bit, '{name}' as name" for name, bit in MAIL_BITS.items())
    pair = f"""'[["{MAIL}","' || f.name || '"]]'"""
    day = utc_day(d, "t.created_at")
    tallies = f"""
        insert into tallies (workspace_id, survey_key, survey_version, day, place, channel, counted, n)
        select t.workspace_id, t.survey_key, t.survey_version, {day}, coalesce(t.place, ''), t.channel,
            {f"cast({pair} as jsonb)" if d.postgresql else pair}, count(*)
        from taken as t join ({bits}) as f on (t.bits & f.bit) > 0 and (t.mail_counted & f.bit) = 0
        group by t.workspace_id, t.survey_key, t.survey_version, {day}, coalesce(t.place, ''), t.channel, f.name
    """
    if not d.postgresql:
        return f"with taken as ({_due()}) {tallies}"
    return f"""
        with taken as ({_due()} for update skip locked), counted_now as ({tallies}), marked as (
            update invitations as i set mail_counted = t.bits from taken as t
            where i.workspace_id = t.workspace_id and i.id = t.id
        )
        select 1 as id from taken
    """


@statement()
def _mark(_d: Dialect) -> str:
    """Mark the same invitations as counted, on SQLite."""
    due = f"select id from ({_due()})"
    return f"update invitations set mail_counted = {MAIL_NOW} where id in ({due})"


def _due() -> str:
    return f"""
        select workspace_id, id, survey_key, survey_version, place, channel, created_at, mail_counted,
            {MAIL_NOW} as bits
        from invitations where {MAIL_TO_COUNT} order by workspace_id, id limit :most
    """


@statement(
    survey_key=String(),
    survey_version=Integer(),
    day=Date(),
    place=String(),
    channel=String(),
    bits=Integer(),
    n=Integer(),
)
def _standing(d: Dialect) -> str:
    return f"""
        select survey_key, survey_version, {utc_day(d, "created_at")} as day, coalesce(place, '') as place, channel,
            mail_counted as bits, count(*) as n
        from invitations where workspace_id = :workspace_id and mail_counted <> 0 group by 1, 2, 3, 4, 5, 6
    """


def utc_day(d: Dialect, column: str) -> str:
    """Write the day of a time, in UTC."""
    return f"cast({column} at time zone 'UTC' as date)" if d.postgresql else f"substr({column}, 1, 10)"
