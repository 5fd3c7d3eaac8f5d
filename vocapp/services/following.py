"""Who belongs to which segment, kept up to date behind the change feed: nothing that answers or takes in waits for it.

    the feed's lines (customers, events with a place), attributes that expired ──► portraits ──► each rule, in Python
                                                                            └──► stages of their lives (`staging`)
    a rule that is new, or looks at how long ago something was ──► each portrait, in SQL

Both write the same memberships, behind one lock a workspace: the rows of `followings`. Each may run twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text, update

from vocapp.domain.rules import reading_of
from vocapp.domain.segments import looks_at_time
from vocapp.models import Customer, Event, Following, Membership, PortraitRow, SegmentRow, db
from vocapp.models.feed import changed, read_feed
from vocapp.models.ids import new_id_text
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import time_text
from vocapp.services import staging
from vocapp.services.cohorting import AGAIN
from vocapp.services.feed_places import lock, still_to_follow
from vocapp.services.portraits import draw, facts_of
from vocapp.services.segmenting import compile_rule, is_active

MOST_AT_ONCE: Final = 500
"""Customers in one transaction that follows; a renewal, which asks in SQL, takes four times as many."""
RENEWED_EVERY: Final = timedelta(minutes=5)
"""Where time alone changes who belongs."""
_STREAMS = ("customers", "events")


def follow(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> bool:
    """Bring up to date whoever changed since the last time, some of them; say whether there may be more."""
    places = lock(workspace_id=workspace_id, names=_STREAMS)
    if places is None:
        return False  # another is at it
    ids, more = set(_expired(workspace_id, now, limit)), False
    for stream, place in places.items():
        lines = read_feed(workspace_id=workspace_id, stream=stream, after=(place.xid, place.number), limit=limit)
        if lines:
            place.xid, place.number = lines[-1].xid, lines[-1].number
        told = [line.row_id for line in lines if line.op == "upsert"]
        ids.update(told if stream == "customers" else _seen_somewhere(workspace_id, told))
        more |= len(lines) == limit
    again, more_again = _gone_through_again(workspace_id, limit)
    db.session.flush()
    held = _hold(workspace_id, ids | again)
    if held:
        _judge(workspace_id, held, now, silently=again - ids)
    return more or more_again or len(ids) >= limit


def list_waiting(*, workspace_id: int, now: datetime) -> set[UUID]:
    """Return whose change is still to be followed: they are told as they were."""
    d = Dialect(db.session.get_bind().dialect.name)
    rows = db.session.execute(
        text(f"""
            select cast(c.row_id as text) from changes c
            left join followings f on f.workspace_id = c.workspace_id and f.stream = c.stream
            where c.workspace_id = :workspace_id and c.stream = 'customers'
                and {still_to_follow(d)}
            union
            select cast(c.row_id as text) from changes c
            join followings f on f.workspace_id = c.workspace_id and f.stream = '{AGAIN}'
            where c.workspace_id = :workspace_id and c.stream = 'customers' and {still_to_follow(d)}
            union
            select cast(customer_id as text) from portraits
            where workspace_id = :workspace_id and renew_at <= {d.time("now")}
        """),
        {"workspace_id": workspace_id, "now": time_text(now)},
    )
    return {UUID(one) for (one,) in rows}


def list_to_renew(*, workspace_id: int, now: datetime) -> list[str]:
    """Return the segments of which everybody must be asked: the rule changed, or time has passed over it."""
    rows = db.session.scalars(
        select(SegmentRow).where(SegmentRow.workspace_id == workspace_id).order_by(SegmentRow.key)
    )
    return [
        row.key
        for row in rows
        if row.renewed_version != row.version
        or row.renewed_at is None
        or (
            row.renewed_at <= now - RENEWED_EVERY
            and is_active(row.definition)
            and looks_at_time(row.definition["when"])
        )
    ]


def renew(*, workspace_id: int, key: str, now: datetime, limit: int = 4 * MOST_AT_ONCE) -> bool:
    """Ask everybody by a segment's rule, and write down some of those who join or leave; say whether there are more."""
    if lock(workspace_id=workspace_id, names=_STREAMS) is None:
        return False
    row = db.session.get_one(SegmentRow, (workspace_id, key), populate_existing=True)
    rule = row.definition["when"] if is_active(row.definition) else False
    joining, leaving = _joining(workspace_id, key, rule, now, limit), _leaving(workspace_id, key, rule, now, limit)
    held = set(_hold(workspace_id, {*joining, *leaving}))
    _write(
        workspace_id,
        joining=[(key, one) for one in joining if one in held],
        leaving=[membership for customer, membership in leaving.items() if customer in held],
        touched=held,
        now=now,
    )
    if len(joining) == limit or len(leaving) == limit:
        return True
    row.renewed_version, row.renewed_at = row.version, now
    db.session.flush()
    return False


# ── what is followed


def _expired(workspace_id: int, now: datetime, limit: int) -> Sequence[UUID]:
    return db.session.scalars(
        select(PortraitRow.customer_id)
        .where(PortraitRow.workspace_id == workspace_id, PortraitRow.renew_at <= now)
        .order_by(PortraitRow.renew_at)
        .limit(limit)
    ).all()


