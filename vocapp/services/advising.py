"""Figures by adviser: whoever served the customers, as their events named them (`agent`).

An adviser is named from a smallest number of answers on. The others are one line, without a score and without a name:
neither by looking nor by taking away from the whole does anybody learn what few customers said of one person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import String, func, literal_column, select

from vocapp.domain.advisers import AdviserSettings
from vocapp.models import Invitation, Response, Workspace, db
from vocapp.services.reporting import Metric, figure_of
from vocapp.services.staff import Scope

KEY = "advisers"
"""In the workspace's settings."""
MOST_DAYS = 366


def figures_by_adviser(
    *, scope: Scope, metric: Metric, since: date, until: date, survey: str | None = None
) -> dict[str, Any]:
    """Return `{smallest, advisers: [{agent, …figure}], others: {advisers, responses}}` of a time, most answers first.

    Days are the workspace's, `until` does not count. From the answers themselves, as counters know no adviser: it costs
    by the answers of the time.
    """
    kept = db.session.scalar(select(Workspace.settings).where(Workspace.id == scope.workspace_id)) or {}
    smallest = AdviserSettings.read(kept.get(KEY) or {}).smallest
    counts = _counts(scope, metric, since, until, survey)
    named = {agent: found for agent, found in counts.items() if sum(found.values()) >= smallest}
    left = [sum(found.values()) for agent, found in counts.items() if agent not in named]
    ranked = sorted(named.items(), key=lambda one: (-sum(one[1].values()), one[0]))
    return {
        "smallest": smallest,
        "advisers": [{"agent": agent, **figure_of(metric, found)} for agent, found in ranked],
        # One alone would be known by who is missing: they are counted with nobody.
        "others": {"advisers": len(left), "responses": sum(left)} if len(left) > 1 else None,
    }


def _counts(
    scope: Scope, metric: Metric, since: date, until: date, survey: str | None
) -> Mapping[str, Mapping[int, int]]:
    score = {"nps": Response.nps, "csat": Response.csat, "ces": Response.ces}[metric]
    agent = Invitation.context.op("->>", return_type=String())(literal_column("'agent'"))
    query = (
        select(agent, score, func.count())
        .join(
            Invitation, (Invitation.workspace_id == Response.workspace_id) & (Invitation.id == Response.invitation_id)
        )
        .where(
            Response.workspace_id == scope.workspace_id,
            Response.counted_on >= since,
            Response.counted_on < until,
            Response.status == "completed",
            score.is_not(None),
            agent.is_not(None),
        )
        .group_by(agent, score)
    )
    if scope.places is not None:
        query = query.where(Response.place.in_(scope.places))
    if survey is not None:
        query = query.where(Response.survey_key == survey)
    counts: dict[str, dict[int, int]] = defaultdict(dict)
    for name, value, n in db.session.execute(query):
        counts[name][value or 0] = n
    return counts
