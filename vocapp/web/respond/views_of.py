"""From a sitting to its page: texts personalised, in the person's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from secrets import token_hex
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from flask import current_app, request
from werkzeug.datastructures import MultiDict

from vocapp.domain.choice_order import choices_for
from vocapp.domain.identity import Same
from vocapp.domain.languages import voiced
from vocapp.domain.links import make_token
from vocapp.domain.personalisation import well_set
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Question, Survey, Text, in_language
from vocapp.models.answering import Visit
from vocapp.services.brands import branded
from vocapp.services.houses import voice_of
from vocapp.services.responding import Sitting
from vocapp.web.respond import pages
from vocapp.web.respond.blanks import Blank
from vocapp.web.respond.brand import Brand
from vocapp.web.respond.fields import QuestionView
from vocapp.web.respond.forms import PAGE_FIELD, preselected

PAGE_LANGUAGES = ("fr", "en")

_LINK, _CALLBACK = f"/preferences/{token_hex(22)}", f"/callback/{token_hex(22)}"
"""Stand in thanks that are kept for everybody, where each has links of their own."""


class Branded(Protocol):
    @property
    def workspace_name(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...


def brand_of(holder: Branded) -> Brand:
    """Return the face of a workspace, or of the brand that its settings were cut to."""
    return _face(holder.workspace_name, holder.settings)


def brand_of_visit(visit: Visit) -> Brand:
    """Return the face with which an invitation was made: its brand's, else the workspace's."""
    return _face(visit.workspace_name, branded(visit.settings, visit.context))


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
    survey, visit, reading = sitting.survey, sitting.visit, sitting.reading
    keys = reading.showing(sitting.pages[page])
    number, total = reading.progress(sitting.pages, page)
    brand = brand_of_visit(visit)
    facts = _facts(sitting, brand)
    frame = _Frame(
        survey=Same(survey),
        language=visit.language,
        keys=keys,
        page=page,
        back=_page_before(sitting, page),
        number=number,
        total=total,
        brand=brand,
        tells=typed is None and tells_of_visit(sitting),
    )
    values = {key: sitting.answers.get(key) for key in keys}
    if typed is not None:
        values = {key: _typed(survey.by_key[key], typed.getlist(key)) for key in keys}
    elif preselected_values:
        given = ((key, preselected_values.getlist(key)) for key in keys if values[key] is None)
        values |= {key: preselected(sitting, key, texts) for key, texts in given if texts}
    untouched = typed is None and not errors and all(value is None for value in values.values())
    if untouched and not any(survey.by_key[key].shuffle for key in keys):
        return _blank(frame).fill(path=path, facts=facts)
    return _lay_out(
        frame,
        say=lambda source: well_set(source, facts),
        path=path,
        values=values,
        errors=errors or {},
        person=str(visit.invitation_id),
    )


def closed_page(sitting: Sitting, brand: Brand) -> str:
    """Return the page of a link that no longer leads to questions; who has answered finds their own pages from it."""
    kind, language = sitting.closed or "withdrawn", sitting.visit.language
    if kind != "used":
        return pages.render_closed(kind, language, brand)
    html = pages.render_closed(kind, language, brand, preferences_url=_LINK)
    return html.replace(_LINK, preferences_path(sitting.visit.invitation_id))


def tells_of_visit(sitting: Sitting) -> bool:
    """Say whether a page that is only looked at tells of a visit: an answer tells of it by itself."""
    return sitting.visit.response_id is None


def preferences_path(invitation_id: UUID) -> str:
    """Return the way to the preference centre of the person an invitation is for."""
    return f"/preferences/{make_token(current_app.config['SECRET_KEY'].encode(), 'preferences', invitation_id)}"


def callback_path(invitation_id: UUID) -> str:
    """Return the way to the page on which the person an invitation is for chooses when to be called."""
    return f"/callback/{make_token(current_app.config['SECRET_KEY'].encode(), 'callback', invitation_id)}"


def thanks_page(sitting: Sitting, *, unhappy: bool = False) -> str:
    """Return the page that says thank you; to the unhappy it offers a callback, where somebody can call."""
    survey, visit = sitting.survey, sitting.visit
    offers = unhappy and bool((visit.settings.get("callback_team") or {}).get("agents"))
    settings = branded(visit.settings, visit.context)
    brand = _face(visit.workspace_name, settings)
    facts = _facts(sitting, brand)
    spoken = voiced(visit.language, informal=brand.informal)
    title, language = in_language(survey.title, spoken, survey.default_language)
    if survey.thanks:
        text = in_language(survey.thanks, spoken, survey.default_language)[0]
    else:
        text = voice_of(settings).source("thanks", language)
    view = pages.ThanksView(
        survey_title=well_set(title, facts),
        language=language,
        text=well_set(text, facts) if text else None,
        brand=brand,
        preferences_url=_LINK,
        callback_url=_CALLBACK if offers else None,
    )
    is_everybodys = "{" not in title and "{" not in (text or "")
    html = _thanks_of_all(view) if is_everybodys else pages.render_thanks(view)
    html = html.replace(_LINK, preferences_path(visit.invitation_id))
    return html.replace(_CALLBACK, callback_path(visit.invitation_id)) if offers else html


def _face(workspace_name: str, settings: Mapping[str, Any]) -> Brand:
    brand = settings.get("brand") or {}
    return Brand(
        name=brand.get("name") or workspace_name,
        accent=brand.get("accent"),
        logo_url=brand.get("logo_url"),
        informal=voice_of(settings).informal,
    )


def _facts(sitting: Sitting, brand: Brand) -> dict[str, Any]:
    """What the survey's texts may look at."""
    speaks = {"name": brand.name, "informal": brand.informal}
    return {**sitting.facts, "answers": sitting.answers, "brand": speaks}


