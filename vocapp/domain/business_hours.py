"""The hours in which somebody is there, on the wall clock of one zone, with its changes; and counting in them.

A day has spans, from and to a minute of that day. Where the clocks change, a span begins late rather than early and
ends early rather than late: what is inside it is inside it on the wall, too. What lies wholly in the hour that is left
out, or that comes twice, is left out on that day.

    add(t, a + b) == add(add(t, a), b)        t <= u, a <= b  ⇒  add(t, a) <= add(u, b)

The end of a span belongs to it: nine hours from nine o'clock are over at six, not at nine the next morning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from vocapp.domain.holidays import CALENDARS

Span: TypeAlias = tuple[int, int]
"""Minutes of the day, 0 to 1440: open from, open to."""
Week: TypeAlias = tuple[tuple[Span, ...], ...]
"""The spans of seven days, Monday first, each day's in order."""

WORKING_DAY: Final = timedelta(hours=9)
"""What one calls a day when hours are counted."""
MONDAY_TO_SATURDAY_9_TO_18: Final[Week] = (((540, 1080),),) * 6 + ((),)
PARIS: Final = ZoneInfo("Europe/Paris")
FURTHEST_DAYS: Final = 3700
"""No further does anybody look for an hour that is open."""


@dataclass(frozen=True, slots=True)
class BusinessHours:
    week: Week = MONDAY_TO_SATURDAY_9_TO_18
    zone: ZoneInfo = PARIS
    holidays: str = "fr"
    """One of CALENDARS."""
    closed: frozenset[date] = frozenset()
    """Days beside the holidays on which nobody is there."""

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return when somebody is there on a day, as instants in UTC, in order."""
        if day in self.closed or day in CALENDARS[self.holidays](day.year):
            return []
        found = []
        for start, end in self.week[day.weekday()]:
            opens, closes = max(self._instants(day, start)), min(self._instants(day, end))
            if opens < closes:
                found.append((opens, closes))
        return found

    def from_then(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans that are not over at an instant, the one that is under way as a whole."""
        today = at.astimezone(self.zone).date()
        for days in range(-1, FURTHEST_DAYS):
            for opens, closes in self.spans(today + timedelta(days=days)):
                if closes >= at:
                    yield opens, closes

    def is_open(self, at: datetime) -> bool:
        """Say whether somebody is there; at the moment of closing, they still are."""
        return next((opens <= at for opens, _ in self.from_then(at)), False)

    def next_open(self, at: datetime) -> datetime:
        """Return the first instant, not before `at`, at which somebody is there and stays; `at` if that is never."""
        return next((max(opens, at) for opens, closes in self.from_then(at) if closes > at), at).astimezone(UTC)

    def add(self, at: datetime, length: timedelta) -> datetime:
        """Return when so much time has passed in which somebody was there; by the plain clock if nobody ever is."""
        left = length
        for opens, closes in self.from_then(at):
            start = max(opens, at)
            if left <= closes - start:
                return (start + left).astimezone(UTC)
            left -= closes - start
        return (at + length).astimezone(UTC)

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Return how long somebody was there between two instants."""
        total = timedelta(0)
        for opens, closes in self.from_then(since):
            if opens >= until:
                break
            total += min(closes, until) - max(opens, since)
        return total

    def _instants(self, day: date, minute: int) -> tuple[datetime, datetime]:
        """Return the instants at which the wall clock shows a minute, or jumps over it: two where it is not plain."""
        days, minute = divmod(minute, 1440)
        wall = datetime.combine(day + timedelta(days=days), datetime.min.time()) + timedelta(minutes=minute)
        first, second = (wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return first, second
