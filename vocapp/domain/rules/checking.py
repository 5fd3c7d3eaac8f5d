"""Is this JSON value a rule that somebody could mean? Every fault with its place and plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from vocapp.domain.rules.dates import moment
from vocapp.domain.rules.names import ODD, Roots, quoted, wrong_name
from vocapp.domain.rules.syntax import LARGEST_NUMBER, name_of


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a document, and where."""

    pointer: str
    """RFC 6901: `/questions/3/ask_if/and/0`; "" is the whole document."""
    detail: str


def check(rule: Any, *, roots: Roots, pointer: str = "") -> list[Fault]:
    """Return the faults of a rule; none means that `holds` can be asked. `pointer` is where the rule itself stands."""
    checker = _Checker(roots)
    checker.expect(rule, "boolean", pointer, depth=1)
    return checker.faults


def escaped(key: str) -> str:
    """Return a key as it stands in a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


MOST_NODES = 200
DEEPEST = 20
"""Brackets of either kind inside one another, counted from the rule."""

_ONE = "one argument"
_TWO = "two arguments"
_SOME = "at least one argument"
_PAIRS = "at least two arguments"
_COUNTS = {_ONE: (1, 1), _TWO: (2, 2), _SOME: (1, MOST_NODES), _PAIRS: (2, MOST_NODES)}

# operator → (what it gives, how many arguments, what each of them must be)
_OPERATORS = {
    "var": ("anything", _ONE, "name"),
    "known": ("boolean", _ONE, "name"),
    "date": ("date", _ONE, "text"),
    "==": ("boolean", _TWO, "scalar"),
    "!=": ("boolean", _TWO, "scalar"),
    ">": ("boolean", _TWO, "ordered"),
    ">=": ("boolean", _TWO, "ordered"),
    "<": ("boolean", _TWO, "ordered"),
    "<=": ("boolean", _TWO, "ordered"),
    "in": ("boolean", _TWO, "scalar"),
    "and": ("boolean", _SOME, "boolean"),
    "or": ("boolean", _SOME, "boolean"),
    "!": ("boolean", _ONE, "boolean"),
    "+": ("number", _PAIRS, "number"),
    "-": ("number", _TWO, "number"),
    "*": ("number", _PAIRS, "number"),
    "/": ("number", _TWO, "number"),
}
_FITS = {
    "boolean": {"boolean", "anything"},
    "number": {"number", "anything"},
    "text": {"text", "anything"},
    "ordered": {"number", "text", "date", "anything"},
    "scalar": {"boolean", "number", "text", "date", "anything"},
}
_WANTED = {
    "boolean": "true or false: a comparison, `and`, `or`, `!`, `in`, `known`, or a variable that is true or false",
    "number": "a number",
    "text": 'a text in quotes such as "2026-01-31", or a variable that holds one',
    "ordered": "a number, a text or a date",
    "scalar": "one value: a text, a number, true, false or a variable",
}
_NAMES = {"boolean": "true or false", "number": "a number", "text": "a text", "date": "a date"}

_LONGEST_TEXT = 1000


class _Checker:
    def __init__(self, roots: Roots) -> None:
        self.roots = roots
        self.faults: list[Fault] = []
        self._nodes = 0

    def expect(self, node: Any, wanted: str, pointer: str, depth: int) -> None:
        """Note what is wrong with a node that stands where `wanted` is needed."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            if self._nodes == MOST_NODES + 1:
                self._fault(pointer, f"this rule has more than {MOST_NODES} parts; split it")
            return
        if isinstance(node, (dict, list)) and depth > DEEPEST:
            self._fault(pointer, f"this rule is nested deeper than {DEEPEST} levels")
            return
        if isinstance(node, list):
            self._fault(pointer, "a list can stand only as the second argument of `in`")
            return
        given = self._operation(node, pointer, depth) if isinstance(node, dict) else self._literal(node, pointer)
        if given is not None and given not in _FITS[wanted]:
            self._fault(pointer, f"{_NAMES[given]} stands here, and what is needed is {_WANTED[wanted]}")

    def _operation(self, node: dict[Any, Any], pointer: str, depth: int) -> str | None:
        """Check an operation and return the kind of what it gives, None where that is not clear."""
        if len(node) != 1:
            self._fault(pointer, f"a rule is one operator with its arguments; here are {len(node)} keys")
            return None
        ((operator, raw),) = node.items()
        if not isinstance(operator, str) or operator not in _OPERATORS:
            self._fault(pointer, f"unknown operator {quoted(operator)}; there are {' '.join(_OPERATORS)}")
            return None
        gives, count, wanted = _OPERATORS[operator]
        inside = f"{pointer}/{escaped(operator)}"
        if wanted == "name":
            self._name(operator, raw, inside)
            return gives
        arguments = raw if isinstance(raw, list) else [raw]
        least, most = _COUNTS[count]
        if not least <= len(arguments) <= most:
            self._fault(inside, f"`{operator}` takes {count}; here it has {len(arguments)}")
            return gives
        for index, argument in enumerate(arguments):
            place = f"{inside}/{index}" if isinstance(raw, list) else inside
            if operator == "in" and index == 1 and isinstance(argument, list):
                self._list(argument, place, depth + 2)
            else:
                self.expect(argument, wanted, place, depth + (2 if isinstance(raw, list) else 1))
        if operator == "date" and isinstance(arguments[0], str) and moment(arguments[0]) is None:
            self._fault(inside, f"{quoted(arguments[0])} is no date; write 2026-01-31 or 2026-01-31T10:00:00Z")
        return gives

    def _literal(self, node: Any, pointer: str) -> str | None:
        if isinstance(node, bool):
            return "boolean"
        if isinstance(node, (int, float)):
            if isinstance(node, float) and not math.isfinite(node):
                self._fault(pointer, "this is no number that can be stored")
            elif abs(node) > LARGEST_NUMBER:
                self._fault(pointer, f"this number is beyond {LARGEST_NUMBER}")
            return "number"
        if isinstance(node, str):
            if len(node) > _LONGEST_TEXT or ODD.search(node):
                self._fault(pointer, f"a text in a rule has at most {_LONGEST_TEXT} characters, no control characters")
            return "text"
        if node is None:
            self._fault(pointer, "null equals nothing; ask with `known` whether there is a value")
        else:
            self._fault(pointer, f"a rule is made of JSON; {type(node).__name__} is none (in YAML, put it in quotes)")
        return None

    def _list(self, items: list[Any], pointer: str, depth: int) -> None:
        if depth > DEEPEST:
            self._fault(pointer, f"this rule is nested deeper than {DEEPEST} levels")
            return
        if not items:
            self._fault(pointer, "an empty list holds nothing, so this is never true")
        for index, item in enumerate(items):
            if isinstance(item, (dict, list)):
                self._fault(f"{pointer}/{index}", "the list of `in` holds texts and numbers, nothing to work out")
                return
            self.expect(item, "scalar", f"{pointer}/{index}", depth + 1)

    def _name(self, operator: str, raw: Any, pointer: str) -> None:
        name = name_of(raw)
        if name is None:
            self._fault(pointer, f'`{operator}` takes the name of one variable, such as "answers.nps"')
            return
        reason = wrong_name(name, self.roots)
        if reason:
            self._fault(pointer, reason)

    def _fault(self, pointer: str, detail: str) -> None:
        self.faults.append(Fault(pointer, detail))
