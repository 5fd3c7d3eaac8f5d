"""Reports to staff: none goes twice, and none that is due is forgotten."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text


def _twice(d: Dialect) -> str:
    """One call for each subscription and period, but for those of which it is certain that nothing left."""
    return f"""
        select m.workspace_id, {as_text(d, "m.id")} as id from report_mails m
        where {among(d, "m.workspace_id")} and (m.calls > 1 or (m.status = 'sent' and m.marked_at is null))
        union
        select s.workspace_id, {as_text(d, "s.subscription_id")} from report_mails s
        where {among(d, "s.workspace_id")}
        group by s.workspace_id, s.subscription_id, s.period_on having count(*) > 1
    """


def _forgotten(d: Dialect) -> str:
    """One that waits has its fact; and of each subscription the next one is planned when it is due."""
    return f"""
        select m.workspace_id, {as_text(d, "m.id")} as id from report_mails m
        where {among(d, "m.workspace_id")} and m.status = 'waiting' and not exists (
            select 1 from outbox f where f.workspace_id = m.workspace_id and f.subject_id = m.id
                and f.kind = 'ReportDue' and f.done_at is null and f.failed_at is null)
        union
        select s.workspace_id, {as_text(d, "s.id")} from report_subscriptions s
        where {among(d, "s.workspace_id")} and s.left_at is null and s.next_due_at < {d.time("lost")}
    """


ONCE = Check(
    "reports_once",
    promise="nobody on the staff got the report of a period twice",
    advice="Rows of `report_mails` were changed by hand or left out of a restore. Tell those who got it twice which "
    "one to read; then report this: a report is marked before its call.",
    sql=_twice,
)
FOLLOWED_UP = Check(
    "reports_followed_up",
    promise="every report that is due goes, or is dropped with its reason",
    advice="See that the relay and workers of the queues `decide` and `mail` run: reports are planned every 30 "
    "seconds. What is not sent by the day after it was due is dropped.",
    sql=_forgotten,
)
