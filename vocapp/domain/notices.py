"""Whom an alert is told to, when, how often, and for how long it is tried.

| what happened to the call     | what follows                                                                     |
| ----------------------------- | -------------------------------------------------------------------------------- |
| taken (2xx, a mail sent)      | told; the most urgent are told again until somebody has claimed them             |
| anything else                 | again after 5, 10, 20 … seconds, an hour at most, or when the peer asks; for a   |
|                               | day from the first failure on, then it is given up: a dead letter                |
| nobody is there (410)         | the notifier is switched off; what waits for it becomes dead letters             |
| refused for good (a mailbox   | a dead letter at once: it can be taken up again, once the mailbox is mended      |
| that is full or unknown)      |                                                                                  |
| no verdict, of a mail         | again, three times in all: then it has most likely arrived                       |
| a test that was not taken     | nothing: who asked for it sees why                                               |

An alert that is opened again, or that becomes one of the most urgent while nobody has it, is told of again, each once.
Where somebody takes it before that is heard, it is told as soon as nobody has it again.
Where a customer wants no call, the notifiers of the place hear of it, once. Who is given an alert by somebody else, or
by the lot, hears of it by mail, with what else they are given at that moment, unless they have begun by then.
One that becomes what a notifier is for (by its priority, or another kind of complaint) is told of by it from then on.

A helpdesk at the other end, which keeps the same alert under a reference of its own, hears of its whole life: of every
move, each once under the move's own id, but for those that it made itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID

from vocapp.domain.escalation import MOST_STEPS

Event: TypeAlias = Literal[
    "alert.opened",
    "alert.reopened",
    "alert.urgent",
    "alert.escalated",
    "alert.reminder",
    "alert.declined",
    "alert.given",
    "survey.held",
    "notifier.test",
    "alert.claimed",
    "alert.assigned",
    "alert.released",
    "alert.attempted",
    "alert.contacted",
    "alert.resolved",
    "alert.closed",
]
Status: TypeAlias = Literal["waiting", "told", "dropped", "refused", "failed"]

MOVES: Final[Mapping[str, Event]] = {
    "claim": "alert.claimed",
    "assign": "alert.assigned",
    "release": "alert.released",
    "lease_over": "alert.released",
    "contact": "alert.contacted",
    "resolve": "alert.resolved",
    "close": "alert.closed",
}
"""What a helpdesk hears of the moves of an alert; a reopening is told to everybody."""
SURVEY_HELD: Final[Event] = "survey.held"
"""About no alert: its event's id is that of the hold."""
TEST: Final[Event] = "notifier.test"
TRIED_FOR: Final = timedelta(hours=24)
CALLED_WITHIN: Final = timedelta(seconds=90)
"""From its claim on a message is over: a job begins no call after half a minute, and a call takes no longer."""
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=1)
MOST_UNKNOWN: Final = 3
"""A mail whose outcome stays unknown this often has most likely arrived."""
BEGINS: Final = frozenset({"alert.opened", "alert.reopened"})
"""What a notifier tells of an alert first."""
GATHERED: Final = BEGINS | {"alert.escalated", "alert.declined"}
"""What a notifier may collect for a while; the rest goes by itself."""
GIVEN: Final = frozenset({"alert.given"})
TOGETHER: Final = GIVEN | {"alert.declined"}
"""What goes together with its like by itself, in a mail to one of the team that no notifier sends."""
WHILE_NEW: Final = frozenset({"alert.urgent", "alert.reminder"})
"""What nobody need hear of once somebody has the alert."""
TOGETHER_WITHIN: Final = timedelta(minutes=1)
"""What one of the team is given in so long, or what customers of their place want no call, they hear of in one mail."""
URGENT: Final = 6
"""From this priority on (to be called within four hours) a notifier may repeat itself until somebody claims."""
MOST_REMINDERS: Final = 24
"""Of an alert, to one recipient."""
MOST_TOGETHER: Final = 15
"""Alerts in one message."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which alerts a notifier is for."""

    kinds: tuple[str, ...] = ()
    """Empty: all."""
    least_priority: int = 1
    places: frozenset[str] | None = None
    """A place with what is below it; None: wherever it happened."""

    @property
    def is_for_all(self) -> bool:
        """Whatever kind an alert is of, and wherever it happened."""
        return not self.kinds and self.places is None

    def wants(self, *, kinds: Collection[str], priority: int, place: str | None) -> bool:
        return (
            priority >= self.least_priority
            and (not self.kinds or not set(self.kinds).isdisjoint(kinds))
            and (self.places is None or place in self.places)
        )


def wait_before(attempts: int, *, of: UUID, asked_seconds: float | None = None) -> timedelta:
    """Return how long to wait after so many failures: twice as long each time, and never less than the peer asks.

    Up to half as long again, by lots that the id draws: what failed at one moment does not come back at one moment.
    """
    doubled = FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 20)
    drawn = int.from_bytes(hashlib.sha256(of.bytes + attempts.to_bytes(4, "big")).digest()[:4], "big") / 2**32
    wait = min(doubled, LONGEST_WAIT) * (1 + drawn / 2)
    return max(wait, timedelta(seconds=asked_seconds or 0))


def is_over(failing_since: datetime | None, now: datetime) -> bool:
    """Say whether it was tried for long enough."""
    return failing_since is not None and now - failing_since >= TRIED_FOR


def due_at(now: datetime, *, priority: int, digest: timedelta, waiting_until: datetime | None) -> datetime:
    """Return when a notice goes: at once, or with those that the notifier collects; the first opens the window.

    The most urgent wait for nobody.
    """
    if not digest or priority >= URGENT:
        return now
    return waiting_until if waiting_until is not None and waiting_until > now else now + digest


def reminds(*, priority: int, status: str, every: timedelta) -> bool:
    """Say whether an alert that was just told of is told of again later."""
    return bool(every) and priority >= URGENT and status == "new"


def becomes_urgent(*, priority: int, told: int, status: str) -> bool:
    """Say whether those who were told of an alert when its priority was `told` are told again: once in its life."""
    return status == "new" and priority >= URGENT > told


def is_needed_again(*, event: str, notice: str, status: str) -> bool:
    """Say whether what nobody needed to hear any more, as somebody had the alert, is told after all: nobody has it."""
    return event in WHILE_NEW and notice == "dropped" and status == "new"


def event_of_move(action: str, outcome: str | None) -> Event | None:
    """Return as what a move is told; None: it is not."""
    return "alert.attempted" if action == "contact" and outcome != "reached" else MOVES.get(action)


def number_of_step(reopened: int, step: int) -> int:
    """Return the number of an escalation's notice: its own for each step, each time the alert is opened anew."""
    return reopened * (MOST_STEPS + 1) + step


def event_id(event: Event, alert_id: UUID, number: int = 0) -> UUID:
    """Return the id of what happened to an alert, the same for every receiver and at every attempt."""
    return _made_of(event.encode(), alert_id.bytes, number.to_bytes(4, "big"))


def notice_id(event: UUID, recipient: str, notifier: UUID | None = None) -> UUID:
    """Return the id of an event told to one recipient by one notifier: always the same, so that there is one."""
    parts: Sequence[bytes] = (event.bytes, recipient.casefold().encode("utf-8", "surrogatepass"))
    return _made_of(*parts, *([notifier.bytes] if notifier else []))


def _made_of(*parts: bytes) -> UUID:
    digest = hashlib.sha256(b"".join(parts)).digest()
    return UUID(bytes=digest[:16], version=5)
