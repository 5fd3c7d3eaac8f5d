"""An alert's life as a table. What becomes one: `alert_rules.py`; how urgent it is: `urgency.py`.

| from, action | claim     | assign  | release | contact         | resolve            | lease_over | close  | reopen |
| ------------ | --------- | ------- | ------- | --------------- | ------------------ | ---------- | ------ | ------ |
| new          | claimed   | claimed |         |                 |                    |            |        |        |
| claimed      | *renewed* | claimed | new     | contacted, or a | resolved, after    | new        |        |        |
|              |           |         |         | miss: claimed   | three misses, or   |            |        |        |
|              |           |         |         |                 | where nobody calls |            |        |        |
|              |           |         |         |                 | or elsewhere       |            |        |        |
| contacted    | *renewed* | claimed | new     | contacted       | resolved           | new        |        |        |
| resolved     |           |         |         |                 |                    |            | closed | new    |
| closed       |           |         |         |                 |                    |            |        | new    |

An empty field is refused, and the refusal names who holds the alert. One who reached the customer and gives the alert
back gives back the whole of it: whoever takes it next reads the history and speaks to the customer before it is
resolved. Misses are the customer's, not the agent's: they stay when it changes hands, and end with a reopening.

`assign` gives an alert to somebody who did not ask for it: a colleague does, or the lot (`handing_out.py`). They have
longer to begin. What somebody holds is taken from them only by who may give back for them (`for_holder`).

Another tool may have it, too (`helpdesks.py`): a claim in its name, `elsewhere`, which no clock ends. It resolves by
its own books, and whether anybody called stands there. It is never somebody here, be their name the same.

A claim is a lease. It holds until `claimed_until`, and whatever its holder does to the alert, looking at it included,
holds it longer (a line of history only where something happened). Once it is over, the clock makes the move
`lease_over`: the alert is in the queue again, due when it was due before. Then

* until that move is made, the alert is still its holder's, who simply goes on; but a colleague may take it already;
* only the holder contacts, resolves and releases; one who is late is refused as soon as somebody else holds the alert,
  whose call must not be crossed;
* as long as nobody else has taken it, one who comes back late is not asked to begin anew: what they do takes the alert
  up again first (a line `claim` before its own), and so does claiming it. Who had reached the customer before the lease
  was over has still reached them: the alert is `contacted` again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Self, TypeAlias, get_args

Status: TypeAlias = Literal["new", "claimed", "contacted", "resolved", "closed"]
Action: TypeAlias = Literal["claim", "assign", "release", "contact", "resolve", "lease_over", "close", "reopen"]
Outcome: TypeAlias = Literal["reached", "voicemail", "no_answer", "wrong_number"]
Via: TypeAlias = Literal["phone", "email", "store"]
NoCall: TypeAlias = Literal["do_not_call", "declined", "wrong_number"]
Kind: TypeAlias = Literal[
    "urgent_words",
    "lost",
    "detractor",
    "low_csat",
    "high_effort",
    "valued_turning",
    "negative_verbatim",
    "contradiction",
    "asks_for_help",
    "late",
    "refunded",
    "repeated_contacts",
    "other",
]

STATUSES: Final[tuple[Status, ...]] = ("new", "claimed", "contacted", "resolved", "closed")
ACTIONS: Final[tuple[Action, ...]] = (
    "claim", "assign", "release", "contact", "resolve", "lease_over", "close", "reopen",
)  # fmt: skip
OPEN: Final[frozenset[Status]] = frozenset({"new", "claimed", "contacted"})
"""A customer has at most one alert in one of these."""
HELD: Final[frozenset[Status]] = frozenset({"claimed", "contacted"})
"""Somebody has it, until their claim is over."""
OUTCOMES: Final[tuple[Outcome, ...]] = ("reached", "voicemail", "no_answer", "wrong_number")
VIAS: Final[tuple[Via, ...]] = ("phone", "email", "store")
"""How a customer is spoken to."""
NO_CALLS: Final[Mapping[NoCall, str]] = {
    "do_not_call": "the customer asks not to be called",
    "declined": "the customer does not want a call about this",
    "wrong_number": "the number is not the customer's",
}
"""Why nobody calls."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What an alert is about, in the order in which it is said; which of them there is, `alert_rules.py` decides."""
MISSES_TO_GIVE_UP: Final = 3

