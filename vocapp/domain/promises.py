"""A promise is a debt: made only where there is room for it, due, and then kept or apologised for.

| from, what happens | keep | miss   | apologise  | owe  | cancel    |
| ------------------ | ---- | ------ | ---------- | ---- | --------- |
| made               | kept | missed |            |      | cancelled |
| missed             |      |        | apologised | owed |           |
| owed               |      |        | apologised |      |           |
| apologised         |      |        |            | owed |           |

`owe`: no mail of apology may go (no address, no consent, the cap), or it reached nobody: whoever reaches the customer
apologises in person.
A `declined` one is no promise: the customer was asked and wants nobody to call.

Room is counted by slots of two hours inside the team's opening hours. A slot holds as many promises as those who are
there that day can call in it; where one is taken, the count is raised under the lock of the slot's row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeAlias

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.callback_team import CallbackTeam
from vocapp.domain.quiet_hours import QuietHours, is_quiet

Means: TypeAlias = Literal["phone", "email", "store"]
Status: TypeAlias = Literal["made", "kept", "missed", "apologised", "owed", "cancelled", "declined"]
Happening: TypeAlias = Literal["keep", "miss", "apologise", "owe", "cancel"]

MEANS: Final[tuple[Means, ...]] = ("phone", "email", "store")
STATUSES: Final[tuple[Status, ...]] = ("made", "kept", "missed", "apologised", "owed", "cancelled", "declined")
MOVES: Final[Mapping[Happening, Mapping[Status, Status]]] = {
    "keep": {"made": "kept"},
    "miss": {"made": "missed"},
    "apologise": {"missed": "apologised", "owed": "apologised"},
    "owe": {"missed": "owed", "apologised": "owed"},
    "cancel": {"made": "cancelled"},
}
COUNTED: Final[frozenset[Status]] = frozenset({"kept", "missed", "apologised", "owed"})
"""What the share of promises kept is taken of: a cancelled one bound nobody."""

SLOT: Final = timedelta(hours=2)
SHORTEST_SLOT: Final = timedelta(hours=1)
LEAD: Final = timedelta(hours=1)
"""Nothing is offered that begins sooner."""
SOONEST: Final = timedelta(minutes=15)
"""Nothing is promised that begins sooner, however long somebody looked at the offer."""
DAYS_AHEAD: Final = 7
MOST_OFFERED: Final = 9
EARLY: Final = timedelta(minutes=10)
"""So much before its slot an attempt keeps a promise, too."""
NOTED_WITHIN: Final = timedelta(minutes=10)
"""A call is noted when it is over: so much after its slot an attempt counts as made in it."""
HELD_WITHIN: Final = timedelta(hours=1)
"""So long after its slot a call may still go on: whoever had the alert in hand by then is waited for."""
MOST_A_RESPONSE: Final = 8
"""How often one may change one's mind."""
SHARE_OVER: Final = timedelta(days=30)
ENOUGH_FOR_A_SHARE: Final = 10
"""Of fewer only the counts are said."""


class Slot(NamedTuple):
    """A stretch of time in which a call may be promised, and how many."""

    start: datetime
    end: datetime
    capacity: int


class PromiseRefused(Exception):
    """What is asked of a promise can't be, as it stands."""


class SlotTaken(Exception):
    """There is no room in the slot any more, or no such slot."""


def after(status: Status, happening: Happening) -> Status:
    """Return how a promise stands after something happened to it. Raises PromiseRefused."""
    found = MOVES[happening].get(status)
    if found is None:
        raise PromiseRefused(f"a promise that is {status} can't {happening}")
    return found


def is_kept_by(at: datetime, *, start: datetime, end: datetime, reached: bool, held: bool = False) -> bool:
    """Say whether a call keeps a promise: an attempt in its slot does, and so does reaching the customer before.

    `held`: who notes it had the alert in hand when the slot was over, and may have been on the phone since.
    """
    return at <= end + (HELD_WITHIN if held else NOTED_WITHIN) and (reached or at >= start - EARLY)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a team calls, and how much it can."""

    hours: BusinessHours
    team: CallbackTeam
    at_place: BusinessHours | None = None
    """The hours of the place it is about, where it has its own: only what lies wholly in them is offered."""

    def slots(self, since: datetime, until: datetime) -> Iterator[Slot]:
        """Yield the slots that begin in a stretch of time, those in which nobody is there left out."""
        for opens, closes in self.hours.from_then(since):
            if opens >= until:
                return
            start = opens
            while closes - start >= SHORTEST_SLOT:
                end = min(start + SLOT, closes)
                if closes - end < SHORTEST_SLOT:  # what is left would be no slot: it goes with this one
                    end = closes
                room = self.capacity(start, end)
                if since <= start < until and room > 0 and self._is_there(start, end):
                    yield Slot(start, end, room)
                start = end

    def capacity(self, start: datetime, end: datetime) -> int:
        """Return how many calls may be promised in a slot."""
        agents = self.team.agents_on(start.astimezone(self.hours.zone).date())
        return int(agents * self.team.calls_per_hour * ((end - start) / timedelta(hours=1)))

    def find(self, start: datetime) -> Slot | None:
        """Return the slot that begins at an instant; None: there is none (any more)."""
        return next(self.slots(start, start + timedelta(microseconds=1)), None)

    def offered(
        self, now: datetime, taken: Mapping[datetime, int], quiet: QuietHours | None, zone: str | None
    ) -> list[Slot]:
        """Return the slots with room, outside the customer's quiet hours; `taken`: how many are promised, by start."""
        free = (
            slot
            for slot in self.slots(now + LEAD, now + timedelta(days=DAYS_AHEAD))
            if taken.get(slot.start, 0) < slot.capacity and self._suits(slot, quiet, zone)
        )
        return list(islice(free, MOST_OFFERED))

    def find_offered(self, start: datetime, now: datetime, quiet: QuietHours | None, zone: str | None) -> Slot | None:
        """Return the slot that begins at an instant, where it may still be promised; who chooses may take their time.

        Whether there is room in it, is decided where its count is raised.
        """
        if not now + SOONEST <= start <= now + timedelta(days=DAYS_AHEAD):
            return None
        slot = self.find(start)
        return slot if slot is not None and self._suits(slot, quiet, zone) else None

    def _is_there(self, start: datetime, end: datetime) -> bool:
        return self.at_place is None or self.at_place.between(start, end) == end - start

    def _suits(self, slot: Slot, quiet: QuietHours | None, zone: str | None) -> bool:
        """Say whether a slot lies outside the customer's quiet hours."""
        ends = (slot.start, slot.end - timedelta(minutes=1))
        return not any(is_quiet(at, quiet, zone, fallback=self.hours.zone.key) for at in ends)


class Kept(NamedTuple):
    """How many promises came due, and how many of them were kept."""

    due: int
    kept: int

    @property
    def share(self) -> float | None:
        """The share kept; None: too few for a share."""
        return self.kept / self.due if self.due >= ENOUGH_FOR_A_SHARE else None
