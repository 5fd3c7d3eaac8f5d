"""The shape of a rule: `{operator: [arguments]}`, where one argument may stand without its brackets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LARGEST_NUMBER = 10**15
"""A literal further from zero is refused, a calculated value is missing: up to here SQL and Python agree."""

SMALLEST_NUMBER = 1e-15
"""What is calculated with or comes out of it, and is nearer to zero than this, is zero: no database then overflows."""


def arguments_of(node: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return (operator, its arguments) of a node of a checked rule."""
    ((name, arguments),) = node.items()
    return name, arguments if isinstance(arguments, list) else [arguments]


def name_of(argument: Any) -> str | None:
    """Return the dotted name in the argument of `var` or `known`: "n", ["n"] or {"var": "n"}; None where it is none."""
    for _ in range(_WRAPPINGS):
        if isinstance(argument, list) and len(argument) == 1:
            argument = argument[0]
        elif isinstance(argument, dict) and len(argument) == 1 and "var" in argument:
            argument = argument["var"]
    return argument if isinstance(argument, str) else None


def variables(rule: Any) -> frozenset[str]:
    """Return the dotted names that a checked rule looks at."""
    found: set[str] = set()
    _collect(rule, found)
    return frozenset(found)


_WRAPPINGS = 3
"""`{"known": [{"var": ["n"]}]}` is the longest way to write a name."""


def _collect(node: Any, found: set[str]) -> None:
    if not isinstance(node, dict):
        return
    operator, arguments = arguments_of(node)
    if operator in {"var", "known"}:
        name = name_of(arguments)
        if name is not None:
            found.add(name)
        return
    for one in arguments:
        _collect(one, found)
