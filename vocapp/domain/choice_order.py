"""In which order a person sees the choices of a question: the same in the mail, on the page, and on every visit."""

from __future__ import annotations

from hashlib import blake2b

from vocapp.domain.survey import Choice, Question


def choices_for(question: Question, person: str) -> tuple[Choice, ...]:
    """Return the choices as authored or, where the question wants it, in an order drawn for this person.

    `person` is the text of whatever stays the same for them: the invitation's id.
    """
    if not question.shuffle:
        return question.choices
    return tuple(
        sorted(question.choices, key=lambda choice: blake2b(f"{person}{question.key}{choice.key}".encode()).digest())
    )
