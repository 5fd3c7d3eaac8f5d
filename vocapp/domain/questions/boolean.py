"""What yes-or-no and consent share: true or false, `yes` or `no` in forms."""

from __future__ import annotations

from typing import Any

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.base import QuestionType, only
from vocapp.domain.survey import Question


class Boolean(QuestionType):
    counted_as = "value"

    def read_form(self, question: Question, values: list[str]) -> bool | None:
        text = only(values)
        if text is None:
            return None
        if text.lower() not in _SPELLINGS:
            raise AnswerRefused(self.key)
        return self.read_json(question, _SPELLINGS[text.lower()])

    def read_json(self, question: Question, value: Any) -> bool | None:
        del question
        if value is not None and not isinstance(value, bool):
            raise AnswerRefused(self.key)
        return value

    def buckets(self, question: Question, value: Any) -> tuple[str, ...]:
        del question
        return ("true" if value is True else "false",)

    def show(self, question: Question, value: Any, language: str) -> str:
        del question
        if not isinstance(value, bool):
            return str(value)
        if language.split("-", maxsplit=1)[0].lower() == "fr":
            return "Oui" if value else "Non"
        return "Yes" if value else "No"


_SPELLINGS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
"""`yes` and `no` are what our forms send; the others are what a form made by hand may send."""
