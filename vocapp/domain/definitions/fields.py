"""Plain values of a document: each method takes one where it stands, notes what is wrong with it, and goes on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from vocapp.domain.definitions import durations
from vocapp.domain.rules import LARGEST_NUMBER, ODD, Fault, escaped, quoted


class DefinitionRefused(Exception):
    """A document is no definition. `faults` are all that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer or 'the document'}: {fault.detail}" for fault in faults[:5]))
        self.faults = faults


class Fields:
    """Reads plain values and collects the faults, at most a hundred of them."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def refuse(self, pointer: str, detail: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(pointer, detail))

    def fits(self, document: Any) -> bool:
        """Tell whether a document is neither too deep nor too large to be walked."""
        waiting = [(document, 1)]
        seen = 0
        while waiting:
            here, depth = waiting.pop()
            seen += 1
            if seen > _MOST_VALUES:
                self.refuse("", f"this document holds more than {_MOST_VALUES} values")
                return False
            inside = list(here.values()) if isinstance(here, dict) else here if isinstance(here, list) else []
            if depth > DEEPEST and isinstance(here, (dict, list)):
                self.refuse("", f"this document is nested deeper than {DEEPEST} levels")
                return False
            waiting += [(one, depth + 1) for one in inside]
        return True

    def mapping(
        self, value: Any, pointer: str, *, allowed: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> Mapping[str, Any] | None:
        """Take a mapping with only these keys, null values left out; None where it is none."""
        if not isinstance(value, dict):
            self.refuse(pointer, f"here stands a mapping with {', '.join(required or allowed)}, not {in_words(value)}")
            return None
        for key in value:
            if not isinstance(key, str):
                self.refuse(pointer, f"{quoted(key)} is no key; in YAML, put it in quotes")
            elif key not in allowed:
                hint = _alike(key, allowed) or f"; there are {', '.join(allowed)}"
                self.refuse(f"{pointer}/{escaped(key)}", f"unknown key {quoted(key)}{hint}")
        for key in required:
            if value.get(key) is None:
                self.refuse(pointer, f"{key} is missing")
        return {key: one for key, one in value.items() if key in allowed and one is not None}

    def items(self, value: Any, pointer: str, *, most: int, what: str) -> Iterator[tuple[str, Any]]:
        """Take a list and go through (pointer, item)."""
        if not isinstance(value, list):
            self.refuse(pointer, f"here stands a list of {what}, not {in_words(value)}")
            return
        if len(value) > most:
            self.refuse(pointer, f"there are {len(value)} {what}, and at most {most} are possible")
            return
        for index, item in enumerate(value):
            yield f"{pointer}/{index}", item

    def key(self, value: Any, pointer: str, shape: re.Pattern[str], example: str) -> str:
        """Take a key of a certain shape; "" where it is none."""
        if isinstance(value, str) and shape.fullmatch(value):
            return value
        said = quoted(value) if isinstance(value, str) else in_words(value)
        self.refuse(pointer, f"{said} is no key; write it like {example}")
        return ""

    def string(self, value: Any, pointer: str, *, longest: int, what: str) -> str:
        """Take one line of text; "" where it is none."""
        if not isinstance(value, str) or not value.strip() or len(value) > longest or ODD.search(value):
            self.refuse(pointer, f"here stands {what}: one line of at most {longest} characters, not {in_words(value)}")
            return ""
        return value

    def text_by_language(self, value: Any, pointer: str, *, longest: int = 1000) -> dict[str, str]:
        """Take a plain text: one string, or one per language."""
        if not isinstance(value, dict):
            return {"": self.string(value, pointer, longest=longest, what="a text")}
        if not value:
            self.refuse(pointer, f"here stands a text, or one per language, not {in_words(value)}")
        for tag in value:
            if not isinstance(tag, str) or not TAG.fullmatch(tag):
                self.refuse(pointer, f"{quoted(tag)} is no language; write fr, en or fr-CA")
        return {
            tag: self.string(text, f"{pointer}/{escaped(tag)}", longest=longest, what="a text")
            for tag, text in value.items()
            if isinstance(tag, str)
        }

    def one_of(self, value: Any, pointer: str, options: tuple[str, ...]) -> str:
        if isinstance(value, str) and value in options:
            return value
        said = quoted(value) if isinstance(value, str) else in_words(value)
        hint = _alike(value, options) if isinstance(value, str) else ""
        self.refuse(pointer, f"{said} is not possible here{hint or '; write ' + ' or '.join(options)}")
        return options[0]

    def boolean(self, value: Any, pointer: str) -> bool:
        if not isinstance(value, bool):
            self.refuse(pointer, f"write true or false, not {in_words(value)}")
        return value is True

    def number(
        self, value: Any, pointer: str, *, least: float = -LARGEST_NUMBER, most: float = LARGEST_NUMBER
    ) -> float:
        """Take a number between two ends; NaN is between none."""
        if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most:
            return value
        ends = f" from {least:g} to {most:g}" if most != LARGEST_NUMBER else ""
        self.refuse(pointer, f"write a number{ends}, not {in_words(value)}")
        return least

    def whole(self, value: Any, pointer: str, *, least: int, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(pointer, f"write a whole number from {least} to {most}, not {in_words(value)}")
            return least
        return value

    def duration(self, value: Any, pointer: str) -> timedelta:
        if not isinstance(value, str):
            self.refuse(pointer, f"write a duration such as PT15M or P2D, not {in_words(value)}")
            return timedelta(0)
        try:
            return durations.parse(value)
        except ValueError as reason:
            self.refuse(pointer, f"{quoted(value)}: {reason}")
            return timedelta(0)


DEEPEST = 20
TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language."""
_MOST_FAULTS = 100
_MOST_VALUES = 50_000


def in_words(value: Any) -> str:
    """Return what a value is, for a message: its kind, and itself where it is short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return "a very large number" if abs(value) > LARGEST_NUMBER else f"the number {value}"
    if isinstance(value, str):
        return f"the text {quoted(value)}" if value.strip() else "an empty text"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"a {type(value).__name__} (in YAML, put it in quotes)"


def _alike(key: str, possible: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(key[:64], possible, n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""
