"""When an event asks for a survey: the match, the stable share of occasions that is taken, and when it is due.

One happening is our own: an alert was resolved, and the customer is asked whether it helped.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Final

from vocapp.domain.rules import Facts, holds
from vocapp.domain.survey import Survey, Trigger

RESOLVED: Final = "alert.resolved"
"""What a trigger names to ask about a resolution. Told from outside, it asks nobody."""


def matching(surveys: Iterable[Survey], facts: Facts, *, ours: bool = False) -> list[Survey]:
    """Return the surveys whose active trigger wants this event, the most important first.

    `facts` hold the event with its name, and the customer. `ours`: it happened here, and nobody told us.
    """
    name = facts["event"]["name"]
    if name == RESOLVED and not ours:
        return []
    found = [
        survey
        for survey in surveys
        if survey.trigger is not None
        and survey.trigger.active
        and survey.trigger.event == name
        and holds(survey.trigger.when, facts)
    ]
    return sorted(found, key=lambda survey: (-survey.priority, survey.key))


def in_sample(workspace_key: str, survey_key: str, event_id: str, share: float) -> bool:
    """Tell whether an occasion is among the share (0 to 1) that is taken: always the same for the same occasion.

    A larger share takes all that a smaller one took.
    """
    return chance(workspace_key, survey_key, event_id) < share


def chance(*parts: str) -> float:
    """Return a number in [0, 1) that these texts decide, even over all texts."""
    # The lengths keep ("a", "bc") and ("ab", "c") apart.
    told = "".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")
    return (int.from_bytes(blake2b(told, digest_size=8).digest()) >> 11) / 2**53


def due_at(trigger: Trigger, occurred_at: datetime) -> datetime:
    """Return when the invitation wants to go, be it long ago."""
    return occurred_at + trigger.delay
