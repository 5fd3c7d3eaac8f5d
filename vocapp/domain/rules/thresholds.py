"""The figures in a rule that somebody may turn without touching the rest: what is compared with a number."""

from __future__ import annotations

from typing import Any, NamedTuple

from vocapp.domain.rules.syntax import arguments_of

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "=="})
Path = tuple[str | int, ...]


class Threshold(NamedTuple):
    """One comparison with a number."""

    path: Path
    """Of the number: keys and places in lists, from the rule's root."""
    operator: str
    what: Any
    """The node that is compared."""
    value: float


def thresholds(rule: Any) -> list[Threshold]:
    """Return the thresholds of a checked rule, in the order in which they are written."""
    found: list[Threshold] = []
    _collect(rule, (), found)
    return found


def with_threshold(rule: Any, path: Path, value: float) -> Any:
    """Return a copy of a rule in which another number stands at a threshold's path."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(rule, dict):
        return {key: with_threshold(one, rest, value) if key == first else one for key, one in rule.items()}
    return [with_threshold(one, rest, value) if place == first else one for place, one in enumerate(rule)]


def _collect(node: Any, path: Path, found: list[Threshold]) -> None:
    if not isinstance(node, dict):
        return
    name, arguments = arguments_of(node)
    inside = (*path, name)
    if name in _COMPARISONS and len(arguments) == 2:
        what, number = arguments
        if isinstance(what, dict) and isinstance(number, int | float) and not isinstance(number, bool):
            found.append(Threshold((*inside, 1), name, what, number))
            return
    many = isinstance(node[name], list)
    for place, one in enumerate(arguments):
        _collect(one, (*inside, place) if many else inside, found)
