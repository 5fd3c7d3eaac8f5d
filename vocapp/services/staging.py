"""The stages of customers' lives, kept behind the change feed: who became what on which day, and how many did.

`following` calls `follow` for whoever has changed; a life is counted whole from their purchases and answers
(`domain/value.life`), and what changed of it is added to the sums of the days. Both are in one transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, text

from vocapp.domain.boards import Span, span_after, span_start
from vocapp.domain.value import STAGES, life
from vocapp.models import Customer, Purchase, Response, StageCount, StageMove, db, on_postgresql
from vocapp.models.bulk import insert_many
from vocapp.models.purchases import STANDS
from vocapp.models.sql import Dialect
from vocapp.models.stages import add_counts, drop_empty
from vocapp.models.types import time_text
from vocapp.services.feed_places import still_to_follow
from vocapp.services.purchasing import hold, settings_of
from vocapp.services.staff import Scope

AT_ONCE: Final = 1000
MOST_POINTS: Final = 4000
"""Days of ten years; behind them nothing is told."""
_Life: TypeAlias = Sequence[tuple[date, str]]
_Moves: TypeAlias = Counter[tuple[date, str, str]]
"""(day, before, after) → how many."""


def follow(*, workspace_id: int, ids: Collection[UUID]) -> None:
    """Write the lives of customers, who are held, as they are now; what is as it was is not touched."""
    if on_postgresql():  # a rebuild ends before anything is read that it writes
        db.session.execute(text("lock table stage_moves in row exclusive mode"))
    known = _kept(workspace_id, ids)
    changed = {one: now for one, now in _lives(workspace_id, ids).items() if now != known.get(one, [])}
    if not changed:
        return
    counts: _Moves = Counter()
    for one, now in changed.items():
        counts.subtract(_moves(known.get(one, [])))
        counts.update(_moves(now))
    _delete(workspace_id, [one for one in changed if one in known])
    _write(workspace_id, changed)
    _add(workspace_id, counts)


def forget(*, workspace_id: int, customer_id: UUID) -> None:
    """Delete the life of a locked customer, who is counted nowhere any longer."""
    counts: _Moves = Counter()
    counts.subtract(_moves(_kept(workspace_id, [customer_id]).get(customer_id, [])))
    _delete(workspace_id, [customer_id])
    _add(workspace_id, counts)


def rebuild(*, workspace_id: int) -> int:
    """Write every life anew; return how many moves there are. Whoever follows the feed waits meanwhile."""
    hold(workspace_id=workspace_id)
    for model in (StageMove, StageCount):
        db.session.execute(delete(model).where(model.workspace_id == workspace_id))
    counts: _Moves = Counter()
    for ids in _pages(workspace_id):
        lives = _lives(workspace_id, ids)
        _write(workspace_id, lives)
        for one in lives.values():
            counts.update(_moves(one))
    _add(workspace_id, counts)
    return counts.total()


def list_unlike(*, workspace_id: int, passing_over: Collection[UUID]) -> list[UUID]:
    """Return whose life is not what their purchases and answers say, but for those still to be looked at."""
    found = []
    for ids in _pages(workspace_id):
        kept = _kept(workspace_id, ids)
        lives = _lives(workspace_id, ids).items()
        found += [one for one, now in lives if now != kept.get(one, []) and one not in passing_over]
    return found


def life_of(*, scope: Scope, customer_id: UUID, today: date) -> list[tuple[date, str]]:
    """Return what a customer became and when, as told within the scope, the newest first; nothing of days to come.

    To a part of the company it is drawn from all purchases, which stand in the record, and from the answers given
    there: who recommends us elsewhere never was an ambassador here (docs/decisions/016).
    """
    if scope.places is None:
        found = _kept(scope.workspace_id, [customer_id])
    else:
        found = _lives(scope.workspace_id, [customer_id], places=scope.places)
    return [(day, stage) for day, stage in reversed(found.get(customer_id, [])) if day <= today]


def figures(
    *, workspace_id: int, since: date, until: date, now: datetime, group_by: Span | None = None
) -> dict[str, Any]:
    """Return how many stand where before the day `since` and at the end of the time, and every move between them.

    `until` does not count, nor do days to come: a time that lies ahead is empty, and everybody stands where they stand
    today. All customers are counted, of the whole company: nothing is drawn, so that there is no interval.
    `complete` is false while somebody is not counted yet.
    """
    _, timezone = settings_of(workspace_id=workspace_id)
    until = min(until, now.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1))
    since = min(since, until)
    first = select(StageCount.before, StageCount.after, func.sum(StageCount.n)).where(
        StageCount.workspace_id == workspace_id, StageCount.day < since
    )
    standing = dict.fromkeys(map(str, STAGES), 0)
    for before, after, n in db.session.execute(first.group_by(StageCount.before, StageCount.after)):
        _step(standing, before, after, int(n))
    start = dict(standing)
    rows = db.session.execute(
        select(StageCount.day, StageCount.before, StageCount.after, StageCount.n)
        .where(StageCount.workspace_id == workspace_id, StageCount.day >= since, StageCount.day < until)
        .where(StageCount.n != 0)
        .order_by(StageCount.day)
    ).all()
    moved: Counter[tuple[str, str]] = Counter()
    points: dict[date, dict[str, int]] = {}
    ends = _ends(since, until, group_by) if group_by else []
    at = 0
    for row in rows:
        while at < len(ends) and ends[at] <= row.day:
            points[ends[at]] = dict(standing)
            at += 1
        _step(standing, row.before, row.after, row.n)
        moved[(row.before, row.after)] += row.n
    points |= {end: dict(standing) for end in ends[at:]}
    groups = [{"on": end - timedelta(days=1), "stages": one} for end, one in points.items()]
    return {
        "from": since,
        "to": until,
        "complete": not _is_anybody_left(workspace_id, now),
        "at_start": start,
        "at_end": standing,
        "moves": [{"before": before or None, "after": after, "n": n} for (before, after), n in _in_order(moved)],
        **({"groups": groups} if group_by else {}),
    }


def _is_anybody_left(workspace_id: int, now: datetime) -> bool:
    """Say whether somebody who is still to be followed has no life yet, as after an upgrade or an import.

    Only those who wait are looked at, by their indexes: with nobody waiting it costs nothing.
    """
    d = Dialect(db.session.get_bind().dialect.name)
    lifeless = """not exists (select 1 from stage_moves m where m.workspace_id = :workspace_id
        and m.customer_id = {of})"""
    found = db.session.execute(
        text(f"""
            select exists (
                select 1 from portraits p where p.workspace_id = :workspace_id
                    and p.renew_at <= {d.time("now")} and {lifeless.format(of="p.customer_id")}
            ) or exists (
                select 1 from changes c
                join customers k on k.workspace_id = c.workspace_id and k.id = c.row_id
                left join followings f on f.workspace_id = c.workspace_id and f.stream = c.stream
                where c.workspace_id = :workspace_id and c.stream = 'customers'
                    and {still_to_follow(d)} and {lifeless.format(of="k.id")}
            )
        """),
        {"workspace_id": workspace_id, "now": time_text(now)},
    )
    return bool(found.scalar_one())


def _in_order(moved: Mapping[tuple[str, str], int]) -> Iterable[tuple[tuple[str, str], int]]:
    order = {stage: place for place, stage in enumerate(("", *STAGES))}
    return sorted(moved.items(), key=lambda one: (order[one[0][0]], order[one[0][1]]))


def _ends(since: date, until: date, group_by: Span) -> list[date]:
    """Return the days on which days, weeks or months are over, the last at the end of the time."""
    ends: list[date] = []
    end = span_start(since, group_by)
    while end < until and len(ends) < MOST_POINTS:
        end = span_after(end, group_by)
        ends.append(min(end, until))
    return ends


def _step(standing: dict[str, int], before: str, after: str, n: int) -> None:
    if before:
        standing[before] -= n
    standing[after] += n


# ── lives, as they are and as they are kept


def _lives(workspace_id: int, ids: Collection[UUID], *, places: Collection[str] | None = None) -> Mapping[UUID, _Life]:
    """Return what customers' purchases and answers say, in three statements; `places`: of the answers given there."""
    settings, timezone = settings_of(workspace_id=workspace_id)
    zone, asked = ZoneInfo(timezone), list(ids)
    customers = db.session.execute(
        select(Customer.id, Customer.created_at, Customer.nps_value, Customer.nps_at).where(
            Customer.workspace_id == workspace_id, Customer.id.in_(asked)
        )
    ).all()
    bought: dict[UUID, list[date]] = defaultdict(list)
    for customer_id, day in db.session.execute(
        select(Purchase.customer_id, Purchase.day)
        .where(Purchase.workspace_id == workspace_id, Purchase.customer_id.in_(asked))
        .where(Purchase.currency == settings.currency, text(STANDS.format("purchases")))
        .distinct()
    ):
        if day is not None:
            bought[customer_id].append(day)
    answers: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    last = {row.id: (row.nps_value, row.nps_at) for row in customers} if places is None else {}
    if bought:
        query = (
            select(Response.customer_id, Response.answered_at, Response.nps, Response.counted_on)
            .where(Response.workspace_id == workspace_id, Response.customer_id.in_(list(bought)))
            .where(Response.nps.is_not(None))
            .order_by(Response.answered_at, Response.id)
        )
        if places is None:
            query = query.where(Response.counted_on.is_not(None))
        else:
            query = query.where(Response.place.in_(places))
        for customer_id, at, nps, counted_on in db.session.execute(query):
            if counted_on is not None:
                answers[customer_id].append((at, nps or 0))
            if places is not None:  # there, the last word counts at once, as in the profile
                last[customer_id] = (nps, at)
    return {
        row.id: life(
            bought.get(row.id, ()),
            known_on=row.created_at.astimezone(zone).date(),
            nps=_answered(answers.get(row.id, ()), *last.get(row.id, (None, None)), zone),
            settings=settings,
        )
        for row in customers
    }


