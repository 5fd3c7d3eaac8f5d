"""Have drivers looked for at the places that somebody reads about or minds: what is found elsewhere is not theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from vocapp.models import DriverReport, Member, ReportSubscription, counted, db
from vocapp.services.finding_drivers import FEWEST_ANSWERS, METRICS, USUAL_DAYS, want
from vocapp.services.reporting import below

ANEW_AFTER: Final = timedelta(days=6)
"""A report is read once a week; looking for drivers takes a second or two."""
MOST_AT_ONCE: Final = 20
"""Wishes an hour: they must not keep waiting who asks for drivers on a page."""


def want_for_readers(*, workspace_id: int, now: datetime) -> int:
    """Wish for the drivers of the places that are read about and were answered about often enough; return how many."""
    made = 0
    for place in _places(workspace_id):
        fresh = _fresh(workspace_id, place, now)
        for survey, metric in _enough(workspace_id, place, now):
            if made == MOST_AT_ONCE:
                return made
            if (survey, metric) not in fresh:
                want(workspace_id=workspace_id, survey=survey, metric=metric, place=place, now=now)
                made += 1
    return made


def _places(workspace_id: int) -> list[str]:
    """Return the places that somebody subscribed to a report of, or sees all of and nothing else."""
    own_places = select(Member.place_key).where(
        Member.workspace_id == workspace_id, Member.place_key.is_not(None), Member.disabled_at.is_(None)
    )
    rows = db.session.execute(
        select(ReportSubscription.place, Member.place_key)
        .join(
            Member,
            (Member.workspace_id == ReportSubscription.workspace_id) & (Member.user_id == ReportSubscription.user_id),
        )
        .where(
            ReportSubscription.workspace_id == workspace_id,
            ReportSubscription.left_at.is_(None),
            Member.disabled_at.is_(None),
        )
        .distinct()
    )
    read_about = {found for place, own in rows if (found := place or own or "")}
    return sorted(read_about | {place for place in db.session.scalars(own_places) if place})


def _fresh(workspace_id: int, place: str, now: datetime) -> set[tuple[str, str]]:
    rows = db.session.execute(
        select(DriverReport.survey_key, DriverReport.metric).where(
            DriverReport.workspace_id == workspace_id,
            DriverReport.place == place,
            DriverReport.wanted_at.is_not(None) | (DriverReport.found_at > now - ANEW_AFTER),
        )
    )
    return {(survey, metric) for survey, metric in rows}


def _enough(workspace_id: int, place: str, now: datetime) -> list[tuple[str, str]]:
    """Return the surveys and metrics that were scored often enough there in a year."""
    rows = db.session.execute(
        select(counted.c.survey_key, counted.c.question)
        .where(
            counted.c.workspace_id == workspace_id,
            counted.c.question.in_([f"@{metric}" for metric in METRICS]),
            counted.c.day > now.date() - timedelta(days=USUAL_DAYS),
            counted.c.place.in_(below(workspace_id=workspace_id, place=place)),
        )
        .group_by(counted.c.survey_key, counted.c.question)
        .having(func.sum(counted.c.n) >= FEWEST_ANSWERS)
    )
    return sorted((survey, question.removeprefix("@")) for survey, question in rows)
