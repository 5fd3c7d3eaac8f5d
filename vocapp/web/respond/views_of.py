"""From a sitting to its page: texts personalised, in the person's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flask import request
from werkzeug.datastructures import MultiDict

from vocapp.domain import asking
from vocapp.domain.choice_order import choices_for
from vocapp.domain.personalisation import render
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Question, Survey, Text, in_language
from vocapp.services.responding import Sitting
from vocapp.web.respond import pages
from vocapp.web.respond.brand import Brand
from vocapp.web.respond.fields import QuestionView
from vocapp.web.respond.forms import PAGE_FIELD, preselected

PAGE_LANGUAGES = ("fr", "en")


class Branded(Protocol):
    @property
    def workspace_name(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any]: ...


def brand_of(holder: Branded) -> Brand:
    """Return the workspace's face."""
    brand = holder.settings.get("brand") or {}
    return Brand(
        name=brand.get("name") or holder.workspace_name, accent=brand.get("accent"), logo_url=brand.get("logo_url")
    )


def language_of_stranger() -> str:
    """Return the language for somebody of whom nothing is known but their browser."""
    return request.accept_languages.best_match(PAGE_LANGUAGES) or PAGE_LANGUAGES[0]


def question_page(
    sitting: Sitting,
    page: int,
    *,
    path: str,
    preselected_values: MultiDict[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    typed: MultiDict[str, str] | None = None,
) -> str:
    """Return one asked page as HTML; `typed` is what was sent and refused."""
    survey, visit = sitting.survey, sitting.visit
    seen: dict[str, Any] = {
        "pages": sitting.pages,
        "answers": sitting.answers,
        "known": sitting.known,
        "facts": sitting.facts,
    }
    keys = asking.showing(
        survey, keys=sitting.pages[page], answers=sitting.answers, known=sitting.known, facts=sitting.facts
    )
    number, total = asking.progress(survey, position=page, **seen)
    facts = {**sitting.facts, "answers": sitting.answers}
    views = []
    for key in keys:
        value = sitting.answers.get(key)
        if typed is not None:
            value = _typed(survey.by_key[key], typed.getlist(key))
        elif value is None and preselected_values is not None and key in preselected_values:
            value = preselected(sitting, key, preselected_values.getlist(key))
        views.append(_question(survey, survey.by_key[key], visit.language, facts, value, str(visit.invitation_id)))
    return pages.render_question_page(
        pages.PageView(
            survey=survey,
            language=in_language(survey.title, visit.language, survey.default_language)[1],
            token_path=path,
            questions=views,
            brand=brand_of(visit),
            page=page,
            back=_page_before(sitting, page),
            number=number,
            total=total,
            errors=errors or {},
            hidden={PAGE_FIELD: str(page)},
            is_last_guess=number + len(keys) > total,
            title=_say(survey, survey.title, visit.language, facts),
        )
    )


def thanks_page(sitting: Sitting) -> str:
    """Return the page that says thank you."""
    survey, visit = sitting.survey, sitting.visit
    facts = {**sitting.facts, "answers": sitting.answers}
    return pages.render_thanks(
        pages.ThanksView(
            survey_title=_say(survey, survey.title, visit.language, facts),
            language=in_language(survey.title, visit.language, survey.default_language)[1],
            text=_say(survey, survey.thanks, visit.language, facts) if survey.thanks else None,
            brand=brand_of(visit),
        )
    )


def _question(
    survey: Survey, question: Question, language: str, facts: Mapping[str, Any], value: Any, person: str
) -> QuestionView:
    choices = [(choice.key, _say(survey, choice.text, language, facts)) for choice in choices_for(question, person)]
    labels = None
    if question.labels:
        low, high = (_say(survey, label, language, facts) for label in question.labels)
        labels = (low, high)
    return QuestionView(
        question=question,
        text=_say(survey, question.text, language, facts),
        help=_say(survey, question.help, language, facts) if question.help else None,
        value=value,
        choices=choices,
        labels=labels,
    )


def _say(survey: Survey, text: Text, language: str, facts: Mapping[str, Any]) -> str:
    return render(in_language(text, language, survey.default_language)[0], facts, html=False)


def _typed(question: Question, values: list[str]) -> Any:
    return values if TYPES[question.type].key == "multiple_choice" else (values[0] if values else None)


def _page_before(sitting: Sitting, page: int) -> int | None:
    applicable = asking.effective(sitting.survey, sitting.answers, sitting.known, sitting.facts)
    earlier = [index for index in range(page) if any(key in applicable for key in sitting.pages[index])]
    return earlier[-1] if earlier else None
