"""Does a checked rule hold for these facts? On the way of every answer: a rule becomes nested functions, once."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from vocapp.domain.identity import Same
from vocapp.domain.rules.dates import Moment, compare_moments, moment
from vocapp.domain.rules.syntax import LARGEST_NUMBER, SMALLEST_NUMBER, arguments_of, name_of

Facts: TypeAlias = Mapping[str, Any]
"""`{"answers": {}, "customer": {…, "attributes": {}}, "event": {"name", "place", "agent", "properties": {}},
"scores": {}, "sentiment": {}}`, each part optional; the values are JSON."""


def holds(rule: Any, facts: Facts) -> bool:
    """Tell whether a checked rule holds for these facts; None, no rule, always does. Never raises.

    A rule is part of a definition, which nobody changes: what it compiles to is kept by the object it is.
    """
    return rule is None or _compiled(Same(rule))(facts) is True


Reading: TypeAlias = Callable[[Facts], Any]
"""The value of a node for some facts: bool, int, float, str, list or Moment; None is missing."""

Operator: TypeAlias = Callable[[list[Any]], Reading]
"""Makes the reading of a node from its arguments."""


@lru_cache(maxsize=4096)
def _compiled(rule: Same[Any]) -> Reading:
    return reading_of(rule.it)


def reading_of(node: Any) -> Reading:
    """Compile a node of a checked rule: a rule holds where its reading is True."""
    if not isinstance(node, dict):
        return lambda _facts: node
    name, arguments = arguments_of(node)
    return _OPERATORS[name](arguments)


def _var(arguments: list[Any]) -> Reading:
    name = arguments[0] if isinstance(arguments[0], str) else name_of(arguments)
    if name is None:
        return lambda _facts: None
    segments = tuple(name.split("."))
    if len(segments) == 2 and segments[0] != "scores":
        root, key = segments
        return lambda facts: _seen(facts[root].get(key)) if isinstance(facts.get(root), dict) else None
    return lambda facts: _seen(_found(segments, facts))


def _known(arguments: list[Any]) -> Reading:
    value = _var(arguments)
    return lambda facts: value(facts) is not None


def _date(arguments: list[Any]) -> Reading:
    value = reading_of(arguments[0])
    return lambda facts: moment(value(facts))


def _and(arguments: list[Any]) -> Reading:
    readings = [reading_of(one) for one in arguments]
    return lambda facts: all(one(facts) is True for one in readings)


def _or(arguments: list[Any]) -> Reading:
    readings = [reading_of(one) for one in arguments]
    return lambda facts: any(one(facts) is True for one in readings)


def _not(arguments: list[Any]) -> Reading:
    value = reading_of(arguments[0])
    return lambda facts: value(facts) is not True


def _found(segments: tuple[str, ...], facts: Facts) -> Any:
    root = segments[0]
    if root == "scores":
        return _score(segments, facts)
    here: Any = facts
    for segment in segments:
        here = here.get(segment) if isinstance(here, dict) else None
    if here is None and len(segments) > _OPEN_NAME_FROM and segments[1] in {"attributes", "properties"}:
        return _dotted(segments, facts)
    return here


_OPEN_NAME_FROM = 3


def _dotted(segments: tuple[str, ...], facts: Facts) -> Any:
    """An attribute or property whose own name holds dots, where the nested reading found nothing."""
    part = facts.get(segments[0])
    part = part.get(segments[1]) if isinstance(part, dict) else None
    return part.get(".".join(segments[2:])) if isinstance(part, dict) else None


def _score(segments: tuple[str, ...], facts: Facts) -> Any:
    """`scores.nps` is short for `scores.nps.value`, whichever of the two shapes the facts have."""
    scores = facts.get("scores")
    score = scores.get(segments[1]) if isinstance(scores, dict) else None
    part = segments[2] if len(segments) > 2 else "value"
    if isinstance(score, dict):
        return score.get(part)
    return score if part == "value" else None


def _seen(value: Any) -> Any:
    """What a rule may see of a fact: JSON scalars and lists; anything else (objects, NaN) is missing to it."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return list(value) if isinstance(value, (list, tuple)) else None


