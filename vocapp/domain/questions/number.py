"""A number, as people type it: 12, 12,5, 12.5, 12 500."""

from __future__ import annotations

import math
import re
from typing import Any

from vocapp.domain.questions.answers import AnswerRefused, in_figures
from vocapp.domain.questions.base import QuestionType, only
from vocapp.domain.rules import LARGEST_NUMBER
from vocapp.domain.survey import Question


class Number(QuestionType):
    key = "number"
    default_uses = frozenset({"segment", "report"})
    takes = frozenset({"minimum", "maximum"})

    def read_form(self, question: Question, values: list[str]) -> int | float | None:
        text = only(values)
        if text is None:
            return None
        plain = _SPACES.sub("", text).replace("\u2212", "-")
        if _THOUSANDS.fullmatch(plain):
            raise AnswerRefused("thousands")
        if not _NUMBER.fullmatch(plain):
            raise AnswerRefused("number")
        plain = plain.replace(",", ".")
        return self.read_json(question, float(plain) if "." in plain else int(plain))

    def read_json(self, question: Question, value: Any) -> int | float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise AnswerRefused("number")
        if isinstance(value, float) and not math.isfinite(value):
            raise AnswerRefused("number")
        if abs(value) > LARGEST_NUMBER:
            raise AnswerRefused("number")
        if question.minimum is not None and value < question.minimum:
            raise AnswerRefused("too_small", minimum=question.minimum)
        if question.maximum is not None and value > question.maximum:
            raise AnswerRefused("too_big", maximum=question.maximum)
        return value

    def show(self, question: Question, value: Any, language: str) -> str:
        del question
        return in_figures(value, language)


_SPACES = re.compile(r"[ \u00a0\u2009\u202f]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,16}([.,][0-9]{1,6})?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?|[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}(,[0-9]*)?")
"""1,234 is one thousand to some and one and a bit to others: better asked again than stored wrong."""


TYPE = Number()
