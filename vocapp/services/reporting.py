"""Figures, read from the exact counters and never from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, func, select

from vocapp.domain import scores
from vocapp.models import Place, SegmentRow, SurveyRecord, counted, db
from vocapp.models.segments import open_within
from vocapp.models.summaries import PEOPLE, UNSCORED, question_of
from vocapp.services import surveying

Metric: TypeAlias = Literal["nps", "csat", "ces"]
LEVELS = ("store", "region", "brand")
"""Kinds of places by which what happened below them is put together."""
TIMES = ("day", "week", "month")
GROUPS = ("survey", "version", "step", "place", *LEVELS, "channel", *TIMES)
SCORE_GROUPS = (*GROUPS, *PEOPLE)
"""By what scores can be parted: also by who gave them."""
_NPS_OF = {"promoter": 10, "passive": 8, "detractor": 0}
"""Of people only this is counted of an NPS; any score of the category makes the same figure."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which responses to look at; days are the workspace's, `until` does not count."""

    workspace_id: int
    since: date | None = None
    until: date | None = None
    survey: str | None = None
    place: str | None = None
    """With all that is below it."""
    channel: str | None = None
    people: tuple[str, str] | None = None
    """(one of PEOPLE, its key): only the scores of those of a persona, or of a segment (`counting_segments`)."""
    seen: tuple[str, ...] | None = None
    """The places that whoever asks may see, and with them the segments; None: all, and what happened at none."""


def find_unknown(*, question: Question) -> list[str]:
    """Return what a question names and the workspace has not, of survey, place and segment; in that order.

    Nothing where part of the company is seen: there, what is elsewhere and what is nowhere are answered alike.
    """
    if question.seen is not None:
        return []
    segment = question.people[1] if question.people is not None and question.people[0] == "segment" else None
    named: dict[str, tuple[Any, str | None]] = {
        "survey": (SurveyRecord, question.survey),
        "place": (Place, question.place),
        "segment": (SegmentRow, segment),
    }
    return [
        name
        for name, (table, key) in named.items()
        if key and db.session.scalar(select(table.key).filter_by(workspace_id=question.workspace_id, key=key)) is None
    ]


def figure(*, metric: Metric, question: Question) -> dict[str, Any]:
    """Return one metric over the responses in question."""
    return figure_of(metric, scores_counted(metric, question, None).get("", {}))


def figures_by(*, metric: Metric, question: Question, group_by: str) -> list[dict[str, Any]]:
    """Return one metric for each group: `[{key, …figure}]`, in the order of the keys."""
    groups = scores_counted(metric, question, group_by)
    return [{"key": key, **figure_of(metric, counts)} for key, counts in sorted(groups.items())]


def figure_of(metric: Metric, counts: Mapping[int, int]) -> dict[str, Any]:
    """Return one metric of how often each score was given."""
    if metric == "nps":
        by_category: dict[str, int] = defaultdict(int)
        for value, n in counts.items():
            by_category[scores.nps_category(value)] += n
        return scores.nps_figure(by_category["promoter"], by_category["passive"], by_category["detractor"]).document()
    if metric == "csat":
        return scores.csat_figure(counts).document()
    return scores.ces_figure(counts).document()


def scores_counted(metric: Metric, question: Question, group_by: str | None) -> dict[str, dict[int, int]]:
    """Return by group how often each score was given; without `group_by` the one group has no name.

    By persona or segment, and of one of them, it is read from sums of their own: of one, by another is `{}`. Segments
    that look at what was said elsewhere are counted for who sees the whole company only (docs/decisions/016).
    """
    if group_by in PEOPLE or question.people is not None:
        return _scores_of_people(metric, question, group_by)
    return {
        key: {int(bucket): n for bucket, n in buckets.items()}
        for key, buckets in counted_by(f"@{metric}", question, group_by).items()
    }


def counted_by(
    what: str, question: Question, group_by: str | None, *which: ColumnElement[bool]
) -> dict[str, dict[str, int]]:
    """Return by group what the counters hold of a question: `{group: {bucket: n}}`; "" are the responses themselves.

    `which`: conditions on the counters, beside those of the question.
    """
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    name = _namer(question.workspace_id, group_by)
    for bucket, n, *group in _summed(question, [counted.c.bucket], group_by, counted.c.question == what, *which):
        counts[name(*group)][bucket] += int(n)
    return counts


