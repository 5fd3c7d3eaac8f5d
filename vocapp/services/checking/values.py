"""What purchases come to is what they say: by customer, and by day."""

from __future__ import annotations

from vocapp.domain.buyers import ROOT, WHOLE, Key, Sum
from vocapp.models.purchases import STANDS
from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text, differs
from vocapp.services.cohorting import AGAIN
from vocapp.services.feed_places import still_to_follow

_SUMMED = ("orders", "days", "run_months", "revenue_minor", "refunded_minor")
_SINCE = ("first_at", "last_at", "first_on", "last_on")


def _unlike_purchases(d: Dialect) -> str:
    """Each customer's row against their purchases; no row and nought orders are the same."""
    wrong = " or ".join(
        [f"coalesce(b.{name}, 0) <> v.{name}" for name in _SUMMED]
        + [differs(d, f"b.{name}", f"v.{name}") for name in _SINCE]
    )
    month = (
        "cast(extract(year from p.day) * 12 + extract(month from p.day) as int)"
        if d.postgresql
        else "(cast(substr(p.day, 1, 4) as int) * 12 + cast(substr(p.day, 6, 2) as int))"
    )
    ledgers = d.rows("ledgers", "l", workspace_id="int", currency="text")
    return f"""
        with bought as (
            select p.workspace_id, p.customer_id, p.ordered_at, p.day, p.total_minor, p.refunded_minor,
                {month} as month
            from purchases p join {ledgers} on l.workspace_id = p.workspace_id and l.currency = p.currency
            where {among(d, "p.workspace_id")} and {STANDS.format("p")}),
        months as (select distinct workspace_id, customer_id, month from bought),
        begun as (
            select workspace_id, customer_id, max(month) as month from months m
            where not exists (
                select 1 from months e where e.workspace_id = m.workspace_id and e.customer_id = m.customer_id
                    and e.month = m.month - 1)
            group by workspace_id, customer_id),
        b as (
            select bought.workspace_id, bought.customer_id, count(*) as orders, count(distinct day) as days,
                max(bought.month) - max(begun.month) + 1 as run_months,
                sum(total_minor - refunded_minor) as revenue_minor, sum(refunded_minor) as refunded_minor,
                min(ordered_at) as first_at, max(ordered_at) as last_at,
                min(day) as first_on, max(day) as last_on
            from bought join begun on begun.workspace_id = bought.workspace_id
                and begun.customer_id = bought.customer_id
            group by bought.workspace_id, bought.customer_id)
        select v.workspace_id, {as_text(d, "v.customer_id")} as id from customer_values v
        left join b on b.workspace_id = v.workspace_id and b.customer_id = v.customer_id
        where {among(d, "v.workspace_id")} and ({wrong})
        union all
        select b.workspace_id, {as_text(d, "b.customer_id")} from b where not exists (
            select 1 from customer_values v where v.workspace_id = b.workspace_id and v.customer_id = b.customer_id)
    """


def _unlike_days(d: Dialect) -> str:
    """The sums less the purchases: where erased people bought, the week must come to as much more as theirs do."""
    week = "cast(date_trunc('week', day) as date)" if d.postgresql else "date(day, 'weekday 0', '-6 days')"
    sums = ("orders", "total_minor", "refunded_minor")
    added = ", ".join(f"sum({name}) as {name}" for name in sums)
    day = "cast(day as text)" if d.postgresql else "day"
    named = f"{day} || ' ' || case when place = '' then '-' else place end || ' ' || currency"
    weekly = "cast(e.week as text)" if d.postgresql else "e.week"
    return f"""
        with difference as (
            select workspace_id, day, {week} as week, place, currency, {added} from (
                select workspace_id, day, place, currency, orders, total_minor, refunded_minor from sales
                where {among(d)}
                union all
                select workspace_id, day, coalesce(place, ''), currency, -1, -total_minor, -refunded_minor
                from purchases where {among(d)} and {STANDS.format("purchases")}) as both_sides
            group by workspace_id, day, place, currency),
        erased as (
            select workspace_id, week, currency, count(*) as orders, sum(total_minor) as total_minor,
                sum(refunded_minor) as refunded_minor
            from anonymous_purchases where {among(d)} group by workspace_id, week, currency)
        select workspace_id, {named} as id from difference
        where (orders <> 0 or total_minor <> 0 or refunded_minor <> 0) and not exists (
            select 1 from erased e where e.workspace_id = difference.workspace_id
                and e.week = difference.week and e.currency = difference.currency)
        union all
        select e.workspace_id, {weekly} || ' and the days after ' || e.currency from erased e
        left join (
            select workspace_id, week, currency, {added} from difference group by workspace_id, week, currency) as w
            on w.workspace_id = e.workspace_id and w.week = e.week and w.currency = e.currency
        where coalesce(w.orders, 0) <> e.orders or coalesce(w.total_minor, 0) <> e.total_minor
            or coalesce(w.refunded_minor, 0) <> e.refunded_minor
    """


