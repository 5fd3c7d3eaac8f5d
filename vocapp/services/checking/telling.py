"""Everybody who is to be told of an alert is told, or stands among what was given up."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text


def _told_by_nobody(d: Dialect) -> str:
    """A notice is carried by the fact of its message: its own, or that of the first of a digest."""
    fact = """select 1 from outbox f where f.workspace_id = n.workspace_id and f.kind = 'NoticeDue'
        and f.subject_id = coalesce(n.message_id, n.id) and f.done_at is null"""
    return f"""
        select n.workspace_id, {as_text(d, "n.id")} as id from notices n
        where {among(d, "n.workspace_id")} and (
            (n.status = 'waiting' and not exists ({fact} and f.failed_at is null))
            or (n.status = 'failed' and not exists ({fact})))
    """


ON_THEIR_WAY = Check(
    "notices_on_their_way",
    promise="everybody who is still to be told of an alert will be, or is among what was given up",
    advice="Nobody will tell the team of these alerts. Rows of `outbox` were removed by hand or left out of a restore: "
    "look the alerts up in the console.",
    sql=_told_by_nobody,
)
