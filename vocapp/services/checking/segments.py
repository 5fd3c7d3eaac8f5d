"""Segments: whoever a rule holds for belongs, nobody else does, and the portraits are behind by seconds only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from vocapp.domain.segments import VARIABLES
from vocapp.models import SegmentRow, db
from vocapp.models.sql import Dialect
from vocapp.services.checking.base import MOST_IDS, Check, Look, Wrong, among, as_text
from vocapp.services.portraits import KEPT_AS
from vocapp.services.segmenting import compile_rule, is_active


class _Members(Check):
    """Asks each segment's rule of everybody: a rule is no constant, so that its SQL is written at the look."""

    def find(self, look: Look) -> list[Wrong]:
        rows = db.session.scalars(select(SegmentRow).order_by(SegmentRow.workspace_id, SegmentRow.key)).all()
        found: dict[int, list[str]] = {}
        for row in rows:
            if row.workspace_id in look.workspaces and row.renewed_at is not None:
                found.setdefault(row.workspace_id, []).extend(_unlike(row, look))
        return [Wrong(one, len(ids), tuple(sorted(ids)[:MOST_IDS])) for one, ids in found.items() if ids]


def _unlike(row: SegmentRow, look: Look) -> list[str]:
    """Return who is told otherwise than the rule has it, both now and when everybody was asked last."""
    if row.renewed_version != row.version:  # `followed` says whether that takes too long
        return []
    rule = row.definition["when"] if is_active(row.definition) else False
    moments = (look.now, row.renewed_at or look.now)
    conditions = [compile_rule(rule, now=at, prefix=f"rule_{place}") for place, at in enumerate(moments)]
    belongs = "m.customer_id is not null"
    differ = " and ".join(f"(({one.sql}) is true) <> ({belongs})" for one in conditions)
    parameters: dict[str, Any] = {"workspace_id": row.workspace_id, "segment_key": row.key}
    for one in conditions:
        parameters |= one.parameters
    rows = db.session.execute(
        text(f"""
            select cast(p.customer_id as text) from portraits p
            left join memberships m on m.workspace_id = p.workspace_id and m.customer_id = p.customer_id
                and m.segment_key = :segment_key and m.left_at is null
            where p.workspace_id = :workspace_id and {differ}
        """),
        parameters,
    )
    return [f"{row.key} {one}" for (one,) in rows]


def _behind(d: Dialect) -> str:
    """What waits for longer than it may: lines not yet followed, values that expired, rules that are new."""
    place = "(cast(cast(coalesce(f.xid, 0) as text) as xid8), coalesce(f.number, 0))"
    if not d.postgresql:
        place = "(coalesce(f.xid, 0), coalesce(f.number, 0))"
    late = d.time("behind")  # nothing says when a tick comes, so that no less than the usual grace is given
    return f"""
        select c.workspace_id, c.stream || ' ' || {as_text(d, "c.row_id")} as id from changes c
        left join followings f on f.workspace_id = c.workspace_id and f.stream = c.stream
        where {among(d, "c.workspace_id")} and c.stream in ('customers', 'events') and c.at < {late}
            and (c.xid, c.number) > {place}
        union all
        select workspace_id, 'portraits ' || {as_text(d, "customer_id")} from portraits
        where {among(d)} and renew_at < {late}
        union all
        select workspace_id, 'segments ' || key from segments
        where {among(d)} and updated_at < {late} and (renewed_version is null or renewed_version <> version)
    """


def _unwritten(d: Dialect) -> str:
    """Whose columns are not what their facts say."""
    said = ["cast(p.facts ->> '{key}' as {kind})", "json_extract(p.facts, '$.\"{key}\"')"][not d.postgresql]
    differs = "is distinct from" if d.postgresql else "is not"
    unlike = (f"p.{one.column} {differs} {said.format(key=one.key, kind=KEPT_AS[one.kind])}"
              for one in {one.column: one for one in VARIABLES.values() if one.column}.values())  # fmt: skip
    return f"""
        select p.workspace_id, {as_text(d, "p.customer_id")} as id from portraits p
        where {among(d, "p.workspace_id")} and ({" or ".join(unlike)})
    """


WRITTEN = Check(
    "portraits_written",
    promise="what a rule compares of somebody in a column is what is known of them",
    advice="A process of a version before migration 0044 went on beside it. Stop it, then `update portraits set "
    "renew_at = (select max(at) from changes)`: the worker of the queue `analyse` draws all of them anew.",
    sql=_unwritten,
)
MEMBERS = _Members(
    "segments_members",
    promise="whoever a segment's rule holds for belongs to it, and nobody else does",
    advice="Rows of `memberships` or `portraits` were changed by hand: `update segments set renewed_version = null`, "
    "and the worker of the queue `analyse` asks everybody again.",
    sql=lambda _: "select 0 as workspace_id, '' as id where false",
)
FOLLOWED = Check(
    "segments_followed",
    promise="the segments know what changed more than a few minutes ago",
    advice="See that the relay and a worker of the queue `analyse` run. After many customers were brought in at once, "
    "wait: some hundred are followed each second.",
    sql=_behind,
)
