"""What an author may want to look at again: nothing here keeps a survey from being published."""

from __future__ import annotations

from collections.abc import Iterator

from vocapp.domain import personalisation
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Survey

LONGEST_SUBJECT = 50
"""Characters that a phone shows of a subject."""


def advice(survey: Survey, placed: list[Fault]) -> list[Fault]:
    """Return the advice on a survey without faults; `placed` are its texts with their places."""
    return [note for text in placed for note in _on_text(survey, text.pointer, text.detail)]


def _on_text(survey: Survey, pointer: str, source: str) -> Iterator[Fault]:
    for name in personalisation.lacks_default(source):
        yield Fault(pointer, personalisation.default_wanted(name))
    for name in sorted(personalisation.variables(source)):
        root, _, key = name.partition(".")
        if root == "answers" and key not in _answered_before(survey, pointer):
            yield Fault(pointer, f'"{name}" is never answered yet where this text stands')
    plain = personalisation.render(source, {}, html=False)
    if not plain.strip():
        yield Fault(pointer, "where nothing is known, this text is empty")
    if pointer.startswith("/invitation/subject") and len(plain) > LONGEST_SUBJECT:
        yield Fault(pointer, f"this subject has {len(plain)} characters; a phone shows about {LONGEST_SUBJECT}")


def _answered_before(survey: Survey, pointer: str) -> frozenset[str]:
    """The keys that may be answered when the text at this place is shown."""
    parts = pointer.split("/")
    keys = [question.key for question in survey.questions]
    if parts[1] == "thanks":
        return frozenset(keys)
    return frozenset(keys[: int(parts[2])]) if parts[1] == "questions" else frozenset()