def _scores_of_people(metric: Metric, question: Question, group_by: str | None) -> dict[str, dict[int, int]]:
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    kind, key = question.people or (str(group_by), None)
    if key is not None and group_by in PEOPLE:
        return counts
    before = question_of(kind, metric, "")
    which: list[ColumnElement[bool]] = [counted.c.question.startswith(before, autoescape=True)]
    if kind == "segment" and question.seen is not None:
        told = open_within(workspace_id=question.workspace_id, places=question.seen)
        which.append(counted.c.bucket.in_(select(SegmentRow.key).where(*told)))
    by_key = key is None
    if not by_key:
        which.append(counted.c.bucket == key)
    name = _namer(question.workspace_id, group_by)
    for what, bucket, n, *group in _summed(question, [counted.c.question, counted.c.bucket], group_by, *which):
        given = what.removeprefix(before)
        if given != UNSCORED:
            score = _NPS_OF[given] if metric == "nps" else int(given)
            counts[bucket if by_key else name(*group)][score] += int(n)
    return counts


def _summed(question: Question, columns: list[Any], group_by: str | None, *which: ColumnElement[bool]) -> Iterable[Any]:
    """Return (what the columns hold, the sum, of which group) for all that the counters hold of a question."""
    keys = [*columns, *_columns(group_by)]
    query: Select[*tuple[Any, ...]] = select(*columns, func.sum(counted.c.n), *keys[len(columns) :]).where(
        counted.c.workspace_id == question.workspace_id, *which
    )
    if question.since:
        query = query.where(counted.c.day >= question.since)
    if question.until:
        query = query.where(counted.c.day < question.until)
    if question.survey:
        query = query.where(counted.c.survey_key == question.survey)
    if question.channel:
        query = query.where(counted.c.channel == question.channel)
    if question.place:
        query = query.where(counted.c.place.in_(below(workspace_id=question.workspace_id, place=question.place)))
    if question.seen is not None:
        query = query.where(counted.c.place.in_(question.seen))
    return db.session.execute(query.group_by(*keys))


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


def _columns(group_by: str | None) -> list[Any]:
    if group_by in TIMES:
        return [counted.c.day]
    if group_by in {"place", *LEVELS}:
        return [counted.c.place]
    if group_by == "step":
        return [counted.c.survey_key, counted.c.survey_version]
    columns = {"survey": counted.c.survey_key, "version": counted.c.survey_version, "channel": counted.c.channel}
    return [columns[group_by]] if group_by in columns else []


def _namer(workspace_id: int, group_by: str | None) -> Callable[..., str]:
    """Return what names the group of a row of the counters."""
    if group_by in LEVELS:
        above = place_of_kind(workspace_id=workspace_id, kind=group_by)
        return lambda place: above.get(place, "")
    if group_by == "step":
        return lambda key, version: journey_step(workspace_id, key, version)
    if group_by in TIMES:
        return partial(_time_label, group_by)
    return lambda *group: str(group[0]) if group else ""


def place_of_kind(*, workspace_id: int, kind: str) -> dict[str, str]:
    """Return by place the one of a kind that it is, or is below; the nearest one."""
    rows = db.session.execute(select(Place.key, Place.kind, Place.path).where(Place.workspace_id == workspace_id)).all()
    of_kind = {key for key, its_kind, _ in rows if its_kind == kind}
    found = {}
    for key, _, path in rows:
        nearest = next((one for one in reversed(path.strip("/").split("/")) if one in of_kind), None)
        if nearest is not None:
            found[key] = nearest
    return found


def journey_step(workspace_id: int, key: str, version: int) -> str:
    """Return the event that leads to a version of a survey; empty where it goes by hand, by API or by link alone.

    Of the version that was answered: another edit of the survey moves nothing that was said before.
    """
    trigger = surveying.load_version(workspace_id=workspace_id, key=key, version=version).trigger
    return "" if trigger is None else trigger.event


def _time_label(group_by: str, day: date) -> str:
    if group_by == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day:%Y-%m}" if group_by == "month" else day.isoformat()
