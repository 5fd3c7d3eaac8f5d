"""What became of messages, in the exact sums: moved by the clock from the invitations' own rows.

Many lead an invitation on: the worker that hands it over, the provider that tells of it, a person who answers, or who
unsubscribes by it. None of them counts. Each invitation says in bits what the counters hold of it (`mail_counted`),
indexes hold those of which that is no longer so, and the clock moves both in one transaction: whoever dies where, the
two agree.

    it leaves ──► sent, and what is heard of it: on the workspace's day on which it left
    ANSWERED_WITHIN later ──► due: delivered, answered, completed, opened until then: on the day so many days later
    (an open of that time is told of later) ──► opened, on that same day

So a rate is of messages that all had the same time to be answered, and moves no more once its day is over, but by opens
that are told of later. The day is frozen on the row when it is counted (`mailed_on`): a workspace that changes its zone
moves nothing.
"""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Date, Integer
from sqlalchemy.types import String

from vocapp.domain.boards import ANSWERED_WITHIN
from vocapp.domain.delivery import FAILED
from vocapp.models import Invitation, Tally, db, on_postgresql
from vocapp.models.journey import (
    DUE_BITS,
    FELL_DUE,
    MAIL_BITS,
    MAIL_NOW,
    MAIL_TO_COUNT,
    MAIL_TO_FALL_DUE,
    OPENED,
    VISITED,
    WATCHED,
)
from vocapp.models.sql import Dialect, Statement, statement
from vocapp.models.summaries import MAIL

MOST_AT_ONCE = 2000
IN_FLIGHT = timedelta(minutes=1)
"""An answer that came in time may be committed a little later."""
BITS: Final = " union all ".join(
    f"select {bit} as bit, '{name}' as name" for name, bit in {**MAIL_BITS, **DUE_BITS}.items()
)


def count_some(*, now: datetime) -> bool:
    """Count what became of some messages, of every workspace; say whether there may be more."""
    left = _moved(_count, _mark, most=MOST_AT_ONCE)
    fell_due = _moved(_fall_due, _mark_due, most=MOST_AT_ONCE, before=now - ANSWERED_WITHIN - IN_FLIGHT)
    return left or fell_due


def count_late_open(*, invitation: Invitation) -> None:
    """Count an open that was told of after all else that came of a message was counted; the row is locked.

    The provider tries for a day to tell us; until then the message stood as one that nobody opened.
    """
    told = DUE_BITS["opened"]
    if invitation.mailed_on is None or invitation.mail_counted & (DUE_BITS["tracked"] | told) != DUE_BITS["tracked"]:
        return
    invitation.mail_counted |= told
    db.session.add(
        Tally(
            workspace_id=invitation.workspace_id,
            survey_key=invitation.survey_key,
            survey_version=invitation.survey_version,
            day=days_of(told, invitation.mailed_on)["opened"],
            place=invitation.place or "",
            channel=invitation.channel,
            counted=[[MAIL, "opened"]],
            n=1,
        )
    )


def from_rows(*, workspace_id: int) -> Sums[tuple[Any, ...]]:
    """Return what the invitations say is counted, by the keys of the counters."""
    sums: Sums[tuple[Any, ...]] = Sums()
    for survey, version, mailed_on, place, channel, bits, n in _standing.run(
        db.session.connection(), workspace_id=workspace_id
    ):
        for name, day in days_of(bits, mailed_on).items():
            sums[(survey, version, day, place, channel, MAIL, name)] += n
    return sums


def days_of(bits: int, mailed_on: date) -> Mapping[str, date]:
    """Return what bits of an invitation stand for, and the day on which each counts."""
    due_on = mailed_on + ANSWERED_WITHIN
    left = {name: mailed_on for name, bit in MAIL_BITS.items() if bits & bit}
    return left | {name: due_on for name, bit in DUE_BITS.items() if bits & bit}


def day_of(d: Dialect, mailed_on: str, bit: str) -> str:
    """Write the same of one bit."""
    days = ANSWERED_WITHIN.days
    return f"case when {bit} > {FELL_DUE} then {d.days_after(mailed_on, days)} else {mailed_on} end"


def _moved(count: Statement, mark: Statement, **given: Any) -> bool:
    """Count and mark; say whether there may be more. On PostgreSQL one statement does both."""
    connection = db.session.connection()
    if on_postgresql():
        return len(count.run(connection, **given).all()) == MOST_AT_ONCE
    count.run(connection, **given)
    return mark.run(connection, **given).rowcount == MOST_AT_ONCE


@statement(id=Integer())
def _count(d: Dialect) -> str:
    """Write tallies of what is new, many messages in one; on PostgreSQL the invitations are marked with it."""
    return _counted(d, _left(d), "mailed_on = t.mailed_on,")


