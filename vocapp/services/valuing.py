"""What customers are worth, read: one profile's value, figures by period, cohorts, and everybody's on a past day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Float, Row, String, cast, func, literal, literal_column, select, text

from vocapp.domain.boards import span_after, span_start
from vocapp.domain.buyers import NEITHER, NO_PLACE
from vocapp.domain.comparing import Rank, ranks
from vocapp.domain.erasing import week_of
from vocapp.domain.scores import FEWEST_ANSWERS
from vocapp.domain.value import Baskets, Standing, ValueSettings, stage_of
from vocapp.models import BuyerRow, Customer, CustomerValue, Purchase, Sales, Workspace, db, on_postgresql, values
from vocapp.models.purchases import STANDS
from vocapp.services import cohorting
from vocapp.services.purchasing import SETTING, settings_of
from vocapp.services.reporting import below
from vocapp.services.staging import is_anybody_left

GROUPS = ("day", "week", "month", "place")


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which purchases to look at, by the workspace's days; `until` does not count."""

    workspace_id: int
    since: date | None = None
    until: date | None = None
    place: str | None = None
    """With all that is below it; NEITHER: orders that named none."""


def value_documents(
    *, workspace: Workspace, customers: Iterable[Customer], now: datetime
) -> dict[UUID, dict[str, Any]]:
    """Return what each customer is worth and where they stand, in one statement."""
    settings = ValueSettings.read(workspace.settings.get(SETTING) or {})
    today = now.astimezone(ZoneInfo(workspace.timezone)).date()
    asked = {customer.id: customer for customer in customers}
    rows = db.session.execute(
        select(CustomerValue, BuyerRow.place)
        .outerjoin(
            BuyerRow,
            (BuyerRow.workspace_id == CustomerValue.workspace_id) & (BuyerRow.customer_id == CustomerValue.customer_id),
        )
        .where(CustomerValue.workspace_id == workspace.id, CustomerValue.customer_id.in_(list(asked)))
    )
    held = {row.customer_id: (standing_in(row), place) for row, place in rows}
    nothing = Standing(), None
    return {
        key: document(*held.get(key, nothing), nps=customer.nps_value, today=today, settings=settings)
        for key, customer in asked.items()
    }


def standing_in(row: CustomerValue | Row[Any]) -> Standing:
    """Read a row of values."""
    return Standing(
        orders=row.orders,
        days=row.days,
        run_months=row.run_months,
        revenue=row.revenue_minor,
        refunded=row.refunded_minor,
        first_at=row.first_at,
        last_at=row.last_at,
        first_on=row.first_on,
        last_on=row.last_on,
    )


def document(
    standing: Standing, place: str | None, *, nps: int | None, today: date, settings: ValueSettings
) -> dict[str, Any]:
    """Return a value as the API gives it; `place` is that of the first purchase."""
    basket = standing.average_basket
    return {
        "stage": stage_of(standing, nps=nps, today=today, settings=settings),
        "place": (place or None) if standing.orders else None,
        "currency": settings.currency,
        "orders": standing.orders,
        "revenue_minor": standing.revenue,
        "refunded_minor": standing.refunded,
        "average_basket_minor": None if basket is None else round(basket),
        "lifetime_value_minor": standing.lifetime_value,
        "frequency": standing.frequency,
        "recency_days": standing.recency_days,
        "age_days": standing.age_days(today),
        "days_since_last": standing.days_since_last(today),
        "first_at": standing.first_at,
        "last_at": standing.last_at,
    }


