"""Dates of an earlier tool's files, read in the form that is named and in no other: 03/04 is guessed by nobody.

| named            | reads                                                                  |
| ---------------- | ---------------------------------------------------------------------- |
| `iso`            | 2025-03-10, 2025-03-10T09:00:00+01:00                                  |
| `day/month/year` | 10/03/2025, 10.3.2025 09:00, 10-03-2025 9:00:05                        |
| `month/day/year` | 03/10/2025 and the same with a time                                    |
| `year/month/day` | 2025/03/10 and the same with a time                                    |
| `unix`           | 1741597200 (seconds), 1741597200000 (milliseconds)                     |

Without a time it was noon there: that day, whatever the clocks do.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FORMATS: Final = ("iso", "day/month/year", "month/day/year", "year/month/day", "unix")
NOON: Final = time(12)
AHEAD: Final = timedelta(days=1)
"""How far a moment may lie ahead of our clock: today's noon in the morning, wherever that is."""
_PARTS = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_UNIX = re.compile(r"\d{9,13}", re.ASCII)
_A_DAY = len("2025-03-10")


def read_moment(text: str, form: str, zone: ZoneInfo) -> datetime:
    """Return the moment that a cell names (aware, UTC). Raises ValueError, with words for whoever mends the file."""
    cell = text.strip()
    if form == "unix":
        if not _UNIX.fullmatch(cell):
            raise ValueError("is no number of seconds since 1970")
        return datetime.fromtimestamp(int(cell) / (1000 if len(cell) > 11 else 1), UTC)
    found = _iso(cell) if form == "iso" else _by_parts(cell, form)
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)


def read_past(text: str, form: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment at which something happened, as `read_moment`. Raises ValueError for one to come, too."""
    found = read_moment(text, form, zone)
    if found > now + AHEAD:
        raise ValueError("is still to come")
    return found


def _iso(cell: str) -> datetime:
    try:
        found = datetime.fromisoformat(cell)
    except ValueError as error:
        raise ValueError("is no date such as 2025-03-10 or 2025-03-10T09:00:00+01:00") from error
    return datetime.combine(found.date(), NOON) if len(cell) <= _A_DAY else found


def _by_parts(cell: str, form: str) -> datetime:
    found = _PARTS.fullmatch(cell)
    if found is None:
        raise ValueError(f"is no date in the form {form}")
    parts = dict(zip(form.split("/"), found.groups()[:3], strict=True))
    if len(parts["year"]) != 4 or max(len(parts["day"]), len(parts["month"])) > 2:
        raise ValueError(f"is no date in the form {form} with four digits of the year")
    hour, minute, second = found.groups()[3:]
    try:
        return datetime(  # noqa: DTZ001 - its zone is the mapping's
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            NOON.hour if hour is None else int(hour),
            int(minute or 0),
            int(second or 0),
        )
    except ValueError as error:
        raise ValueError(f"is no day or time there is, in the form {form}") from error
