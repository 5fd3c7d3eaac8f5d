"""Promises of a callback: never more than there was room for, and none that came due is forgotten."""

from __future__ import annotations

from vocapp.domain.promises import HELD_WITHIN
from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text

_MINUTES = int(HELD_WITHIN.total_seconds() // 60)


def _above_room(d: Dialect) -> str:
    held = "status not in ('cancelled', 'declined')"
    return f"""
        select s.workspace_id, {as_text(d, "s.starts_at")} as id from callback_slots s
        left join (
            select workspace_id, starts_at, count(*) as n from promises
            where {among(d)} and {held} group by workspace_id, starts_at
        ) as p on p.workspace_id = s.workspace_id and p.starts_at = s.starts_at
        where {among(d, "s.workspace_id")} and (s.taken > s.capacity or coalesce(p.n, 0) <> s.taken)
        union
        select p.workspace_id, {as_text(d, "p.id")} from promises p
        left join callback_slots s on s.workspace_id = p.workspace_id and s.starts_at = p.starts_at
        where {among(d, "p.workspace_id")} and p.{held} and s.starts_at is null
    """


def _forgotten(d: Dialect) -> str:
    """One that is over is missed by the sweep; one that is missed has its mail on the way, or is owed."""
    after = f"interval '{_MINUTES} minutes'"
    over = (
        f"p.ends_at + {after} < {d.time('late')}"
        if d.postgresql
        else (f"julianday(p.ends_at) + {_MINUTES} / 1440.0 < julianday({d.time('late')})")
    )
    return f"""
        select p.workspace_id, {as_text(d, "p.id")} as id from promises p
        where {among(d, "p.workspace_id")} and (
            (p.status = 'made' and {over})
            or (p.status = 'missed' and not exists (
                select 1 from outbox f where f.workspace_id = p.workspace_id and f.subject_id = p.id
                    and f.kind = 'ApologyDue' and f.done_at is null and f.failed_at is null)))
    """


ROOM = Check(
    "promises_within_room",
    promise="never were more callbacks promised than the team had room for",
    advice="Rows of `callback_slots` or `promises` were changed by hand. See in the console who was promised a call at "
    "these times, and have somebody there.",
    sql=_above_room,
)
KEPT = Check(
    "promises_followed_up",
    promise="every callback that was promised was kept, or is apologised for",
    advice="See that the relay and a worker of the queues `alert` and `mail` run: the sweep comes every 30 seconds. "
    "Where they do and it stays, call these customers and apologise.",
    sql=_forgotten,
)
