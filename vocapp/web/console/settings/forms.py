"""A form as it was filled in: its values as text, and beside each field what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

LONGEST_FIELD = 60_000
"""A logo may be a data address; anything longer is cut, and refused as what it then is."""


@dataclass(slots=True)
class Form:
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    """Field → a code of `words["errors"]`."""
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Field → what the words of its error name."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Form:
        """Return a form that shows what is kept; None is an empty field."""
        return cls({name: "" if value is None else str(value) for name, value in values.items()})

    @classmethod
    def sent(cls, *names: str) -> Form:
        """Return a form as it was sent; a field that is missing is empty. Lone surrogates and NULs are no text."""
        return cls({name: _text(request.form.get(name, "")) for name in names})

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def refuse(self, name: str, code: str, **about: Any) -> None:
        """Say what is wrong with a field; what was said first stays."""
        self.errors.setdefault(name, code)
        self.about.setdefault(name, about)

    def needs(self, *names: str) -> None:
        for name in names:
            if not self[name].strip():
                self.refuse(name, "missing")


def number_in(text: str) -> int | str | None:
    """Read a whole number; nothing is None, and what is no number stays what it is, to be refused where it is kept."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text or None


def _text(value: str) -> str:
    cut = value[:LONGEST_FIELD].replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return cut.encode("utf-8", "replace").decode("utf-8")
