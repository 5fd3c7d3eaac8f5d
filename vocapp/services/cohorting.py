"""Who has bought, where they first did, and the sums of cohorts by place: kept behind the change feed, beside stages.

`staging` calls `write` for whoever changed, in the same transaction. Reading costs the same for any number of
customers: one statement over sums by month. What a place is told of, and what a figure claims, docs/decisions/026 says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, text

from vocapp.domain.buyers import NEITHER, NO_PLACE, WHOLE, Buyer, Key, Sum, buyer_of
from vocapp.domain.cohorts import Cohort, PlaceWorth, Size, cohorts_of, worth_of
from vocapp.models import BuyerRow, CohortSum, Following, Place, Purchase, db
from vocapp.models.bulk import insert_many
from vocapp.models.buyers import add_sums, drop_empty_sums, read_cohorts, read_places
from vocapp.models.purchases import STANDS
from vocapp.services.reporting import below

AGAIN: Final = "cohorts"
"""How far all customers were gone through once more, as after migration 0040; the place is gone when they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Of whom cohorts are asked, by the workspace's days."""

    workspace_id: int
    since: date
    """The first day of a month; as `until`, which does not count."""
    until: date
    today: date
    lapsed_after_days: int
    place: str | None = None
    """With all that is below it; NEITHER: those of no place; None: the whole company."""


# ── who has bought, as it is and as it is kept


def bought(*, workspace_id: int, ids: Collection[UUID], currency: str) -> dict[UUID, Buyer]:
    """Return what the purchases of customers say, of those who have bought: one statement."""
    rows = db.session.execute(
        select(
            Purchase.customer_id,
            Purchase.ordered_at,
            Purchase.order_key,
            Purchase.place,
            Purchase.day,
            Purchase.total_minor - Purchase.refunded_minor,
        )
        .where(Purchase.workspace_id == workspace_id, Purchase.customer_id.in_(list(ids)))
        .where(Purchase.currency == currency, text(STANDS.format("purchases")))
    )
    each: dict[UUID, list[Any]] = defaultdict(list)
    for customer_id, *purchase in rows:
        each[customer_id].append(tuple(purchase))
    return {one: buyer for one, purchases in each.items() if (buyer := buyer_of(purchases)) is not None}


def kept(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, Buyer]:
    """Return what is kept of customers, of those who have bought."""
    rows = db.session.scalars(
        select(BuyerRow).where(BuyerRow.workspace_id == workspace_id, BuyerRow.customer_id.in_(list(ids)))
    )
    return {row.customer_id: Buyer(row.place, row.first_on, row.last_on, row.days, row.months) for row in rows}


