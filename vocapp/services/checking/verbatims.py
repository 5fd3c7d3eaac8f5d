"""Verbatims as they are searched: each says what its response says, and they are behind by seconds only."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text, differs
from vocapp.services.verbatims.indexing import FOLLOWING


def _unlike(d: Dialect) -> str:
    """Verbatims that say something else than their responses, of what was followed since."""
    void = "r.void ? v.question" if d.postgresql else "v.question in (select value from json_each(r.void))"
    said = f"(case when {void} then null else r.answers ->> v.question end)"
    late = d.time("behind")
    return f"""
        select v.workspace_id, {as_text(d, "v.id")} as id from verbatims v
        join responses r on r.workspace_id = v.workspace_id and r.id = v.response_id
        where {among(d, "v.workspace_id")} and r.answered_at < {late}
            and ({differs(d, "v.text", said)} or {differs(d, "v.place", "r.place")})
    """


def _behind(d: Dialect) -> str:
    place = "(cast(cast(coalesce(f.xid, 0) as text) as xid8), coalesce(f.number, 0))"
    if not d.postgresql:
        place = "(coalesce(f.xid, 0), coalesce(f.number, 0))"
    return f"""
        select c.workspace_id, c.stream || ' ' || {as_text(d, "c.row_id")} as id from changes c
        left join followings f on f.workspace_id = c.workspace_id and f.stream = '{FOLLOWING}'
        where {among(d, "c.workspace_id")} and c.stream = 'responses' and c.at < {d.time("behind")}
            and (c.xid, c.number) > {place}
    """


SAID = Check(
    "verbatims_said",
    promise="verbatims are found by what their responses say",
    advice="Run `verbatims rebuild`: all of them are laid out anew within minutes, and keep their tags.",
    sql=_unlike,
)
FOLLOWED = Check(
    "verbatims_followed",
    promise="what was said more than a few minutes ago can be found",
    advice="See that the relay and a worker of the queue `analyse` run. After many answers were brought in at once, "
    "wait: some hundred are laid out each second.",
    sql=_behind,
)
