"""The change feed is complete: every exported document has its line, as new as itself, where a reader will come by."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text

_CHANGED = {
    "customers": "updated_at",
    "responses": "answered_at",
    "alerts": "updated_at",
    "events": "received_at",
    "consents": "recorded_at",
    "memberships": "joined_at",
}
"""When a document changed last, as it says itself: each is written in the transaction that notes the change."""


def _incomplete(d: Dialect) -> str:
    # SQLite notes times to the millisecond
    older = "c.at < t.{} - interval '1 second'" if d.postgresql else "julianday(c.at) < julianday(t.{}) - 1.0 / 86400"
    missing = " union all ".join(
        f"""select t.workspace_id, '{stream} ' || {as_text(d, "t.id")} as id from {stream} t
            left join changes c on c.workspace_id = t.workspace_id and c.stream = '{stream}' and c.row_id = t.id
            where {among(d, "t.workspace_id")}
                and (c.row_id is null or c.op <> 'upsert' or {older.format(column)})"""
        for stream, column in _CHANGED.items()
    )
    return f"{missing} union all {_dangling(d)}"


def _dangling(d: Dialect) -> str:
    """Lines of documents that are not there, and of streams that nobody reads."""
    there = " ".join(
        f"""when '{stream}' then exists (
            select 1 from {stream} t where t.workspace_id = c.workspace_id and t.id = c.row_id)"""
        for stream in _CHANGED
    )
    return f"""
        select c.workspace_id, c.stream || ' ' || {as_text(d, "c.row_id")} from changes c
        where {among(d, "c.workspace_id")} and c.op = 'upsert'
            and not case c.stream {there} else {"false" if d.postgresql else "0"} end
    """


def _out_of_reach(d: Dialect) -> str:
    """On PostgreSQL a line of a transaction yet to come (taken from another cluster) is passed over by every reader."""
    if d.postgresql:
        return f"""
            select workspace_id, stream || ' ' || {as_text(d, "row_id")} as id from changes
            where {among(d)} and xid >= pg_snapshot_xmax(pg_current_snapshot())
        """
    return f"""
        select workspace_id, min(stream || ' ' || row_id) as id from changes where {among(d)}
        group by workspace_id, number having count(*) > 1
    """


COMPLETE = Check(
    "feed_complete",
    promise="every customer, response, alert, event, consent and membership stands in the change feed, as new as it is",
    advice="Readers of the export do not know these as they are. Any change brings a document back into the feed; all "
    "of them: restore from a backup, which has every reader start again.",
    sql=_incomplete,
)
IN_REACH = Check(
    "feed_in_reach",
    promise="every line of the change feed will be reached by its readers",
    advice="The database was moved from another cluster, whose transactions are ahead: on PostgreSQL run "
    "`update changes set xid = pg_current_xact_id()`, once, and have the readers start again.",
    sql=_out_of_reach,
)
