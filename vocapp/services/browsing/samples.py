"""Somebody who does not exist, and their answers: so that a survey can be looked at before it reaches anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, Literal, TypeAlias

from vocapp.domain import personalisation
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Question, Survey, Text

Mood: TypeAlias = Literal["low", "middle", "high"]

MOODS: Final[tuple[Mood, ...]] = ("low", "middle", "high")
FIRST_NAME, LAST_NAME = "Anne-Sophie", "de La Rochefoucauld-Montbel"
EMAIL, PHONE = "anne-sophie@example.test", "+33199001234"

_PROPERTIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "fr": {
        "order_number": "48207",
        "product_name": "Lampe Opale",
        "store_name": "Nantes, rue Crébillon",
        "agent_name": "Camille",
        "subject": "un remboursement",
        "plan_name": "Formule Confort",
        "renews_on": "2026-12-31",
    },
    "en": {
        "order_number": "48207",
        "product_name": "Opal lamp",
        "store_name": "Bath, Milsom Street",
        "agent_name": "Camille",
        "subject": "a refund",
        "plan_name": "Comfort plan",
        "renews_on": "2026-12-31",
    },
}
_WORDS: Final[Mapping[str, Mapping[Mood, str]]] = {
    "fr": {
        "low": "Le colis est arrivé avec six jours de retard, le carton éventré.",
        "middle": "Bien, mais l’emballage pourrait être plus simple.",
        "high": "Livré à l’heure dite, par quelqu’un de charmant.",
    },
    "en": {
        "low": "The parcel came six days late and the box was torn.",
        "middle": "Fine, but the packaging could be simpler.",
        "high": "On time, and by somebody charming.",
    },
}
_SCALE: Final[Mapping[Mood, float]] = {"low": 0.25, "middle": 0.8, "high": 1.0}
"""Where on a scale an answer lies; four fifths of the way is a passive 8, a lukewarm 4."""
_DAY: Final = date(2026, 3, 10)


def attributes(survey: Survey, language: str) -> dict[str, Any]:
    """Return a value for each attribute that a text of the survey names."""
    return _named(survey, "customer.attributes.", {}, language)


def properties(survey: Survey, language: str) -> dict[str, Any]:
    """Return a value for each of the event's properties that a text of the survey names."""
    return _named(survey, "event.properties.", _PROPERTIES[_ours(language)], language)


def answers(survey: Survey, mood: Mood, language: str) -> dict[str, Any]:
    """Return an answer to every question, as somebody in this mood gives it; only those asked will count."""
    return {question.key: _answer(question, mood, language) for question in survey.questions}


def _named(survey: Survey, prefix: str, known: Mapping[str, Any], language: str) -> dict[str, Any]:
    names = {name for source in _sources(survey) for name in personalisation.variables(source)}
    keys = sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))
    first, last = ("«\u00a0", "\u00a0»") if _ours(language) == "fr" else ("“", "”")
    return {key: known.get(key, f"{first}{key.replace('_', ' ')}{last}") for key in keys}


def _sources(survey: Survey) -> Iterable[str]:
    texts: list[Text | None] = [survey.title, survey.thanks]
    if survey.invitation is not None:
        texts += [survey.invitation.subject, survey.invitation.body]
    for question in survey.questions:
        texts += [question.text, question.help, *(choice.text for choice in question.choices), *(question.labels or ())]
    return (source for text in texts if text for source in text.values())


def _answer(question: Question, mood: Mood, language: str) -> Any:
    kind = TYPES[question.type]
    if kind.scale is not None:
        return kind.scale[round((len(kind.scale) - 1) * _SCALE[mood])]
    if question.choices:
        first = question.choices[0].key
        return [first] if question.type == "multiple_choice" else first
    if kind.verbatim or question.type == "short_text":
        return _WORDS[_ours(language)][mood]
    plain = {"yes_no": mood != "low", "consent": True, "email": EMAIL, "phone": PHONE, "date": _DAY.isoformat()}
    return plain.get(question.type, question.minimum or 1)


def _ours(language: str) -> str:
    return "fr" if language.split("-", maxsplit=1)[0] == "fr" else "en"
