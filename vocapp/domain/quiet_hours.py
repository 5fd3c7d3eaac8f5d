"""Quiet hours on the customer's own clock, with its changes: an hour that does not exist, an hour that comes twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` on and before `end`, by the wall clock; over midnight where `start` is the later one."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours that never end")

    def cover(self, wall: time) -> bool:
        """Tell whether a wall clock that shows this is in quiet hours."""
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


def zone_of(name: str | None, fallback: str = "UTC") -> ZoneInfo:
    """Return the time zone of this name, else of the fallback, else UTC."""
    return _find(name) or _find(fallback) or ZoneInfo("UTC")


def is_quiet(at: datetime, quiet: QuietHours | None, zone: str | None, *, fallback: str = "UTC") -> bool:
    """Tell whether an instant is in the quiet hours of a zone; an unknown zone is the fallback."""
    return quiet is not None and quiet.cover(at.astimezone(zone_of(zone, fallback)).time())


def next_allowed(at: datetime, quiet: QuietHours | None, zone: str | None, *, fallback: str = "UTC") -> datetime:
    """Return the first instant (UTC), not before `at`, that is outside quiet hours. None: there are none."""
    where = zone_of(zone, fallback)
    if quiet is None or not quiet.cover(at.astimezone(where).time()):
        return at.astimezone(UTC)
    today = at.astimezone(where).date()
    ends = (
        datetime.combine(today + timedelta(days=days), quiet.end, where).replace(fold=fold).astimezone(UTC)
        for days in range(3)
        for fold in (0, 1)
    )
    # The end of quiet hours may come twice in a night, or fall into an hour that is left out: only what the clock on
    # the wall really shows then decides.
    return min(end for end in ends if end > at and not quiet.cover(end.astimezone(where).time()))


@lru_cache(maxsize=1024)
def _find(name: str | None) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a name at all; a folder of zones such as "Europe"
        return None
