"""Days as people say them, and how long a pause is, on the person's own calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from vocapp.domain.preferences import LONGEST_PAUSE
from vocapp.domain.quiet_hours import zone_of
from vocapp.services.dates_in_words import say_date

PRESETS = ("P14D", "P1M", "P3M")


def day_of(at: datetime, zone: str) -> date:
    """Return the day of an instant in a zone."""
    return at.astimezone(zone_of(zone)).date()


def begins(day: date, zone: str) -> datetime:
    """Return the instant at which a day begins in a zone."""
    return datetime.combine(day, time(), zone_of(zone)).astimezone(UTC)


def end_of(preset: str, today: date) -> date:
    """Return the day on which a pause of this length ends."""
    if preset == "P14D":
        return today + timedelta(days=14)
    months = today.month - 1 + int(preset[1:-1])
    year, month = today.year + months // 12, months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def bounds(today: date) -> tuple[date, date]:
    """Return the first and the last day on which a pause may end."""
    return today + timedelta(days=1), today + LONGEST_PAUSE


def said(day: date, language: str) -> str:
    """Say a day: “1er mars 2026”, “1 March 2026”, held together by no-break spaces."""
    return say_date(day, "d MMMM y", language).replace(" ", "\u00a0")
