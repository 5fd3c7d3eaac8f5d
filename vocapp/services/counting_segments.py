"""Which segments an answer counts for: looked at once by the clock, soon after it was given, and then kept with it.

An answer belongs to the segments that its author belonged to **when it was given**: who joined by it (a detractor
among the detractors), or later, counts there from the next answer on. So what is past stays as it was, whoever joins
or leaves since: a line over time tells of the same answers tomorrow. Of an answer that is older than a segment nobody
knows who belonged to it then; it goes by who does when it is looked at, which is once, after everybody was asked by
the rule. So does what was taken in from another tool, whatever its day: its author became known with it, and belonged
nowhere before. A segment that is made later counts the answers from then on.

A membership is one row, of the last stay: of who left and came back before their answer was looked at, the first stay
is not known any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, or_, select, text

from vocapp.models import Membership, Response, SegmentRow, Tally, db
from vocapp.models.bulk import insert_many
from vocapp.models.journey import IMPORTED, TO_SORT
from vocapp.models.sql import Dialect, statement
from vocapp.services.counting import scores_in, segment_pairs, tally_of
from vocapp.services.feed_places import still_to_follow

MOST_AT_ONCE: Final = 1000


def count_some() -> bool:
    """Look at some answers, of every workspace, and count them in their segments; say whether there may be more.

    Not those of a workspace with a segment of which nobody was asked yet, nor those from another tool whose authors
    were not followed yet: a few seconds later it is known.
    """
    unasked = exists().where(SegmentRow.workspace_id == Response.workspace_id, SegmentRow.renewed_version.is_(None))
    found = db.session.scalars(
        select(Response)
        .where(text(TO_SORT), ~unasked, or_(Response.channel != IMPORTED, text(f"not {_unfollowed()}")))
        .order_by(Response.workspace_id, Response.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    by_workspace: dict[int, list[Response]] = defaultdict(list)
    for response in found:
        by_workspace[response.workspace_id].append(response)
    for workspace_id, responses in by_workspace.items():
        _count(workspace_id, responses)
    return len(found) == MOST_AT_ONCE


def _count(workspace_id: int, responses: Sequence[Response]) -> None:
    belonging = _belonging(workspace_id, {one.customer_id for one in responses})
    sorted_: list[dict[str, Any]] = []
    tallies: list[dict[str, Any]] = []
    for response in responses:
        at = response.completed_at or response.answered_at
        then = None if response.channel == IMPORTED else at
        keys = sorted(row.segment_key for row in belonging[response.customer_id] if _belonged(row, then))
        sorted_.append({"id": str(response.id), "segments": keys})
        if keys and response.counted_on is not None:
            pairs = segment_pairs(keys, scores_in(response))
            tallies.append(tally_of(response, response.counted_on, pairs))
    insert_many(Tally, tallies)
    _keep.run(db.session.connection(), workspace_id=workspace_id, rows=sorted_)
    for response in responses:
        db.session.expire(response)


def _belonging(workspace_id: int, customer_ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """Return by customer where they belong or belonged: segment_key, joined_at, left_at, when the segment was made."""
    rows = db.session.execute(
        select(
            Membership.customer_id,
            Membership.segment_key,
            Membership.joined_at,
            Membership.left_at,
            SegmentRow.created_at,
        )
        .join(
            SegmentRow,
            (SegmentRow.workspace_id == Membership.workspace_id) & (SegmentRow.key == Membership.segment_key),
        )
        .where(
            Membership.workspace_id == workspace_id,
            Membership.customer_id.in_(customer_ids),
            or_(Membership.left_at.is_(None), Membership.left_at > Membership.joined_at),
        )
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(row)
    return found


def _belonged(row: Any, at: datetime | None) -> bool:
    """Say whether somebody belonged to a segment at that time; None: whether they do."""
    if at is None or at < row.created_at:
        return row.left_at is None
    return bool(row.joined_at <= at and (row.left_at is None or row.left_at > at))


def _unfollowed() -> str:
    """Write the condition that a response's author changed, or came, and was not followed since."""
    d = Dialect(db.session.get_bind().dialect.name)
    return f"""exists (
        select 1 from changes c
        left join followings f on f.workspace_id = c.workspace_id and f.stream = c.stream
        where c.workspace_id = responses.workspace_id and c.stream = 'customers' and c.row_id = responses.customer_id
            and {still_to_follow(d)}
    )"""


@statement()
def _keep(d: Dialect) -> str:
    """Keep with each answer where it was counted."""
    rows = d.rows("rows", "r", id="uuid", segments="jsonb")
    return f"""
        update responses set segments = r.segments from {rows}
        where responses.workspace_id = :workspace_id and responses.id = r.id
    """