def _unlike_moves(d: Dialect) -> str:
    """The sums of stages against the moves, of the company and of each place."""
    day = "cast(day as text)" if d.postgresql else "day"
    return f"""
        with counted as (
            select m.workspace_id, coalesce(b.place, '') as place, m.day, m.before, m.after, count(*) as n
            from stage_moves m
            left join buyers b on b.workspace_id = m.workspace_id and b.customer_id = m.customer_id
            where {among(d, "m.workspace_id")} group by m.workspace_id, coalesce(b.place, ''), m.day, m.before, m.after)
        select workspace_id, place || ' ' || {day} || ' ' || before || '>' || after as id from (
            select workspace_id, '{WHOLE}' as place, day, before, after, n from stage_counts where {among(d)}
            union all
            select workspace_id, place, day, before, after, n from stages_by_place where {among(d)}
            union all
            select workspace_id, '{WHOLE}', day, before, after, -n from counted
            union all
            select workspace_id, place, day, before, after, -n from counted where place <> '') as both_sides
        group by workspace_id, place, day, before, after having sum(n) <> 0
    """


def _unlike_buyers(d: Dialect) -> str:
    """The sums of cohorts against those who have bought, of the company and of each place."""
    if d.postgresql:
        month, of_month = "jsonb_each_text(b.months) as m", "cast(m.key || '-01' as date)"
        revenue = "cast(m.value as bigint)"
        cohort, last = (f"cast(date_trunc('month', b.{name}) as date)" for name in ("first_on", "last_on"))
        at = "cast(at as text) || ' ' || cast(cohort as text)"
    else:
        month, of_month, revenue = "json_each(b.months) as m", "m.key || '-01'", "m.value"
        cohort, last = (f"date(b.{name}, 'start of month')" for name in ("first_on", "last_on"))
        at = "at || ' ' || cohort"
    total = f"(select coalesce(sum({revenue}), 0) from {month})"
    whole = f"cast({total} as bigint)" if d.postgresql else total
    high, low = f"(b.revenue / {ROOT})", f"(b.revenue % {ROOT})"
    size = "count(*), sum(case when b.days > 1 then 1 else 0 end), sum(b.revenue), " + ", ".join(
        f"sum({one})" for one in (f"{high} * {high}", f"{high} * {low}", f"{low} * {low}")
    )
    key, sums = ", ".join(Key._fields), ", ".join(Sum._fields)
    less = ", ".join(f"-{name}" for name in Sum._fields)
    wrong = " or ".join(f"sum({name}) <> 0" for name in Sum._fields)
    return f"""
        with told as (
            select b.workspace_id, b.place, b.days, b.months, b.last_on, {cohort} as cohort, {last} as last,
                {whole} as revenue
            from buyers b where {among(d, "b.workspace_id")}),
        counted(workspace_id, {key}, {sums}) as (
            select b.workspace_id, b.place, 'size', b.cohort, b.cohort, {size} from told b
            group by b.workspace_id, b.place, b.cohort
            union all
            select b.workspace_id, b.place, 'month', b.last, b.cohort, count(*), 0, 0, 0, 0, 0 from told b
            group by b.workspace_id, b.place, b.last, b.cohort
            union all
            select b.workspace_id, b.place, 'day', b.last_on, b.cohort, count(*), 0, 0, 0, 0, 0 from told b
            group by b.workspace_id, b.place, b.last_on, b.cohort
            union all
            select b.workspace_id, b.place, 'bought', {of_month}, b.cohort, count(*), 0, sum({revenue}), 0, 0, 0
            from told b cross join {month} group by b.workspace_id, b.place, {of_month}, b.cohort)
        select workspace_id, place || ' ' || kind || ' ' || {at} as id from (
            select workspace_id, {key}, {sums} from cohort_sums where {among(d)}
            union all
            select workspace_id, {key}, {less} from counted where place <> ''
            union all
            select workspace_id, '{WHOLE}', {", ".join(Key._fields[1:])}, {less} from counted
        ) as both_sides
        group by workspace_id, {key} having {wrong}
    """