class _Frame(NamedTuple):
    """What a page is, whoever sees it."""

    survey: Same[Survey]
    language: str
    keys: tuple[str, ...]
    page: int
    back: int | None
    number: int
    total: int
    brand: Brand
    tells: bool


_thanks_of_all = lru_cache(maxsize=256)(pages.render_thanks)


@lru_cache(maxsize=512)
def _blank(frame: _Frame) -> Blank:
    return Blank(lambda marks: _lay_out(frame, say=marks.say, path=marks.path, values={}, errors={}, person=""))


def _lay_out(
    frame: _Frame,
    *,
    say: Callable[[str], str],
    path: str,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    person: str,
) -> str:
    survey, spoken = frame.survey.it, voiced(frame.language, informal=frame.brand.informal)

    def words(text: Text) -> str:
        return say(in_language(text, spoken, survey.default_language)[0])

    return pages.render_question_page(
        pages.PageView(
            survey=survey,
            language=in_language(survey.title, frame.language, survey.default_language)[1],
            token_path=path,
            questions=[_question(survey.by_key[key], words, values.get(key), person) for key in frame.keys],
            brand=frame.brand,
            page=frame.page,
            back=frame.back,
            number=frame.number,
            total=frame.total,
            errors=errors,
            hidden={PAGE_FIELD: str(frame.page)},
            is_last_guess=frame.number + len(frame.keys) > frame.total,
            title=words(survey.title),
            tells_of_visit=frame.tells,
        )
    )


def _question(question: Question, words: Callable[[Text], str], value: Any, person: str) -> QuestionView:
    return QuestionView(
        question=question,
        text=words(question.text),
        help=words(question.help) if question.help else None,
        value=value,
        choices=[(choice.key, words(choice.text)) for choice in choices_for(question, person)],
        labels=(words(question.labels[0]), words(question.labels[1])) if question.labels else None,
    )


def _typed(question: Question, values: list[str]) -> Any:
    return values if TYPES[question.type].key == "multiple_choice" else (values[0] if values else None)


def _page_before(sitting: Sitting, page: int) -> int | None:
    applicable = sitting.reading.effective
    earlier = [index for index in range(page) if any(key in applicable for key in sitting.pages[index])]
    return earlier[-1] if earlier else None
