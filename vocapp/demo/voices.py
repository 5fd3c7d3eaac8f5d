"""How an invented customer answers: their mood, what they tick, and what they write, with its sentiment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from vocapp.demo.happenings import Happening
from vocapp.demo.people import Person
from vocapp.domain.questions import TYPES
from vocapp.domain.sentiment import Sentiment, judged, not_judged
from vocapp.domain.survey import Question

_CONTENT: Final = (0, 0, 1, 1, 1, 4, 6, 11, 19, 27, 30)
"""How many of a hundred would give each score, 0 to 10, where nothing went wrong."""
_LET_DOWN: Final = (5, 5, 8, 11, 13, 16, 15, 13, 8, 4, 2)
_LIVELY: Final = {
    "post_delivery": "delivery",
    "store_visit": "store",
    "post_support": "service",
    "relationship": "relation",
}
_TICKED: Final[Mapping[str, tuple[str, ...]]] = {
    "store_bad": ("wait", "welcome", "advice"),
    "service_bad": ("solution", "speed", "repeating", "listening"),
    "relation_bad": ("service", "delivery", "price"),
}


def mood(person: Person, happening: Happening, draw: Random) -> int:
    """Return how somebody feels, 0 to 10."""
    shares = _LET_DOWN if happening.issue else _CONTENT
    felt = draw.choices(range(11), weights=shares)[0]
    if person.stage in {"regular", "ambassador"} and happening.issue is None:
        felt += draw.choice((0, 0, 1))
    return max(0, min(10, felt + (person.store.mood if draw.random() < 0.6 else 0)))


def theme(survey: str, felt: int, issue: str | None, draw: Random) -> str | None:
    """Return what somebody would write about; None: there is nothing to say."""
    about = _LIVELY.get(survey)
    if about is None:
        return None
    if felt >= 9 and draw.random() < 0.012:
        return "polite_but_unhappy"
    if felt <= 6 and issue is not None:
        return issue
    if felt >= 9:
        return f"{about}_good"
    if felt >= 6:
        return f"{about}_neutral"
    if about == "delivery":
        return draw.choice(("product", "product", "price", "late"))
    return f"{about}_bad"


def said(language: str, about: str, draw: Random) -> str:
    """Return some words about a theme."""
    return draw.choice(texts()[language][about])


def sentiment_of(text: str) -> Sentiment | None:
    """Return what the packaged model said of a text of ours, kept beside it; None: it was never asked."""
    kept = _scored()
    found = kept["texts"].get(text)
    return None if found is None else judged(found[1:], language=found[0], model=kept["model"])


class Remembered:
    """What the packaged model said of our texts and of their passages; of any other it has nothing to say."""

    @property
    def name(self) -> str:
        return str(_scored()["model"])

    def score(self, text: str, *, hint: str | None = None) -> Sentiment:
        return sentiment_of(text) or not_judged("empty", language=hint, model=self.name)


def answer(question: Question, person: Person, felt: int, about: str | None, draw: Random) -> Any:
    """Return what somebody answers; None: they leave it empty."""
    kind = TYPES[question.type]
    if kind.verbatim:
        wordy = 0.8 if felt <= 6 else 0.5
        return said(person.language, about, draw) if about is not None and draw.random() < wordy else None
    if kind.scale is not None:
        return _on_scale(question.type, felt, draw)
    if question.type == "yes_no":
        return felt >= 5
    keys = [choice.key for choice in question.choices]
    habit = person.habits.get(question.attribute or "")
    if habit in keys and draw.random() < 0.9:
        return habit
    if question.key == "found":
        return draw.choice(("part", "none")) if felt <= 5 else draw.choice(("all", "all", "all", "part", "looking"))
    likely = [one for one in (about, *_TICKED.get(about or "", ())) if one in keys]
    picked = draw.choice(likely) if likely else draw.choice(keys)
    if question.type != "multiple_choice":
        return picked
    return [key for key in keys if key == picked or (key in likely and draw.random() < 0.3)]


def _on_scale(kind: str, felt: int, draw: Random) -> int:
    if kind == "nps":
        return felt
    if kind == "ces":
        return max(1, min(7, round(felt * 0.6 + draw.choice((0, 1)))))
    return 5 if felt >= 9 else 4 if felt >= 7 else 3 if felt >= 5 else 2 if felt >= 3 else 1


@cache
def texts() -> dict[str, dict[str, list[str]]]:
    """Return everything that may be written, by language and theme."""
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(_beside("verbatims.yaml"))
    return loaded


@cache
def _scored() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_beside("sentiments.json"))
    return loaded


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
