"""The figures of the console's first page: from the counters, so that they cost the same for any number of answers."""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select

from vocapp.domain import scores
from vocapp.domain.alerts import OPEN
from vocapp.domain.scores import NpsFigure, ScaleFigure
from vocapp.models import Alert, Fact, Invitation, Response, SurveyVersion, counted, db
from vocapp.models.ids import first_id_at
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
    csat: ScaleFigure
    csat_before: ScaleFigure


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
    """Anybody, in the whole workspace: asked along with the rest, so that it costs no statement of its own."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Facts that were given up."""

    number: int
    latest_at: datetime | None


def answered(*, scope: Scope, today: date) -> Answered:
    """Return how many answered, and what they made of us; `today` is the workspace's, and counts as a day."""
    days = _Days(scope, today)
    return Answered(
        today=days.responses(today, 1),
        yesterday=days.responses(today - timedelta(days=1), 1),
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
        exists(select(Response.id).where(Response.workspace_id == scope.workspace_id)),
    ).where(
        Invitation.workspace_id == scope.workspace_id,
        Invitation.channel == "email",
        Invitation.id >= first_id_at(min(since, week_ago)),  # ids are in the order of their making: a range of the key
    )
    if scope.places is not None:
        query = query.where(Invitation.place.in_(scope.places))
    return MailCounts(*db.session.execute(query).one())


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
    """The counters of the last sixty days, read at once."""

    def __init__(self, scope: Scope, today: date) -> None:
        query = (
            select(counted.c.day, counted.c.question, counted.c.bucket, func.sum(counted.c.n))
            .where(counted.c.question.in_(("", "@nps", "@csat")), counted.c.day > today - timedelta(days=2 * MONTH))
            .group_by(counted.c.day, counted.c.question, counted.c.bucket)
        )
        self._n: Sums[tuple[date, str, str]] = Sums()
        for day, question, bucket, n in db.session.execute(_by_version(query, scope)):
            self._n[day, question, bucket] = int(n)

    def span(self, last: date, days: int) -> Span:
        before = last - timedelta(days=days)
        return Span(
            days,
            self.responses(last, days),
            self.responses(before, days),
            self._nps(last, days),
            self._nps(before, days),
            self._csat(last, days),
            self._csat(before, days),
        )

    def responses(self, last: date, days: int) -> int:
        return sum(self._n[day, "", "completed"] for day in _until(last, days))

    def _nps(self, last: date, days: int) -> NpsFigure:
        found: Sums[str] = Sums()
        for value, n in self._values("@nps", last, days).items():
            found[scores.nps_category(value)] += n
        return scores.nps_figure(found["promoter"], found["passive"], found["detractor"])

    def _csat(self, last: date, days: int) -> ScaleFigure:
        return scores.csat_figure(self._values("@csat", last, days))

    def _values(self, metric: str, last: date, days: int) -> dict[int, int]:
        wanted = set(_until(last, days))
        found: Sums[int] = Sums()
        for (day, question, bucket), n in self._n.items():
            if question == metric and day in wanted:
                found[int(bucket)] += n
        return dict(found)


def _until(last: date, days: int) -> Iterable[date]:
    return (last - timedelta(days=back) for back in range(days))


def _by_version(query: Any, scope: Scope) -> Any:
    """Lead a query of the counters through the versions: then the key finds the days, and older ones are not read."""
    query = query.join(
        SurveyVersion,
        (SurveyVersion.workspace_id == counted.c.workspace_id)
        & (SurveyVersion.key == counted.c.survey_key)
        & (SurveyVersion.version == counted.c.survey_version),
    ).where(counted.c.workspace_id == scope.workspace_id, SurveyVersion.workspace_id == scope.workspace_id)
    return query if scope.places is None else query.where(counted.c.place.in_(scope.places))
