"""How customers feel, as far as one's part of the company was told: a profile holds the last word, whoever heard it.

Who sees the whole company reads the profile. Who sees a store reads the answers that were given there, and a customer
who was happy here and unhappy elsewhere is happy, to those who work here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, String, literal_column, select

from vocapp.domain.value import PROMOTER_FROM
from vocapp.models import Customer, Response, db
from vocapp.services.browsing.voices import Score, scores_of
from vocapp.services.staff import Scope

MOST_LOOKED_AT = 2000
"""Of the answers of a page of customers."""


class Held(NamedTuple):
    """The persona that somebody's answers speak for, which may look at their scores and words."""

    key: str
    confidence: float | None
    at: datetime | None


class Felt(NamedTuple):
    scores: tuple[Score, ...]
    sentiment: str | None
    sentiment_at: datetime | None
    persona: Held | None


def felt_by(*, scope: Scope, customers: Collection[Customer]) -> dict[UUID, Felt]:
    """Return how each of these customers feels, in one statement at most."""
    if scope.places is None:
        return {
            one.id: Felt(
                scores_of(nps=one.nps_value, csat=one.csat_value, ces=one.ces_value),
                one.sentiment_label,
                one.sentiment_at,
                Held(one.persona_key, one.persona_confidence, one.persona_at) if one.persona_key else None,
            )
            for one in customers
        }
    rows = db.session.execute(
        select(
            Response.customer_id,
            Response.nps,
            Response.csat,
            Response.ces,
            Response.sentiment,
            Response.persona,
            Response.answered_at,
        )
        .where(
            Response.workspace_id == scope.workspace_id,
            Response.customer_id.in_([one.id for one in customers]),
            Response.place.in_(scope.places),
        )
        .order_by(Response.answered_at.desc(), Response.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    told: dict[UUID, dict[str, Any]] = {one.id: {} for one in customers}
    for row in rows:
        for metric in ("nps", "csat", "ces"):
            if (value := getattr(row, metric)) is not None:
                told[row.customer_id].setdefault(metric, value)
        if row.sentiment:
            told[row.customer_id].setdefault("sentiment", (row.sentiment.get("label"), row.answered_at))
        if row.persona:
            held = Held(row.persona["key"], row.persona.get("confidence"), row.answered_at)
            told[row.customer_id].setdefault("persona", held)
    return {customer_id: _felt(known) for customer_id, known in told.items()}


def stage_as_told(scope: Scope, stage: str, feels: Felt) -> str:
    """Return a customer's stage as told within the scope: who recommends us elsewhere is no ambassador here."""
    return stage_for(scope, stage, next((score.value for score in feels.scores if score.metric == "nps"), None))


def stage_for(scope: Scope, stage: str, nps: float | None) -> str:
    """Return a stage as told to whom that last recommendation was told."""
    if scope.places is None or stage not in {"regular", "ambassador"}:
        return stage
    return "ambassador" if nps is not None and nps >= PROMOTER_FROM else "regular"


def last_nps(scope: Scope) -> Any:
    """Return a customer's last recommendation within the scope, as SQL."""
    if scope.places is None:
        return Customer.nps_value
    return _last(scope, Response.nps, Response.nps.is_not(None))


def last_sentiment(scope: Scope) -> Any:
    """Return how a customer's last words within the scope sound, as SQL."""
    if scope.places is None:
        return Customer.sentiment_label
    label = Response.sentiment.op("->>", return_type=String())(literal_column("'label'"))
    return _last(scope, label, label.is_not(None))


def last_persona(scope: Scope) -> Any:
    """Return the key of the persona that a customer's last answers within the scope speak for, as SQL."""
    if scope.places is None:
        return Customer.persona_key
    key = Response.persona.op("->>", return_type=String())(literal_column("'key'"))
    return _last(scope, key, key.is_not(None))


def _last(scope: Scope, column: Any, told: ColumnElement[bool]) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(
            Response.workspace_id == Customer.workspace_id,
            Response.customer_id == Customer.id,
            Response.place.in_(scope.places or ()),
            told,
        )
        .order_by(Response.answered_at.desc(), Response.id.desc())
        .limit(1)
        .correlate(Customer)
        .scalar_subquery()
    )


def _felt(known: Mapping[str, Any]) -> Felt:
    label, at = known.get("sentiment", (None, None))
    scores = scores_of(nps=known.get("nps"), csat=known.get("csat"), ces=known.get("ces"))
    return Felt(scores, label, at, known.get("persona"))
