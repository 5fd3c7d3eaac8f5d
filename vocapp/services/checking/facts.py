"""Every fact that is due was followed up, or given up with its reason; and what must be followed up was announced."""

from __future__ import annotations

from vocapp.models.journey import IMPORTED
from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text


def _not_followed_up(d: Dialect) -> str:
    """In nobody's hands for too long; or taken up again and again; or ended in a way that says nothing."""
    return f"""
        select workspace_id, kind || ' ' || {as_text(d, "id")} as id from outbox
        where {among(d)} and (
            (done_at is null and failed_at is null and due_at < {d.time("late")} and (
                leased_until is null or leased_until <= {d.time("now")} or due_at < {d.time("lost")}))
            or (failed_at is not null and coalesce(error, '') = '')
            or (failed_at is not null and done_at is not null))
    """


def _never_announced(d: Dialect) -> str:
    """What was followed up is remembered for a month: only as long can be seen that a fact was there."""
    missing = """not exists (select 1 from outbox f where f.workspace_id = {of}.workspace_id
        and f.subject_id = {of}.id and f.kind = '{kind}')"""
    return f"""
        select r.workspace_id, 'response ' || {as_text(d, "r.id")} as id from responses r
        where {among(d, "r.workspace_id")} and r.completed_at >= {d.time("remembered")}
            and r.channel <> '{IMPORTED}' and {missing.format(of="r", kind="ResponseCompleted")}
        union all
        select a.workspace_id, 'alert ' || {as_text(d, "a.id")} from alerts a
        where {among(d, "a.workspace_id")} and a.opened_at >= {d.time("remembered")}
            and {missing.format(of="a", kind="AlertOpened")}
    """


FOLLOWED_UP = Check(
    "facts_followed_up",
    promise="every fact that is due was followed up, or given up with a reason",
    advice="See that Redis, the relay and a worker of each queue run (console, Operation). A great import may take a "
    "while: look again when the age of the oldest fact falls.",
    sql=_not_followed_up,
)
ANNOUNCED = Check(
    "facts_announced",
    promise="every finished response and every alert of the last 29 days was announced",
    advice="These were never read, or the team was never told of them. Rows of `outbox` were removed by hand or left "
    "out of a restore: look the responses and alerts up in the console.",
    sql=_never_announced,
)
