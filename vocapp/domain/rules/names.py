"""The names a rule may look at: which there are, and what to say of one that there is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vocapp.domain.rules.syntax import LARGEST_NUMBER


@dataclass(frozen=True, slots=True)
class Roots:
    """What a rule may look at besides the customer and the event."""

    answers: frozenset[str] | None = frozenset()
    """The keys that may be named; None: any."""
    later: frozenset[str] = frozenset()
    """Keys that exist and are asked only afterwards: named in the reason."""
    scores: bool = False
    sentiment: bool = False
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Root → names that only this kind of rule may look at."""
    event: bool = True
    """Something happened, and may have been asked about: `event` and `answers` are there to be looked at."""
    open: frozenset[str] = frozenset()
    """More roots below which any one name stands, such as `consent.surveys`."""


ODD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters and lone surrogates: never part of a name or a literal."""


def quoted(value: Any) -> str:
    """Return a value in quotes, cut short: what stands in a message comes from outside."""
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return '"a very large number"'  # Python refuses to write out thousands of digits
    text = ODD.sub("�", value if isinstance(value, str) else repr(value)[: _LONGEST_QUOTED * 2])
    return f'"{text[:_LONGEST_QUOTED]}…"' if len(text) > _LONGEST_QUOTED else f'"{text}"'


def wrong_name(name: str, roots: Roots) -> str | None:
    """Return why a rule may not look at this name, None where it may."""
    root, *rest = name.split(".")
    if not root or not all(rest) or len(name) > _LONGEST_NAME or ODD.search(name):
        return f"{quoted(name)} is no name of a variable"
    if root == "answers" and roots.event:
        return _wrong_answer(name, rest, roots)
    if root in roots.open:
        return None if len(rest) == 1 else f"{quoted(name)} is no name; write {root}.KEY"
    closed = _closed(roots)
    if root not in closed:
        there = ", ".join([*(["answers"] if roots.event else []), *closed, *sorted(roots.open)])
        return f"unknown root {quoted(root)} in {quoted(name)}; there are {there}"
    if ".".join(rest) in closed[root] or (len(rest) > 1 and rest[0] == _OPEN.get(root)):
        return None
    fields = [*closed[root], *([f"{_OPEN[root]}.KEY"] if root in _OPEN else [])]
    return f"{quoted(name)} is not known; there are {', '.join(f'{root}.{field}' for field in fields)}"


_LONGEST_NAME = 200
_LONGEST_QUOTED = 60
_CUSTOMER = ("external_id", "email", "phone", "first_name", "last_name", "locale", "timezone")
_EVENT = ("name", "place", "agent")
_SCORES = tuple(f"{score}{part}" for score in ("nps", "csat", "ces") for part in ("", ".value", ".category", ".at"))
_SENTIMENT = ("label", "score", "language", *(f"probabilities.{one}" for one in ("negative", "neutral", "positive")))
_OPEN = {"customer": "attributes", "event": "properties"}
"""Below these, names are open: who sends the events and profiles chooses them."""


def _closed(roots: Roots) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {"customer": _CUSTOMER} | ({"event": _EVENT} if roots.event else {})
    if roots.scores:
        names["scores"] = _SCORES
    if roots.sentiment:
        names["sentiment"] = _SENTIMENT
    for root, more in roots.more.items():
        names[root] = (*names.get(root, ()), *more)
    return names


def _wrong_answer(name: str, rest: list[str], roots: Roots) -> str | None:
    if len(rest) != 1:
        return f"{quoted(name)} is no answer; write answers.KEY"
    if roots.answers is None or rest[0] in roots.answers:
        return None
    if rest[0] in roots.later:
        return f"{quoted(name)} is not answered yet here: a rule can look only at questions before its own"
    if not roots.answers and not roots.later:
        return f"{quoted(name)}: nothing is answered yet here; look at the customer or the event"
    return f'{quoted(name)}: there is no question "{rest[0]}" in this survey'
