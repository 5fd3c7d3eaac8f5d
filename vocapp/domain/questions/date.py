"""A day."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.base import QuestionType, only
from vocapp.domain.survey import Question


class Date(QuestionType):
    key = "date"
    default_uses = frozenset({"segment", "profile"})

    def read_form(self, question: Question, values: list[str]) -> str | None:
        return self.read_json(question, only(values))

    def read_json(self, question: Question, value: Any) -> str | None:
        del question
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not _SHAPE.fullmatch(value) or _parsed(value) is None:
            raise AnswerRefused("date")
        return value

    def show(self, question: Question, value: Any, language: str) -> str:
        del question
        day = _parsed(value) if isinstance(value, str) else None
        if day is None:
            return str(value)
        if language.split("-", maxsplit=1)[0].lower() == "fr":
            return f"{day.day}{'er' if day.day == 1 else ''} {_MONTHS_FR[day.month - 1]} {day.year}"
        return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_SHAPE = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
"""Years 1900 to 2199: 0026-01-31 is a slip of the finger."""
_MONTHS_FR = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


TYPE = Date()
