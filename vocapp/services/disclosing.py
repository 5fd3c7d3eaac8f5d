"""What we hold about a person, told to that person: why we wrote, and all their data.

The link that leads here stands in a mail, which may be passed on: addresses and telephone numbers are left out, also
where somebody wrote one into an answer. So is whatever names other people, and our own ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from vocapp.domain.consent import SURVEYS
from vocapp.domain.mail_health import MailOpens
from vocapp.domain.masking import names_staff
from vocapp.domain.personalisation import well_set
from vocapp.domain.preferences import read_pauses
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Survey, Text, in_language
from vocapp.models import (
    Alert,
    Attribute,
    Consent,
    Event,
    Invitation,
    Letter,
    Membership,
    Place,
    Promise,
    Response,
    SegmentRow,
    Workspace,
    db,
)
from vocapp.models.journey import OPENED, VISITED, WATCHED
from vocapp.services import staging, surveying
from vocapp.services.documents.responses import SENTIMENT_FIELDS, score_document, themes_said
from vocapp.services.facts import event_facts
from vocapp.services.preferring import Preferences
from vocapp.services.staff import Scope
from vocapp.services.valuing import value_documents
from vocapp.services.verbatims import tagging

MOST_OF_EACH = 5000
"""More than any person has; a bound all the same on what one link can ask of the database."""

NOT_SHOWN = "[not shown here]"

_ADDRESS = re.compile(r"[^\s<>\"'(),;:@]+@[^\s<>\"'(),;:@]+")
_NUMBER = re.compile(r"(?<![\w+.-])(?:\+\d{1,3}|0(?!\.\d{3}))(?:[ .()/-]{0,2}\d){8,12}(?![\w-])")
"""A telephone number as people write it: after a plus, or from a nought on. Dates and most orders begin otherwise."""
_HIDDEN_TYPES = frozenset({"email", "phone"})
_Row = TypeVar("_Row")


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why one message came: what happened, which survey, by which right, and the message itself."""

    event: str | None
    occurred_at: datetime
    place: str | None
    survey: str
    channel: str
    sent_at: datetime | None
    tracked: bool
    """It held an invisible image that tells when it is opened, or the next one would."""
    basis: str
    """consent, legitimate_interest or contract."""
    agreed_at: datetime | None
    """For consent: when it was given, before the message was made."""
    agreed_where: str | None


def why(preferences: Preferences, *, opens_told: bool = False) -> Why:
    """Say why the message came whose link was opened. `opens_told`: who opens one would be heard of."""
    measured = MailOpens.read(preferences.settings.get("mail_opens") or {}).measured
    invitation, customer = preferences.invitation, preferences.customer
    agreed = db.session.scalars(
        select(Consent)
        .where(
            Consent.workspace_id == customer.workspace_id,
            Consent.customer_id == customer.id,
            Consent.purpose == SURVEYS,
            Consent.granted,
            Consent.at <= invitation.created_at,
        )
        .order_by(Consent.at.desc(), Consent.id)
        .limit(1)
    ).first()
    place = db.session.get(Place, (customer.workspace_id, invitation.place)) if invitation.place else None
    return Why(
        event=invitation.context.get("event"),
        occurred_at=invitation.occurred_at,
        place=place.name if place else None,
        survey=_title(_survey(invitation), preferences.spoken, _facts(preferences, invitation.context)),
        channel=invitation.channel,
        sent_at=invitation.sent_at,
        tracked=invitation.mail_tracked or (opens_told and measured),
        basis=preferences.policy.legal_basis(SURVEYS),
        agreed_at=agreed.at if agreed else None,
        agreed_where=agreed.source if agreed else None,
    )


def own_data(preferences: Preferences, *, now: datetime, most: int = MOST_OF_EACH) -> dict[str, Any]:
    """Return all that is held about a person as a document, the newest of each kind first, `most` of each."""
    customer = preferences.customer
    document = {
        "made_at": now,
        "held_by": preferences.workspace_name,
        "not_shown": {
            "what": ["email", "phone"],
            "why": "This file comes from a link in a message, which may be passed on.",
        },
        "profile": {
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "language": preferences.language,
            "timezone": customer.timezone,
            "known_since": customer.created_at,
            "attributes": _attributes(preferences, most),
        },
        "preferences": {
            "may_be_asked": preferences.reason is None,
            "reason": preferences.reason,
            "frequency": preferences.frequency,
            "paused_until": preferences.paused_until,
            "pauses": [{"since": one.since, "until": one.until} for one in read_pauses(customer.pauses)],
            "unsubscribed_at": customer.unsubscribed_at,
            "subjects": [{"survey": one.key, "title": one.title, "wanted": one.wanted} for one in preferences.kinds],
        },
        "consents": _consents(preferences, most),
        **_scores(preferences),
        "value": _value(preferences, now),
        "stages": _stages(preferences, now, most),
        "segments": _segments(preferences, most),
        "tags": tagging.told_of(workspace_id=customer.workspace_id, customer_id=customer.id, most=most),
        "events": _events(preferences, most),
        **_messages_and_answers(preferences, most),
        "callbacks": [
            {"opened_at": alert.opened_at, "status": alert.status, "about": alert.kinds}
            for alert in _newest(Alert, Alert.opened_at, preferences, most)
        ],
        "promises": [
            {"made_at": one.made_at, "how": one.means, "from": one.starts_at, "to": one.ends_at, "status": one.status}
            for one in _newest(Promise, Promise.made_at, preferences, most)
        ],
        "letters": [
            {"planned_at": one.planned_at, "status": one.status, "reason": one.reason}
            for one in _newest(Letter, Letter.planned_at, preferences, most)
        ],
    }
    clean: dict[str, Any] = _discreet(document)
    return clean


