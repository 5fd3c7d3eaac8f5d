"""An alert's history leads by allowed moves to where the alert stands; a customer has one open alert at most."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text, differs

_ORDERS = {"by_time": "m.at, m.id", "by_id": "m.id"}
"""Two moves within a moment may be noted in either order, by which of two clocks was read first: a history is wrong
where it is wrong in both."""


def _illegal(d: Dialect) -> str:
    ordered = ", ".join(f"{name} as ({_wrong_in(d, order)})" for name, order in _ORDERS.items())
    return f"""
        select workspace_id, {as_text(d, "alert_id")} as id from (
            with moving as ({_moving(d)}), {ordered}
            select t.workspace_id, t.alert_id from by_time t
            join by_id i on i.workspace_id = t.workspace_id and i.alert_id = t.alert_id
            union
            select a.workspace_id, a.id from alerts a left join moving m
                on m.workspace_id = a.workspace_id and m.alert_id = a.id
            where {among(d, "a.workspace_id")} and m.id is null
            union
            select a.workspace_id, a.id from alerts a
            where {among(d, "a.workspace_id")} and (
                (a.status in ('claimed', 'contacted')
                    and (a.assignee is null or (a.claimed_until is null) <> a.elsewhere))
                or (a.status = 'new' and a.assignee is not null)
                or (a.status not in ('claimed', 'contacted') and (a.claimed_until is not null or a.elsewhere)))
        ) as wrong
    """


def _moving(d: Dialect) -> str:
    """The lines that move an alert; that a signal joined, or that something was promised, does not."""
    outcome, resolution = (
        f"m.details ->> '{name}'" if d.postgresql else f"json_extract(m.details, '$.{name}')"
        for name in ("outcome", "resolution")
    )
    return f"""
        select m.workspace_id, m.alert_id, m.id, m.at, m.action, m.status,
            case when m.action = 'contact' and {outcome} <> 'reached' then 1 else 0 end as missed,
            case when m.action = 'contact' and {outcome} = 'wrong_number' then 1 else 0 end as wrong_number,
            {resolution} as resolution
        from alert_moves m
        where {among(d, "m.workspace_id")} and m.action in {d.values("actions", "text")}
    """


def _wrong_in(d: Dialect, order: str) -> str:
    of = "partition by m.workspace_id, m.alert_id"
    begins = "case when m.action in ('opened', 'reopen') then 1 else 0 end"
    moves = d.rows("moves", "l", before="text", action="text", after="text")
    misses = "cast(:misses as int)" if d.postgresql else ":misses"
    return f"""
        select distinct s.workspace_id, s.alert_id from (
            select m.*, sum(missed) over ({of}, m.life order by {order}) as missed_so_far,
                sum(wrong_number) over ({of}, m.life order by {order}) as wrong_so_far
            from (
                select m.*, lag(m.status) over ({of} order by {order}) as before,
                    lag(m.action) over ({of} order by {order}) as action_before,
                    lag(m.status, 2) over ({of} order by {order}) as status_before_that,
                    lead(m.id) over ({of} order by {order}) as next_id,
                    sum({begins}) over ({of} order by {order}) as life
                from moving m
            ) as m
        ) as s
        left join {moves} on l.before = s.before and l.action = s.action and l.after = s.status
        left join alerts a on a.workspace_id = s.workspace_id and a.id = s.alert_id
        where (s.before is null and (s.action <> 'opened' or s.status <> 'new'))
            or (s.before is not null and l.action is null)
            or (s.action = 'contact' and s.before = 'claimed' and (s.missed = 1) <> (s.status = 'claimed'))
            or (s.action = 'claim' and s.status = 'contacted'
                and (s.action_before <> 'lease_over' or s.status_before_that <> 'contacted'))
            or (s.action = 'resolve' and s.before = 'claimed' and s.missed_so_far < {misses}
                and s.wrong_so_far = 0 and coalesce(s.resolution, '') not in ('not_called', 'elsewhere'))
            or (s.next_id is null and {differs(d, "a.status", "s.status")})
    """


def _two_open(d: Dialect) -> str:
    return f"""
        select workspace_id, min({as_text(d, "id")}) as id from alerts
        where {among(d)} and status in ('new', 'claimed', 'contacted')
        group by workspace_id, customer_id having count(*) > 1
    """


LEGAL = Check(
    "histories_legal",
    promise="every alert came to where it stands by the moves that its life allows",
    advice="Rows of `alerts` or `alert_moves` were changed by hand. What the console shows of these alerts may be "
    "untrue: ask whoever held them.",
    sql=_illegal,
)
ONE_OPEN = Check(
    "one_open_alert",
    promise="no customer has two open alerts",
    advice="Two people may call the same customer: resolve one of the two. A unique index is missing or broken: run "
    "`REINDEX` (PostgreSQL) or `PRAGMA integrity_check` (SQLite).",
    sql=_two_open,
)