def _answered(
    answers: Sequence[tuple[datetime, int]], last: int | None, last_at: datetime | None, zone: ZoneInfo
) -> list[tuple[date, int]]:
    """Return the NPS by day; the profile's is the last, as it is for the stage of today."""
    if last is None or last_at is None:
        return []
    told = [*((at, nps) for at, nps in answers if at < last_at), (last_at, last)]
    return [(at.astimezone(zone).date(), nps) for at, nps in told]


def _kept(workspace_id: int, ids: Collection[UUID]) -> Mapping[UUID, _Life]:
    found: dict[UUID, list[tuple[date, str]]] = defaultdict(list)
    rows = db.session.execute(
        select(StageMove.customer_id, StageMove.day, StageMove.after)
        .where(StageMove.workspace_id == workspace_id, StageMove.customer_id.in_(list(ids)))
        .order_by(StageMove.day)
    )
    for customer_id, day, stage in rows:
        found[customer_id].append((day, stage))
    return dict(found)


def _moves(one: _Life) -> list[tuple[date, str, str]]:
    return [(day, one[at - 1][1] if at else "", stage) for at, (day, stage) in enumerate(one)]


def _delete(workspace_id: int, ids: Sequence[UUID]) -> None:
    if ids:
        db.session.execute(
            delete(StageMove)
            .where(StageMove.workspace_id == workspace_id, StageMove.customer_id.in_(ids))
            .execution_options(synchronize_session=False)
        )


def _write(workspace_id: int, lives: Mapping[UUID, _Life]) -> None:
    rows = [
        {"workspace_id": workspace_id, "customer_id": str(one), "day": day, "before": before, "after": after}
        for one, whole in sorted(lives.items())
        for day, before, after in _moves(whole)
    ]
    insert_many(StageMove, rows)


def _add(workspace_id: int, counts: _Moves) -> None:
    rows = [{"day": day, "before": before, "after": after, "n": n} for (day, before, after), n in counts.items() if n]
    if rows:
        add_counts.run(db.session.connection(), workspace_id=workspace_id, rows=rows)
        drop_empty.run(db.session.connection(), workspace_id=workspace_id, rows=rows)


def _pages(workspace_id: int) -> Iterable[Sequence[UUID]]:
    """Give all customers, a thousand at a time."""
    after: UUID | None = None
    while True:
        query = select(Customer.id).where(Customer.workspace_id == workspace_id).order_by(Customer.id).limit(AT_ONCE)
        if after is not None:
            query = query.where(Customer.id > after)
        ids = db.session.scalars(query).all()
        if ids:
            yield ids
        if len(ids) < AT_ONCE:
            return
        after = ids[-1]
