"""Who left unhappy, and did not finish, is called back, too, when the grace time since then is over.

They gave a score, or wrote a word, that the rules of alerts do not let pass. Until then they may correct it, or
finish: then the finished response decides. A page that comes later is weighed anew, as `weighed` is behind the revision
again; whoever has given their signal by then only adds to it. Nothing of this is done where pages are accepted: a sweep
finds by an index what is due, and weighs it in a handful of statements.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, select, text, update

from vocapp.domain.contact_policy import PolicySettings
from vocapp.models import Response, Workspace, db
from vocapp.models.journey import TO_WEIGH
from vocapp.models.sql import Dialect, statement
from vocapp.services import alert_rules, surveying
from vocapp.services.judging import facts_of_row, known_of
from vocapp.services.signalling import Unhappy, raise_signals

MOST_AT_ONCE = 500


def workspaces_to_weigh(*, now: datetime) -> list[int]:
    """Return the workspaces in which the grace time of some unfinished response is over: two reads."""
    graces = [
        {"workspace_id": workspace_id, "until": now - _policy(settings).alert_grace}
        for workspace_id, settings in db.session.execute(select(Workspace.id, Workspace.settings))
    ]
    return list(_due.run(db.session.connection(), graces=graces).scalars())


def weigh(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Raise the signals of the unfinished responses whose grace time is over; return how many were looked at.

    One that somebody answers in this moment is passed over: it has a new grace time, or is finished.
    """
    settings = db.session.scalar(select(Workspace.settings).where(Workspace.id == workspace_id))
    rows = db.session.execute(
        select(
            Response.id,
            Response.customer_id,
            Response.survey_key,
            Response.survey_version,
            Response.place,
            Response.invitation_id,
            Response.language,
            Response.answers,
            Response.void,
            Response.skipped_known,
        )
        .where(
            Response.workspace_id == workspace_id,
            text(TO_WEIGH),
            Response.answered_at <= now - _policy(settings or {}).alert_grace,
        )
        .order_by(Response.answered_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    rules = alert_rules.load(workspace_id=workspace_id, settings=settings or {})
    known = known_of(workspace_id=workspace_id, rules=rules, rows=rows, now=now)
    unhappy = {}
    for row in rows:
        survey = surveying.load_version(workspace_id=workspace_id, key=row.survey_key, version=row.survey_version)
        kinds = rules.at_once(facts_of_row(rules, survey, row, known.get(row.id, {})))
        if kinds:
            unhappy[row.id] = Unhappy(row.customer_id, kinds, row.place)
    db.session.execute(
        update(Response)
        .where(Response.workspace_id == workspace_id, Response.id.in_([row.id for row in rows]))
        .values(weighed=Response.revision)
        .execution_options(synchronize_session=False)
    )
    raise_signals(workspace_id=workspace_id, unhappy=unhappy, now=now)
    return len(rows)


def _policy(settings: dict[str, Any]) -> PolicySettings:
    return PolicySettings.read(settings.get("contact_policy") or {})


@statement(workspace_id=Integer())
def _due(d: Dialect) -> str:
    graces = d.rows("graces", "g", workspace_id="int", until="timestamptz")
    return f"""
        select g.workspace_id from {graces}
        where exists (
            select 1 from responses
            where responses.workspace_id = g.workspace_id and {TO_WEIGH} and answered_at <= g.until)
        order by g.workspace_id
    """
