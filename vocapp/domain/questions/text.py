"""What the free texts share: stored as written, shown as written, never longer than their field."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.base import QuestionType
from vocapp.domain.survey import Question


class Text(QuestionType):
    longest: ClassVar[int]
    """In characters, without the white space around."""
    default_uses = frozenset({"alert", "report"})

    def read_form(self, question: Question, values: list[str]) -> str | None:
        filled = [value for value in values if value.strip()]
        if len(filled) > 1:
            raise AnswerRefused("one_only")
        return self.read_json(question, filled[0] if filled else None)

    def read_json(self, question: Question, value: Any) -> str | None:
        del question
        if value is None:
            return None
        if not isinstance(value, str):
            raise AnswerRefused("text")
        text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        if len(text) > self.longest:
            raise AnswerRefused("too_long", length=len(text), maximum=self.longest)
        if _CANNOT_BE_STORED.search(text):
            raise AnswerRefused("characters")
        return text or None

    def show(self, question: Question, value: Any, language: str) -> str:
        del question, language
        return str(value)


_CANNOT_BE_STORED = re.compile(r"[\x00\ud800-\udfff]")
"""PostgreSQL stores no NUL, and half a surrogate pair has no UTF-8."""
