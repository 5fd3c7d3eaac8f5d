"""JSON that nobody vouches for, read strictly: whatever passes here, both databases and every writer can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from vocapp.domain.rules import Fault, escaped

DEEPEST = 20
LARGEST = 2**63 - 1

_SURROGATE = re.compile("[\ud800-\udfff]")
_NUL_ESCAPE = b"\\u0000"
_CONTAINERS = frozenset((dict, list))
_NUMBERS = frozenset((int, float))


class JsonRefused(ValueError):
    """A text that is no JSON, or is nested too deep. With `faults`: it is JSON, but holds what can't be kept."""

    def __init__(self, detail: str, faults: list[Fault] | None = None) -> None:
        self.faults = faults or []
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Unkept:
    """Stands for an item of a list that holds what can't be kept."""

    faults: list[Fault]


def parse(raw: bytes) -> Any:
    """Parse a JSON text; of a name given twice, the last one counts. Raises JsonRefused."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _explained(raw) from error
    faults = list(_odd_numbers(value, "")) if _has_odd_number([value], 0) else []
    if _NUL_ESCAPE in raw:
        faults.extend(_bad_texts(value, ""))
    if faults:
        raise _refused(faults)
    return value


def parse_apart(raw: bytes, name: str) -> Any:
    """Parse a JSON text as `parse` does, but for the list under a name: what can't be kept there becomes Unkept."""
    try:
        return parse(raw)
    except JsonRefused as refused:
        within = re.compile(rf"/{re.escape(name)}/([0-9]+)(/.*|$)", re.DOTALL)
        apart = [(at, fault) for fault in refused.faults if (at := within.match(fault.pointer)) is not None]
        if not apart or len(apart) < len(refused.faults):
            raise
        value = _leniently(raw)
        _has_odd_number([value], 0)
        items = value[name]
        if not isinstance(items, list):
            raise
        for at, fault in apart:
            index = int(at[1])
            kept = items[index].faults if isinstance(items[index], Unkept) else []
            items[index] = Unkept([*kept, Fault(at[2], fault.detail)])
        return value


def _has_odd_number(container: Any, depth: int) -> bool:
    """Say whether a number is too large (orjson makes a float of an integer beyond 64 bits). Refuses what is too deep.

    Every body goes through here, so it looks at types only and leaves the pointers to whoever finds something.
    """
    if depth > DEEPEST:
        raise JsonRefused(f"is nested deeper than {DEEPEST} levels")
    odd = False
    for item in container.values() if type(container) is dict else container:
        kind = type(item)
        if kind in _CONTAINERS:
            odd = (bool(item) and _has_odd_number(item, depth + 1)) or odd
        elif kind in _NUMBERS and not -LARGEST <= item <= LARGEST:
            odd = True
    return odd


def _explained(raw: bytes) -> JsonRefused:
    """Say what is wrong with a text that is no strict JSON, with pointers where a lenient reader can place it."""
    try:
        value = _leniently(raw)
        faults = [*_odd_numbers(value, ""), *_bad_texts(value, "")]
    except (ValueError, RecursionError):
        faults = []
    return _refused(faults) if faults else JsonRefused("is no JSON text in UTF-8")


def _leniently(raw: bytes) -> Any:
    """Read what a lenient reader can; raises ValueError, RecursionError."""

    def whole(digits: str) -> float | int:
        return int(digits) if len(digits) < 25 else float("inf")

    return json.loads(raw.decode("utf-8"), parse_int=whole)


def _refused(faults: list[Fault]) -> JsonRefused:
    return JsonRefused("; ".join(f"{fault.pointer} {fault.detail}" for fault in faults[:5]), faults)


def _walk(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    yield pointer, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{pointer}/{escaped(key)}", key
            yield from _walk(item, f"{pointer}/{escaped(key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{pointer}/{index}")


def _bad_texts(value: Any, pointer: str) -> Iterator[Fault]:
    for place, item in _walk(value, pointer):
        if isinstance(item, str):
            shown = _SURROGATE.sub("", place.replace("\0", ""))
            if "\0" in item:
                yield Fault(shown, "holds a NUL character")
            elif _SURROGATE.search(item):
                yield Fault(shown, "holds half a character (a lone surrogate)")


def _odd_numbers(value: Any, pointer: str) -> Iterator[Fault]:
    for place, item in _walk(value, pointer):
        if type(item) in _NUMBERS and not -LARGEST <= item <= LARGEST:  # NaN is within no bounds
            yield Fault(_SURROGATE.sub("", place), "is no number that 64 bits can hold")
