"""Figures by adviser: whoever served the customers, as their events named them (`agent`).

An adviser is named from a smallest number of answers on. The others are one line, without a score and without a name:
nobody is judged by what a few customers happened to say. It keeps no secret from its readers, who may read the answers
with their advisers, too: two times that differ by a day tell apart what was answered on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import String, func, literal_column, select

from vocapp.domain import scores
from vocapp.domain.advisers import AdviserSettings
from vocapp.domain.boards import Figure
from vocapp.domain.comparing import NpsSample, Sample, ShareSample, said
from vocapp.models import Invitation, Response, Workspace, db
from vocapp.services.reporting import Metric, figure_of
from vocapp.services.staff import Scope

KEY = "advisers"
"""In the workspace's settings."""
MOST_DAYS = 366


class Adviser(NamedTuple):
    name: str
    counts: Mapping[int, int]
    """How often each score was given."""
    figure: Figure
    """What it was before is left out where there were fewer than `smallest` answers."""


@dataclass(frozen=True, slots=True)
class Advisers:
    """Those who are named, most answers first; of the others how many they are and how many answers they have."""

    smallest: int
    named: tuple[Adviser, ...]
    others: tuple[int, int] | None
    """None: there are not two of them. One alone would be known by who is missing."""


def read_advisers(
    *,
    scope: Scope,
    metric: Metric,
    since: date,
    until: date,
    survey: str | None = None,
    before: tuple[date, date] | None = None,
) -> Advisers:
    """Return the figures of a time by adviser, beside those of the time `before`: as many days, where it is not given.

    Days are the workspace's, the last one does not count. From the answers themselves, as counters know no adviser: it
    costs by the answers of both times.
    """
    kept = db.session.scalar(select(Workspace.settings).where(Workspace.id == scope.workspace_id)) or {}
    smallest = AdviserSettings.read(kept.get(KEY) or {}).smallest
    counts = _counts(scope, metric, since, until, survey)
    named = {agent: found for agent, found in counts.items() if sum(found.values()) >= smallest}
    left = [sum(found.values()) for agent, found in counts.items() if agent not in named]
    then = before or (since - (until - since), since)
    was = _counts(scope, metric, *then, survey) if named else {}
    ranked = sorted(named.items(), key=lambda one: (-sum(one[1].values()), one[0]))

    def earlier(agent: str) -> Mapping[int, int]:
        found = was.get(agent) or {}
        return found if sum(found.values()) >= smallest else {}

    return Advisers(
        smallest,
        tuple(
            Adviser(agent, found, Figure(metric, _sample(metric, found), _sample(metric, earlier(agent)), len(ranked)))
            for agent, found in ranked
        ),
        (len(left), sum(left)) if len(left) > 1 else None,
    )


def figures_by_adviser(
    *, scope: Scope, metric: Metric, since: date, until: date, survey: str | None = None
) -> dict[str, Any]:
    """Return `{smallest, advisers: [{agent, …figure, before, change}], others: {advisers, responses}}` of a time."""
    found = read_advisers(scope=scope, metric=metric, since=since, until=until, survey=survey)
    return {
        "smallest": found.smallest,
        "advisers": [
            {"agent": one.name, **figure_of(metric, one.counts), **_beside(one.figure)} for one in found.named
        ],
        "others": dict(zip(("advisers", "responses"), found.others, strict=True)) if found.others else None,
    }


_TOP: Final[Mapping[str, int]] = {"csat": 4, "ces": 5}
"""From which score on one counts for the share."""


def _sample(metric: Metric, counts: Mapping[int, int]) -> Sample:
    """Return what a metric was made of, from how often each score was given."""
    if metric != "nps":
        return ShareSample(sum(n for value, n in counts.items() if value >= _TOP[metric]), sum(counts.values()))
    told: dict[str, int] = defaultdict(int)
    for value, n in counts.items():
        told[scores.nps_category(value)] += n
    return NpsSample(told["promoter"], told["passive"], told["detractor"])


def _beside(figure: Figure) -> dict[str, Any]:
    """Return what a figure was before and how it moved; null: of too few."""
    change = figure.change
    return {
        "before": said(figure.before) if figure.before.n else None,
        "change": change.document() if change is not None else None,
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