def _value(preferences: Preferences, now: datetime) -> dict[str, Any]:
    """What we reckon from their orders, which stand among the events."""
    workspace, person = db.session.get_one(Workspace, preferences.customer.workspace_id), preferences.customer
    return value_documents(workspace=workspace, customers=[person], now=now)[person.id]


def _stages(preferences: Preferences, now: datetime, most: int) -> list[dict[str, Any]]:
    """What they became by their orders and answers, and since when; the newest first."""
    customer = preferences.customer
    workspace = db.session.get_one(Workspace, customer.workspace_id)
    today = now.astimezone(ZoneInfo(workspace.timezone)).date()
    life = staging.life_of(scope=Scope(workspace.id), customer_id=customer.id, today=today)
    return [{"stage": stage, "since": day} for day, stage in life[:most]]


def _segments(preferences: Preferences, most: int) -> list[dict[str, Any]]:
    """Where a rule of ours puts them, and put them once: a decision that is taken of them."""
    rows = _newest(Membership, Membership.joined_at, preferences, most)
    segments = db.session.execute(
        select(SegmentRow.key, SegmentRow.definition).where(
            SegmentRow.workspace_id == preferences.customer.workspace_id,
            SegmentRow.key.in_({row.segment_key for row in rows}),
        )
    )
    names = {key: definition["name"] for key, definition in segments}
    return [
        {
            "segment": row.segment_key,
            "name": _named(names.get(row.segment_key, row.segment_key), preferences.language),
            "since": row.joined_at,
            "until": row.left_at,
        }
        for row in rows
    ]


def _named(name: Text | str, language: str) -> str:
    return name if isinstance(name, str) else in_language(name, language, "")[0]


def _attributes(preferences: Preferences, most: int) -> list[dict[str, Any]]:
    return [
        {
            "key": held.key,
            "value": held.value,
            "source": _source(held.source),
            "observed_at": held.observed_at,
            "expires_at": held.expires_at,
        }
        for held in _newest(Attribute, Attribute.observed_at, preferences, most)
        if held.value is not None
    ]


def _consents(preferences: Preferences, most: int) -> list[dict[str, Any]]:
    return [
        {
            "purpose": said.purpose,
            "granted": said.granted,
            "source": said.source,
            "text_version": said.text_version,
            "at": said.at,
        }
        for said in _newest(Consent, Consent.at, preferences, most)
    ]


def _scores(preferences: Preferences) -> dict[str, Any]:
    customer = preferences.customer
    scores = {
        name: {"value": getattr(customer, f"{name}_value"), "at": getattr(customer, f"{name}_at")}
        for name in ("nps", "csat", "ces")
    }
    return {
        "scores": {name: score if score["value"] is not None else None for name, score in scores.items()},
        "sentiment": customer.sentiment_label
        and {"label": customer.sentiment_label, "score": customer.sentiment_score, "at": customer.sentiment_at},
        "persona": _persona(preferences),
    }


def _persona(preferences: Preferences) -> dict[str, Any] | None:
    """The type of customer we take somebody for, in the words of those who defined it, with what spoke for it."""
    customer = preferences.customer
    if customer.persona_key is None:
        return None
    defined = surveying.find_personas(workspace_id=customer.workspace_id)
    personas = surveying.load_personas(workspace_id=customer.workspace_id, version=defined[0]) if defined else None
    found = next((one for one in personas.personas if one.key == customer.persona_key), None) if personas else None

    def words(text: Text | None) -> str | None:
        return in_language(text, preferences.language, "fr")[0] if text else None

    given = db.session.scalars(
        select(Response.persona)
        .where(
            Response.workspace_id == customer.workspace_id,
            Response.customer_id == customer.id,
            Response.persona.is_not(None),
        )
        .order_by(Response.answered_at.desc())
        .limit(20)
    )
    reasons: list[str] = next((one["reasons"] for one in given if one and one.get("key") == customer.persona_key), [])
    return {
        "key": customer.persona_key,
        "name": words(found.name) if found else None,
        "description": words(found.description) if found else None,
        "confidence": customer.persona_confidence,
        "confidence_is": "support by your own answers and profile, not a probability",
        "reasons": reasons,
        "at": customer.persona_at,
    }


