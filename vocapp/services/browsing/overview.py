"""The figures of the console's first page: from the counters, so that they cost the same for any number of answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from vocapp.domain import scores
from vocapp.domain.alerts import OPEN
from vocapp.domain.boards import Sums, added
from vocapp.domain.scores import NpsFigure, ShareFigure
from vocapp.models import Alert, Fact, Invitation, Response, SurveyVersion, counted, db
from vocapp.models.ids import first_id_at
from vocapp.models.journey import IMPORTED
from vocapp.models.summaries import Part, sum_up
from vocapp.services.halting import EVERYBODY
from vocapp.services.staff import Scope

WEEK, MONTH = 7, 30
LATE_MAIL = timedelta(days=4)
"""So long may pass between an invitation's making and its leaving: delay, quiet hours, a provider that is away."""


@dataclass(frozen=True, slots=True)
class Span:
    """What was answered within some days, and within as many before them."""

    days: int
    responses: int
    responses_before: int
    nps: NpsFigure
    nps_before: NpsFigure
    csat: ShareFigure
    csat_before: ShareFigure


@dataclass(frozen=True, slots=True)
class Answered:
    today: int
    yesterday: int
    week: Span
    month: Span


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """Of the open alerts."""

    open: int
    new: int
    new_in_time: int
    late: int
    mine: int
    mine_late: int


@dataclass(frozen=True, slots=True)
class MailCounts:
    sent_today: int
    sent_yesterday: int
    failed: int
    """Failed, or left in the dark, over a week."""
    ever_answered: bool
    """A survey of ours, to its end, by anybody in the whole workspace; what was imported is none.

    Asked along with the rest, so that it costs no statement of its own.
    """


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Facts that were given up."""

    number: int
    latest_at: datetime | None


def answered(*, scope: Scope, today: date) -> Answered:
    """Return how many answered, and what they made of us; `today` is the workspace's, and counts as a day."""
    days = _Days(scope, today)
    return Answered(
        today=days.responses(today),
        yesterday=days.responses(today - timedelta(days=1)),
        week=days.span(today, WEEK),
        month=days.span(today, MONTH),
    )


def alert_counts(*, scope: Scope, email: str, now: datetime) -> AlertCounts:
    """Return how the queue stands, and how much of it one holds."""
    query = select(
        func.count(),
        func.count().filter(Alert.status == "new"),
        func.count().filter(Alert.status == "new", Alert.due_at >= now),
        func.count().filter(Alert.due_at < now),
        func.count().filter(Alert.assignee == email),
        func.count().filter(Alert.assignee == email, Alert.due_at < now),
    ).where(Alert.workspace_id == scope.workspace_id, Alert.status.in_(OPEN))
    if scope.places is not None:
        query = query.where(Alert.place.in_(scope.places))
    return AlertCounts(*db.session.execute(query).one())


def mail_counts(*, scope: Scope, today_from: datetime, yesterday_from: datetime) -> MailCounts:
    """Return what left today and yesterday, from these moments on, and what did not over a week."""
    since = yesterday_from - LATE_MAIL
    week_ago = today_from - timedelta(days=WEEK - 1)
    query = select(
        func.count().filter(Invitation.sent_at >= today_from),
        func.count().filter(Invitation.sent_at >= yesterday_from, Invitation.sent_at < today_from),
        func.count().filter(Invitation.status.in_(("failed", "unknown")), Invitation.created_at >= week_ago),
        _newest_answer(scope.workspace_id).is_not(None),
    ).where(
        Invitation.workspace_id == scope.workspace_id,
        Invitation.channel == "email",
        Invitation.id >= first_id_at(min(since, week_ago)),  # ids are in the order of their making: a range of the key
    )
    if scope.places is not None:
        query = query.where(Invitation.place.in_(scope.places))
    return MailCounts(*db.session.execute(query).one())


def _newest_answer(workspace_id: int) -> ColumnElement[Any]:
    """Return the newest completed response of our own: from the end of an index, where few imported ones are."""
    query = select(Response.id).where(
        Response.workspace_id == workspace_id, Response.status == "completed", Response.channel != IMPORTED
    )
    return query.order_by(Response.answered_at.desc()).limit(1).scalar_subquery()


def dead_letters(*, workspace_id: int) -> DeadLetters:
    """Return how many facts were given up: the workspace's own, and those that are about no single one."""
    query = select(func.count(), func.max(Fact.failed_at)).where(
        Fact.workspace_id.in_((workspace_id, EVERYBODY)), Fact.failed_at.is_not(None)
    )
    return DeadLetters(*db.session.execute(query).one())


def responses_by_survey(*, scope: Scope, since: date) -> dict[str, int]:
    """Return how many completed responses each survey has had from a day on."""
    query = (
        select(counted.c.survey_key, func.sum(counted.c.n))
        .where(counted.c.question == "", counted.c.bucket == "completed", counted.c.day >= since)
        .group_by(counted.c.survey_key)
    )
    return {key: int(n) for key, n in db.session.execute(_by_version(query, scope))}


def mails_by_survey(*, scope: Scope, since: datetime) -> dict[str, int]:
    """Return how many mails of each survey left from a moment on."""
    query = (
        select(Invitation.survey_key, func.count())
        .where(
            Invitation.workspace_id == scope.workspace_id,
            Invitation.id >= first_id_at(since - LATE_MAIL),
            Invitation.channel == "email",
            Invitation.sent_at >= since,
        )
        .group_by(Invitation.survey_key)
    )
    if scope.places is not None:
        query = query.where(Invitation.place.in_(scope.places))
    return {row.survey_key: row[1] for row in db.session.execute(query)}


class _Days:
    """The folded sums of the last sixty days, read at once: a few rows a day, however many places and scores."""

    def __init__(self, scope: Scope, today: date) -> None:
        since, until = today - timedelta(days=2 * MONTH - 1), today + timedelta(days=1)
        part = Part(scope.workspace_id, "day", since, until, None, None, scope.places)
        self._sums = {day: Sums(tuple(values)) for day, *values in sum_up(part, ("start",))}

    def span(self, last: date, days: int) -> Span:
        now, before = self._of(last, days), self._of(last - timedelta(days=days), days)
        return Span(days, now["completed"], before["completed"], _nps(now), _nps(before), _csat(now), _csat(before))

    def responses(self, day: date) -> int:
        return self._of(day, 1)["completed"]

    def _of(self, last: date, days: int) -> Sums:
        every = (self._sums.get(last - timedelta(days=back)) for back in range(days))
        return added(one for one in every if one is not None)


def _nps(sums: Sums) -> NpsFigure:
    return scores.nps_figure(sums["promoters"], sums["passives"], sums["detractors"])


def _csat(sums: Sums) -> ShareFigure:
    return scores.share_figure(sums["csat_top"], sums["csat_n"])


def _by_version(query: Any, scope: Scope) -> Any:
    """Lead a query of the counters through the versions: then the key finds the days, and older ones are not read."""
    query = query.join(
        SurveyVersion,
        (SurveyVersion.workspace_id == counted.c.workspace_id)
        & (SurveyVersion.key == counted.c.survey_key)
        & (SurveyVersion.version == counted.c.survey_version),
    ).where(counted.c.workspace_id == scope.workspace_id, SurveyVersion.workspace_id == scope.workspace_id)
    return query if scope.places is None else query.where(counted.c.place.in_(scope.places))
