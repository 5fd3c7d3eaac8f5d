"""Verbatims of some days that may be quoted to staff: masked, with the sentiment they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.masking import mask, names_staff
from vocapp.domain.questions import TYPES
from vocapp.domain.quoting import Candidate, Why, choose, cut
from vocapp.models import Customer, Invitation, Response, db
from vocapp.services import surveying
from vocapp.services.browsing.voices import Score, scores_of
from vocapp.services.staff import Scope

MOST_LOOKED_AT: Final = 400
"""The newest: a place with more of them in a week has a page to read them on."""
_NAMES_A_PERSON: Final = frozenset(("email", "phone"))
LONGEST_READ: Final = 2000


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim worth reading."""

    why: Why
    text: str
    """Masked and cut."""
    scores: tuple[Score, ...]
    place: str | None
    language: str
    """Of the survey, as it was answered."""
    response_id: UUID


def list_quotes(*, scope: Scope, since: datetime, until: datetime) -> list[Quote]:
    """Return up to three verbatims that were given from one moment until before another."""
    rows = {row.id: row for row in _read(scope, since, until)}
    surveying.prepare_versions(
        workspace_id=scope.workspace_id, wanted={(row.survey_key, row.survey_version) for row in rows.values()}
    )
    candidates = [one for row in rows.values() if (one := _candidate(scope.workspace_id, row)) is not None]
    return [_quote(why, one, rows[one.id]) for why, one in choose(candidates)]


def _read(scope: Scope, since: datetime, until: datetime) -> Sequence[Any]:
    query = (
        select(
            Response.id,
            Response.survey_key,
            Response.survey_version,
            Response.answers,
            Response.void,
            Response.sentiment,
            Response.nps,
            Response.csat,
            Response.ces,
            Response.place,
            Response.language,
            Response.answered_at,
            Invitation.context,
            Customer.external_id,
            Customer.first_name,
            Customer.last_name,
        )
        .join(
            Invitation, (Invitation.workspace_id == Response.workspace_id) & (Invitation.id == Response.invitation_id)
        )
        .join(Customer, (Customer.workspace_id == Response.workspace_id) & (Customer.id == Response.customer_id))
        .where(
            Response.workspace_id == scope.workspace_id,
            Response.answered_at >= since,
            Response.answered_at < until,
            Response.sentiment.is_not(None),
        )
        .order_by(Response.answered_at.desc(), Response.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    if scope.places is not None:
        query = query.where(Response.place.in_(scope.places))
    return db.session.execute(query).all()


def _candidate(workspace_id: int, row: Any) -> Candidate | None:
    """Return a response's words as one text without what leads to a person; None: nothing was said or judged."""
    feeling = (row.sentiment or {}).get("score")
    survey = surveying.load_version(workspace_id=workspace_id, key=row.survey_key, version=row.survey_version)
    said = [
        str(row.answers[question.key]).strip()
        for question in survey.questions
        if question.key in row.answers
        and question.key not in row.void
        and TYPES[question.type].verbatim
        and question.type not in _NAMES_A_PERSON
    ]
    text = " ".join(one for one in said if one)[:LONGEST_READ]
    if feeling is None or not text:
        return None
    context: Mapping[str, Any] = row.context or {}
    names = [row.first_name, row.last_name, context.get("agent"), *_staff(context)]
    masked = mask(text, names, _references(row.external_id, context))
    return Candidate(row.id, masked.text, float(feeling), row.answered_at, masked.n)


def _staff(context: Mapping[str, Any]) -> list[str | None]:
    """Return who served the person, by what the event tells."""
    properties = context.get("properties") or {}
    return [value for key, value in properties.items() if isinstance(value, str) and names_staff(key)]


def _references(external_id: str, context: Mapping[str, Any]) -> list[str | None]:
    """Return what names the person, and what it was about, in the company's own systems."""
    values = (context.get("properties") or {}).values()
    named = [value for value in values if isinstance(value, str) and any(map(str.isdigit, value))]
    return [external_id, context.get("event_id"), *named]


def _quote(why: Why, one: Candidate, row: Any) -> Quote:
    scores = scores_of(nps=row.nps, csat=row.csat, ces=row.ces)
    return Quote(why, cut(one.text), scores, row.place, row.language, row.id)
