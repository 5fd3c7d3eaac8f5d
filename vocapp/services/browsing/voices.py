"""A response as a person reads it: the score with its tone, the customer's own words, the other answers in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import personalisation
from vocapp.domain.questions import TYPES
from vocapp.domain.scores import nps_category
from vocapp.domain.sentiment import marked
from vocapp.domain.survey import Survey, Text, in_language
from vocapp.models import Invitation, Response, db
from vocapp.services import surveying
from vocapp.services.browsing.names import Names, list_names
from vocapp.services.counting import effective_answers, scores_given
from vocapp.services.facts import event_facts
from vocapp.services.staff import Scope

Tone: TypeAlias = Literal["detractor", "passive", "promoter"]


@dataclass(frozen=True, slots=True)
class Score:
    metric: str
    value: int
    highest: int
    tone: Tone


@dataclass(frozen=True, slots=True)
class Said:
    """One question and its answer, in the language of who reads it; the customer's own words as they were written."""

    question: str
    answer: str
    parts: tuple[tuple[str, bool], ...] = ()
    """The answer in pieces, each with whether it hurts; empty: as a whole."""


@dataclass(frozen=True, slots=True)
class Voice:
    id: UUID
    customer: Names
    survey_key: str
    survey_title: str
    at: datetime
    status: str
    language: str
    place: str | None
    channel: str
    scores: tuple[Score, ...]
    verbatims: tuple[Said, ...]
    answers: tuple[Said, ...]
    """The others."""
    sentiment: str | None
    persona: str | None
    event: str | None
    occurred_at: str | None
    agent: str | None
    properties: Mapping[str, Any]
    callback_wish: Mapping[str, Any] | None

    @property
    def tone(self) -> Tone | None:
        """How the customer feels, by the first of NPS, CSAT and CES that was given."""
        return self.scores[0].tone if self.scores else None


def list_voices(*, scope: Scope, ids: Collection[UUID], language: str) -> dict[UUID, Voice]:
    """Return the responses of these ids that lie within the scope, in a constant number of statements.

    Survey versions that this process has not met yet are one statement more.
    """
    query = (
        select(Response, Invitation.context)
        .join(
            Invitation, (Invitation.workspace_id == Response.workspace_id) & (Invitation.id == Response.invitation_id)
        )
        .where(Response.workspace_id == scope.workspace_id, Response.id.in_(list(ids)))
    )
    if scope.places is not None:
        query = query.where(Response.place.in_(scope.places))
    rows = db.session.execute(query).all()
    surveying.prepare_versions(
        workspace_id=scope.workspace_id,
        wanted={(response.survey_key, response.survey_version) for response, _ in rows},
    )
    names = list_names(workspace_id=scope.workspace_id, ids={response.customer_id for response, _ in rows})
    return {response.id: _voice(response, context, names[response.customer_id], language) for response, context in rows}


def scores_of(*, nps: int | None, csat: int | None, ces: int | None) -> tuple[Score, ...]:
    """Return the scores that were given, each with what it makes of the customer."""
    found = []
    if nps is not None:
        found.append(Score("nps", nps, 10, nps_category(nps)))
    if csat is not None:
        found.append(Score("csat", csat, 5, _tone(csat, low=2, high=4)))
    if ces is not None:
        found.append(Score("ces", ces, 7, _tone(ces, low=3, high=5)))
    return tuple(found)


def survey_title(survey: Survey, language: str) -> str:
    """Return a survey's title for staff, its variables left empty."""
    return _say(survey.title, survey, language, {})


def question_title(survey: Survey, key: str, language: str) -> str:
    """Return a question's text for staff, its variables left empty."""
    question = survey.by_key.get(key)
    return key if question is None else _say(question.text, survey, language, _NOBODY)


def _tone(value: int, *, low: int, high: int) -> Tone:
    if value <= low:
        return "detractor"
    return "promoter" if value >= high else "passive"


def _voice(response: Response, context: Mapping[str, Any], customer: Names, language: str) -> Voice:
    survey = surveying.load_version(
        workspace_id=response.workspace_id, key=response.survey_key, version=response.survey_version
    )
    hurts = (response.sentiment or {}).get("hurts") or []
    verbatims, answers = _said(survey, effective_answers(response), context, language, hurts)
    given = scores_given(response)  # not what was counted: who called back the unfinished ones must see them, too
    return Voice(
        id=response.id,
        customer=customer,
        survey_key=response.survey_key,
        survey_title=survey_title(survey, language),
        at=response.answered_at,
        status=response.status,
        language=response.language,
        place=response.place,
        channel=response.channel,
        scores=scores_of(nps=given.get("nps"), csat=given.get("csat"), ces=given.get("ces")),
        verbatims=tuple(verbatims),
        answers=tuple(answers),
        sentiment=(response.sentiment or {}).get("label"),
        persona=(response.persona or {}).get("key"),
        event=context.get("event"),
        occurred_at=context.get("occurred_at"),
        agent=context.get("agent"),
        properties=context.get("properties") or {},
        callback_wish=response.callback_wish,
    )


def _said(
    survey: Survey, answers: Mapping[str, Any], context: Mapping[str, Any], language: str, hurts: Sequence[Any]
) -> tuple[list[Said], list[Said]]:
    """Return (the customer's own words, the other answers); names stay out of the questions' texts."""
    facts = {"customer": {"attributes": {}}, "event": event_facts(context), "answers": answers}
    verbatims: list[Said] = []
    others: list[Said] = []
    for question in survey.questions:
        if question.key not in answers or question.type in _ADDRESSES:
            continue
        kind = TYPES[question.type]
        said = Said(_say(question.text, survey, language, facts), kind.show(question, answers[question.key], language))
        if kind.verbatim:
            spans = hurts[len(verbatims)] if len(verbatims) < len(hurts) else ()
            verbatims.append(replace(said, parts=tuple(marked(said.answer, map(tuple, spans)))) if spans else said)
        else:
            others.append(said)
    return verbatims, others


_NOBODY: Mapping[str, Any] = {"customer": {"attributes": {}}, "event": {"properties": {}}, "answers": {}}
_ADDRESSES: Sequence[str] = ("email", "phone")
"""Answers that name the customer: they belong to the profile, which shows them to those who may see them."""


def _say(text: Text, survey: Survey, language: str, facts: Mapping[str, Any]) -> str:
    return personalisation.well_set(in_language(text, language, survey.default_language)[0], facts)
