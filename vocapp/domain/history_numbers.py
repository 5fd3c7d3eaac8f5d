"""Numbers of an earlier tool's files: by the decimal mark that is named, else only where a cell reads in one way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MARKS: Final[Mapping[str, re.Pattern[str]]] = {
    ",": re.compile(r"-?(?:\d{1,15}|\d{1,3}(?:[. \u00a0\u202f]\d{3}){1,4})(?:,\d{1,9})?", re.ASCII),
    ".": re.compile(r"-?(?:\d{1,15}|\d{1,3}(?:[, \u00a0\u202f]\d{3}){1,4})(?:\.\d{1,9})?", re.ASCII),
}
"""The mark before decimals → the numbers that it makes readable; groups of thousands have another."""
_PLAIN = re.compile(r"-?\d{1,15}(?:[.,]\d{1,9})?", re.ASCII)
_TWO_WAYS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""1,234: a thousand and more, or one and a bit."""


def read_number(cell: str, decimal: str | None) -> float:
    """Return the number of a cell; `decimal`: one of MARKS. Raises ValueError, in words for whoever mends it."""
    if decimal is None:
        if _TWO_WAYS.fullmatch(cell):
            raise ValueError("can be read in two ways, as 1,234 can: say in the mapping which mark is `decimal`")
        if not _PLAIN.fullmatch(cell):
            raise ValueError("is no number")
        return float(cell.replace(",", "."))
    if not MARKS[decimal].fullmatch(cell):
        raise ValueError(f"is no number with “{decimal}” before its decimals")
    whole, _, decimals = cell.partition(decimal)
    return float(re.sub(r"[^\d-]", "", whole) + f".{decimals or 0}")
