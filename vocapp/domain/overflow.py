"""Where there are more alerts than hands: whose call cannot come in time, and gets a letter instead of silence.

    {"on": true, "margin_minutes": 540, "help_url": "https://maison.example/help", "help_phone": "+33 1 84 80 00 00"}

Agents call in the queue's order. An alert is out of reach where the calls ahead of it take all that the team can make
before it is due, or where it is overdue by the margin, counted in the hours of those who call. `help_url` and
`help_phone` are named in the letter, beside a time to be chosen and the address for replies. Nobody is written to until
a workspace says that it is `on`.

| from, what happens | send | lose    | drop    |
| ------------------ | ---- | ------- | ------- |
| waiting            | sent | unknown | dropped |
| sent               |      |         | dropped |
| unknown            | sent |         | dropped |

`lose`: nobody knows whether it left; it is never sent again. `drop`: nobody needs it any more, it may not go, or it
reached nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, Self, TypeAlias
from uuid import UUID

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.callback_team import CallbackTeam

Status: TypeAlias = Literal["waiting", "sent", "unknown", "dropped"]
Happening: TypeAlias = Literal["send", "lose", "drop"]

STATUSES: Final[tuple[Status, ...]] = ("waiting", "sent", "unknown", "dropped")
MOVES: Final[Mapping[Happening, Mapping[Status, Status]]] = {
    "send": {"waiting": "sent", "unknown": "sent"},
    "lose": {"waiting": "unknown"},
    "drop": {"waiting": "dropped", "sent": "dropped", "unknown": "dropped"},
}
SETTLED: Final = timedelta(minutes=30)
"""So long after an alert was opened nobody is written to: they may be choosing a time, and somebody may call yet."""
LATEST: Final = timedelta(days=7)
"""So long after it was due nobody is written to any more: that would be a reminder of our silence, and no help."""
LONGEST_MARGIN: Final = 10_080
LONGEST_URL: Final = 500
LONGEST_PHONE: Final = 40

_URL = re.compile(r"https://[^\s\"'<>\\]{3,}")
_PHONE = re.compile(r"\+?[0-9][0-9 ().\u00a0\u202f/-]{2,}", re.ASCII)


class LetterRefused(Exception):
    """What is asked of a letter can't be, as it stands."""


def after(status: Status, happening: Happening) -> Status:
    """Return how a letter stands after something happened to it. Raises LetterRefused."""
    found = MOVES[happening].get(status)
    if found is None:
        raise LetterRefused(f"a letter that is {status} can't {happening}")
    return found


@dataclass(frozen=True, slots=True)
class Overflow:
    on: bool = False
    margin_minutes: int = 540
    """Past the due time: a working day."""
    help_url: str | None = None
    help_phone: str | None = None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        for key, value in document.items():
            if key == "on":
                if not isinstance(value, bool):
                    raise ValueError("on: true or false")
            elif key == "margin_minutes":
                if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_MARGIN:
                    raise ValueError(f"margin_minutes: a whole number from 0 to {LONGEST_MARGIN}")
            elif key == "help_url":
                if not isinstance(value, str) or len(value) > LONGEST_URL or not _URL.fullmatch(value):
                    raise ValueError("help_url: an address that begins with https://")
            elif key == "help_phone":
                if not isinstance(value, str) or len(value) > LONGEST_PHONE or not _PHONE.fullmatch(value):
                    raise ValueError("help_phone: a telephone number")
            else:
                raise ValueError(f"{key}: no such setting; there are help_phone, help_url, margin_minutes, on")
        return cls(**document)

    @property
    def margin(self) -> timedelta:
        return timedelta(minutes=self.margin_minutes)


class Waiting(NamedTuple):
    """An open alert in the queue's order."""

    id: UUID
    due_at: datetime
    hours: BusinessHours
    """Of those who call about it."""


class Booked(NamedTuple):
    """Calls promised for a time."""

    starts_at: datetime
    calls: int


@dataclass(frozen=True, slots=True)
class Hands:
    """What a team can do from now on."""

    hours: BusinessHours
    team: CallbackTeam
    booked: Sequence[Booked] = ()
    busy: int = 0
    """Calls that somebody is at already."""

    def room(self, now: datetime, until: datetime) -> float:
        """Return how many calls can be made until then, beside what is promised."""
        made = sum(calls for _, _, calls in self._stretches(now, until))
        taken = sum(one.calls for one in self.booked if now <= one.starts_at < until)
        return max(0.0, made - taken - self.busy)

    def reaches(self, ahead: int, due_at: datetime, now: datetime) -> bool:
        """Say whether a call can begin before it is due, with so many ahead of it: whoever is free begins one at once.

        A team of which nobody has said how many they are reaches everybody.
        """
        if not self.team.agents:
            return True
        there = self.team.agents_on(due_at.astimezone(self.hours.zone).date())
        return ahead < self.room(now, due_at) + max(0, there - self.busy)

    def _stretches(self, now: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, float]]:
        for opens, closes in self.hours.from_then(now):
            if opens >= until:
                return
            start, end = max(opens, now), min(closes, until)
            agents = self.team.agents_on(start.astimezone(self.hours.zone).date())
            yield start, end, agents * self.team.calls_per_hour * ((end - start) / timedelta(hours=1))


def out_of_reach(queue: Iterable[Waiting], hands: Hands, margin: timedelta, now: datetime) -> list[UUID]:
    """Return whose call cannot come in time, in the queue's order, of what may be begun now."""
    found = []
    for ahead, one in enumerate(queue):
        if one.due_at <= now - LATEST:
            continue
        if one.due_at <= now:
            late = one.hours.add(one.due_at, margin) <= now
        else:
            late = not hands.reaches(ahead, one.due_at, now)
        if late:
            found.append(one.id)
    return found
