"""Verbatims of some days that may be quoted to staff: masked, with the sentiment they were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.questions import TYPES
from vocapp.domain.quoting import Candidate, Why, choose, cut
from vocapp.models import Customer, Invitation, Response, db
from vocapp.services import surveying
from vocapp.services.browsing.voices import Score, scores_of
from vocapp.services.quotable import make_quotable
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
    question: str
    """What was asked, or the first of several."""


def list_quotes(*, scope: Scope, since: datetime, until: datetime) -> list[Quote]:
    """Return up to three verbatims that were given from one moment until before another."""
    rows = {row.id: row for row in _read(scope, since, until)}
    surveying.prepare_versions(
        workspace_id=scope.workspace_id, wanted={(row.survey_key, row.survey_version) for row in rows.values()}
    )
    read = [found for row in rows.values() if (found := _candidate(scope.workspace_id, row)) is not None]
    asked = {one.id: question for one, question in read}
    return [_quote(why, one, rows[one.id], asked[one.id]) for why, one in choose([one for one, _ in read])]


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


def _candidate(workspace_id: int, row: Any) -> tuple[Candidate, str] | None:
    """Return (a response's words as one text without what leads to a person, the first question that they answer).

    None: nothing was said or judged.
    """
    feeling = (row.sentiment or {}).get("score")
    survey = surveying.load_version(workspace_id=workspace_id, key=row.survey_key, version=row.survey_version)
    answered = {
        question.key: str(row.answers[question.key]).strip()
        for question in survey.questions
        if question.key in row.answers
        and question.key not in row.void
        and TYPES[question.type].verbatim
        and question.type not in _NAMES_A_PERSON
    }
    said = {key: one for key, one in answered.items() if one}
    text = " ".join(said.values())[:LONGEST_READ]
    if feeling is None or not text:
        return None
    masked = make_quotable(text, person=row, context=row.context)
    worst = min(_scores(row), key=_of_scale, default=None)
    score, tone = (None, None) if worst is None else (_of_scale(worst), worst.tone)
    one = Candidate(row.id, masked.text, float(feeling), row.answered_at, masked.n, score, tone)
    return one, next(iter(said))


def _scores(row: Any) -> tuple[Score, ...]:
    return scores_of(nps=row.nps, csat=row.csat, ces=row.ces)


def _of_scale(score: Score) -> float:
    """Return how high a score is, from 0 to 1: a recommendation begins at 0, the others at 1."""
    lowest = 0 if score.metric == "nps" else 1
    return (score.value - lowest) / (score.highest - lowest)


def _quote(why: Why, one: Candidate, row: Any, question: str) -> Quote:
    return Quote(why, cut(one.text), _scores(row), row.place, row.language, row.id, question)
