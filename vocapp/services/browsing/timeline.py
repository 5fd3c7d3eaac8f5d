"""What happened to one customer, in one line of time: events, mails and why some did not go, answers, alerts, calls.

A constant number of statements, however long the history: each kind is read to the same depth, and a page ends where
the first of them may have more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Alert, AlertMove, Event, Invitation, Response, db
from vocapp.services.browsing.voices import Score, list_voices, scores_of
from vocapp.services.staff import Scope

PAGE_SIZE = 40
MOST_SCORES = 24

StepKind: TypeAlias = Literal["event", "invitation", "response", "alert", "call"]
_RANKS = {"event": 0, "invitation": 1, "response": 2, "alert": 3, "call": 4}
_CALLS = ("contact", "resolve", "close", "reopen")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `row` is an Event, an Invitation, a Voice, an Alert or an AlertMove."""

    at: datetime
    kind: StepKind
    row: Any
    place: str | None


@dataclass(frozen=True, slots=True)
class Timeline:
    steps: list[Step]
    """Newest first."""
    next: datetime | None
    """What is older happened before this; None: that was all."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one response said, as a point in time."""

    at: datetime
    survey_key: str
    scores: tuple[Score, ...]


def list_steps(*, scope: Scope, customer_id: UUID, before: datetime | None, language: str) -> Timeline:
    """Return a page of what happened, newest first, before a moment."""

    def newest(model: Any, time: Any, *where: Any) -> list[Any]:
        query = select(model).where(model.workspace_id == scope.workspace_id, *where)
        if scope.places is not None:
            query = query.where((Alert if model is AlertMove else model).place.in_(scope.places))
        if before is not None:
            query = query.where(time < before)
        if model is AlertMove:
            query = query.join(Alert, (Alert.workspace_id == AlertMove.workspace_id) & (Alert.id == AlertMove.alert_id))
        return list(db.session.scalars(query.order_by(time.desc()).limit(PAGE_SIZE + 1)))

    responses = newest(Response, Response.answered_at, Response.customer_id == customer_id)
    voices = list_voices(scope=scope, ids=[one.id for one in responses], language=language)
    moves = newest(AlertMove, AlertMove.at, Alert.customer_id == customer_id, AlertMove.action.in_(_CALLS))
    kinds: list[list[Step]] = [
        [
            Step(row.occurred_at, "event", row, row.place)
            for row in newest(Event, Event.occurred_at, Event.customer_id == customer_id)
        ],
        [
            Step(row.created_at, "invitation", row, row.place)
            for row in newest(Invitation, Invitation.created_at, Invitation.customer_id == customer_id)
        ],
        [Step(row.answered_at, "response", voices[row.id], row.place) for row in responses if row.id in voices],
        [
            Step(row.opened_at, "alert", row, row.place)
            for row in newest(Alert, Alert.opened_at, Alert.customer_id == customer_id)
        ],
        [Step(row.at, "call", row, None) for row in moves],
    ]
    return _page(kinds)


def list_scores(*, scope: Scope, customer_id: UUID) -> list[Scored]:
    """Return the last scores of a customer, the oldest first."""
    query = select(Response.answered_at, Response.survey_key, Response.nps, Response.csat, Response.ces).where(
        Response.workspace_id == scope.workspace_id,
        Response.customer_id == customer_id,
        Response.nps.is_not(None) | Response.csat.is_not(None) | Response.ces.is_not(None),
    )
    if scope.places is not None:
        query = query.where(Response.place.in_(scope.places))
    rows = db.session.execute(query.order_by(Response.answered_at.desc(), Response.id.desc()).limit(MOST_SCORES)).all()
    return [
        Scored(row.answered_at, row.survey_key, scores_of(nps=row.nps, csat=row.csat, ces=row.ces))
        for row in reversed(rows)
    ]


def _page(kinds: list[list[Step]]) -> Timeline:
    """Take the newest of all kinds; those that happened at the moment a page ends with stand on it together."""
    steps = sorted((step for kind in kinds for step in kind), key=lambda one: (one.at, _RANKS[one.kind]), reverse=True)
    if len(steps) <= PAGE_SIZE:
        return Timeline(steps, None)
    end = steps[PAGE_SIZE - 1].at
    shown = [step for step in steps if step.at >= end]
    return Timeline(shown, end if len(shown) < len(steps) else None)
