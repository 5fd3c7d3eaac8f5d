"""What makes an alert, how urgent it is, and its life as a table.

| from, action   | claim   | release | contact            | resolve             | close  | reopen |
| -------------- | ------- | ------- | ------------------ | ------------------- | ------ | ------ |
| new            | claimed |         |                    |                     |        |        |
| claimed        |         | new     | contacted, or a    | resolved, after     |        |        |
|                |         |         | miss: claimed      | three misses only   |        |        |
| contacted      |         | new     | contacted          | resolved            |        |        |
| resolved       |         |         |                    |                     | closed | new    |
| closed         |         |         |                    |                     |        | new    |

An empty field is refused, and the refusal names who holds the alert. One who reached the customer and gives the alert
back gives back the whole of it: whoever takes it next reads the history and speaks to the customer before it is
resolved. Misses are the customer's, not the agent's: they stay when it changes hands, and end with a reopening.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from vocapp.domain.sentiment import Sentiment, clearly_negative

Status: TypeAlias = Literal["new", "claimed", "contacted", "resolved", "closed"]
Action: TypeAlias = Literal["claim", "release", "contact", "resolve", "close", "reopen"]
Outcome: TypeAlias = Literal["reached", "voicemail", "no_answer", "wrong_number"]
Kind: TypeAlias = Literal["detractor", "low_csat", "negative_verbatim"]

STATUSES: Final[tuple[Status, ...]] = ("new", "claimed", "contacted", "resolved", "closed")
ACTIONS: Final[tuple[Action, ...]] = ("claim", "release", "contact", "resolve", "close", "reopen")
OPEN: Final[frozenset[Status]] = frozenset({"new", "claimed", "contacted"})
"""A customer has at most one alert in one of these."""
OUTCOMES: Final[tuple[Outcome, ...]] = ("reached", "voicemail", "no_answer", "wrong_number")
KINDS: Final[tuple[Kind, ...]] = ("detractor", "low_csat", "negative_verbatim")
MISSES_TO_GIVE_UP: Final = 3

MOVES: Final[Mapping[Action, Mapping[Status, Status]]] = {
    "claim": {"new": "claimed"},
    "release": {"claimed": "new", "contacted": "new"},
    "contact": {"claimed": "contacted", "contacted": "contacted"},
    "resolve": {"claimed": "resolved", "contacted": "resolved"},
    "close": {"resolved": "closed"},
    "reopen": {"resolved": "new", "closed": "new"},
}


class MoveRefused(Exception):
    """The state does not allow the move."""

    def __init__(self, detail: str, holder: str | None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the history."""

    at: datetime
    action: Action
    by: str | None
    status: Status
    """After the move."""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertState:
    status: Status = "new"
    holder: str | None = None
    misses: int = 0
    root_cause: str | None = None
    moves: tuple[Move, ...] = ()
    """What is to be added to the history; it only grows."""


def move(
    state: AlertState,
    action: Action,
    *,
    at: datetime,
    by: str | None = None,
    outcome: Outcome | None = None,
    root_cause: str | None = None,
    note: str | None = None,
) -> AlertState:
    """Return the alert after a move, with its new line of history. Raises MoveRefused where the state forbids it.

    `claim` needs `by`, `contact` an `outcome`, `resolve` a `root_cause`: raises ValueError without.
    """
    _check_arguments(action, by, outcome, root_cause)
    after = MOVES[action].get(state.status)
    if after is None:
        raise MoveRefused(_why_not(state, action), state.holder)
    details: dict[str, Any] = {"note": note} if note else {}
    changed = replace(state, status=after)
    if action == "claim":
        changed = replace(changed, holder=by)
    elif action == "release":
        changed = replace(changed, holder=None)
    elif action == "contact":
        details["outcome"] = outcome
        if outcome != "reached":
            changed = replace(changed, status=state.status, misses=state.misses + 1)
    elif action == "resolve":
        unreachable = state.status == "claimed"
        if unreachable and state.misses < MISSES_TO_GIVE_UP:
            raise MoveRefused(_why_not(state, action), state.holder)
        details |= {"root_cause": root_cause, "resolution": "unreachable" if unreachable else "spoken_to"}
        changed = replace(changed, root_cause=root_cause)
    elif action == "reopen":
        changed = replace(changed, holder=None, misses=0, root_cause=None)
    line = Move(at, action, by or state.holder, changed.status, details)
    return replace(changed, moves=(*state.moves, line))


def unhappy(scores: Mapping[str, int], sentiment: Sentiment | None) -> tuple[Kind, ...]:
    """Return the kinds of signal in a response: its scores by metric, and its text where it was scored."""
    kinds: list[Kind] = []
    nps, csat = scores.get("nps"), scores.get("csat")
    if nps is not None and nps <= 6:
        kinds.append("detractor")
    if csat is not None and csat <= 2:
        kinds.append("low_csat")
    # A text tells something new only behind a better score; behind a bad one it is what one expects.
    if not kinds and clearly_negative(sentiment):
        kinds.append("negative_verbatim")
    return tuple(kinds)


def merged(kinds: Iterable[str], more: Iterable[str]) -> tuple[Kind, ...]:
    """Return the kinds of an alert that another signal joins."""
    both = {*kinds, *more}
    return tuple(kind for kind in KINDS if kind in both)


def priority(kinds: Iterable[str], scores: Mapping[str, int], *, value: int = 1) -> int:
    """Return how urgent an alert is, 1 to 9, the higher the sooner: how bad it is (1 to 3) times whom one may lose.

    `value`: 1 for most customers, 2 for a regular one, 3 for one of the best.
    """
    severity = max((_severity(kind, scores) for kind in kinds), default=1)
    return severity * max(1, min(value, 3))


def due_at(opened_at: datetime, priority: int) -> datetime:
    """Return by when somebody should have called."""
    return opened_at + next(wait for least, wait in _WAITS if priority >= least)


_WAITS: Final = (
    (6, timedelta(hours=4)),
    (3, timedelta(hours=24)),
    (2, timedelta(hours=48)),
    (-(10**6), timedelta(hours=72)),
)
"""(from this priority on, call within)"""


def _severity(kind: str, scores: Mapping[str, int]) -> int:
    if kind == "detractor":
        return 3 if scores.get("nps", 6) <= 3 else 2
    if kind == "low_csat":
        return 3 if scores.get("csat", 2) <= 1 else 2
    return 1


def _check_arguments(action: Action, by: str | None, outcome: Outcome | None, root_cause: str | None) -> None:
    if action == "claim" and not (by and by.strip()):
        raise ValueError("who claims it?")
    if action == "contact" and outcome not in OUTCOMES:
        raise ValueError(f"an outcome is one of {', '.join(OUTCOMES)}")
    if action == "resolve" and not (root_cause and root_cause.strip()):
        raise ValueError("nothing is resolved without its root cause")


def _why_not(state: AlertState, action: Action) -> str:
    held = f", held by {state.holder}" if state.holder else ""
    here = f"the alert is {state.status}{held}"
    if action == "resolve" and state.status == "claimed":
        missed = "once" if state.misses == 1 else f"{state.misses} times"
        return f"{here}: the customer was not reached yet, and missed {missed} of {MISSES_TO_GIVE_UP}"
    if action == "claim" and state.holder:
        return f"{here} already"
    allowed = [each for each in MOVES if state.status in MOVES[each]]
    return f"{here}: {action} is not possible now, only {' or '.join(allowed)}"
