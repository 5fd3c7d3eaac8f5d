"""What `date` makes of a text: a day, or an instant that remembers the day it was written as."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    day: date
    instant: datetime | None = None


def moment(text: Any) -> Moment | None:
    """Read `2026-01-31`, or RFC 3339 (no zone: UTC); None for anything else."""
    if not isinstance(text, str) or len(text) > _LONGEST or not _SHAPE.fullmatch(text):
        return None
    try:
        if len(text) == _LENGTH_OF_A_DAY:
            return Moment(date.fromisoformat(text))
        read = datetime.fromisoformat(text.upper())
        instant = read if read.tzinfo else read.replace(tzinfo=UTC)
        return Moment(read.date(), instant.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def compare_moments(left: Moment, right: Moment, compare: Callable[[Any, Any], Any]) -> bool:
    """Compare two instants as instants; a day with an instant by the days both were written as."""
    if left.instant is not None and right.instant is not None:
        return bool(compare(left.instant, right.instant))
    return bool(compare(left.day, right.day))


_SHAPE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_LENGTH_OF_A_DAY = 10
_LONGEST = 40
