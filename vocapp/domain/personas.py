"""Personas: which of them a person's answers and profile speak for, how strongly, and why.

Confidence is support, not a probability: of the weights of all criteria that hold, whichever persona they speak for,
the share that speaks for this one. Nothing is guessed from people who look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import fsum, isclose
from typing import Any

from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.definitions.fields import Fields
from vocapp.domain.identity import Same
from vocapp.domain.rules import Facts, Reading, Roots, check, quoted, reading_of
from vocapp.domain.survey import Rule, Text, in_language


@dataclass(frozen=True, slots=True)
class Criterion:
    when: Rule
    weight: float
    because: Text | None


@dataclass(frozen=True, slots=True)
class Persona:
    key: str
    name: Text
    description: Text | None
    needs: tuple[Text, ...]
    pains: tuple[Text, ...]
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class PersonaSet:
    personas: tuple[Persona, ...]
    minimum_confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class PersonaMatch:
    key: str | None
    """None: two are equally supported, or none well enough."""
    confidence: float
    """0 to 1, of the best supported."""
    reasons: tuple[str, ...]
    """Why, for the one that was chosen."""


def read(document: Any) -> PersonaSet:
    """Return the personas that a document defines. Raises DefinitionRefused, and nothing else, with every fault."""
    reader = _PersonaReader()
    personas = reader.persona_set(document)
    if personas is None or reader.faults:
        raise DefinitionRefused(reader.faults)
    return personas


def choose(personas: PersonaSet, facts: Facts, *, language: str = "en") -> PersonaMatch:
    """Return the persona that these facts support most, with its confidence and reasons."""
    held = {
        key: [criterion for criterion, test in criteria if test is None or test(facts) is True]
        for key, criteria in _tests_of(Same(personas))
    }
    support = {key: fsum(criterion.weight for criterion in criteria) for key, criteria in held.items()}
    total = fsum(support.values())
    if not total:
        return PersonaMatch(None, 0.0, ())
    best = max(support, key=lambda key: support[key])
    confidence = support[best] / total
    tied = any(isclose(support[key], support[best]) for key in support if key != best)
    enough = confidence >= personas.minimum_confidence or isclose(confidence, personas.minimum_confidence)
    if tied or not enough:
        return PersonaMatch(None, confidence, ())
    reasons = [in_language(criterion.because, language, "")[0] for criterion in held[best] if criterion.because]
    return PersonaMatch(best, confidence, tuple(reasons))


@lru_cache(maxsize=256)
def _tests_of(personas: Same[PersonaSet]) -> list[tuple[str, list[tuple[Criterion, Reading | None]]]]:
    return [
        (persona.key, [(one, None if one.when is None else reading_of(one.when)) for one in persona.criteria])
        for persona in personas.it.personas
    ]


class _PersonaReader(Fields):
    def persona_set(self, document: Any) -> PersonaSet | None:
        if not self.fits(document):
            return None
        fields = self.mapping(document, "", allowed=("personas", "minimum_confidence"), required=("personas",))
        if fields is None:
            return None
        minimum = self.number(fields.get("minimum_confidence", 0.5), "/minimum_confidence", least=0, most=1)
        return PersonaSet(tuple(self._personas(fields.get("personas", []))), minimum)

    def _personas(self, value: Any) -> Iterator[Persona]:
        before: set[str] = set()
        for pointer, item in self.items(value, "/personas", most=_MOST_PERSONAS, what="personas"):
            fields = self.mapping(item, pointer, allowed=_KEYS, required=("key", "name", "criteria"))
            if fields is None:
                continue
            key = self.key(fields["key"], f"{pointer}/key", _KEY, "gift_giver") if "key" in fields else ""
            if key and key in before:
                self.refuse(f"{pointer}/key", f"there is already a persona {quoted(key)}")
            before.add(key)
            yield Persona(
                key=key,
                name=self.text_by_language(fields["name"], f"{pointer}/name", longest=100) if "name" in fields else {},
                description=self._optional(fields, "description", pointer),
                needs=self._texts(fields, "needs", pointer),
                pains=self._texts(fields, "pains", pointer),
                criteria=self._criteria(fields["criteria"], f"{pointer}/criteria") if "criteria" in fields else (),
            )

    def _criteria(self, value: Any, place: str) -> tuple[Criterion, ...]:
        if value == []:
            self.refuse(place, "a persona without criteria is never found")
        criteria = []
        for pointer, item in self.items(value, place, most=_MOST_CRITERIA, what="criteria"):
            fields = self.mapping(item, pointer, allowed=("when", "weight", "because"), required=("when",))
            if fields is None or "when" not in fields:
                continue
            roots = Roots(answers=None, scores=True, sentiment=True)
            for fault in check(fields["when"], roots=roots, pointer=f"{pointer}/when"):
                self.refuse(fault.pointer, fault.detail)
            weight = self.number(fields.get("weight", 1), f"{pointer}/weight", least=0, most=_LARGEST_WEIGHT)
            if weight == 0:
                self.refuse(f"{pointer}/weight", "what weighs nothing says nothing")
            criteria.append(Criterion(fields["when"], weight, self._optional(fields, "because", pointer)))
        return tuple(criteria)

    def _texts(self, fields: Mapping[str, Any], name: str, pointer: str) -> tuple[Text, ...]:
        if name not in fields:
            return ()
        if not isinstance(fields[name], list):
            return (self.text_by_language(fields[name], f"{pointer}/{name}"),)
        items = self.items(fields[name], f"{pointer}/{name}", most=_MOST_CRITERIA, what=name)
        return tuple(self.text_by_language(item, inside) for inside, item in items)

    def _optional(self, fields: Mapping[str, Any], name: str, pointer: str) -> Text | None:
        return self.text_by_language(fields[name], f"{pointer}/{name}") if name in fields else None


_KEYS = ("key", "name", "description", "needs", "pains", "criteria")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MOST_PERSONAS = 50
_MOST_CRITERIA = 50
_LARGEST_WEIGHT = 1000
