"""Finding a customer, and telling what happened to one in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from vocapp.domain.links import contact_key
from vocapp.models import Alert, Customer, Event, Invitation, Response, db
from vocapp.services.browsing.names import Names
from vocapp.services.browsing.voices import Voice, list_voices
from vocapp.services.documents import customer_documents
from vocapp.services.staff import Scope

MOST_FOUND = 50
MOST_OF_EACH = 50
LONGEST_QUERY = 320

StepKind: TypeAlias = Literal["event", "invitation", "response", "alert"]

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `row` is an Event, an Invitation, a Voice or an Alert."""

    at: datetime
    kind: StepKind
    row: Any


@dataclass(frozen=True, slots=True)
class Found:
    customers: list[Names]
    more: bool
    """There are others; the search should be narrower."""


@dataclass(frozen=True, slots=True)
class CustomerStory:
    names: Names
    profile: dict[str, Any]
    """The document that the API gives."""
    steps: list[Step]
    """Newest first."""
    more: bool
    """There is more than is told."""


def search(*, scope: Scope, query: str, secret: bytes) -> Found:
    """Find customers by external id, by whole e-mail address (through its hash), or by the beginning of a name."""
    text = query.strip()
    if not text or len(text) > LONGEST_QUERY or _UNSTORABLE.search(text):
        return Found([], more=False)
    matches: list[ColumnElement[bool]] = [Customer.external_id == text]
    if "@" in text:
        matches.append(Customer.contact_key == contact_key(secret, text))
    else:
        matches.extend(_named(text))
    rows = db.session.execute(
        _visible(select(Customer.id, Customer.external_id, Customer.first_name, Customer.last_name), scope)
        .where(or_(*matches))
        .order_by(Customer.last_name, Customer.first_name, Customer.id)
        .limit(MOST_FOUND + 1)
    ).all()
    return Found([Names(*row) for row in rows[:MOST_FOUND]], more=len(rows) > MOST_FOUND)


def find_story(*, scope: Scope, customer_id: UUID, now: datetime, language: str) -> CustomerStory | None:
    """Return one customer within the scope, and what happened there."""
    row = db.session.execute(
        _visible(select(Customer.id, Customer.external_id, Customer.first_name, Customer.last_name), scope).where(
            Customer.id == customer_id
        )
    ).one_or_none()
    if row is None:
        return None
    profile = customer_documents(workspace_id=scope.workspace_id, ids=[customer_id], now=now)[customer_id]
    steps, more = _steps(scope, customer_id, language)
    return CustomerStory(Names(*row), profile, steps, more)


def list_events(*, scope: Scope, customer_id: UUID, limit: int) -> list[Event]:
    """Return what happened to a customer last, newest first."""
    query = select(Event).where(Event.workspace_id == scope.workspace_id, Event.customer_id == customer_id)
    if scope.places is not None:
        query = query.where(Event.place.in_(scope.places))
    return list(db.session.scalars(query.order_by(Event.occurred_at.desc(), Event.id.desc()).limit(limit)))


def list_earlier_voices(
    *, scope: Scope, customer_id: UUID, but: Sequence[UUID], language: str, limit: int
) -> list[Voice]:
    """Return the customer's other responses, newest first."""
    query = select(Response.id).where(
        Response.workspace_id == scope.workspace_id, Response.customer_id == customer_id, Response.id.not_in(but)
    )
    if scope.places is not None:
        query = query.where(Response.place.in_(scope.places))
    ids = db.session.scalars(query.order_by(Response.answered_at.desc(), Response.id.desc()).limit(limit)).all()
    voices = list_voices(scope=scope, ids=ids, language=language)
    return [voices[one] for one in ids if one in voices]


def _named(text: str) -> list[ColumnElement[bool]]:
    """Match a name's beginning; SQLite folds the case of A to Z only, so accents are tried in the usual spellings."""
    whole = func.trim(func.coalesce(Customer.first_name, "") + " " + func.coalesce(Customer.last_name, ""))
    spellings = {text, text.lower(), text.title(), text.upper()}
    return [
        column.ilike(_pattern(spelling), escape="\\")
        for spelling in sorted(spellings)
        for column in (Customer.last_name, Customer.first_name, whole)
    ]


def _pattern(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _visible(query: Any, scope: Scope) -> Any:
    """Keep to the workspace and, where the scope has places, to customers with whom something happened there."""
    query = query.where(Customer.workspace_id == scope.workspace_id)
    if scope.places is None:
        return query
    return query.where(
        or_(
            *(
                exists().where(
                    model.workspace_id == Customer.workspace_id,
                    model.customer_id == Customer.id,
                    model.place.in_(scope.places),
                )
                for model in (Event, Invitation, Response, Alert)
            )
        )
    )


def _steps(scope: Scope, customer_id: UUID, language: str) -> tuple[list[Step], bool]:
    limit = MOST_OF_EACH + 1
    events = list_events(scope=scope, customer_id=customer_id, limit=limit)
    voices = list_earlier_voices(scope=scope, customer_id=customer_id, but=(), language=language, limit=limit)
    invitations = _of(Invitation, Invitation.id, scope, customer_id, limit)
    alerts = _of(Alert, Alert.opened_at, scope, customer_id, limit)
    more = any(len(rows) == limit for rows in (events, voices, invitations, alerts))
    steps = [
        *(Step(event.occurred_at, "event", event) for event in events),
        *(Step(voice.at, "response", voice) for voice in voices),
        *(Step(invitation.created_at, "invitation", invitation) for invitation in invitations),
        *(Step(alert.opened_at, "alert", alert) for alert in alerts),
    ]
    ranks = {"event": 0, "invitation": 1, "response": 2, "alert": 3}
    steps.sort(key=lambda step: (step.at, ranks[step.kind]), reverse=True)
    return steps, more


def _of(model: Any, order: Any, scope: Scope, customer_id: UUID, limit: int) -> list[Any]:
    query = select(model).where(model.workspace_id == scope.workspace_id, model.customer_id == customer_id)
    if scope.places is not None:
        query = query.where(model.place.in_(scope.places))
    return list(db.session.scalars(query.order_by(order.desc()).limit(limit)))
