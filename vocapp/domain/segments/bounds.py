"""What a fact can be: a rule that compares it with anything else was not meant so.

Asked when a rule is written, never of one that is kept: it means what it always meant, and holds for whom it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vocapp.domain.rules import Fault, escaped
from vocapp.domain.segments.variables import VARIABLES
from vocapp.domain.value import STAGES


@dataclass(frozen=True, slots=True)
class Bounds:
    """From `least` to `most`, both among them; `most` None: there is no end."""

    key: str
    """For the words that say so."""
    least: float
    most: float | None = None

    def holds(self, value: float) -> bool:
        return self.least <= value and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return f"goes from {self.least:g} to {self.most:g}" if self.most is not None else f"is {self.least:g} or more"


_DAYS: Final = Bounds("days", 0)
_COUNT: Final = Bounds("count", 0)
_AMOUNT: Final = Bounds("amount", 0)
_BOUNDS: Final[Mapping[str, Bounds]] = {
    "scores.nps": Bounds("nps", 0, 10),
    "scores.csat": Bounds("csat", 1, 5),
    "scores.ces": Bounds("ces", 1, 7),
    "sentiment.score": Bounds("sentiment", -1, 1),
    "persona.confidence": Bounds("confidence", 0, 1),
    "value.orders": _COUNT,
    "value.months": _COUNT,
    "value.revenue_minor": _AMOUNT,  # of no order more is given back than was paid (domain/purchases)
    "value.refunded_minor": _AMOUNT,
    "value.basket_minor": _AMOUNT,
}
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "scores.nps.category": ("detractor", "passive", "promoter"),
    "sentiment.label": ("negative", "neutral", "positive"),
    "value.stage": tuple(STAGES),
}
_COMPARED: Final = frozenset({"==", "!=", ">", ">=", "<", "<="})


def bounds_of(name: str) -> Bounds | None:
    """Return what a variable's numbers keep to; None: they may be any."""
    variable = VARIABLES.get(name)
    return _DAYS if variable is not None and variable.kind == "days" else _BOUNDS.get(name.removesuffix(".value"))


def out_of_bounds(name: str, value: Any) -> Bounds | None:
    """Return the bounds of a variable that a literal, or one of a tuple of them, is beyond; None: it is not."""
    bounds = bounds_of(name)
    values = value if isinstance(value, tuple) else (value,)
    return bounds if bounds and not all(bounds.holds(one) for one in values if _is_number(one)) else None


def check_bounds(rule: Any, *, pointer: str = "") -> list[Fault]:
    """Return where a checked rule compares a fact with what it can't be. `pointer` is where the rule itself stands."""
    return list(_faults(rule, pointer))


def _faults(node: Any, pointer: str) -> Iterator[Fault]:
    if not isinstance(node, dict):
        return
    for operator, raw in node.items():
        arguments = raw if isinstance(raw, list) else [raw]
        inside = f"{pointer}/{escaped(operator)}"
        for index, argument in enumerate(arguments):
            yield from _faults(argument, f"{inside}/{index}" if isinstance(raw, list) else inside)
        if len(arguments) == 2 and operator in _COMPARED:
            for index, other in ((1, 0), (0, 1)):
                yield from _compared(_name(arguments[other]), arguments[index], f"{inside}/{index}")
        elif len(arguments) == 2 and operator == "in" and isinstance(arguments[1], list):
            for index, item in enumerate(arguments[1]):
                yield from _compared(_name(arguments[0]), item, f"{inside}/1/{index}")


def _compared(name: str | None, value: Any, pointer: str) -> Iterator[Fault]:
    if name is None:
        return
    bounds, known = out_of_bounds(name, value), _WORDS.get(name)
    if bounds is not None:
        yield Fault(pointer, f"`{name}` {bounds}; {value:g} is none that it can be")
    elif known and isinstance(value, str) and value not in known:
        yield Fault(pointer, f"`{name}` is one of {', '.join(known)}; here stands another word")


def _name(node: Any) -> str | None:
    return node["var"] if isinstance(node, dict) and isinstance(node.get("var"), str) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
