"""What goes with low scores: wished for, looked at in the background over a bounded number of answers, and kept.

    want ──► (a row that is wanted) ──► read, a snapshot ──► think, no transaction ──► keep

The pages and the API read what was kept: they cost the same for any number of answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from vocapp.domain import circular, drivers
from vocapp.domain.crossing import Metric, Scored, crossed, median_of
from vocapp.domain.drivers import Occasion
from vocapp.domain.factors import Known, factors_of
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Survey
from vocapp.models import DriverReport, Invitation, Response, Workspace, counted, db
from vocapp.models.bulk import insert_many
from vocapp.services import segmenting, surveying
from vocapp.services.reach import reach
from vocapp.services.reporting import below, place_of_kind
from vocapp.services.staff import Scope

METRICS: Final = ("nps", "csat", "ces")
LOW: Final[Mapping[str, int]] = {"nps": 6, "csat": 2, "ces": 3}
"""Up to which score an answer is low."""
MOST_ANSWERS: Final = 10_000
"""The newest ones: a second or two of work."""
FEWEST_ANSWERS: Final = 100
"""In a year, for a survey to be looked at by itself."""
USUAL_DAYS: Final = 365
ANEW_AFTER: Final = timedelta(hours=23)
_CHOSEN: Final = frozenset(("single_choice", "dropdown", "multiple_choice", "yes_no"))


@dataclass(frozen=True, slots=True)
class Wish:
    """One report that is wanted."""

    workspace_id: int
    survey: str
    metric: Metric
    place: str
    wanted_at: datetime
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What is looked at."""

    metric: Metric
    occasions: list[tuple[UUID, int, Known]]
    """Who, which score, what is known."""
    groups: list[dict[str, list[str]]]
    """Of each: persona, sentiment, segments when it was given; where that was not looked at yet, none."""
    left_out: list[dict[str, str]]
    """Groups that are made of a score: {by, key} each."""
    seconds: list[float]
    """From the first page sent to the last, of those with more than one."""
    reach: dict[str, Any]
    since: date | None
    until: date | None
    """The first and the last day on which one was given."""


def want(
    *,
    workspace_id: int,
    survey: str,
    metric: str,
    place: str = "",
    since: date | None = None,
    until: date | None = None,
    now: datetime,
) -> None:
    """Wish for a report; what was found last is read until there is a newer one."""
    key = {"workspace_id": workspace_id, "survey_key": survey, "metric": metric, "place": place}
    insert_many(DriverReport, [key], passing_over=True)
    db.session.execute(
        update(DriverReport)
        .filter_by(**key)
        .values(wanted_at=now, since=since, until=until)
        .execution_options(synchronize_session=False)
    )


def want_daily(*, workspace_id: int, now: datetime) -> int:
    """Wish for a report of every survey that has answers enough and was not looked at today; return how many."""
    rows = db.session.execute(
        select(counted.c.survey_key, counted.c.question, func.sum(counted.c.n))
        .where(
            counted.c.workspace_id == workspace_id,
            counted.c.question.in_([f"@{metric}" for metric in METRICS]),
            counted.c.day > now.date() - timedelta(days=USUAL_DAYS),
        )
        .group_by(counted.c.survey_key, counted.c.question)
    )
    enough = {(survey, question.removeprefix("@")) for survey, question, n in rows if int(n) >= FEWEST_ANSWERS}
    fresh = {
        (survey, metric)
        for survey, metric in db.session.execute(
            select(DriverReport.survey_key, DriverReport.metric).where(
                DriverReport.workspace_id == workspace_id,
                DriverReport.place == "",
                or_(DriverReport.wanted_at.is_not(None), DriverReport.found_at > now - ANEW_AFTER),
            )
        )
    }
    for survey, metric in sorted(enough - fresh):
        want(workspace_id=workspace_id, survey=survey, metric=metric, now=now)
    return len(enough - fresh)


def find_wish() -> Wish | None:
    """Return the report that was wanted first, of any workspace."""
    row = db.session.scalars(
        select(DriverReport).where(DriverReport.wanted_at.is_not(None)).order_by(DriverReport.wanted_at).limit(1)
    ).first()
    if row is None or row.wanted_at is None:
        return None
    metric: Any = row.metric
    return Wish(row.workspace_id, row.survey_key, metric, row.place, row.wanted_at, row.since, row.until)


