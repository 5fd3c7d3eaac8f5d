"""What an author may want to look at again: nothing here keeps a survey from being published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vocapp.domain import personalisation
from vocapp.domain.languages import familiar, plain, primary, says_vous
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Survey

LONGEST_SUBJECT = 50
"""Characters that a phone shows of a subject."""


def advice(survey: Survey, placed: list[Fault]) -> list[Fault]:
    """Return the advice on a survey without faults; `placed` are its texts with their places."""
    notes = [note for text in placed for note in _on_text(survey, text.pointer, text.detail)]
    return [*notes, *_two_voices({text.pointer: text.detail for text in placed})]


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


def _two_voices(placed: Mapping[str, str]) -> Iterator[Fault]:
    """Advise on French texts in which a survey that says « tu » to some would say « vous » to them all the same."""
    if not any(pointer.endswith("/" + familiar("fr")) for pointer in placed):
        return
    for pointer, source in placed.items():
        tag = pointer.rpartition("/")[2]
        if primary(tag) != "fr" or not says_vous(_LIQUID.sub("", source)):
            continue
        if tag != plain(tag):
            yield Fault(pointer, "this text says « vous » to who is spoken to with « tu »")
        elif familiar(pointer) not in placed and "brand.informal" not in personalisation.variables(source):
            yield Fault(pointer, f'this text says « vous », and has no "{familiar(tag)}" beside it as others have')


_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def _answered_before(survey: Survey, pointer: str) -> frozenset[str]:
    """The keys that may be answered when the text at this place is shown."""
    parts = pointer.split("/")
    keys = [question.key for question in survey.questions]
    if parts[1] == "thanks":
        return frozenset(keys)
    return frozenset(keys[: int(parts[2])]) if parts[1] == "questions" else frozenset()