_ORDERED = frozenset({int, float, str})
_SCALARS = _ORDERED | {bool}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Moment):
        return "date"
    return "list" if isinstance(value, list) else "none"


def _same(left: Any, right: Any) -> bool:
    if type(left) is type(right) and type(left) in _SCALARS:
        return bool(left == right)
    kind = _kind(left)
    if kind != _kind(right) or kind == "none":
        return False
    if kind == "date":
        return compare_moments(left, right, operator.eq)
    if kind == "list":
        return len(left) == len(right) and all(map(_same_scalar, left, right))
    return bool(left == right)


def _same_scalar(left: Any, right: Any) -> bool:
    return not isinstance(left, list) and _same(left, right)


def _ordered(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    def test(left: Any, right: Any) -> bool:
        if type(left) is type(right) and type(left) in _ORDERED:
            return bool(compare(left, right))
        kind = _kind(left)
        if kind != _kind(right):
            return False
        if kind == "date":
            return compare_moments(left, right, compare)
        return kind in {"number", "text"} and bool(compare(left, right))

    return test


def _in(needle: Any, hay: Any) -> bool:
    if isinstance(hay, list):
        return any(_same_scalar(one, needle) for one in hay)
    return isinstance(hay, str) and isinstance(needle, str) and needle in hay


def _comparison(test: Callable[[Any, Any], bool]) -> Operator:
    """Make an operator of a test on two present values; with a missing one it is false."""

    def make(arguments: list[Any]) -> Reading:
        one, other = reading_of(arguments[0]), reading_of(arguments[1])
        if not isinstance(arguments[1], dict) and arguments[1] is not None:
            literal = arguments[1]
            return lambda facts: (left := one(facts)) is not None and test(left, literal)

        def compare(facts: Facts) -> bool:
            left, right = one(facts), other(facts)
            return left is not None and right is not None and test(left, right)

        return compare

    return make


def calculated(name: str, values: Iterable[Any]) -> float | None:
    """Calculate in double precision, from the left to the right, as databases do.

    Anything but numbers, a division by zero, and what goes too far on the way are missing.
    """
    combine = _STEPS[name]
    result: float | None = None
    for given in values:
        value = _settled(given)
        if value is None:
            return None
        if result is None:
            result = value
            continue
        try:
            result = combine(_settled(result) or 0.0, value)
        except ZeroDivisionError:
            return None
        if not abs(result) <= LARGEST_NUMBER:
            return None
    return result


_STEPS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _settled(value: Any) -> float | None:
    """A number as one calculates with it; None where there is none, or it is too large."""
    if _kind(value) != "number" or not abs(value) <= LARGEST_NUMBER:
        return None
    return 0.0 if abs(value) < SMALLEST_NUMBER else float(value)


def _arithmetic(name: str) -> Operator:
    def make(arguments: list[Any]) -> Reading:
        readings = [reading_of(one) for one in arguments]
        return lambda facts: calculated(name, (one(facts) for one in readings))

    return make


_OPERATORS: Mapping[str, Operator] = {
    "var": _var,
    "known": _known,
    "date": _date,
    "==": _comparison(_same),
    "!=": _comparison(lambda left, right: not _same(left, right)),
    ">": _comparison(_ordered(operator.gt)),
    ">=": _comparison(_ordered(operator.ge)),
    "<": _comparison(_ordered(operator.lt)),
    "<=": _comparison(_ordered(operator.le)),
    "in": _comparison(_in),
    "and": _and,
    "or": _or,
    "!": _not,
    "+": _arithmetic("+"),
    "-": _arithmetic("-"),
    "*": _arithmetic("*"),
    "/": _arithmetic("/"),
}