def read(*, wish: Wish, now: datetime) -> Answers:
    """Read the newest answers that are wished for, with what is known of each occasion; partial ones, once counted."""
    zone = ZoneInfo(db.session.get_one(Workspace, wish.workspace_id).timezone)
    score = {"nps": Response.nps, "csat": Response.csat, "ces": Response.ces}[wish.metric]
    since = wish.since or (wish.until or now.astimezone(zone).date()) - timedelta(days=USUAL_DAYS)
    query = (
        select(
            Response.customer_id,
            Response.survey_version,
            Response.place,
            Response.channel,
            Response.language,
            Response.answers,
            Response.void,
            Response.counted_on,
            Response.persona,
            Response.sentiment,
            Response.segments,
            Response.pages,
            Response.started_at,
            Response.completed_at,
            score.label("score"),
            Invitation.context,
        )
        .join(
            Invitation,
            (Invitation.workspace_id == Response.workspace_id) & (Invitation.id == Response.invitation_id),
        )
        .where(
            Response.workspace_id == wish.workspace_id,
            Response.survey_key == wish.survey,
            Response.answered_at >= _midnight(since, zone),
            score.is_not(None),
        )
        .order_by(Response.answered_at.desc())
        .limit(MOST_ANSWERS)
    )
    until = now if wish.until is None else _midnight(wish.until, zone)
    query = query.where(Response.answered_at < until) if wish.until is not None else query
    places = below(workspace_id=wish.workspace_id, place=wish.place) if wish.place else None
    if places is not None:
        query = query.where(Response.place.in_(places))
    rows = db.session.execute(query).all()
    regions = place_of_kind(workspace_id=wish.workspace_id, kind="region")
    surveys: dict[int, Survey] = {}
    occasions = []
    for row in rows:
        if row.survey_version not in surveys:
            surveys[row.survey_version] = surveying.load_version(
                workspace_id=wish.workspace_id, key=wish.survey, version=row.survey_version
            )
        plain = {
            "place": row.place,
            "region": regions.get(row.place or ""),
            "channel": row.channel,
            "language": row.language,
            "event": row.context.get("event"),
        }
        properties = row.context.get("properties") or {}
        known = Known(plain, properties, _chosen(surveys[row.survey_version], row), _themes(row.sentiment))
        occasions.append((row.customer_id, row.score, known))
    left_out = _left_out(wish.workspace_id, surveys.values())
    days = [row.counted_on for row in rows if row.counted_on is not None]
    return Answers(
        metric=wish.metric,
        occasions=occasions,
        groups=[_groups(row, left_out) for row in rows],
        left_out=[{"by": by, "key": key} for by, key in sorted(left_out)],
        seconds=[_seconds(row) for row in rows if row.completed_at is not None and len(row.pages) > 1],
        reach=reach(
            workspace_id=wish.workspace_id,
            survey=wish.survey,
            since=since,
            until=wish.until or now.astimezone(zone).date() + timedelta(days=1),
            places=places,
        ),
        since=min(days, default=None),
        until=max(days, default=None),
    )


def think(answers: Answers) -> dict[str, Any]:
    """Find the drivers; touches no database."""
    factors = factors_of([known for _, _, known in answers.occasions])
    most = LOW[answers.metric]
    found = drivers.find(
        [Occasion(who, score <= most, facts) for (who, score, _), facts in zip(answers.occasions, factors, strict=True)]
    )
    scored = [Scored(score, groups) for (_, score, _), groups in zip(answers.occasions, answers.groups, strict=True)]
    return {
        **found.document(),
        "groups": crossed(answers.metric, scored),
        "groups_left_out": answers.left_out,
        "seconds": median_of(answers.seconds),
        "reach": answers.reach,
        "since": answers.since and answers.since.isoformat(),
        "until": answers.until and answers.until.isoformat(),
    }


def keep(*, wish: Wish, findings: Mapping[str, Any], now: datetime) -> None:
    """Keep what was found; a wish that came meanwhile stays one."""
    own = (
        DriverReport.workspace_id == wish.workspace_id,
        DriverReport.survey_key == wish.survey,
        DriverReport.metric == wish.metric,
        DriverReport.place == wish.place,
    )
    quiet = {"synchronize_session": False}
    db.session.execute(
        update(DriverReport).where(*own).values(found_at=now, findings=dict(findings)).execution_options(**quiet)
    )
    db.session.execute(
        update(DriverReport)
        .where(*own, DriverReport.wanted_at == wish.wanted_at)
        .values(wanted_at=None)
        .execution_options(**quiet)
    )


