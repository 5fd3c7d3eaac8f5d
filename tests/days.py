"""The day that it is where the companies of the tests are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Paris")


def day_of(at: datetime | None = None) -> date:
    """Return the day that it is there now, or was then: at 23:30 in Greenwich it is the next one."""
    return (at or datetime.now(UTC)).astimezone(HERE).date()