def list_values_on(*, workspace_id: int, day: date, after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """Return (outside id, value at the end of a day) of the customers behind an outside id.

    The purchases are as they are known now; a stage is by the last NPS that there is now.
    """
    settings, _ = settings_of(workspace_id=workspace_id)
    rows = values.read_values_until.run(
        db.session.connection(),
        workspace_id=workspace_id,
        until=day,
        after=after,
        most=limit,
        currency=settings.currency,
    ).all()
    return [
        (
            row.external_id,
            document(
                Standing() if row.bought is None else standing_in(row),
                row.place,
                nps=row.nps_value,
                today=day,
                settings=settings,
            ),
        )
        for row in rows
    ]


def figure(*, question: Question) -> dict[str, Any]:
    """Return revenue, orders, customers and the average basket of a time."""
    settings, _ = settings_of(workspace_id=question.workspace_id)
    sums, others = _sums(question, None, settings.currency)
    found = _figure(sums.get("", (0, 0, 0)), _baskets(question, None, settings.currency).get("", Baskets()))
    return {"currency": settings.currency, **found, "not_counted": others}


def figures_by(*, question: Question, group_by: str) -> list[dict[str, Any]]:
    """Return the same for each group: `[{key, …}]`, in the order of the keys; of no orders there is none."""
    settings, _ = settings_of(workspace_id=question.workspace_id)
    sums, _ = _sums(question, group_by, settings.currency)
    baskets = _baskets(question, group_by, settings.currency)
    return [{"key": key, **_figure(n, baskets.get(key, Baskets()))} for key, n in sorted(sums.items()) if any(n)]


def places_beside(*, question: Question, earlier: Question | None) -> list[dict[str, Any]]:
    """Return the same for each place, with what it was in an earlier time, also where there was an order only then.

    `before` is None where no earlier time is asked for.
    """
    now = {one["key"]: one for one in figures_by(question=question, group_by="place")}
    then = {one.pop("key"): one for one in figures_by(question=earlier, group_by="place")} if earlier else {}
    nothing = _figure((0, 0, 0), Baskets())
    return [
        {"key": key, **now.get(key, nothing), "before": then.get(key, nothing) if earlier else None}
        for key in sorted(now.keys() | then.keys())
    ]


def key_of(group_by: str, start: date) -> str:
    """Return the key under which `figures_by` gives the day, week or month that begins on a day."""
    return _label(group_by, start)


def cohorts(
    *,
    workspace_id: int,
    since: date | None,
    until: date | None,
    now: datetime,
    place: str | None = None,
    by_place: bool = False,
    to_a_part: bool = False,
) -> dict[str, Any]:
    """Return the cohorts that began in the months from `since` on, before `until`: a year of them where none is named.

    Of a day, its whole month. Of `place` with all below it: those whose first purchase was there; NEITHER is whoever
    belongs to none. `complete` is false while some are still to be counted, as after an upgrade or an import. With
    `by_place` each place has all its cohorts together, and its ranks by what a customer of it is worth. Who reads
    `to_a_part` of the company is told no revenue of fewer than ten: it is that of people, and elsewhere, too.
    """
    settings, timezone = settings_of(workspace_id=workspace_id)
    today = now.astimezone(ZoneInfo(timezone)).date()
    end = until.replace(day=1) if until else span_after(span_start(today, "month"), "month")
    begin = since.replace(day=1) if since else end.replace(year=end.year - 1)
    question = cohorting.Question(
        workspace_id=workspace_id,
        since=begin,
        until=end,
        today=today,
        lapsed_after_days=settings.lapsed_after_days,
        place=place,
    )
    found: dict[str, Any] = {
        "from": begin,
        "to": end,
        "currency": settings.currency,
        "lapsed_after_days": settings.lapsed_after_days,
        "complete": cohorting.is_complete(workspace_id=workspace_id)
        and not is_anybody_left(workspace_id=workspace_id, now=now),
        "cohorts": [one.document() for one in cohorting.read(question=question)],
    }
    if by_place:
        each = cohorting.read_by_place(question=question)
        ranked = ranks({one.place: one.mean for one in each if one.place != NO_PLACE})
        found["groups"] = [{"key": one.place, **one.document(), "rank": _rank(ranked.get(one.place))} for one in each]
    if to_a_part:
        for few in (one for one in (*found["cohorts"], *found.get("groups", ())) if one["customers"] < FEWEST_ANSWERS):
            few["revenue_minor"] = None
            for month in few.get("months", ()):
                month["revenue_minor"] = None
    return found


def _rank(rank: Rank | None) -> dict[str, Any] | None:
    return None if rank is None else rank.document()


def _figure(sums: tuple[int, int, int], baskets: Baskets) -> dict[str, Any]:
    orders, total, refunded = sums
    interval = baskets.interval()
    return {
        "revenue_minor": total - refunded,
        "refunded_minor": refunded,
        "orders": orders,
        "customers": baskets.customers,
        # of those whose purchases are there: the sums hold what the erased bought, and nobody knows who bought it
        "average_basket_minor": None if baskets.average is None else round(baskets.average),
        "average_basket_orders": round(baskets.orders),
        "average_basket_interval": interval.document() if interval else None,
    }


def _sums(
    question: Question, group_by: str | None, currency: str
) -> tuple[dict[str, tuple[int, int, int]], dict[str, int]]:
    """Return (orders, total, refunded by label; orders in other currencies), from the sums of the days."""
    key = {None: [], "place": [Sales.place]}.get(group_by, [Sales.day])
    query = select(
        Sales.currency, func.sum(Sales.orders), func.sum(Sales.total_minor), func.sum(Sales.refunded_minor), *key
    ).where(Sales.workspace_id == question.workspace_id, *_within(question, Sales))
    sums: dict[str, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    others: dict[str, int] = defaultdict(int)
    for of, orders, total, refunded, *group in db.session.execute(query.group_by(Sales.currency, *key)):
        if of != currency:
            others[of] += int(orders)
            continue
        label = _label(group_by, group[0]) if group else ""
        before = sums[label]
        sums[label] = (before[0] + int(orders), before[1] + int(total), before[2] + int(refunded))
    return sums, {key: n for key, n in sorted(others.items()) if n}


def _baskets(question: Question, group_by: str | None, currency: str) -> dict[str, Baskets]:
    """Sum customers up: no sums of days tell how many different ones they are, so they come from the purchases."""
    key: list[ColumnElement[Any]] = [] if group_by is None else [_bucket(group_by).label("bucket")]
    each = (
        select(
            cast(func.count(), Float).label("x"),
            cast(func.sum(Purchase.total_minor - Purchase.refunded_minor), Float).label("y"),
            *key,
        )
        .where(Purchase.workspace_id == question.workspace_id, Purchase.currency == currency)
        .where(text(STANDS.format("purchases")), *_within(question, Purchase))
        .group_by(Purchase.customer_id, *key)
        .subquery()
    )
    x, y = each.c.x, each.c.y
    sums = [func.sum(x), func.sum(y), func.sum(y * y), func.sum(x * y), func.sum(x * x)]
    grouped = [] if group_by is None else [each.c.bucket]
    found: dict[str, Baskets] = {}
    for customers, *summed, group in db.session.execute(
        select(func.count(), *sums, *(grouped or [literal("")])).select_from(each).group_by(*grouped)
    ):
        if customers:
            found[_label(group_by, group) if grouped else ""] = Baskets(customers, *summed)
    return found


def _within(question: Question, table: type[Sales | Purchase]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if question.since:
        where.append(table.day >= question.since)
    if question.until:
        where.append(table.day < question.until)
    if question.place == NEITHER:
        where.append(func.coalesce(table.place, NO_PLACE) == NO_PLACE)
    elif question.place:
        where.append(table.place.in_(below(workspace_id=question.workspace_id, place=question.place)))
    return where


def _bucket(group_by: str) -> ColumnElement[Any]:
    """Write the group of a purchase: its place, or the first day of its week or month."""
    if group_by == "place":
        return func.coalesce(Purchase.place, "")
    if group_by == "day":
        return literal_column("purchases.day", Date)
    if on_postgresql():
        return cast(func.date_trunc(literal_column(f"'{group_by}'", String), Purchase.day), Date)
    how = "'weekday 0', '-6 days'" if group_by == "week" else "'start of month'"
    return literal_column(f"date(purchases.day, {how})", Date)


def _label(group_by: str | None, value: Any) -> str:
    if group_by == "week":
        year, week, _ = week_of(value).isocalendar()
        return f"{year}-W{week:02d}"
    if group_by == "month":
        return f"{value:%Y-%m}"
    return value.isoformat() if isinstance(value, date) else str(value)
