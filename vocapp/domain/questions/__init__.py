"""The question types. One module owns everything about its own; here is the one line that registers it."""

from __future__ import annotations

from collections.abc import Mapping

from vocapp.domain.questions import (
    ces,
    consent,
    csat,
    date,
    dropdown,
    email,
    long_text,
    multiple_choice,
    nps,
    number,
    phone,
    short_text,
    single_choice,
    stars,
    yes_no,
)
from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.base import QuestionType

__all__ = ["TYPES", "AnswerRefused", "QuestionType"]

TYPES: Mapping[str, QuestionType] = {
    one.key: one
    for one in (
        nps.TYPE,
        csat.TYPE,
        ces.TYPE,
        stars.TYPE,
        single_choice.TYPE,
        multiple_choice.TYPE,
        dropdown.TYPE,
        yes_no.TYPE,
        number.TYPE,
        date.TYPE,
        short_text.TYPE,
        long_text.TYPE,
        email.TYPE,
        phone.TYPE,
        consent.TYPE,
    )
}
