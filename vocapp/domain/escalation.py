"""What happens, step by step, while nobody closes an alert that is due: somebody else is told, another team takes it.

    {"steps": [{"after_minutes": 0, "to": "stay", "tell": ["shift-lead@maison.example"]},
               {"after_minutes": 540, "to": "central"}]}

Minutes are counted from the time the alert was due, in the hours of those who call. `to` is the team whose the alert is
from then on: the same (`stay`), that of the next place above which has one (`above`), or the central one. At each step
the notifiers that are for such alerts are told, and the mailboxes named; not where an alert was to go to another team,
has it already, and no mailbox is named. A workspace that sets nothing has one step: a
working day past due, to the central team.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Literal, Self, TypeAlias

from vocapp.domain.business_hours import WORKING_DAY, BusinessHours

Target: TypeAlias = Literal["stay", "above", "central"]

TARGETS: Final[tuple[Target, ...]] = ("stay", "above", "central")
MOST_STEPS: Final = 5
MOST_TOLD: Final = 10
LONGEST: Final = 10_080
"""Minutes in which somebody is there: over half a year of calendar."""


@dataclass(frozen=True, slots=True)
class Step:
    after: timedelta
    to: Target = "stay"
    tell: tuple[str, ...] = ()
    """Mailboxes beside the notifiers."""


@dataclass(frozen=True, slots=True)
class Escalation:
    steps: tuple[Step, ...] = (Step(WORKING_DAY, "central"),)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON. Raises ValueError that names the key at fault; addresses are not checked here."""
        for key in document:
            if key != "steps":
                raise ValueError(f"{key}: no such setting; there is steps")
        if "steps" not in document:
            return cls()
        told = document["steps"]
        if not isinstance(told, list) or len(told) > MOST_STEPS:
            raise ValueError(f"steps: a list of {MOST_STEPS} at most")
        steps = tuple(_step(f"steps.{at}", item) for at, item in enumerate(told))
        if any(later.after <= step.after for step, later in pairwise(steps)):
            raise ValueError("steps: each later than the one before")
        return cls(steps)

    def next_at(self, due_at: datetime, taken: int, hours: BusinessHours) -> datetime | None:
        """Return when the step behind so many that were taken is due; None: there is none."""
        return hours.add(due_at, self.steps[taken].after) if taken < len(self.steps) else None


def team_after(to: Target, team: str | None, teams: Sequence[str]) -> str | None:
    """Return whose an alert is after a step. `teams`: the places at and above it that have one, the nearest first."""
    if to == "stay" or team is None:
        return team
    if to == "central" or team not in teams:
        return None
    return next(iter(teams[teams.index(team) + 1 :]), None)


def _step(key: str, item: Any) -> Step:
    if not isinstance(item, Mapping) or "after_minutes" not in item or set(item) - {"after_minutes", "to", "tell"}:
        raise ValueError(f"{key}: an object with after_minutes, to and tell")
    minutes, to, tell = item["after_minutes"], item.get("to", "stay"), item.get("tell", [])
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes <= LONGEST:
        raise ValueError(f"{key}.after_minutes: a whole number from 0 to {LONGEST}")
    if to not in TARGETS:
        raise ValueError(f"{key}.to: one of {', '.join(TARGETS)}")
    if not isinstance(tell, list) or len(tell) > MOST_TOLD or not all(isinstance(one, str) for one in tell):
        raise ValueError(f"{key}.tell: a list of {MOST_TOLD} addresses at most")
    return Step(timedelta(minutes=minutes), to, tuple(tell))
