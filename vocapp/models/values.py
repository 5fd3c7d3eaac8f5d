"""The SQL of purchases: taking them in, and what they come to by customer and by day.

Whoever takes purchases in locks rows in one order: those whose the orders are, purchases by their keys, values by their
customers, sums by their days. What a customer's purchases come to is counted anew behind the lock of the value's row,
so that of two who write for one customer the second sees what the first has written.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Date, String
from sqlalchemy.types import TypeEngine

from vocapp.domain.value import PROMOTER_FROM
from vocapp.models.purchases import STANDS
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import Json, UtcTime

COLUMNS = {
    "id": "uuid",
    "order_key": "text",
    "customer_id": "uuid",
    "place": "text",
    "ordered_at": "timestamptz",
    "day": "date",
    "currency": "text",
    "total_minor": "bigint",
    "refunded_minor": "bigint",
    "refunds": "jsonb",
    "told_at": "timestamptz",
    "told_key": "text",
    "completed_at": "timestamptz",
    "cancelled_at": "timestamptz",
}
STANDING = ("orders", "days", "run_months", "revenue_minor", "refunded_minor")
SINCE = ("first_at", "last_at", "first_on", "last_on")

_PURCHASE: dict[str, TypeEngine[Any]] = {
    "id": String(),
    "order_key": String(),
    "customer_id": String(),
    "ordered_at": UtcTime(),
    "day": Date(),
    "refunds": Json(),
    "told_at": UtcTime(),
    "completed_at": UtcTime(),
    "cancelled_at": UtcTime(),
}
_VALUE: dict[str, TypeEngine[Any]] = {
    "customer_id": String(),
    "revenue_minor": BigInteger(),
    "refunded_minor": BigInteger(),
    "first_at": UtcTime(),
    "last_at": UtcTime(),
    "first_on": Date(),
    "last_on": Date(),
}


@statement()
def hold_owners(d: Dialect) -> str:
    """Keep those who have one of `orders`, and are none of `customers`, from being erased; PostgreSQL's alone.

    What is counted of them refers to them: whoever has their orders first would wait for who erases them, and is waited
    for.
    """
    return f"""
        select 1 from customers c where c.workspace_id = :workspace_id and c.id in (
            select p.customer_id from purchases p
            where p.workspace_id = :workspace_id and p.order_key in {d.values("orders", "text")}
                and p.customer_id not in {d.values("customers", "uuid")})
        order by c.id {"for key share" if d.postgresql else ""}
    """


@statement(**_PURCHASE)
def keep_purchases(d: Dialect) -> str:
    """Keep those of `rows` that are new, lock those that are there; gives all of them as they are now."""
    names = ", ".join(COLUMNS)
    given = ", ".join(_text(d, name) for name in COLUMNS)
    return f"""
        insert into purchases (workspace_id, {names})
        select :workspace_id, {", ".join(f"r.{name}" for name in COLUMNS)} from {d.rows("rows", "r", **COLUMNS)}
        where true order by r.order_key
        on conflict (workspace_id, order_key) do update set order_key = excluded.order_key
        returning {given}
    """


@statement()
def change_purchases(d: Dialect) -> str:
    """Write `rows`, which are locked, as they are given."""
    changed = [name for name in COLUMNS if name not in {"id", "order_key"}]
    return f"""
        update purchases set {", ".join(f"{name} = r.{name}" for name in changed)}
        from {d.rows("rows", "r", **COLUMNS)} where purchases.workspace_id = :workspace_id and purchases.id = r.id
    """


@statement()
def lock_values(d: Dialect) -> str:
    """Lock the value's row of each of `customers`, making it where there is none."""
    each = f"cast(k.value as {'uuid' if d.postgresql else 'text'})"
    return f"""
        insert into customer_values (workspace_id, customer_id, {", ".join(STANDING)})
        select :workspace_id, {each}, {", ".join("0" for _ in STANDING)} from {d.each("customers")} as k
        where true order by 2
        on conflict (workspace_id, customer_id) do update set orders = customer_values.orders
    """


@statement(customer_id=String())
def count_values(d: Dialect) -> str:
    """Count anew what the purchases of `customers` come to, behind their locks; gives those who have changed."""
    names = (*STANDING, *SINCE)
    differs = " or ".join(_differs(d, f"n.{name}", f"customer_values.{name}") for name in names)
    return f"""
        with {_totals(d, f"p.customer_id in {d.values('customers', 'uuid')}")}, now as (
            select k.customer_id, {", ".join(f"coalesce(t.{name}, 0) as {name}" for name in STANDING)},
                {", ".join(f"t.{name}" for name in SINCE)}
            from (select v.customer_id from customer_values v
                where v.workspace_id = :workspace_id and v.customer_id in {d.values("customers", "uuid")}) as k
            left join totals t on t.customer_id = k.customer_id)
        update customer_values set {", ".join(f"{name} = n.{name}" for name in names)} from now n
        where customer_values.workspace_id = :workspace_id and customer_values.customer_id = n.customer_id
            and ({differs})
        returning {_text(d, "customer_id", "customer_values")}
    """


