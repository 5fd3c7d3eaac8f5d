"""Figures, read from the exact counters and never from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from sqlalchemy import Select, func, select

from vocapp.domain import scores
from vocapp.models import Place, counted, db

Metric: TypeAlias = Literal["nps", "csat", "ces"]
GROUPS = ("survey", "version", "place", "channel", "day", "week", "month")


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which responses to look at; days are the workspace's, `until` does not count."""

    workspace_id: int
    since: date | None = None
    until: date | None = None
    survey: str | None = None
    place: str | None = None
    """With all that is below it."""


def figure(*, metric: Metric, question: Question) -> dict[str, Any]:
    """Return one metric over the responses in question."""
    return _figure(metric, _counts(metric, question, None).get("", {}))


def figures_by(*, metric: Metric, question: Question, group_by: str) -> list[dict[str, Any]]:
    """Return one metric for each group: `[{key, …figure}]`, in the order of the keys."""
    groups = _counts(metric, question, group_by)
    return [{"key": key, **_figure(metric, counts)} for key, counts in sorted(groups.items())]


def _figure(metric: Metric, counts: Mapping[int, int]) -> dict[str, Any]:
    if metric == "nps":
        by_category: dict[str, int] = defaultdict(int)
        for value, n in counts.items():
            by_category[scores.nps_category(value)] += n
        return scores.nps_figure(by_category["promoter"], by_category["passive"], by_category["detractor"]).document()
    if metric == "csat":
        return scores.csat_figure(counts).document()
    return scores.ces_figure(counts).document()


def _counts(metric: Metric, question: Question, group_by: str | None) -> dict[str, dict[int, int]]:
    columns = {
        "survey": counted.c.survey_key,
        "version": counted.c.survey_version,
        "place": counted.c.place,
        "channel": counted.c.channel,
    }
    key = columns.get(group_by or "", counted.c.day if group_by in {"day", "week", "month"} else None)
    grouped = [] if key is None else [key]
    query: Select[*tuple[Any, ...]] = select(counted.c.bucket, func.sum(counted.c.n), *grouped).where(
        counted.c.workspace_id == question.workspace_id, counted.c.question == f"@{metric}"
    )
    if question.since:
        query = query.where(counted.c.day >= question.since)
    if question.until:
        query = query.where(counted.c.day < question.until)
    if question.survey:
        query = query.where(counted.c.survey_key == question.survey)
    if question.place:
        query = query.where(counted.c.place.in_(below(workspace_id=question.workspace_id, place=question.place)))
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for bucket, n, *group in db.session.execute(query.group_by(counted.c.bucket, *grouped)):
        counts[_label(group_by, group[0]) if group else ""][int(bucket)] += int(n)
    return counts


def below(*, workspace_id: int, place: str) -> list[str]:
    """Return the keys of a place and of all that is below it."""
    path = db.session.scalar(select(Place.path).where(Place.workspace_id == workspace_id, Place.key == place))
    if path is None:
        return []
    return list(
        db.session.scalars(
            select(Place.key).where(Place.workspace_id == workspace_id, Place.path.startswith(path, autoescape=True))
        )
    )


def _label(group_by: str | None, value: Any) -> str:
    if group_by == "week":
        year, week, _ = value.isocalendar()
        return f"{year}-W{week:02d}"
    if group_by == "month":
        return f"{value:%Y-%m}"
    return value.isoformat() if isinstance(value, date) else str(value)
