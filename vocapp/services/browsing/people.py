"""Finding a customer, and telling what happened to one in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from vocapp.domain.links import contact_key
from vocapp.models import Alert, Customer, Event, Invitation, Response, db
from vocapp.services.browsing import felt
from vocapp.services.browsing.names import Names
from vocapp.services.browsing.timeline import Scored, Timeline, list_scores, list_steps
from vocapp.services.browsing.voices import Score, Tone, Voice, list_voices
from vocapp.services.documents import customer_documents
from vocapp.services.staff import Scope

MOST_FOUND = 50
PAGE_SIZE = 30
MOST_LOOKED_AT = 10
LONGEST_QUERY = 320

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_NPS = {"detractor": (0, 6), "passive": (7, 8), "promoter": (9, 10)}


@dataclass(frozen=True, slots=True)
class Found:
    customers: list[Names]
    more: bool
    """There are others; the search should be narrower."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerFilter:
    """Which customers; None leaves a field open."""

    tone: Tone | None = None
    """What their last recommendation makes of them."""
    sentiment: str | None = None
    persona: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer in one line."""

    names: Names
    scores: tuple[Score, ...]
    sentiment: str | None
    persona: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class CustomerPage:
    customers: list[Listed]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class CustomerStory:
    names: Names
    profile: dict[str, Any]
    """The document that the API gives; how the customer feels, as far as the scope was told."""
    scores: list[Scored]
    """The last ones, the oldest first."""
    persona_reasons: tuple[str, ...]
    """Why this persona: as the response said that made it so."""
    timeline: Timeline


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
        visible(select(Customer.id, Customer.external_id, Customer.first_name, Customer.last_name), scope)
        .where(or_(*matches))
        .order_by(Customer.last_name, Customer.first_name, Customer.id)
        .limit(MOST_FOUND + 1)
    ).all()
    return Found([Names(*row) for row in rows[:MOST_FOUND]], more=len(rows) > MOST_FOUND)


def list_customers(*, scope: Scope, wanted: CustomerFilter, before: UUID | None) -> CustomerPage:
    """Return a page of customers, those who came last first, behind `before`."""
    query = visible(select(Customer), scope)
    if wanted.tone is not None:
        query = query.where(felt.last_nps(scope).between(*_NPS[wanted.tone]))
    if wanted.sentiment is not None:
        query = query.where(felt.last_sentiment(scope) == wanted.sentiment)
    if wanted.persona is not None:
        query = query.where(felt.last_persona(scope) == wanted.persona)
    if before is not None:
        query = query.where(Customer.id < before)
    rows = db.session.scalars(query.order_by(Customer.id.desc()).limit(PAGE_SIZE + 1)).all()
    shown = rows[:PAGE_SIZE]
    feelings = felt.felt_by(scope=scope, customers=shown)
    return CustomerPage(
        [
            Listed(
                Names(one.id, one.external_id, one.first_name, one.last_name),
                feelings[one.id].scores,
                feelings[one.id].sentiment,
                (held := feelings[one.id].persona) and held.key,
                one.created_at,
            )
            for one in shown
        ],
        shown[-1].id if len(rows) > PAGE_SIZE else None,
    )


def find_names(*, scope: Scope, customer_id: UUID) -> Names | None:
    """Return what one customer within the scope is called."""
    row = db.session.execute(
        visible(select(Customer.id, Customer.external_id, Customer.first_name, Customer.last_name), scope).where(
            Customer.id == customer_id
        )
    ).one_or_none()
    return None if row is None else Names(*row)


def find_story(
    *, scope: Scope, customer_id: UUID, before: datetime | None, now: datetime, language: str
) -> CustomerStory | None:
    """Return one customer within the scope, and what happened there before a moment; None for `before`: until now."""
    row = db.session.execute(visible(select(Customer), scope).where(Customer.id == customer_id)).scalar_one_or_none()
    if row is None:
        return None
    profile = customer_documents(workspace_id=scope.workspace_id, ids=[customer_id], now=now)[customer_id]
    feels = felt.felt_by(scope=scope, customers=[row])[row.id]
    return CustomerStory(
        Names(row.id, row.external_id, row.first_name, row.last_name),
        {
            **profile,
            "sentiment": feels.sentiment and {"label": feels.sentiment, "at": feels.sentiment_at},
            "persona": feels.persona and feels.persona._asdict(),
            "value": {**profile["value"], "stage": felt.stage_as_told(scope, profile["value"]["stage"], feels)},
        },
        list_scores(scope=scope, customer_id=customer_id),
        _persona_reasons(scope, customer_id, feels.persona.key) if feels.persona else (),
        list_steps(scope=scope, customer_id=customer_id, before=before, language=language),
    )


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


def visible(query: Any, scope: Scope) -> Any:
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


def _persona_reasons(scope: Scope, customer_id: UUID, key: str) -> tuple[str, ...]:
    query = select(Response.persona).where(
        Response.workspace_id == scope.workspace_id,
        Response.customer_id == customer_id,
        Response.persona.is_not(None),
    )
    if scope.places is not None:
        query = query.where(Response.place.in_(scope.places))
    latest = db.session.scalars(query.order_by(Response.answered_at.desc()).limit(MOST_LOOKED_AT))
    found = next((one for one in latest if one and one.get("key") == key), None)
    return tuple(found.get("reasons") or ()) if found else ()
