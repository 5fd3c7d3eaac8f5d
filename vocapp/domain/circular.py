"""Which groups are made of a score: beside everybody else they would only repeat it.

A segment of detractors has an NPS of −100 by its definition, and a persona for which a high score speaks has many
promoters: neither is found out, it was put there. Any score counts, not only the one that is compared: whoever is
satisfied mostly recommends, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from vocapp.domain.personas import PersonaSet
from vocapp.domain.rules import variables

_OF_SCORES = ("scores", "value.stage")
"""Roots of a rule's names: an ambassador is one by the score that was given last."""


def looks_at_scores(rule: Any, scored: Collection[str] = ()) -> bool:
    """Say whether a checked rule looks at a score: by name, or by the answer to one of the questions `scored`."""
    names = variables(rule)
    return any(_within(name, root) for name in names for root in (*_OF_SCORES, *(f"answers.{one}" for one in scored)))


def personas_of_scores(personas: PersonaSet, scored: Collection[str]) -> set[str]:
    """Return the keys of the personas for which a score speaks."""
    return {
        persona.key
        for persona in personas.personas
        if any(looks_at_scores(criterion.when, scored) for criterion in persona.criteria)
    }


def segments_of_scores(rules: Mapping[str, Any], personas: Iterable[str]) -> set[str]:
    """Return the keys of those segments (key → rule) that look at a score, or at a persona where a score makes one."""
    by_persona = any(True for _ in personas)
    return {
        key
        for key, rule in rules.items()
        if looks_at_scores(rule) or (by_persona and any(_within(name, "persona") for name in variables(rule)))
    }


def _within(name: str, root: str) -> bool:
    return name == root or name.startswith(f"{root}.")
