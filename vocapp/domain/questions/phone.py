"""A telephone number, kept as E.164: +33612345678."""

from __future__ import annotations

from typing import Any

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.text import Text
from vocapp.domain.survey import Question


class Phone(Text):
    key = "phone"
    longest = 60
    default_uses = frozenset({"profile"})

    def read_json(self, question: Question, value: Any) -> str | None:
        text = super().read_json(question, value)
        return None if text is None else e164(text)

    def show(self, question: Question, value: Any, language: str) -> str:
        del question, language
        import phonenumbers

        try:
            number = phonenumbers.parse(str(value), None)
        except phonenumbers.NumberParseException:
            return str(value)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


HOME_REGION = "FR"
"""Where a number without a country code is dialled."""


def e164(text: str) -> str:
    """Read a telephone number as people write it. Raises AnswerRefused."""
    import phonenumbers  # 48 MB of numbering plans: only a process that reads a number pays for them

    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        raise AnswerRefused("phone") from None
    # With its country code, a number of a possible length is taken: plans grow faster than their lists. Without it
    # the country is our guess, so the number has to be one that really exists there.
    international = text.lstrip("(").startswith(("+", "00", "\uff0b"))
    fits = phonenumbers.is_possible_number(number) if international else phonenumbers.is_valid_number(number)
    if not fits or number.extension:
        raise AnswerRefused("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


TYPE = Phone()
