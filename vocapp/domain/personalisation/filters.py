"""The filters a text may use. Each takes anything and never makes a long text of a short one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from vocapp.domain.rules import LARGEST_NUMBER
from vocapp.domain.rules.dates import moment

LONGEST_VALUE = 10_000
"""Characters of one value; the rest is cut off."""


def as_text(value: Any) -> str:
    """Return a value as it stands in a text, on one line; what is no text, number or list of these is empty."""
    if isinstance(value, str):
        text = value[:LONGEST_VALUE]
        # One line: a value with a line break in a subject would begin another header.
        return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) <= LARGEST_NUMBER else ""
    if isinstance(value, float):
        return _as_figure(value)
    if isinstance(value, (list, tuple)):
        return _join(value)
    return ""


def is_blank(value: Any) -> bool:
    """Tell whether `default` steps in: nothing there, or nothing to be seen. Zero is something."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return False
    return not as_text(value).strip()


def _as_figure(value: float) -> str:
    if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
        return ""
    return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")


def _join(value: Any, glue: Any = ", ") -> str:
    if not isinstance(value, (list, tuple)):
        return as_text(value)
    parts = [as_text(one) for one in value[:_MOST_ITEMS] if not isinstance(one, (list, tuple))]
    return as_text(as_text(glue).join(part for part in parts if part))


_MOST_ITEMS = 50


def _default(value: Any, fallback: Any = "") -> Any:
    return fallback if is_blank(value) else value


def _capitalize(value: Any) -> str:
    text = as_text(value)
    return text[:1].upper() + text[1:]


def _truncate(value: Any, length: Any = 50, end: Any = "…") -> str:
    text, ending = as_text(value), as_text(end)
    most = max(0, min(int(_number(length) or 0), LONGEST_VALUE))
    return text if len(text) <= most else text[: max(0, most - len(ending))].rstrip() + ending


def _date(value: Any, pattern: Any = "%Y-%m-%d") -> str:
    read = moment(value)
    if read is None:
        return as_text(value)
    text = as_text(pattern)
    for directive, part in (
        ("%-d", str(read.day.day)),
        ("%d", f"{read.day.day:02}"),
        ("%-m", str(read.day.month)),
        ("%m", f"{read.day.month:02}"),
        ("%Y", f"{read.day.year:04}"),
        ("%y", f"{read.day.year % 100:02}"),
    ):
        text = text.replace(directive, part)
    return text


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value[:40]) if isinstance(value, str) else value
        return number if math.isfinite(number) and abs(number) <= LARGEST_NUMBER else None
    except (ValueError, OverflowError):
        return None


def _arithmetic(combine: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def calculate(value: Any, operand: Any) -> Any:
        left, right = _number(value), _number(operand)
        if left is None or right is None:
            return None
        try:
            return _number(combine(left, right))
        except (ZeroDivisionError, OverflowError):
            return None

    return calculate


def _round(value: Any, digits: Any = 0) -> int | float | None:
    number = _number(value)
    places = int(max(0, min(_number(digits) or 0, 6)))
    return None if number is None else round(number, places) if places else round(number)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "default": _default,
    "capitalize": _capitalize,
    "upcase": lambda value: as_text(value).upper(),
    "downcase": lambda value: as_text(value).lower(),
    "strip": lambda value: as_text(value).strip(),
    "truncate": _truncate,
    "append": lambda value, tail: as_text(as_text(value) + as_text(tail)),
    "prepend": lambda value, head: as_text(as_text(head) + as_text(value)),
    "join": _join,
    "first": lambda value: value[0] if isinstance(value, (list, tuple)) and value else None,
    "last": lambda value: value[-1] if isinstance(value, (list, tuple)) and value else None,
    "size": lambda value: len(value) if isinstance(value, (str, list, tuple)) else 0,
    "date": _date,
    "plus": _arithmetic(lambda left, right: left + right),
    "minus": _arithmetic(lambda left, right: left - right),
    "times": _arithmetic(lambda left, right: left * right),
    "divided_by": _arithmetic(lambda left, right: left / right),
    "round": _round,
}
