"""Public holidays that are worked out rather than looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the "anonymous" computus)."""
    golden, century, rest = year % 19, year // 100, year % 100
    leaps, skipped = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * skipped + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def french(year: int) -> frozenset[date]:
    """Return the eleven public holidays of France (Code du travail, L3133-1)."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    after_easter = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    return frozenset(date(year, month, day) for month, day in fixed) | {
        easter(year) + timedelta(days=days) for days in after_easter
    }


@lru_cache(maxsize=64)
def alsatian(year: int) -> frozenset[date]:
    """Return those of Alsace and Moselle, which keep Good Friday and the second day of Christmas, too."""
    return french(year) | {easter(year) - timedelta(days=2), date(year, 12, 26)}


def none(year: int) -> frozenset[date]:
    """Return no holiday: only the days that a workspace names are closed."""
    del year
    return frozenset()


CALENDARS: Final[Mapping[str, Callable[[int], frozenset[date]]]] = {
    "fr": french,
    "fr-alsace-moselle": alsatian,
    "none": none,
}