@statement()
def rebuild_values(d: Dialect) -> str:
    """Write every customer's value from the purchases; the table is empty before."""
    names = ", ".join(("customer_id", *STANDING, *SINCE))
    return f"""
        insert into customer_values (workspace_id, {names})
        with {_totals(d)} select :workspace_id, {names} from totals
    """


@statement(**_VALUE)
def read_values_until(d: Dialect) -> str:
    """What purchases came to at the end of the day `until`, by outside id, for the page behind `after`."""
    names = ", ".join(f"t.{name}" for name in (*STANDING, *SINCE))
    return f"""
        with page as (
            select c.id, c.external_id, c.nps_value from customers c
            where c.workspace_id = :workspace_id and c.external_id > :after order by c.external_id limit :most),
        {_totals(d, f"p.day <= {_day(d, 'until')} and p.customer_id in (select id from page)")}
        select page.external_id, page.nps_value, {_text(d, "customer_id", "t", "bought")}, {names}, b.place from page
        left join totals t on t.customer_id = page.id
        left join buyers b on b.workspace_id = :workspace_id and b.customer_id = page.id
        order by page.external_id
    """


@statement()
def add_sales(d: Dialect) -> str:
    """Add `rows` to the sums of their days, in the order in which everybody locks them."""
    rows = d.rows(
        "rows",
        "r",
        day="date",
        place="text",
        currency="text",
        orders="int",
        total_minor="bigint",
        refunded_minor="bigint",
    )
    sums = ", ".join(f"{name} = sales.{name} + excluded.{name}" for name in ("orders", "total_minor", "refunded_minor"))
    return f"""
        insert into sales (workspace_id, day, place, currency, orders, total_minor, refunded_minor)
        select :workspace_id, r.day, r.place, r.currency, r.orders, r.total_minor, r.refunded_minor from {rows}
        where true order by r.day, r.place, r.currency
        on conflict (workspace_id, day, place, currency) do update set {sums}
    """


def stage(d: Dialect, *, value: str = "v", customer: str = "c") -> str:
    """Write a customer's stage as `domain/value.stage_of` gives it, over rows of customer_values and customers.

    The first may be missing (a left join). Names the parameters `today` (a day), `regular_months`, `lapsed_after_days`.
    """
    today = _day(d, "today")
    silent = f"{today} - {value}.last_on" if d.postgresql else f"julianday({today}) - julianday({value}.last_on)"
    regular = f"{value}.run_months >= :regular_months and {_month(d, today)} - {_month(d, f'{value}.last_on')} <= 1"
    return f"""case
        when coalesce({value}.orders, 0) = 0 then 'prospect'
        when {silent} > :lapsed_after_days then 'lapsed'
        when {regular} and coalesce({customer}.nps_value, 0) >= {PROMOTER_FROM} then 'ambassador'
        when {regular} then 'regular'
        else 'customer' end"""


_COUNTED = f"p.workspace_id = :workspace_id and p.currency = :currency and {STANDS.format('p')}"


def _totals(d: Dialect, *conditions: str) -> str:
    """Write the tables of an expression: `totals` holds what the purchases in question come to, by customer.

    Each is written down once: over tables without statistics the planner would add up all of them for every customer.
    """
    where = " and ".join((_COUNTED, *conditions))
    return f"""
        bought as (
            select p.customer_id, p.ordered_at, p.day, p.total_minor, p.refunded_minor from purchases p where {where}),
        months as (
            select customer_id, month, max(month) over (partition by customer_id) as newest,
                row_number() over (partition by customer_id order by month desc) as place
            from (select distinct b.customer_id, {_month(d, "b.day")} as month from bought b) as each_month),
        runs as materialized (
            select customer_id, count(*) as run_months from months where month + place = newest + 1
            group by customer_id),
        sums as materialized (
            select b.customer_id, count(*) as orders, count(distinct b.day) as days,
                {_big(d, "sum(b.total_minor - b.refunded_minor)")} as revenue_minor,
                {_big(d, "sum(b.refunded_minor)")} as refunded_minor,
                min(b.ordered_at) as first_at, max(b.ordered_at) as last_at,
                min(b.day) as first_on, max(b.day) as last_on
            from bought b group by b.customer_id),
        totals as materialized (
            select sums.*, runs.run_months from sums join runs on runs.customer_id = sums.customer_id)
    """


def _day(d: Dialect, parameter: str) -> str:
    return f"cast(:{parameter} as date)" if d.postgresql else f":{parameter}"


def _month(d: Dialect, day: str) -> str:
    """Months since the year nought."""
    if d.postgresql:
        return f"cast(extract(year from {day}) * 12 + extract(month from {day}) as int)"
    return f"(cast(strftime('%Y', {day}) as int) * 12 + cast(strftime('%m', {day}) as int))"


def _big(d: Dialect, total: str) -> str:
    return f"cast({total} as bigint)" if d.postgresql else total


def _text(d: Dialect, name: str, table: str = "purchases", called: str | None = None) -> str:
    """Write ids as text, which is how rows come in."""
    if d.postgresql and name.endswith("id"):
        return f"cast({table}.{name} as text) as {called or name}"
    return f"{table}.{name} as {called}" if called else name


def _differs(d: Dialect, left: str, right: str) -> str:
    return f"{left} is distinct from {right}" if d.postgresql else f"{left} is not {right}"
