"""Letters in place of a call: none goes twice, and none that is planned is forgotten."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text


def _twice(d: Dialect) -> str:
    """One each time that an alert is opened: the history tells of no more than went, and no more were planned."""
    return f"""
        select m.workspace_id, {as_text(d, "m.alert_id")} as id from alert_moves m
        where {among(d, "m.workspace_id")} and m.action = 'written' group by m.workspace_id, m.alert_id
        having count(*) > (
            select count(*) from letters l where l.workspace_id = m.workspace_id and l.alert_id = m.alert_id
                and (l.status = 'sent' or l.reason = 'bounced'))
        union
        select t.workspace_id, {as_text(d, "t.alert_id")} from letters t
        where {among(d, "t.workspace_id")} group by t.workspace_id, t.alert_id
        having count(*) > 1 + (
            select count(*) from alert_moves m
            where m.workspace_id = t.workspace_id and m.alert_id = t.alert_id and m.action = 'reopen')
    """


def _forgotten(d: Dialect) -> str:
    """One that waits has its fact, one that went or may have gone its entry in the ledger, for as long as it counts."""
    made = "l.made" if d.postgresql else "l.made = 1"
    return f"""
        select t.workspace_id, {as_text(d, "t.id")} as id from letters t
        left join ledger l on l.workspace_id = t.workspace_id and l.id = t.id
        where {among(d, "t.workspace_id")} and (
            (t.status in ('sent', 'unknown') and (l.id is null or not {made}))
            or (t.status = 'waiting' and (l.id is null or not exists (
                select 1 from outbox f where f.workspace_id = t.workspace_id and f.subject_id = t.id
                    and f.kind = 'LetterDue' and f.done_at is null and f.failed_at is null))))
    """


ONCE = Check(
    "letters_once",
    promise="nobody whom nobody could call was written to twice about it",
    advice="These customers were told twice that nobody can call them: call them first. Then report this: a letter is "
    "marked before its call, and the table holds one for each time that an alert is opened.",
    sql=_twice,
)
FOLLOWED_UP = Check(
    "letters_followed_up",
    promise="every letter that is planned will go, and every one that went counts as a contact",
    advice="See that the relay and a worker of the queue `mail` run. Rows of `outbox` or `ledger` were removed by hand "
    "or left out of a restore.",
    sql=_forgotten,
)
