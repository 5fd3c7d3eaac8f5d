"""An e-mail address. Whether it exists is not asked: that would be I/O."""

from __future__ import annotations

from typing import Any

from email_validator import EmailNotValidError, validate_email

from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.text import Text
from vocapp.domain.survey import Question


class Email(Text):
    key = "email"
    longest = 254
    default_uses = frozenset({"profile"})

    def read_json(self, question: Question, value: Any) -> str | None:
        text = super().read_json(question, value)
        if text is None:
            return None
        try:
            return validate_email(text, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError:
            raise AnswerRefused("email") from None


TYPE = Email()
