"""What the scales share: a whole number between two ends."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.base import QuestionType, only
from vocapp.domain.survey import Question


class Scale(QuestionType):
    scale: ClassVar[range]
    counted_as = "value"
    takes = frozenset({"labels"})

    def read_form(self, question: Question, values: list[str]) -> int | None:
        text = only(values)
        if text is None:
            return None
        if not _WHOLE.fullmatch(text):
            raise self._refused()
        return self.read_json(question, int(text))

    def read_json(self, question: Question, value: Any) -> int | None:
        del question
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value not in self.scale:
            raise self._refused()
        return value

    def buckets(self, question: Question, value: Any) -> tuple[str, ...]:
        del question
        return (str(value),)

    def show(self, question: Question, value: Any, language: str) -> str:
        del question, language
        return f"{value}/{self.scale[-1]}"

    def _refused(self) -> AnswerRefused:
        return AnswerRefused("scale", lowest=self.scale[0], highest=self.scale[-1])


_WHOLE = re.compile(r"[0-9]{1,2}")
