"""What the choices share: answers are keys, so that languages add up."""

from __future__ import annotations

from typing import Any, ClassVar

from vocapp.domain import personalisation
from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.base import CountedAs, QuestionType, only
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Question, in_language


class ChoiceType(QuestionType):
    """A type whose answers are keys of the question's choices."""

    has_choices = True
    counted_as: ClassVar[CountedAs] = "value"
    takes = frozenset({"shuffle"})
    default_uses = frozenset({"persona", "segment", "report"})

    def check(self, question: Question) -> list[Fault]:
        faults = super().check(question)
        if len(question.choices) < FEWEST_CHOICES:
            faults.append(Fault("/choices", f'a question of type "{self.key}" has at least {FEWEST_CHOICES} choices'))
        return faults

    def buckets(self, question: Question, value: Any) -> tuple[str, ...]:
        del question
        return (str(value),)

    def show(self, question: Question, value: Any, language: str) -> str:
        return words(question, value, language)


class OneOf(ChoiceType):
    """One choice, drawn as radio buttons or as a list that opens."""

    def read_form(self, question: Question, values: list[str]) -> str | None:
        return self.read_json(question, only(values))

    def read_json(self, question: Question, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not any(choice.key == value for choice in question.choices):
            raise AnswerRefused("not_a_choice")
        return value


def words(question: Question, key: Any, language: str) -> str:
    """Return the words of a choice in a language, or its key where the choice is gone."""
    for choice in question.choices:
        if choice.key == key:
            source, _ = in_language(choice.text, language, next(iter(choice.text)))
            return personalisation.well_set(source, {})
    return str(key)


FEWEST_CHOICES = 2