def _gone_through_again(workspace_id: int, limit: int) -> tuple[set[UUID], bool]:
    """Return some of those whom a migration has gone through once more, and whether there may be more.

    They come beside those who change, who would wait behind all of them otherwise.
    """
    place = db.session.scalar(
        select(Following)
        .where(Following.workspace_id == workspace_id, Following.stream == AGAIN)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if place is None:
        return set(), False
    lines = read_feed(workspace_id=workspace_id, stream="customers", after=(place.xid, place.number), limit=limit)
    if len(lines) < limit:
        db.session.delete(place)
    else:
        place.xid, place.number = lines[-1].xid, lines[-1].number
    return {line.row_id for line in lines if line.op == "upsert"}, len(lines) == limit


def _seen_somewhere(workspace_id: int, event_ids: Collection[UUID]) -> Sequence[UUID]:
    """Return whose events these are, of those that name a place."""
    if not event_ids:
        return []
    return db.session.scalars(
        select(Event.customer_id)
        .where(Event.workspace_id == workspace_id, Event.id.in_(list(event_ids)), Event.place.is_not(None))
        .distinct()
    ).all()


def _hold(workspace_id: int, ids: Collection[UUID]) -> Sequence[UUID]:
    """Keep customers from being erased meanwhile; return those who are there."""
    if not ids:
        return []
    return db.session.scalars(
        select(Customer.id)
        .where(Customer.workspace_id == workspace_id, Customer.id.in_(list(ids)))
        .order_by(Customer.id)
        .with_for_update(read=True, key_share=True)
    ).all()


def _judge(workspace_id: int, ids: Sequence[UUID], now: datetime, *, silently: Collection[UUID] = ()) -> None:
    """Draw the portraits of held customers, and ask each rule of them.

    Who belongs to another place now has changed in the export, but for those whom nobody but us has changed.
    """
    known = facts_of(workspace_id=workspace_id, ids=ids, now=now)
    draw(workspace_id=workspace_id, known=known)
    moved = staging.follow(workspace_id=workspace_id, ids=ids)
    rows = db.session.scalars(select(SegmentRow).where(SegmentRow.workspace_id == workspace_id)).all()
    tests = {row.key: reading_of(row.definition["when"]) for row in rows if is_active(row.definition)}
    before = {
        (key, customer_id): membership_id
        for key, customer_id, membership_id in db.session.execute(
            select(Membership.segment_key, Membership.customer_id, Membership.id).where(
                Membership.workspace_id == workspace_id,
                Membership.customer_id.in_(list(ids)),
                Membership.left_at.is_(None),
            )
        )
    }
    after = {(key, one) for one, held in known.items() for key, test in tests.items() if test(held.facts) is True}
    left = before.keys() - after
    joined = after - before.keys()
    _write(
        workspace_id,
        joining=joined,
        leaving=[before[one] for one in left],
        touched={customer_id for _, customer_id in left | joined} | moved.difference(silently),
        now=now,
    )


# ── who joins and leaves


def _joining(workspace_id: int, key: str, rule: Any, now: datetime, limit: int) -> list[UUID]:
    condition = compile_rule(rule, now=now)
    sql = f"""
        select cast(p.customer_id as text) from portraits p
        where p.workspace_id = :workspace_id and {condition.sql} and not exists (
            select 1 from memberships m where m.workspace_id = p.workspace_id and m.segment_key = :segment_key
                and m.customer_id = p.customer_id and m.left_at is null)
        order by p.customer_id limit {limit}
    """
    return [UUID(one) for (one,) in _asked(sql, workspace_id, key, condition.parameters)]


def _leaving(workspace_id: int, key: str, rule: Any, now: datetime, limit: int) -> dict[UUID, UUID]:
    """Return customer → membership."""
    condition = compile_rule(rule, now=now)
    sql = f"""
        select cast(m.customer_id as text), cast(m.id as text) from memberships m
        join portraits p on p.workspace_id = m.workspace_id and p.customer_id = m.customer_id
        where m.workspace_id = :workspace_id and m.segment_key = :segment_key and m.left_at is null
            and ({condition.sql}) is not true
        order by m.customer_id limit {limit}
    """
    return {UUID(one): UUID(row_id) for one, row_id in _asked(sql, workspace_id, key, condition.parameters)}


def _asked(sql: str, workspace_id: int, key: str, parameters: Mapping[str, Any]) -> Iterable[Any]:
    given = {"workspace_id": workspace_id, "segment_key": key, **parameters}
    return db.session.execute(text(sql), given).all()


def _write(
    workspace_id: int,
    *,
    joining: Iterable[tuple[str, UUID]],
    leaving: Sequence[UUID],
    touched: Collection[UUID],
    now: datetime,
) -> None:
    """Write down who joined (segment, customer) and which memberships ended, and note both in the feed."""
    rows = [{"id": new_id_text(), "segment_key": key, "customer_id": str(one)} for key, one in sorted(joining)]
    ids = list(leaving)
    if rows:
        told = _JOIN.run(db.session.connection(), workspace_id=workspace_id, rows=rows, now=now)
        ids += [UUID(one) for one in told.scalars()]
    if leaving:
        db.session.execute(
            update(Membership)
            .where(Membership.workspace_id == workspace_id, Membership.id.in_(list(leaving)))
            .values(left_at=now)
            .execution_options(synchronize_session=False)
        )
    # last, as everywhere: who holds a line of the feed waits for no customer
    changed("customers", touched, workspace_id=workspace_id)
    changed("memberships", ids, workspace_id=workspace_id)


@statement()
def _JOIN(d: Dialect) -> str:  # noqa: N802 - a statement, once decorated
    """Who was there before joins again under the same id."""
    return f"""
        insert into memberships (workspace_id, id, segment_key, customer_id, joined_at)
        select :workspace_id, r.id, r.segment_key, r.customer_id, {d.time("now")}
        from {d.rows("rows", "r", id="uuid", segment_key="text", customer_id="uuid")} where true
        order by r.customer_id, r.segment_key
        on conflict (workspace_id, customer_id, segment_key) do update
        set joined_at = excluded.joined_at, left_at = null where memberships.left_at is not null
        returning cast(id as text)
    """