def forget_above(*, workspace_id: int, keys: Collection[str]) -> None:
    """Forget what was found at places to which others were added, or from which they were taken away.

    It told of places that whoever reads there sees no more; it is looked for anew.
    """
    db.session.execute(
        delete(DriverReport)
        .where(DriverReport.workspace_id == workspace_id, DriverReport.place.in_(keys))
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class Report:
    """What was found last, as who asks may read it."""

    wanted_at: datetime | None
    found_at: datetime | None
    findings: Mapping[str, Any]
    """As `think` returns them, of segments those that are open to who reads; empty: it was not looked for yet."""


def find_report(*, scope: Scope, survey: str, metric: str, place: str = "") -> Report | None:
    """Return what was found last, or that it is wanted; None: nobody has asked. `place` is within the scope."""
    return _reports(scope, metric, place, DriverReport.survey_key == survey).get(survey)


def list_reports(*, scope: Scope, metric: str, place: str = "") -> dict[str, Report]:
    """Return by survey what was found last, or that it is wanted. `place` is within the scope."""
    return _reports(scope, metric, place)


def _reports(scope: Scope, metric: str, place: str, *which: ColumnElement[bool]) -> dict[str, Report]:
    own = {"workspace_id": scope.workspace_id, "metric": metric, "place": place}
    rows = db.session.scalars(select(DriverReport).filter_by(**own).where(*which)).all()
    seen = None if scope.places is None or not rows else segmenting.list_open(scope=scope)
    return {row.survey_key: Report(row.wanted_at, row.found_at, _told(row.findings or {}, seen)) for row in rows}


def _told(findings: Mapping[str, Any], seen: Collection[str] | None) -> Mapping[str, Any]:
    """Leave out the segments that are not `seen` (None: all are): what is kept is of all, for whoever reads it.

    And all groups of a look that did not know yet which of them are made of a score.
    """
    if "groups_left_out" not in findings:
        return {**findings, "groups": []} if "groups" in findings else findings
    if seen is None:
        return findings
    open_here = {
        name: [one for one in findings[name] if one["by"] != "segment" or one["key"] in seen]
        for name in ("groups", "groups_left_out")
    }
    return {**findings, **open_here}


def _groups(row: Any, left_out: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    """Return what a response is in, by kind: segments as its author belonged to them when it was given."""
    within = {
        "persona": [row.persona["key"]] if row.persona else [],
        "sentiment": [row.sentiment["label"]] if row.sentiment and row.sentiment.get("label") else [],
    }
    if row.segments is not None:
        within["segment"] = row.segments
    return {kind: [key for key in keys if (kind, key) not in left_out] for kind, keys in within.items()}


def _left_out(workspace_id: int, surveys: Iterable[Survey]) -> set[tuple[str, str]]:
    """Return the groups, as (kind, key), that are made of a score: of these questions', or of any in the profile."""
    scored = {question.key for survey in surveys for question in survey.by_key.values() if TYPES[question.type].metric}
    found = surveying.find_personas(workspace_id=workspace_id)
    personas = set[str]()
    if found is not None:
        version = surveying.load_personas(workspace_id=workspace_id, version=found[0])
        personas = circular.personas_of_scores(version, scored)
    rules = {
        key: definition["when"] for key, definition in segmenting.list_definitions(workspace_id=workspace_id).items()
    }
    segments = circular.segments_of_scores(rules, personas)
    return {*(("persona", key) for key in personas), *(("segment", key) for key in segments)}


def _seconds(row: Any) -> float:
    return float((row.completed_at - row.started_at).total_seconds())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _themes(sentiment: Mapping[str, Any] | None) -> list[str] | None:
    """Return what somebody wrote about; None: nothing was written, or themes were not looked for yet."""
    if sentiment is None or "themes" not in sentiment:
        return None
    return [one["key"] for one in sentiment["themes"]]


def _chosen(survey: Survey, row: Any) -> dict[str, list[str]]:
    found = {}
    for key, value in row.answers.items():
        question = survey.by_key.get(key)
        if question is not None and question.type in _CHOSEN and key not in row.void:
            found[key] = list(TYPES[question.type].buckets(question, value))
    return found
