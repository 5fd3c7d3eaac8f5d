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
from vocapp.domain.buyers import NEITHER, NO_PLACE, WHOLE, Buyer, Key, Sum, counted_at
from vocapp.domain.value import STAGES, life
from vocapp.models import Customer, PlaceStageCount, Purchase, Response, StageCount, StageMove, db, on_postgresql
from vocapp.models.bulk import insert_many
from vocapp.models.purchases import STANDS
from vocapp.models.sql import Dialect
from vocapp.models.stages import add_counts, add_counts_by_place, drop_empty, drop_empty_by_place
from vocapp.models.types import time_text
from vocapp.services import cohorting
from vocapp.services.feed_places import still_to_follow
from vocapp.services.purchasing import hold, settings_of
from vocapp.services.staff import Scope

AT_ONCE: Final = 1000
MOST_POINTS: Final = 4000
"""Days of ten years; behind them nothing is told."""
_Life: TypeAlias = Sequence[tuple[date, str]]
_Moves: TypeAlias = Counter[tuple[str, date, str, str]]
"""(place, day, before, after) → how many."""


def follow(*, workspace_id: int, ids: Collection[UUID]) -> set[UUID]:
    """Write the lives of customers, who are held, as they are now, and what they bought; what is as it was stays.

    Return who belongs to another place now.
    """
    if on_postgresql():  # a rebuild ends before anything is read that it writes
        db.session.execute(text("lock table stage_moves in row exclusive mode"))
    settings, _ = settings_of(workspace_id=workspace_id)
    known, lives = _kept(workspace_id, ids), _lives(workspace_id, ids)
    before = cohorting.kept(workspace_id=workspace_id, ids=ids)
    after = cohorting.bought(workspace_id=workspace_id, ids=ids, currency=settings.currency)
    moved = {one for one in lives if _place(before, one) != _place(after, one)}
    changed = {one: now for one, now in lives.items() if now != known.get(one, [])}
    counts: _Moves = Counter()
    for one in {*changed, *moved}:
        counts.subtract(_moves(known.get(one, []), _place(before, one)))
        counts.update(_moves(lives[one], _place(after, one)))
    _delete(workspace_id, [one for one in changed if one in known])
    _write(workspace_id, changed)
    _add(workspace_id, counts)
    cohorting.write(workspace_id=workspace_id, before=before, now=after)
    return moved


def forget(*, workspace_id: int, customer_id: UUID) -> None:
    """Delete the life of a locked customer, who is counted nowhere any longer."""
    counts: _Moves = Counter()
    before = cohorting.kept(workspace_id=workspace_id, ids=[customer_id])
    life_ = _kept(workspace_id, [customer_id]).get(customer_id, [])
    counts.subtract(_moves(life_, _place(before, customer_id)))
    _delete(workspace_id, [customer_id])
    _add(workspace_id, counts)
    cohorting.write(workspace_id=workspace_id, before=before, now={})


def rebuild(*, workspace_id: int) -> int:
    """Write every life and buyer anew; return how many moves there are. Whoever follows the feed waits meanwhile."""
    hold(workspace_id=workspace_id)
    settings, _ = settings_of(workspace_id=workspace_id)
    cohorting.begin_anew(workspace_id=workspace_id)
    for model in (StageMove, StageCount, PlaceStageCount):
        db.session.execute(delete(model).where(model.workspace_id == workspace_id))
    counts: _Moves = Counter()
    sums: dict[Key, Sum] = {}
    for ids in _pages(workspace_id):
        lives = _lives(workspace_id, ids)
        buyers = cohorting.bought(workspace_id=workspace_id, ids=ids, currency=settings.currency)
        _write(workspace_id, lives)
        cohorting.insert(workspace_id=workspace_id, buyers=buyers)
        for one, whole in lives.items():
            counts.update(_moves(whole, _place(buyers, one)))
        for buyer in buyers.values():
            cohorting.count(sums, buyer)
    _add(workspace_id, counts)
    cohorting.add(workspace_id=workspace_id, sums=sums)
    return sum(n for (place, *_), n in counts.items() if place == WHOLE)


