"""A survey as the domain sees it: immutable, checked, ready to be asked. `definitions/` makes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from vocapp.domain import languages

Text: TypeAlias = Mapping[str, str]
"""One text in several languages: BCP 47 tag → Liquid source; under `fr-x-informal`, as one says it who says « tu »."""

Rule: TypeAlias = Any
"""A rule as `rules.py` reads it: the JSON value of the definition, already checked."""

MOST_QUESTIONS = 6
"""No person is ever asked more than this by one survey. A ceiling, not a setting."""


def in_language(text: Text, language: str, default_language: str) -> tuple[str, str]:
    """Return (source, language really used): `fr-CA` falls to `fr`, then to the survey's default language.

    In a `languages.voiced` language, each of them is looked for in familiar words first; those are no other language.
    """
    default = languages.voiced(default_language, informal=languages.plain(language) != language)
    for tag in (*languages.candidates(language), *languages.candidates(default)):
        if tag in text:
            return text[tag], languages.plain(tag)
    tag = next(iter(text))
    return text[tag], languages.plain(tag)


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    type: str
    """The key of a module in `domain/questions/`."""
    text: Text
    help: Text | None = None
    choices: tuple[Choice, ...] = ()
    shuffle: bool = False
    """Choices in an order drawn per person (a stable hash of the invitation), never the same for all."""
    labels: tuple[Text, Text] | None = None
    """The words at both ends of a scale; None: the type's own."""
    minimum: float | None = None
    maximum: float | None = None
    must_ask: bool = False
    required: bool = False
    uses: frozenset[str] = frozenset()
    attribute: str | None = None
    fresh_for: timedelta | None = None
    """How long an answer into the profile stays known; None: for ever."""
    ask_if: Rule = None
    """None: always."""


@dataclass(frozen=True, slots=True)
class Trigger:
    event: str
    when: Rule = None
    delay: timedelta = timedelta(0)
    hot_for: timedelta = timedelta(hours=48)
    sample: float = 1.0
    active: bool = True
    """False: ready, but no event sends the survey; by hand, by API and by link it goes."""


@dataclass(frozen=True, slots=True)
class InvitationTexts:
    subject: Text
    body: Text


@dataclass(frozen=True, slots=True)
class Survey:
    key: str
    version: int
    """0 for a draft; a published version never changes."""
    title: Text
    default_language: str
    questions: tuple[Question, ...]
    layout: Literal["steps", "page"] = "steps"
    order: Literal["authored", "worth"] = "authored"
    priority: int = 50
    trigger: Trigger | None = None
    invitation: InvitationTexts | None = None
    thanks: Text | None = None
    by_key: Mapping[str, Question] = field(default_factory=dict, compare=False)
    """The questions by their keys, in authored order."""
    languages: tuple[str, ...] = ()
    """Every language in which all of its texts stand."""