MOVES: Final[Mapping[Action, Mapping[Status, Status]]] = {
    "claim": {"new": "claimed"},
    "assign": {"new": "claimed", "claimed": "claimed", "contacted": "claimed"},
    "release": {"claimed": "new", "contacted": "new"},
    "contact": {"claimed": "contacted", "contacted": "contacted"},
    "resolve": {"claimed": "resolved", "contacted": "resolved"},
    "lease_over": {"claimed": "new", "contacted": "new"},
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
class Hold:
    """How long an alert stays with its holder, from what they did to it last."""

    claim_minutes: int = 30
    assigned_minutes: int = 240
    """Who was given an alert may be on another call."""
    contacted_hours: int = 24
    """Who has spoken to the customer sees it through: another voice would tell them the same again."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        for key, value in document.items():
            if key not in HOLD_LIMITS:
                raise ValueError(f"{key}: no such setting; there are {', '.join(sorted(HOLD_LIMITS))}")
            lowest, highest = HOLD_LIMITS[key]
            if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
                raise ValueError(f"{key}: a whole number from {lowest} to {highest}, not {value!r:.40}")
        return cls(**document)

    def until(self, status: Status, at: datetime) -> datetime:
        contacted = status == "contacted"
        return at + (timedelta(hours=self.contacted_hours) if contacted else timedelta(minutes=self.claim_minutes))


HOLD_LIMITS: Final = {"claim_minutes": (5, 1440), "assigned_minutes": (5, 2880), "contacted_hours": (1, 720)}
"""Lowest, highest."""


@dataclass(frozen=True, slots=True)
class Left:
    """Whose lease was over when the alert came back to the queue, where nobody has taken it since."""

    holder: str
    status: Status
    """Before it came back."""


@dataclass(frozen=True, slots=True)
class AlertState:
    status: Status = "new"
    holder: str | None = None
    misses: int = 0
    root_cause: str | None = None
    remedy: str | None = None
    """What was done about it."""
    claimed_until: datetime | None = None
    elsewhere: bool = False
    """Its holder is another tool, by whose books it goes."""
    left: Left | None = None
    no_call: NoCall | None = None
    """Then one writes, or speaks to them at the store; and the alert may be resolved without a call.

    Behind a wrong number they may still be reached by phone: they call, or have another one.
    """
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
    remedy: str | None = None,
    note: str | None = None,
    hold: Hold = Hold(),
    for_holder: bool = False,
    via: Via = "phone",
    to: str | None = None,
    elsewhere: bool = False,
) -> AlertState:
    """Return the alert after a move, with what it adds to the history. Raises MoveRefused where the state forbids it.

    `claim` needs `by`, `assign` who it is given `to`, `contact` an `outcome`, `resolve` a `root_cause`: raises
    ValueError without. Where `by` is left out, it is the holder, or who was it last (of `assign`: nobody, the lot).
    `for_holder`: `by` may release, or give to another, what somebody else holds. `elsewhere`: another tool claims it.
    """
    _check_arguments(action, by, outcome, root_cause, to)
    if action == "assign":
        return _assigned(state, at, by, to or "", note, hold, for_holder=for_holder)
    if action == "claim" and state.status in HELD:
        if by == state.holder and (state.elsewhere or not elsewhere):
            return _renewed(state, at, hold)
        if _is_over(state, at):
            state = move(state, "lease_over", at=at)
    elif action in _THE_HOLDERS:
        by = by or state.holder or (state.left.holder if state.left else None)
        if state.left is not None and by == state.left.holder:
            state = move(state, "claim", at=at, by=by, hold=hold)
        elif state.status in HELD and by != state.holder and not for_holder:
            raise MoveRefused(_why_not(state, action, by), state.holder)
    _check_call(state, action, outcome, via)
    after = MOVES[action].get(state.status)
    if after is None or (action == "lease_over" and not _is_over(state, at)):
        raise MoveRefused(_why_not(state, action), state.holder)
    stays = state.elsewhere if action == "contact" else elsewhere and action == "claim"
    moved = replace(state, status=after, left=None, elsewhere=stays)
    changed, details = _changed(moved, state, action, by, outcome, root_cause)
    if action == "resolve" and remedy:
        changed, details = replace(changed, remedy=remedy), {**details, "remedy": remedy}
    if action == "contact" and via != "phone":
        details["via"] = via
    if note:
        details["note"] = note
    who = None if action == "lease_over" else by or state.holder
    line = Move(at, action, who, changed.status, details)
    return _renewed(replace(changed, moves=(*state.moves, line)), at, hold)


def _check_call(state: AlertState, action: Action, outcome: Outcome | None, via: Via) -> None:
    called = action == "contact" and via == "phone"
    if called and state.no_call is not None and (state.no_call != "wrong_number" or outcome != "reached"):
        raise MoveRefused(f"{NO_CALLS[state.no_call]}: write instead, or speak to them at the store", state.holder)


def _assigned(
    state: AlertState, at: datetime, by: str | None, to: str, note: str | None, hold: Hold, *, for_holder: bool
) -> AlertState:
    if state.status in HELD and _is_over(state, at):
        state = move(state, "lease_over", at=at)
    if state.status in HELD and by != state.holder and not for_holder:
        raise MoveRefused(_why_not(state, "assign", by), state.holder)
    after = MOVES["assign"].get(state.status)
    if after is None or to == state.holder:
        raise MoveRefused(_why_not(state, "assign"), state.holder)
    details = {"to": to, **({"note": note} if note else {})}
    given = replace(state, status=after, holder=to, left=None, claimed_until=None, elsewhere=False)
    until = at + timedelta(minutes=max(hold.assigned_minutes, hold.claim_minutes))
    return replace(given, claimed_until=until, moves=(*state.moves, Move(at, "assign", by, after, details)))


def _changed(
    changed: AlertState, state: AlertState, action: Action, by: str | None, outcome: str | None, root_cause: str | None
) -> tuple[AlertState, dict[str, Any]]:
    """Return an alert after its move from `state`, and what its line of history tells beside."""
    if action == "claim":
        resumed = state.left is not None and state.left.holder == by and not changed.elsewhere
        return replace(changed, holder=by, status=state.left.status if state.left and resumed else changed.status), {}
    if action == "release":
        return replace(changed, holder=None), {}
    if action == "contact" and outcome != "reached":
        no_call: NoCall | None = "wrong_number" if outcome == "wrong_number" else state.no_call
        missed = replace(changed, status=state.status, misses=state.misses + 1, no_call=no_call)
        return missed, {"outcome": outcome}
    if action == "contact":
        return changed, {"outcome": outcome}
    if action == "resolve":
        unreachable = state.status == "claimed"
        if unreachable and state.misses < MISSES_TO_GIVE_UP and state.no_call is None and not state.elsewhere:
            raise MoveRefused(_why_not(state, action), state.holder)
        not_called = state.no_call in {"do_not_call", "declined"}
        silent = "elsewhere" if state.elsewhere else "not_called" if not_called else "unreachable"
        resolution = "spoken_to" if not unreachable else silent
        return replace(changed, root_cause=root_cause), {"root_cause": root_cause, "resolution": resolution}
    if action == "lease_over" and state.holder:
        return replace(changed, holder=None, left=Left(state.holder, state.status)), {"holder": state.holder}
    if action == "reopen":
        number = None if state.no_call == "wrong_number" else state.no_call  # there may be another one by now
        return replace(changed, holder=None, misses=0, root_cause=None, remedy=None, no_call=number), {}
    return changed, {}


def merged(kinds: Iterable[str], more: Iterable[str]) -> tuple[Kind, ...]:
    """Return the kinds of an alert that another signal joins."""
    both = {*kinds, *more}
    return tuple(kind for kind in KINDS if kind in both)


_THE_HOLDERS: Final = frozenset({"release", "contact", "resolve"})


def _renewed(state: AlertState, at: datetime, hold: Hold) -> AlertState:
    """Hold an alert from now on, never shorter than it was held; free it where nobody has it, or another tool has."""
    if state.status not in HELD or state.elsewhere:
        return replace(state, claimed_until=None)
    until = hold.until(state.status, at)
    return replace(state, claimed_until=max(until, state.claimed_until or until))


def _is_over(state: AlertState, at: datetime) -> bool:
    return state.claimed_until is not None and at >= state.claimed_until


def _check_arguments(
    action: Action, by: str | None, outcome: Outcome | None, root_cause: str | None, to: str | None
) -> None:
    if action == "claim" and not (by and by.strip()):
        raise ValueError("who claims it?")
    if action == "assign" and not (to and to.strip()):
        raise ValueError("to whom is it given?")
    if action == "contact" and outcome not in OUTCOMES:
        raise ValueError(f"an outcome is one of {', '.join(OUTCOMES)}")
    if action == "resolve" and not (root_cause and root_cause.strip()):
        raise ValueError("nothing is resolved without its root cause")


def _why_not(state: AlertState, action: Action, by: str | None = None) -> str:
    held = f", held by {state.holder}" if state.holder else ""
    here = f"the alert is {state.status}{held}"
    if by is not None:
        return f"{here}: {action} is theirs alone, not {by}'s"
    if action == "lease_over" and state.claimed_until:
        return f"{here} until {state.claimed_until.isoformat(timespec='seconds')}"
    if action == "resolve" and state.status == "claimed":
        missed = "once" if state.misses == 1 else f"{state.misses} times"
        return f"{here}: the customer was not reached yet, and missed {missed} of {MISSES_TO_GIVE_UP}"
    if action == "claim" and state.holder:
        return f"{here} already"
    allowed = [each for each in MOVES if state.status in MOVES[each] and each != "lease_over"]
    return f"{here}: {action} is not possible now, only {' or '.join(allowed)}"
