"""ISO 8601 durations without months and years, whose length nobody can tell: PT15M, P2D, P1DT12H, P6W."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=3650)


def parse(text: str) -> timedelta:
    """Return the duration. Raises ValueError with what to write instead."""
    if _MONTHS_OR_YEARS.match(text):
        raise ValueError("months and years differ in length; say it in days or weeks, such as P180D or P26W")
    found = _SHAPE.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError("write a duration such as PT15M, PT48H, P2D or P26W")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if length > LONGEST:
        raise ValueError(f"this is longer than {LONGEST.days} days")
    return length


_SHAPE = re.compile(
    r"P(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})S)?)?",
)
_MONTHS_OR_YEARS = re.compile(r"P[0-9]+[YM]|P[0-9]+[YMD][0-9]+[YM]")
