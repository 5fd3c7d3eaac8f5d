"""Any of several; `minimum` and `maximum` say how many."""

from __future__ import annotations

from typing import Any

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.choice import ChoiceType, words
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Question


class MultipleChoice(ChoiceType):
    key = "multiple_choice"
    counted_as = "each"
    takes = frozenset({"shuffle", "minimum", "maximum"})

    def check(self, question: Question) -> list[Fault]:
        faults = super().check(question)
        for name, count in (("minimum", question.minimum), ("maximum", question.maximum)):
            if count is not None and not (count == int(count) and 1 <= count <= len(question.choices)):
                faults.append(Fault(f"/{name}", f"{name} is a count of choices, from 1 to {len(question.choices)}"))
        return faults

    def read_form(self, question: Question, values: list[str]) -> list[str] | None:
        return self.read_json(question, [value.strip() for value in values if value.strip()])

    def read_json(self, question: Question, value: Any) -> list[str] | None:
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise AnswerRefused("not_a_choice")
        picked = set(value)
        if not picked:
            return None
        keys = [choice.key for choice in question.choices if choice.key in picked]
        if len(keys) != len(picked):
            raise AnswerRefused("not_a_choice")
        if question.minimum is not None and len(keys) < question.minimum:
            raise AnswerRefused("too_few", minimum=int(question.minimum))
        if question.maximum is not None and len(keys) > question.maximum:
            raise AnswerRefused("too_many", maximum=int(question.maximum))
        return keys

    def buckets(self, question: Question, value: Any) -> tuple[str, ...]:
        del question
        return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)

    def show(self, question: Question, value: Any, language: str) -> str:
        keys = value if isinstance(value, list) else [value]
        return ", ".join(words(question, key, language) for key in keys)


TYPE = MultipleChoice()