@statement()
def _mark(d: Dialect) -> str:
    """Mark the same invitations as counted, on SQLite."""
    return f"""
        update invitations set mail_counted = t.bits, mailed_on = t.mailed_on from ({_left(d)}) as t
        where invitations.workspace_id = t.workspace_id and invitations.id = t.id
    """


@statement(id=Integer())
def _fall_due(d: Dialect) -> str:
    """Write tallies of what came of messages whose time to be answered is over, as `_count` does."""
    return _counted(d, _due(d), "")


@statement()
def _mark_due(d: Dialect) -> str:
    """Mark the same invitations as due, on SQLite."""
    return f"""
        update invitations set mail_counted = t.bits from ({_due(d)}) as t
        where invitations.workspace_id = t.workspace_id and invitations.id = t.id
    """


def _counted(d: Dialect, due: str, also: str) -> str:
    pair = f"""'[["{MAIL}","' || f.name || '"]]'"""
    day = day_of(d, "t.mailed_on", "f.bit")
    tallies = f"""
        insert into tallies (workspace_id, survey_key, survey_version, day, place, channel, counted, n)
        select t.workspace_id, t.survey_key, t.survey_version, {day}, coalesce(t.place, ''), t.channel,
            {f"cast({pair} as jsonb)" if d.postgresql else pair}, count(*)
        from taken as t join ({BITS}) as f on (t.bits & f.bit) > 0 and (t.mail_counted & f.bit) = 0
        group by t.workspace_id, t.survey_key, t.survey_version, {day}, coalesce(t.place, ''), t.channel, f.name
    """
    if not d.postgresql:
        return f"with taken as ({due}) {tallies}"
    return f"""
        with taken as ({due} for update of i skip locked), counted_now as ({tallies}), marked as (
            update invitations as i set {also} mail_counted = t.bits from taken as t
            where i.workspace_id = t.workspace_id and i.id = t.id
        )
        select 1 as id from taken
    """


_OF = "i.workspace_id, i.id, i.survey_key, i.survey_version, i.place, i.channel, i.mail_counted"


def _left(d: Dialect) -> str:
    """Messages of which more is known than is counted; the day on which one left is found out once."""
    return f"""
        select {_OF}, coalesce(i.mailed_on, {d.day("i.sent_at", "w.timezone")}) as mailed_on,
            {MAIL_NOW} | i.mail_counted as bits
        from invitations i join workspaces w on w.id = i.workspace_id
        where {MAIL_TO_COUNT} order by i.workspace_id, i.id limit :most
    """


def _due(d: Dialect) -> str:
    """Messages whose time to be answered is over, and what came of them within it."""
    within = int(ANSWERED_WITHIN.total_seconds()) * 1_000_000
    begun, ended = (
        f"(r.{at} is not null and {d.microseconds(f'r.{at}', 'i.sent_at')} <= {within})"
        for at in ("started_at", "completed_at")
    )
    failed = ", ".join(f"'{one}'" for one in sorted(FAILED))
    delivered = f"({begun} or i.delivery is null or i.delivery not in ({failed}))"
    watched = f"(i.mail_heard & {WATCHED}) > 0"
    bits = {
        "due": delivered,
        "answered": begun,
        "completed": ended,
        "told": "i.delivery is not null",
        "tracked": f"{delivered} and i.mail_tracked",
        "visited": f"{delivered} and {watched} and ({begun} or (i.mail_heard & {VISITED}) > 0)",
        "visited_answered": f"{watched} and {begun}",
        "opened": f"{delivered} and i.mail_tracked and (i.mail_heard & {OPENED}) > 0",
    }
    each = " | ".join(f"case when {rule} then {DUE_BITS[name]} else 0 end" for name, rule in bits.items())
    return f"""
        select {_OF}, i.mailed_on, i.mail_counted | {FELL_DUE} | {each} as bits
        from invitations i left join responses r on r.invitation_id = i.id
        where {MAIL_TO_FALL_DUE} and i.sent_at < {d.time("before")} order by i.sent_at limit :most
    """


@statement(
    survey_key=String(),
    survey_version=Integer(),
    mailed_on=Date(),
    place=String(),
    channel=String(),
    bits=Integer(),
    n=Integer(),
)
def _standing(_d: Dialect) -> str:
    return """
        select survey_key, survey_version, mailed_on, coalesce(place, '') as place, channel, mail_counted as bits,
            count(*) as n
        from invitations where workspace_id = :workspace_id and mail_counted <> 0 group by 1, 2, 3, 4, 5, 6
    """
