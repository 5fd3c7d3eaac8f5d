"""A survey page's form, read: values by question key, or what to mend."""

from __future__ import annotations

from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from vocapp.domain.questions import TYPES, AnswerRefused
from vocapp.services.responding import Sitting
from vocapp.web.respond.words import words_for

PAGE_FIELD = "_page"


class PageRead(NamedTuple):
    given: dict[str, Any]
    """Question key → canonical value; None: left empty."""
    errors: dict[str, str]


def read_page(sitting: Sitting, page: int, form: MultiDict[str, str], *, informal: bool = False) -> PageRead:
    """Read the fields of one asked page. A field that is no question of this page is an error, not ignored.

    So is a form with nothing of this page in it: that is no person who left every question empty. `informal`: as the
    brand speaks.
    """
    language = sitting.visit.language
    shown = sitting.reading.showing(sitting.pages[page])
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    words = words_for(language, informal=informal)
    if PAGE_FIELD not in form and not any(key in form for key in shown):
        errors[""] = words.nothing_sent
    for key in form:
        if key != PAGE_FIELD and key not in shown:
            errors[key if key in sitting.survey.by_key else ""] = words.unknown_field
    for key in shown:
        question = sitting.survey.by_key[key]
        try:
            value = TYPES[question.type].read_form(question, form.getlist(key))
        except AnswerRefused as refused:
            errors[key] = refused.message(language, informal=informal)
            continue
        if value is None and question.required:
            errors[key] = words.required_error
        given[key] = value
    return PageRead(given, errors)


def preselected(sitting: Sitting, key: str, values: list[str]) -> Any | None:
    """Read a value that a link proposes; nothing is said where it can't be one."""
    question = sitting.survey.by_key[key]
    if question.type == "consent":  # nobody consents by following a link
        return None
    try:
        return TYPES[question.type].read_form(question, values)
    except AnswerRefused:
        return None
