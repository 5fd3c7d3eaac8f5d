"""Days as people write them: Babel's words, and the first of a month as French has it, « 1er mars »."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from babel import Locale
from babel.dates import format_date

_ONE: Final = re.compile(r"(?<!\d)1(?!\d)")


def say_date(on: date, pattern: str, locale: Locale | str) -> str:
    """Write a day by one of CLDR's patterns."""
    text = str(format_date(on, pattern, locale=locale))
    return with_first(text, on, locale) if "d" in pattern else text


def with_first(text: str, on: date, locale: Locale | str) -> str:
    """Return what was written of a day, the first of a month as an ordinal in French."""
    return _ONE.sub("1er", text, count=1) if on.day == 1 and str(locale).startswith("fr") else text