def _unlike_orders(d: Dialect) -> str:
    """Those who have bought, each against their purchases, but for whoever is still to be followed: seconds, usually.

    In one go through the purchases: the place is that of the first one, as `domain/buyers.buyer_of` has it.
    """
    if d.postgresql:
        month, months, amount = "to_char(p.day, 'YYYY-MM')", "jsonb_each_text(b.months)", "cast(m.value as bigint)"
        key = 'p.order_key collate "C"'
    else:
        month, months, amount, key = "substr(p.day, 1, 7)", "json_each(b.months)", "m.value", "p.order_key"
    ledgers = d.rows("ledgers", "l", workspace_id="int", currency="text")
    here, of = among(d, "b.workspace_id"), "{0}.workspace_id = {1}.workspace_id and {0}.customer_id = {1}.customer_id"
    wrong = " or ".join(differs(d, f"b.{name}", f"t.{name}") for name in ("place", "first_on", "last_on", "days"))
    waiting = f"""select 1 from changes c {{}} join followings f on f.workspace_id = c.workspace_id and f.stream = {{}}
        where c.workspace_id = u.workspace_id and c.stream = 'customers' and c.row_id = u.customer_id
            and {still_to_follow(d)}"""
    return f"""
        with bought as (
            select p.workspace_id, p.customer_id, coalesce(p.place, '') as place, p.day, {month} as month,
                p.total_minor - p.refunded_minor as revenue,
                row_number() over (
                    partition by p.workspace_id, p.customer_id order by p.ordered_at, {key}) as turn
            from purchases p join {ledgers} on l.workspace_id = p.workspace_id and l.currency = p.currency
            where {among(d, "p.workspace_id")} and {STANDS.format("p")}),
        told as (
            select workspace_id, customer_id, max(case when turn = 1 then place end) as place, min(day) as first_on,
                max(day) as last_on, count(distinct day) as days
            from bought group by workspace_id, customer_id),
        unlike as (
            select t.workspace_id, t.customer_id from told t left join buyers b on {of.format("b", "t")} where {wrong}
            union
            select b.workspace_id, b.customer_id from buyers b
            where {here} and not exists (select 1 from told t where {of.format("t", "b")})
            union
            select workspace_id, customer_id from (
                select workspace_id, customer_id, month, 1 as n, sum(revenue) as revenue from bought
                group by workspace_id, customer_id, month
                union all
                select b.workspace_id, b.customer_id, m.key, -1, -{amount} from buyers b cross join {months} as m
                where {here}
            ) as both_sides
            group by workspace_id, customer_id, month having sum(n) <> 0 or sum(revenue) <> 0)
        select u.workspace_id, {as_text(d, "u.customer_id")} as id from unlike u
        where not exists ({waiting.format("left", "c.stream")}) and not exists ({waiting.format("", f"'{AGAIN}'")})
            and not exists (
                select 1 from portraits r where {of.format("r", "u")} and r.renew_at <= {d.time("now")})
    """


_REBUILD = (
    "`python -m vocapp value rebuild --verify` names what differs, `value rebuild` counts it anew from the purchases "
    "(with `--workspace KEY`)."
)

CUSTOMERS = Check(
    "values_equal_purchases",
    promise="every customer's value is what their purchases come to",
    advice=_REBUILD,
    sql=_unlike_purchases,
)
DAYS = Check(
    "sales_equal_purchases",
    promise="every day's revenue is what the purchases of that day come to",
    advice=_REBUILD,
    sql=_unlike_days,
)
STAGES = Check(
    "stages_equal_moves",
    promise="how many are in each stage is what their own moves come to",
    advice=_REBUILD,
    sql=_unlike_moves,
)
COHORTS = Check(
    "cohorts_equal_buyers",
    promise="the sums of cohorts, of each place and of all, are what those who have bought come to",
    advice=_REBUILD,
    sql=_unlike_buyers,
)
BUYERS = Check(
    "buyers_equal_purchases",
    promise="where, when and for how much everybody has bought is what their purchases say",
    advice=_REBUILD,
    sql=_unlike_orders,
)
