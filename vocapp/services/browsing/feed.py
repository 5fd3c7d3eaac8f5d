"""The customers' voice as it comes in: responses, newest first, page behind page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_

from vocapp.models import Response, db
from vocapp.models.types import UtcTime, Uuid
from vocapp.services import surveying
from vocapp.services.browsing.voices import Tone, Voice, list_voices, survey_title
from vocapp.services.staff import Scope

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the feed ends."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class FeedPage:
    voices: list[Voice]
    next: Place | None


def list_feed(*, scope: Scope, survey: str | None, tone: Tone | None, before: Place | None, language: str) -> FeedPage:
    """Return a page of responses, those answered last first, behind `before`."""
    query = select(Response.id, Response.answered_at).where(Response.workspace_id == scope.workspace_id)
    if scope.places is not None:
        query = query.where(Response.place.in_(scope.places))
    if survey is not None:
        query = query.where(Response.survey_key == survey)
    if tone is not None:
        query = query.where(_feels(tone))
    if before is not None:
        end = tuple_(literal(before.at, UtcTime()), literal(before.id, Uuid()))
        query = query.where(tuple_(Response.answered_at, Response.id) < end)
    rows = db.session.execute(
        query.order_by(Response.answered_at.desc(), Response.id.desc()).limit(PAGE_SIZE + 1)
    ).all()
    shown = rows[:PAGE_SIZE]
    voices = list_voices(scope=scope, ids=[row.id for row in shown], language=language)
    last = shown[-1] if len(rows) > PAGE_SIZE else None
    return FeedPage(
        [voices[row.id] for row in shown if row.id in voices], Place(last.answered_at, last.id) if last else None
    )


def list_surveys(*, workspace_id: int, language: str) -> list[tuple[str, str]]:
    """Return (key, title) of the published surveys, by title."""
    surveys = surveying.published(workspace_id=workspace_id)
    return sorted(((one.key, survey_title(one, language)) for one in surveys), key=lambda pair: pair[1].casefold())


def _feels(tone: Tone) -> ColumnElement[bool]:
    """Say of a row what `Voice.tone` says of a response: NPS speaks first, then CSAT, then CES."""
    spans = {
        "detractor": ((0, 6), (1, 2), (1, 3)),
        "passive": ((7, 8), (3, 3), (4, 4)),
        "promoter": ((9, 10), (4, 5), (5, 7)),
    }
    nps, csat, ces = spans[tone]
    return or_(
        Response.nps.between(*nps),
        and_(Response.nps.is_(None), Response.csat.between(*csat)),
        and_(func.coalesce(Response.nps, Response.csat).is_(None), Response.ces.between(*ces)),
    )
