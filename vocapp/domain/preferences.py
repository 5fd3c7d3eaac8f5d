"""What customers ask of us about being written to: a pause, a limit of their own, subjects they do not want.

A pause is kept after its end. What wanted to go while it lasted never goes, however late somebody looks at it: a
worker that was down does not release a backlog.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, get_args

Frequency: TypeAlias = Literal["usual", "weekly", "monthly", "quarterly"]

FREQUENCIES: Final[tuple[Frequency, ...]] = get_args(Frequency)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many of our mails within any window of this length."""

    most: int
    window: timedelta


LIMITS: Final[dict[str, Limit]] = {
    "weekly": Limit(1, timedelta(days=7)),
    "monthly": Limit(1, timedelta(days=31)),  # the longest month: never two in one
    "quarterly": Limit(1, timedelta(days=92)),
}
"""`usual` has none of its own: the workspace's alone holds."""

LONGEST_PAUSE: Final = timedelta(days=366)
"""Who wants more wants to leave, and can."""

MEMORY: Final = timedelta(days=366)
"""A pause that ended before is forgotten: no invitation waits that long."""


@dataclass(frozen=True, slots=True)
class Pause:
    """From `since` on and before `until`."""

    since: datetime
    until: datetime

    def covers(self, at: datetime) -> bool:
        return self.since <= at < self.until


def strictest(*frequencies: str | None) -> Frequency:
    """Return the frequency that leaves most in peace; what is unknown or None counts as usual."""
    known = [one for one in FREQUENCIES if one in frequencies]
    return max(known, key=FREQUENCIES.index, default="usual")


def offered(cap: int, window: timedelta, *, now_held: str = "usual") -> tuple[Frequency, ...]:
    """Return the frequencies worth offering beside a workspace's own cap: those that are less, and the one held."""
    return tuple(
        name
        for name in FREQUENCIES
        if name in {"usual", now_held} or cap > LIMITS[name].most or window < LIMITS[name].window
    )


def read_pauses(kept: Iterable[Sequence[str]] | None) -> tuple[Pause, ...]:
    """Read pauses as they are kept."""
    return tuple(Pause(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in kept or ())


def write_pauses(pauses: Iterable[Pause]) -> list[Any]:
    """Write pauses to be kept, as times stand in every table: of one width, so that their order is that of texts."""
    return [[_text(one.since), _text(one.until)] for one in pauses]


def paused(pauses: Iterable[Pause], *, until: datetime, now: datetime) -> tuple[Pause, ...]:
    """Begin a pause, in the place of one that is running: it then began when that one did."""
    kept = tuple(one for one in pauses if one.until > now - MEMORY)
    since = min([now, *(one.since for one in kept if one.covers(now))])
    return (*(one for one in kept if not one.covers(now)), Pause(since, until))


def resumed(pauses: Iterable[Pause], *, now: datetime) -> tuple[Pause, ...]:
    """End what is running; what was due while it ran stays unsent."""
    return tuple(
        Pause(one.since, now) if one.covers(now) else one
        for one in pauses
        if one.since < now and one.until > now - MEMORY
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
