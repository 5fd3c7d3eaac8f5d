"""What is known of an occasion, as factors and their levels: what drivers of low scores are looked for among.

| what is known                               | its factor       | its levels                                      |
| ------------------------------------------- | ---------------- | ----------------------------------------------- |
| place, channel, language, event             | the same         | as they are                                     |
| a text, or a yes or no, of the properties   | `properties.KEY` | as they are; `—` where others are told, not it  |
| a number                                    | `properties.KEY` | its lowest and its highest quarter              |
| two times, such as promised and delivered   | `A after B`      | yes, no                                         |
| an answer to a question with choices        | `answers.KEY`    | each choice                                     |
| what was written about, of those who wrote  | `theme`          | each theme                                      |

A text that hardly ever comes twice names something, and is no factor. What is not told is not known: no level, but for
a property, which many tell only where it applies (a coupon). So `—` is what the others are set against (`drivers.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, Final, NamedTuple

from vocapp.domain.drivers import NOTHING

THEME: Final = "theme"
LONGEST_LEVEL: Final = 80
MOST_FACTORS: Final = 60
"""Properties, the most frequent; what hardly anybody tells is no factor."""
MOST_TIMES: Final = 5
"""Each pair of them is looked at."""
FEW_VALUES: Final = 6
"""So few different numbers are levels themselves."""
LENGTHS: Final = range(10, 41)
"""Of a time as text."""
RARELY_TWICE: Final = 0.5
"""A text with more different values than this share of its occasions names something."""


class Known(NamedTuple):
    """What is known of one occasion."""

    plain: Mapping[str, str | None]
    """Place, channel and the like."""
    properties: Mapping[str, Any]
    chosen: Mapping[str, Sequence[str]]
    """By question, the choices that were made."""
    themes: Sequence[str] | None = None
    """That were written about; None: nothing was written."""


def factors_of(occasions: Sequence[Known]) -> list[dict[str, frozenset[str]]]:
    """Return for each occasion its levels by factor."""
    found: list[dict[str, frozenset[str]]] = [
        {
            **{key: frozenset((value,)) for key, value in one.plain.items() if value},
            **{f"answers.{key}": frozenset(choices) for key, choices in one.chosen.items()},
            **({} if one.themes is None else {THEME: frozenset(one.themes)}),
        }
        for one in occasions
    ]
    by_key: dict[str, dict[int, Any]] = defaultdict(dict)
    for index, known in enumerate(occasions):
        for key, value in known.properties.items():
            if value is not None and not isinstance(value, list | dict):
                by_key[key][index] = value
    times: dict[str, dict[int, float]] = {}
    for key in sorted(by_key, key=lambda key: (-len(by_key[key]), key))[:MOST_FACTORS]:
        values = by_key[key]
        read = {index: at for index, value in values.items() if (at := _moment(value)) is not None}
        if len(read) == len(values):
            times[key] = read
        elif levels := _levels(values):
            for index, facts in enumerate(found):
                if occasions[index].properties:
                    facts[f"properties.{key}"] = frozenset(levels.get(index, () if index in values else (NOTHING,)))
    for one, other in combinations(list(times)[:MOST_TIMES], 2):
        both = times[one].keys() & times[other].keys()
        after = {index for index in both if times[one][index] > times[other][index]}
        name = f"{one} after {other}"
        if 2 * len(after) > len(both):  # what is rarer is what has something to tell
            name, after = f"{other} after {one}", {index for index in both if times[other][index] > times[one][index]}
        for index in both:
            found[index][name] = frozenset(("yes" if index in after else "no",))
    return found


def _levels(values: Mapping[int, Any]) -> dict[int, tuple[str, ...]]:
    """Return the levels of each, by its place; {} where there is nothing that comes again."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values.values()):
        return _quarters(values)
    texts = {index: _text(value) for index, value in values.items()}
    if len(set(texts.values())) > max(2.0, RARELY_TWICE * len(texts)):
        return {}
    return {index: (text,) for index, text in texts.items()}


def _quarters(values: Mapping[int, float]) -> dict[int, tuple[str, ...]]:
    ordered = sorted(values.values())
    if len(set(ordered)) <= FEW_VALUES:
        return {index: (f"{value:g}",) for index, value in values.items()}
    low, high = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
    if low == high:
        return {index: (f"{_side(value, low)} {low:g}",) for index, value in values.items()}
    lowest, highest = (f"≤ {low:g}",), (f"≥ {high:g}",)
    return {index: lowest if value <= low else highest if value >= high else () for index, value in values.items()}


def _side(value: float, middle: float) -> str:
    return "=" if value == middle else "<" if value < middle else ">"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()[:LONGEST_LEVEL] or NOTHING


def _moment(value: Any) -> float | None:
    """Return a time as a number that compares; None for what is none."""
    if not isinstance(value, str) or len(value) not in LENGTHS or value[4:5] != "-":
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.replace(tzinfo=read.tzinfo or UTC).timestamp()