def list_unlike(*, workspace_id: int, passing_over: Collection[UUID]) -> list[UUID]:
    """Return whose life or place is not what purchases and answers say, but for those still to be looked at."""
    found = []
    settings, _ = settings_of(workspace_id=workspace_id)
    for ids in _pages(workspace_id):
        kept = _kept(workspace_id, ids)
        lives = _lives(workspace_id, ids)
        wrong = {one for one, now in lives.items() if now != kept.get(one, [])}
        before = cohorting.kept(workspace_id=workspace_id, ids=ids)
        now_ = cohorting.bought(workspace_id=workspace_id, ids=ids, currency=settings.currency)
        wrong |= {one for one in lives if before.get(one) != now_.get(one)}
        found += [one for one in lives if one in wrong and one not in passing_over]
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
    *,
    workspace_id: int,
    since: date,
    until: date,
    now: datetime,
    group_by: Span | None = None,
    place: str | None = None,
    to_a_part: bool = False,
) -> dict[str, Any]:
    """Return how many stand where before the day `since` and at the end of the time, and every move between them.

    `until` does not count, nor do days to come: a time that lies ahead is empty, and everybody stands where they stand
    today. Of the whole company all customers are counted, of a place those whose first purchase was there or below it:
    nothing is drawn, so that there is no interval. `complete` is false while somebody is not counted yet.

    Who reads for a part of the company (`to_a_part`) is told of ambassadors as of regulars, since what makes the
    difference may have been answered anywhere (docs/decisions/016).
    """
    _, timezone = settings_of(workspace_id=workspace_id)
    until = min(until, now.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1))
    since = min(since, until)
    shown = tuple(one for one in STAGES if not (to_a_part and one == "ambassador"))
    standing, of_time = dict.fromkeys(map(str, shown), 0), Counter[tuple[date, str, str]]()
    for places, times in _places_of(workspace_id, place):
        first, then = _told(workspace_id, places, since, until, to_a_part=to_a_part)
        for (before, after), n in first.items():
            _step(standing, before, after, times * n)
        for move, n in then.items():
            of_time[move] += times * n
    start = dict(standing)
    moved: Counter[tuple[str, str]] = Counter()
    points: dict[date, dict[str, int]] = {}
    ends = _ends(since, until, group_by) if group_by else []
    at = 0
    for (day, before, after), n in sorted(of_time.items()):
        while at < len(ends) and ends[at] <= day:
            points[ends[at]] = dict(standing)
            at += 1
        _step(standing, before, after, n)
        moved[(before, after)] += n
    points |= {end: dict(standing) for end in ends[at:]}
    groups = [{"on": end - timedelta(days=1), "stages": one} for end, one in points.items()]
    complete = not is_anybody_left(workspace_id=workspace_id, now=now)
    return {
        "from": since,
        "to": until,
        "complete": complete and (place is None or cohorting.is_complete(workspace_id=workspace_id)),
        "at_start": start,
        "at_end": standing,
        "moves": [{"before": before or None, "after": after, "n": n} for (before, after), n in _in_order(moved) if n],
        **({"groups": groups} if group_by else {}),
    }


def _places_of(workspace_id: int, place: str | None) -> list[tuple[list[str], int]]:
    """Return the places of which sums are added, and those of which they are taken away."""
    if place != NEITHER:
        return [(cohorting.places_within(workspace_id=workspace_id, place=place), 1)]
    return [([WHOLE], 1), (cohorting.all_places(workspace_id=workspace_id), -1)]


def _told(
    workspace_id: int, places: Sequence[str], since: date, until: date, *, to_a_part: bool
) -> tuple[Counter[tuple[str, str]], Counter[tuple[date, str, str]]]:
    """Return the moves before a time, all together, and those in it, by day."""
    kept: type[StageCount | PlaceStageCount] = StageCount if WHOLE in places else PlaceStageCount
    of_them = [kept.workspace_id == workspace_id]
    if kept is PlaceStageCount:
        of_them.append(PlaceStageCount.place.in_(places))
    move = (kept.before, kept.after)
    first: Counter[tuple[str, str]] = Counter()
    then: Counter[tuple[date, str, str]] = Counter()
    for before, after, n in db.session.execute(
        select(*move, func.sum(kept.n)).where(*of_them, kept.day < since).group_by(*move)
    ):
        if (pair := _as_told(before, after, to_a_part=to_a_part)) is not None:
            first[pair] += int(n)
    for day, before, after, n in db.session.execute(
        select(kept.day, *move, func.sum(kept.n))
        .where(*of_them, kept.day >= since, kept.day < until)
        .group_by(kept.day, *move)
    ):
        if (pair := _as_told(before, after, to_a_part=to_a_part)) is not None:
            then[(day, *pair)] += int(n)
    return first, then


def _as_told(before: str, after: str, *, to_a_part: bool) -> tuple[str, str] | None:
    """Return a move as who asks is told of it; None: as if there were none."""
    if not to_a_part:
        return before, after
    as_regular = {"ambassador": "regular"}
    pair = as_regular.get(before, before), as_regular.get(after, after)
    return None if pair[0] == pair[1] else pair


def is_anybody_left(*, workspace_id: int, now: datetime) -> bool:
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


def _moves(one: _Life, place: str) -> list[tuple[str, date, str, str]]:
    """Return the moves of a life, each once for every place at which it counts."""
    moves = [(day, one[at - 1][1] if at else "", stage) for at, (day, stage) in enumerate(one)]
    return [(at, *move) for at in counted_at(place) for move in moves]


def _place(buyers: Mapping[UUID, Buyer], one: UUID) -> str:
    return buyers[one].place if one in buyers else NO_PLACE


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
        for _, day, before, after in _moves(whole, NO_PLACE)
    ]
    insert_many(StageMove, rows)


def _add(workspace_id: int, counts: _Moves) -> None:
    rows = [
        {"place": place, "day": day, "before": before, "after": after, "n": n}
        for (place, day, before, after), n in counts.items()
        if n
    ]
    of_all = [row for row in rows if row["place"] == WHOLE]
    for some, added, dropped in (
        (of_all, add_counts, drop_empty),
        ([row for row in rows if row["place"] != WHOLE], add_counts_by_place, drop_empty_by_place),
    ):
        if some:
            added.run(db.session.connection(), workspace_id=workspace_id, rows=some)
            dropped.run(db.session.connection(), workspace_id=workspace_id, rows=some)


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
