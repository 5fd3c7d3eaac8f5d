"""When a report is due, which days it tells of, and from when on it is too late: by the clock on the reader's wall.

A weekly one is due on Monday at eight and tells of the week before; a monthly one on the first at eight, of the month
before. Eight o'clock exists on every day of every zone: clocks are changed at night, and where a change moves the
moment, it moves it in UTC only.

Its days are those of the company's clock. Who reads east of it has Monday before the company's week is over: there it
goes as soon as that is, in Nouméa of a company in Paris at ten o'clock, in summer at nine (`goes_at`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

Kind: TypeAlias = Literal["weekly", "monthly"]

KINDS: Final[tuple[Kind, ...]] = ("weekly", "monthly")
AT: Final = time(8)
DAYS_OF_GRACE: Final = 2
"""It still goes on the day it is due and on the next; later it says nothing that the next one will not say better."""
WIDEST_SHIFT: Final = timedelta(hours=27)
"""Between the same moment on the walls of any two zones (UTC−12 to UTC+14), and an hour."""
WIDE_WEEKS: Final = 4
WIDE_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Days:
    """Some days, and as many (or the month) before them; the last of each no longer counts."""

    since: date
    until: date
    before: date
    """Where the time before begins; it ends where this one does."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a report tells of."""

    kind: Kind
    own: Days
    wide: Days
    """Looked at where the days themselves have too few answers for a figure."""


def next_due(kind: Kind, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment after this one at which such a report is due (aware, UTC)."""
    day = after.astimezone(zone).date()
    while True:
        if _is_due_on(kind, day) and (moment := _at_eight(day, zone)) > after:
            return moment
        day += timedelta(days=1)


def goes_at(kind: Kind, zone: ZoneInfo, counted_in: ZoneInfo, due_at: datetime) -> datetime:
    """Return when what is due really goes: not before its days are over where they are counted (aware, UTC)."""
    until = period_of(kind, due_at.astimezone(zone).date()).own.until
    return max(due_at, datetime.combine(until, time(), counted_in).astimezone(UTC))


def moved(kind: Kind, zone: ZoneInfo, planned: datetime) -> datetime:
    """Return when what was planned for a moment is due, should the clock on the wall be another one by now."""
    day = planned.astimezone(zone)
    if _is_due_on(kind, day.date()) and day.time() == AT:
        return planned
    return next_due(kind, zone, planned - WIDEST_SHIFT)


def too_late_from(zone: ZoneInfo, due_at: datetime) -> datetime:
    """Return the moment from which on a report that was due then no longer goes."""
    day = due_at.astimezone(zone).date() + timedelta(days=DAYS_OF_GRACE)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def period_of(kind: Kind, due_on: date) -> Period:
    """Return what a report tells of that is due on a day (on any other day: what the last one told of)."""
    if kind == "weekly":
        until = due_on - timedelta(days=due_on.weekday())
        week, wide = timedelta(weeks=1), timedelta(weeks=WIDE_WEEKS)
        own = Days(until - week, until, until - 2 * week)
        return Period(kind, own, Days(until - wide, until, until - 2 * wide))
    until = due_on.replace(day=1)
    since = _months_before(until, 1)
    own = Days(since, until, _months_before(until, 2))
    return Period(kind, own, Days(_months_before(until, WIDE_MONTHS), until, _months_before(until, 2 * WIDE_MONTHS)))


def _is_due_on(kind: Kind, day: date) -> bool:
    return day.weekday() == 0 if kind == "weekly" else day.day == 1


def _at_eight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, AT, zone).astimezone(UTC)


def _months_before(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
