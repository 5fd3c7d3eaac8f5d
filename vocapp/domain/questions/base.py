"""What every question type knows about itself. A new one is a module here and a line in the folder's `__init__`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, TypeAlias

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Question, Text

CountedAs: TypeAlias = Literal["answered", "value", "each"]


class QuestionType(ABC):
    """Reads, checks, counts and shows the answers of one kind of question. Stateless."""

    key: ClassVar[str]
    """What a definition's `type` says; the template of the same name draws it."""
    default_uses: ClassVar[frozenset[str]]
    """What its answers serve where the definition says nothing."""
    metric: ClassVar[Literal["nps", "csat", "ces"] | None] = None
    has_choices: ClassVar[bool] = False
    scale: ClassVar[range | None] = None
    end_labels: ClassVar[tuple[Text, Text] | None] = None
    """The words at both ends of a scale, unless the question has its own `labels`."""
    verbatim: ClassVar[bool] = False
    """Written in the person's own words, and so scored for sentiment."""
    counted_as: ClassVar[CountedAs] = "answered"
    """How `buckets` counts, for those who do so in SQL: that there is an answer, its value, or each of a list."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """Which of the optional keys `labels`, `shuffle`, `minimum`, `maximum` a question of this type may have."""

    def check(self, question: Question) -> list[Fault]:
        """Return what is wrong with a question of this type; pointers begin at the question."""
        set_keys = {
            "labels": question.labels is not None,
            "shuffle": question.shuffle,
            "minimum": question.minimum is not None,
            "maximum": question.maximum is not None,
            "choices": bool(question.choices),
        }
        taken = self.takes | ({"choices"} if self.has_choices else set())
        return [
            Fault(f"/{key}", f'a question of type "{self.key}" has no {key}')
            for key, is_set in set_keys.items()
            if is_set and key not in taken
        ]

    @abstractmethod
    def read_form(self, question: Question, values: list[str]) -> Any | None:
        """Return the canonical answer in a form's fields of this name, None where it was left empty.

        Raises AnswerRefused.
        """

    @abstractmethod
    def read_json(self, question: Question, value: Any) -> Any | None:
        """Return the canonical answer in a JSON value, None where it is empty. Raises AnswerRefused."""

    def buckets(self, question: Question, value: Any) -> tuple[str, ...]:
        """Return what the counters count for this answer."""
        del question, value
        return ("answered",)

    @abstractmethod
    def show(self, question: Question, value: Any, language: str) -> str:
        """Return the answer in words, for the console and mails. Shows even an answer that would be refused today."""


def only(values: list[str]) -> str | None:
    """Return the one value that was filled in, stripped; None where none was. Raises AnswerRefused for two."""
    filled = {value.strip() for value in values} - {""}
    if len(filled) > 1:
        raise AnswerRefused("one_only")
    return filled.pop() if filled else None
