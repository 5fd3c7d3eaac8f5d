"""JSON that nobody vouches for, read strictly: whatever passes here, both databases and every writer can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
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

    def whole(digits: str) -> float | int:
        return int(digits) if len(digits) < 25 else float("inf")

    try:
        value = json.loads(raw.decode("utf-8"), parse_int=whole)
        faults = [*_odd_numbers(value, ""), *_bad_texts(value, "")]
    except (ValueError, RecursionError):
        faults = []
    return _refused(faults) if faults else JsonRefused("is no JSON text in UTF-8")


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
