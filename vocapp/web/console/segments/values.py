"""The values of a rule's rows as one types them, and back: what is typed again as it was written is the same value."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from vocapp.domain.currencies import DIGITS, to_major
from vocapp.domain.rules import LARGEST_NUMBER, ODD, moment
from vocapp.domain.segments.rows import WITH_DAY, WITH_LIST, kind_of

LONGEST = 400
_NUMBER = re.compile(r"[-\u2212]?(?:\d{1,15}(?:[.,]\d{1,15})?|[.,]\d{1,15})", re.ASCII)
_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)')


class ValueRefused(ValueError):
    """What was typed is no such value; the text is a code of `words["row_errors"]`."""


def read_value(name: str, comparison: str, typed: str, *, digits: int) -> Any:
    """Read what was typed for a field. `digits` are those of the currency. Raises ValueRefused."""
    text = typed.strip()
    if not text:
        raise ValueRefused("missing")
    if comparison in WITH_DAY:
        if moment(text) is None:
            raise ValueRefused("day")
        return text
    kind = kind_of(name)
    if comparison in WITH_LIST:
        items = [_item(kind, one, digits if _is_money(name) else 0) for one in _split(text)]
        return tuple(items)
    if kind in {"number", "days"} or comparison in {"at_least", "at_most", "more", "less"}:
        return _number(text, digits if _is_money(name) else 0)
    return _anything(text) if kind == "anything" else text


def read_choice(name: str, chosen: str) -> Any:
    """Read what was chosen from a list. Raises ValueRefused."""
    if kind_of(name) == "boolean":
        if chosen not in {"true", "false"}:
            raise ValueRefused("missing")
        return chosen == "true"
    if not chosen:
        raise ValueRefused("missing")
    return chosen


def write_value(name: str, comparison: str, value: Any, *, currency: str, comma: bool) -> str:
    """Write a value as one would type it; `comma`: before the decimals, where there is one number only."""
    if comparison in WITH_DAY:
        return str(value)
    if comparison in WITH_LIST:
        return ", ".join(_written(name, one, currency, listed=True) for one in value)
    text = _written(name, value, currency, listed=False)
    return text.replace(".", ",") if comma and _is_number(value) else text


def choice_of(value: Any) -> str:
    """Write a value as a list has it."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _written(name: str, value: Any, currency: str, *, listed: bool) -> str:
    if isinstance(value, bool):
        return json.dumps(value)
    if _is_number(value):
        return format(to_major(value, currency).normalize(), "f") if _is_money(name) else json.dumps(value)
    loose = kind_of(name) == "anything" and (_looks_like_more(value) or value.startswith('"'))
    cut = listed and ("," in value or value.startswith('"') or value != value.strip())
    return json.dumps(value, ensure_ascii=False) if loose or cut else str(value)


def _split(text: str) -> list[str]:
    """Take a list apart at its commas, but for those in quotes."""
    found, place = [], 0
    while place < len(text):
        match = _ITEM.match(text, place)
        if match is None:
            raise ValueRefused("list")
        if match[1]:
            found.append(match[1])
        place = match.end()
    if not found:
        raise ValueRefused("missing")
    return found


def _item(kind: str, text: str, digits: int) -> Any:
    if kind == "number":
        return _number(text, digits)
    if kind == "anything":
        return _anything(text)
    return _unquoted(text)


def _anything(text: str) -> Any:
    """An attribute may hold anything: in quotes a text, a bare number, true and false as they stand."""
    if text in {"true", "false"}:
        return text == "true"
    return _number(text, 0) if _NUMBER.fullmatch(text) else _unquoted(text)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        try:
            read = json.loads(text)
        except ValueError as error:
            raise ValueRefused("list") from error
        return str(read)
    return text


def _number(text: str, digits: int) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise ValueRefused("number")
    try:
        said = Decimal(text.replace("\u2212", "-").replace(",", ".")).scaleb(digits)
    except InvalidOperation as error:
        raise ValueRefused("number") from error
    if abs(said) > LARGEST_NUMBER:
        raise ValueRefused("number")
    return int(said) if said == said.to_integral_value() else float(said)


def _looks_like_more(text: str) -> bool:
    return text in {"true", "false"} or _NUMBER.fullmatch(text) is not None


def _is_money(name: str) -> bool:
    return name.endswith("_minor")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def can_be_typed(value: Any) -> bool:
    """Say whether a field of a form can hold a value as it is."""
    items = value if isinstance(value, tuple) else (value,)
    return not any(isinstance(one, str) and (ODD.search(one) or len(one) > LONGEST) for one in items)


def digits_of(currency: str) -> int:
    return DIGITS[currency]
