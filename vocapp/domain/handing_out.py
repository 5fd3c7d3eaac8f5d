"""Whose an alert is: the team of the place it happened at or the central one, and who of the team gets it by itself.

    {"teams": ["nantes", "lyon"], "by": "round_robin", "most_each": 5}

`teams`: places that call back themselves, for all that is below them; the rest is the central team's. `by`: `hand` (all
take what they want; the usual), or `round_robin`. Then an alert goes to one of those who are there, who speak the
customer's language and, where somebody has skills, to one whose skill it is: to them first, and among equals to whoever
holds fewest, then to whom nothing happened longest, then by lot. Nobody gets more than `most_each`; what nobody fits
waits for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple, Self, TypeAlias

By: TypeAlias = Literal["hand", "round_robin"]

MOST_TEAMS: Final = 2000
MOST_EACH: Final = 100
MOST_WORDS: Final = 20
LONGEST_WORD: Final = 64
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HandingOut:
    teams: frozenset[str] = frozenset()
    by: By = "hand"
    most_each: int = 5

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        found: dict[str, Any] = {}
        for key, value in document.items():
            if key == "teams":
                if not isinstance(value, list) or len(value) > MOST_TEAMS or not all(map(_is_word, value)):
                    raise ValueError(f"teams: a list of places, {MOST_TEAMS} at most")
                found[key] = frozenset(value)
            elif key == "by":
                if value not in ("hand", "round_robin"):  # it may be anything, and not hashable
                    raise ValueError("by: hand or round_robin")
                found[key] = value
            elif key == "most_each":
                if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_EACH:
                    raise ValueError(f"most_each: a whole number from 1 to {MOST_EACH}")
                found[key] = value
            else:
                raise ValueError(f"{key}: no such setting; there are by, most_each, teams")
        return cls(**found)

    def teams_of(self, above: Sequence[str]) -> tuple[str, ...]:
        """Return the places that call back themselves, of a place and those above it, the nearest first."""
        return tuple(place for place in above if place in self.teams)


@dataclass(frozen=True, slots=True)
class Calls:
    """What one of the team is handed: everything, where nothing is said."""

    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    """Kinds of alerts, or names of events."""
    away: bool = False

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read what a member's row keeps. Raises ValueError that names the key at fault."""
        for key in ("languages", "skills"):
            words = document.get(key, [])
            if not isinstance(words, list) or len(words) > MOST_WORDS or not all(map(_is_word, words)):
                raise ValueError(f"{key}: {MOST_WORDS} words at most, of {LONGEST_WORD} characters at most")
        return cls(
            tuple(document.get("languages", ())), tuple(document.get("skills", ())), document.get("away") is True
        )


class Caller(NamedTuple):
    """One of the team who is there."""

    name: str
    calls: Calls
    held: int
    last_at: datetime | None
    """When something happened last to one they hold."""


def choose(
    callers: Iterable[Caller], *, language: str | None, about: Collection[str], most_each: int, draw: bytes = b""
) -> Caller | None:
    """Return who gets an alert; None: nobody fits. `language`: the customer's; `about`: its kinds and its event.

    `draw` decides by lot among those between whom nothing else does.
    """
    spoken = (language or "").partition("-")[0].lower()

    def fits(one: Caller) -> bool:
        speaks = not one.calls.languages or not spoken or spoken in one.calls.languages
        return one.held < most_each and not one.calls.away and speaks and (not one.calls.skills or knows(one))

    def knows(one: Caller) -> bool:
        return not set(one.calls.skills).isdisjoint(about)

    return min(
        filter(fits, callers),
        key=lambda one: (not knows(one), one.held, one.last_at or _LONG_AGO, _lot(draw, one.name), one.name),
        default=None,
    )


def _lot(draw: bytes, name: str) -> bytes:
    return hashlib.sha256(draw + name.encode("utf-8", "surrogatepass")).digest()


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_WORD and value.isprintable()