def places_of(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return to which place customers belong, of those who do."""
    rows = db.session.execute(
        select(BuyerRow.customer_id, BuyerRow.place)
        .where(BuyerRow.workspace_id == workspace_id, BuyerRow.customer_id.in_(list(ids)))
        .where(BuyerRow.place != NO_PLACE)
    )
    return dict(rows.tuples().all())


def write(*, workspace_id: int, before: Mapping[UUID, Buyer], now: Mapping[UUID, Buyer]) -> None:
    """Write what changed of customers, and add it to the sums; who is only in `before` has bought nothing any more."""
    changed = [one for one in {**before, **now} if before.get(one) != now.get(one)]
    if not changed:
        return
    sums: dict[Key, Sum] = {}
    for which, times in ((before, -1), (now, 1)):
        for one in changed:
            if one in which:
                count(sums, which[one], times)
    gone = [one for one in changed if one in before]
    if gone:
        db.session.execute(
            delete(BuyerRow)
            .where(BuyerRow.workspace_id == workspace_id, BuyerRow.customer_id.in_(gone))
            .execution_options(synchronize_session=False)
        )
    insert(workspace_id=workspace_id, buyers={one: now[one] for one in changed if one in now})
    add(workspace_id=workspace_id, sums=sums)


def insert(*, workspace_id: int, buyers: Mapping[UUID, Buyer]) -> None:
    """Write rows of customers of whom nothing is kept."""
    rows = [
        {
            "workspace_id": workspace_id,
            "customer_id": str(one),
            "place": buyer.place,
            "first_on": buyer.first_on,
            "last_on": buyer.last_on,
            "days": buyer.days,
            "months": dict(buyer.months),
        }
        for one, buyer in sorted(buyers.items())
    ]
    insert_many(BuyerRow, rows)


def count(sums: dict[Key, Sum], buyer: Buyer, times: int = 1) -> None:
    """Add what somebody adds."""
    for key, one in buyer.sums().items():
        sums[key] = sums.get(key, _NOTHING).added(one, times)


def add(*, workspace_id: int, sums: Mapping[Key, Sum]) -> None:
    """Add to the sums that are kept."""
    rows = [{**key._asdict(), **one._asdict()} for key, one in sums.items() if any(one)]
    if rows:
        add_sums.run(db.session.connection(), workspace_id=workspace_id, rows=rows)
        drop_empty_sums.run(db.session.connection(), workspace_id=workspace_id, rows=rows)


def begin_anew(*, workspace_id: int) -> None:
    """Delete all that is kept: it is about to be written from the purchases."""
    for model in (BuyerRow, CohortSum):
        db.session.execute(delete(model).where(model.workspace_id == workspace_id))


def is_complete(*, workspace_id: int) -> bool:
    """Say whether all who were there before there were these sums have been counted."""
    query = select(Following.stream).where(Following.workspace_id == workspace_id, Following.stream == AGAIN)
    return db.session.scalar(query) is None


# ── reading


def places_within(*, workspace_id: int, place: str | None) -> list[str]:
    """Return the places whose sums a figure adds up."""
    if place is None:
        return [WHOLE]
    return below(workspace_id=workspace_id, place=place)


def all_places(*, workspace_id: int) -> list[str]:
    """Return every place, so that what they have can be taken from the whole."""
    return list(db.session.scalars(select(Place.key).where(Place.workspace_id == workspace_id)))


def read(*, question: Question) -> list[Cohort]:
    """Return the cohorts of a place or the company, the oldest first: one statement over sums."""
    if question.place == NEITHER:
        whole = _sums(question, [WHOLE])
        for key, one in _sums(question, all_places(workspace_id=question.workspace_id)).items():
            whole[key] = whole.get(key, _NOTHING).added(one, -1)
        found = whole
    else:
        found = _sums(question, places_within(workspace_id=question.workspace_id, place=question.place))
    sizes = {
        f"{cohort:%Y-%m}": Size(one.n, found.get((cohort, "month", None), _NOTHING).n, float(one.squares))
        for (cohort, kind, _), one in found.items()
        if kind == "size" and one.n
    }
    active = [
        (f"{cohort:%Y-%m}", f"{at:%Y-%m}", one.n, one.revenue_minor)
        for (cohort, kind, at), one in found.items()
        if kind == "bought" and at is not None
    ]
    return cohorts_of(sizes, active, today=question.today, lapsed_after_days=question.lapsed_after_days)


def read_by_place(*, question: Question) -> list[PlaceWorth]:
    """Return each place within the one that is asked for, in the order of its key, with all cohorts together.

    Of the whole company there is NO_PLACE, too, so that they add up to it.
    """
    of_all = question.place is None
    within = (
        all_places(workspace_id=question.workspace_id)
        if of_all
        else places_within(workspace_id=question.workspace_id, place=question.place)
    )
    rows = read_places.run(db.session.connection(), places=[*within, WHOLE] if of_all else within, **_asked(question))
    each: dict[str, dict[tuple[str, int], Sum]] = defaultdict(dict)
    for place, kind, old, *sums in rows:
        each[place][(kind, old)] = Sum(*map(int, sums))
    if of_all and WHOLE in each:
        rest = each.pop(WHOLE)
        for found in each.values():
            for key, one in found.items():
                rest[key] = rest.get(key, _NOTHING).added(one, -1)
        each[NO_PLACE] = rest
    made = (
        worth_of(
            place,
            all_=found.get(("size", 0), _NOTHING).added(found.get(("size", 1), _NOTHING)),
            old=found.get(("size", 1), _NOTHING),
            lapsed=found.get(("month", 1), _NOTHING),
        )
        for place, found in sorted(each.items())
    )
    return [one for one in made if one.customers]


_NOTHING: Final = Sum(0)


def _sums(question: Question, places: Sequence[str]) -> dict[tuple[date, str, date | None], Sum]:
    rows = read_cohorts.run(db.session.connection(), places=list(places), **_asked(question))
    return {(cohort, kind, at): Sum(*map(int, sums)) for cohort, kind, at, *sums in rows}


def _asked(question: Question) -> dict[str, Any]:
    silent = question.today - timedelta(days=question.lapsed_after_days)
    return {
        "workspace_id": question.workspace_id,
        "since": question.since,
        "until": question.until,
        "silent": silent,
        "silent_month": silent.replace(day=1),
    }