def _events(preferences: Preferences, most: int) -> list[dict[str, Any]]:
    return [
        {
            "event": event.name,
            "occurred_at": event.occurred_at,
            "received_at": event.received_at,
            "place": event.place,
            "properties": _properties(event.properties),
        }
        for event in _newest(Event, Event.occurred_at, preferences, most)
    ]


def _messages_and_answers(preferences: Preferences, most: int) -> dict[str, list[dict[str, Any]]]:
    invitations = _newest(Invitation, Invitation.created_at, preferences, most)
    by_id = {one.id: one for one in invitations}
    responses = _newest(Response, Response.answered_at, preferences, most)
    return {
        "messages": [_message(preferences, one) for one in invitations],
        "answers": [_answers(preferences, one, by_id.get(one.invitation_id)) for one in responses],
    }


def _message(preferences: Preferences, invitation: Invitation) -> dict[str, Any]:
    return {
        "survey": invitation.survey_key,
        "title": _title(_survey(invitation), preferences.spoken, _facts(preferences, invitation.context)),
        "channel": invitation.channel,
        "because_of": invitation.context.get("event"),
        "occurred_at": invitation.occurred_at,
        "place": invitation.place,
        "status": invitation.status,
        "reason": invitation.reason,
        "sent_at": invitation.sent_at,
        "opened": bool(invitation.mail_heard & OPENED) if invitation.mail_tracked else None,
        "visit_noted": bool(invitation.mail_heard & VISITED) if invitation.mail_heard & WATCHED else None,
        "decisions": invitation.decisions,
    }


def _answers(preferences: Preferences, response: Response, invitation: Invitation | None) -> dict[str, Any]:
    survey = surveying.load_version(
        workspace_id=response.workspace_id, key=response.survey_key, version=response.survey_version
    )
    facts = {**_facts(preferences, invitation.context if invitation else {}), "answers": response.answers}
    return {
        "survey": response.survey_key,
        "survey_version": response.survey_version,
        "title": _title(survey, preferences.spoken, facts),
        "status": response.status,
        "started_at": response.started_at,
        "completed_at": response.completed_at,
        "place": response.place,
        "answers": [
            _answer(survey, key, value, preferences.spoken, facts, counts=key not in response.void)
            for key, value in response.answers.items()
        ],
        "not_asked_since_known": response.skipped_known,
        "scores": score_document(response),
        "sentiment": response.sentiment and {key: response.sentiment.get(key) for key in SENTIMENT_FIELDS},
        "themes": themes_said(response),
        "persona": response.persona,
        "segments": response.segments or [],
        "callback_wish": response.callback_wish,
    }


def _answer(
    survey: Survey, key: str, value: Any, language: str, facts: Mapping[str, Any], *, counts: bool
) -> dict[str, Any]:
    question = survey.by_key.get(key)
    if question is None:
        return {"question": key, "text": None, "answer": value, "in_words": str(value), "counts": counts}
    hidden = question.type in _HIDDEN_TYPES
    text = in_language(question.text, language, survey.default_language)[0]
    return {
        "question": key,
        "text": re.sub("[ \n]+", " ", well_set(text, facts)),
        "answer": NOT_SHOWN if hidden else value,
        "in_words": NOT_SHOWN if hidden else TYPES[question.type].show(question, value, language),
        "counts": counts,
    }


def _newest(model: type[_Row], at: Any, preferences: Preferences, most: int) -> Sequence[_Row]:
    customer, table = preferences.customer, model.__table__  # type: ignore[attr-defined]
    of_person = (table.c.workspace_id == customer.workspace_id) & (table.c.customer_id == customer.id)
    return db.session.scalars(select(model).where(of_person).order_by(at.desc()).limit(most)).all()


def _survey(invitation: Invitation) -> Survey:
    return surveying.load_version(
        workspace_id=invitation.workspace_id, key=invitation.survey_key, version=invitation.survey_version
    )


def _title(survey: Survey, language: str, facts: Mapping[str, Any]) -> str:
    return well_set(in_language(survey.title, language, survey.default_language)[0], facts)


def _facts(preferences: Preferences, context: Mapping[str, Any]) -> dict[str, Any]:
    person = {"first_name": preferences.customer.first_name, "last_name": preferences.customer.last_name}
    return {"customer": {**person, "attributes": {}}, "event": event_facts(context), "brand": preferences.speaks}


def _source(source: str) -> str:
    """A response's id means nothing to the person who gave it."""
    return "your answers" if source.startswith("response:") else source


def _properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if not names_staff(key)}


def _discreet(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _discreet(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_discreet(one) for one in value]
    if isinstance(value, str):
        return _NUMBER.sub(NOT_SHOWN, _ADDRESS.sub(NOT_SHOWN, value))
    return str(value) if isinstance(value, UUID) else value
