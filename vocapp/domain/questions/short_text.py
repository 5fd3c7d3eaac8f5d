"""A few words, on one line."""

from __future__ import annotations

import re
from typing import Any

from vocapp.domain.questions.text import Text
from vocapp.domain.survey import Question


class ShortText(Text):
    key = "short_text"
    verbatim = True
    longest = 300

    def read_json(self, question: Question, value: Any) -> str | None:
        text = super().read_json(question, value)
        return None if text is None else _BREAKS.sub(" ", text)


_BREAKS = re.compile(r"\s*\n\s*")


TYPE = ShortText()
