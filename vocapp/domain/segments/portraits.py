"""A portrait: what rules see of one person, written flat, so that SQL can ask it of everybody at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from vocapp.domain.rules import LARGEST_NUMBER, SMALLEST_NUMBER, Facts, moment
from vocapp.domain.segments.variables import VARIABLES, microseconds


class Portrait(NamedTuple):
    facts: dict[str, Any]
    """By the keys of `variables`: texts, numbers, booleans, lists of these; nothing is null."""
    moments: dict[str, list[int | None]]
    """Of the texts that `date` can read: [day, microseconds], the day as an ordinal, the second null of a mere day."""


def seen(value: Any) -> Any:
    """Return a value as segments see it: a number beyond all bounds is none, one next to nothing is zero; so in lists.

    What is calculated with then needs no second look in SQL.
    """
    if isinstance(value, list):
        return [shown for shown in map(seen, value) if shown is not None]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if not abs(value) <= LARGEST_NUMBER:
        return None
    return 0 if abs(value) < SMALLEST_NUMBER else value


def portrait_of(facts: Facts) -> Portrait:
    """Write down what rules see of these facts: `{customer, scores, sentiment, persona, place, consent}`.

    Their times are aware datetimes under the name `time` beside the text `at`.
    """
    flat = {key: value for key, value in _flat(facts) if value is not None}
    moments: dict[str, list[int | None]] = {}
    for key, value in flat.items():
        read = moment(value) if isinstance(value, str) else None
        if read is not None:
            moments[key] = [read.day.toordinal(), None if read.instant is None else microseconds(read.instant)]
    return Portrait(flat, moments)


def _flat(facts: Facts) -> Iterator[tuple[str, Any]]:
    for variable in VARIABLES.values():
        root, *rest = variable.name.split(".")
        here: Any = facts.get(root)
        if variable.kind == "days":
            continue  # reckoned from the time beside it
        if variable.kind == "time":
            rest[-1] = "time"
        elif root == "scores" and len(rest) == 1:
            continue  # short for its `.value`
        for name in rest:
            here = here.get(name) if isinstance(here, Mapping) else None
        yield variable.key, microseconds(here) if isinstance(here, datetime) else here
    for key, value in facts["customer"]["attributes"].items():
        yield f"a:{key}", value
    for purpose, granted in facts["consent"].items():
        yield f"c:{purpose}", granted
