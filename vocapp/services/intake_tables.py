"""Customers as rows of a table: which column says what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from vocapp.domain.customer_columns import CONSENT as _CONSENTS
from vocapp.domain.customer_columns import guesses
from vocapp.services.intake_reading import CORE

_PLAIN = frozenset(("external_id", "observed_at", *CORE))
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,10})?", re.ASCII)
_YES = frozenset(("true", "yes", "oui", "1", "y", "o"))
_NO = frozenset(("false", "no", "non", "0", "n"))
_CONSENT = re.compile(r"consents?\.(?P<purpose>[^.]+)(\.(?P<field>source|text_version|at))?")

MOST_NAMED = 20
"""Columns that are named where the first line cannot be taken."""


class TableRefused(ValueError):
    """A table whose columns can't be understood."""


class CustomerTable:
    """Reads rows by their header.

    Columns: `external_id` (needed), `email`, `phone`, `first_name`, `last_name`, `locale`, `timezone`, `observed_at`;
    `consent.PURPOSE` (yes or no) with `consent.PURPOSE.source`, `.text_version` and `.at`; `attributes.KEY`. Any other
    column is the attribute of its name. An empty cell says nothing.
    """

    def __init__(self, header: Sequence[str]) -> None:
        self.header = [name.strip() for name in header]
        if "external_id" not in self.header:
            raise TableRefused(
                f"the first line must name the columns, and one of them must be external_id; {self._was_read()}"
            )
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            raise TableRefused(f"the column {twice[0]} stands there twice")

    @property
    def attributes(self) -> dict[str, str]:
        """Columns that are taken for attributes → the attribute's key."""
        return {
            name: name.removeprefix("attributes.")
            for name in self.header
            if name and name not in _PLAIN and not _CONSENT.fullmatch(name)
        }

    @property
    def guesses(self) -> dict[str, str]:
        """Columns that are taken for attributes, and may be meant to say something else → what."""
        plain = [name for name in self.attributes if not name.startswith("attributes.")]
        return guesses(plain, beside=[_CONSENTS if _CONSENT.fullmatch(name) else name for name in self.header])

    def _was_read(self) -> str:
        """Say what the first line was read as, and what it may mean."""
        named = [name for name in self.header if name]
        if not named:
            return "it is empty"
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        said = f"it was read as {', '.join(named[:MOST_NAMED])}{more}"
        if len(named) == 1:
            said += " (one column: commas, semicolons and tabs divide them)"
        meant = ", ".join(f"{column} for {name}" for name, column in self.guesses.items())
        return f"{said}. Did you mean {meant}?" if meant else said

    def column_of(self, pointer: str, row: Mapping[str, str]) -> str:
        """Return the column of which a fault in a row's document speaks; empty: of none."""
        first, *rest = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
        if first == "attributes":
            return next((name for name, key in self.attributes.items() if [key] == rest[:1]), "")
        if first == "consents" and rest and rest[0].isdecimal():
            purpose = self.read(row)["consents"][int(rest[0])]["purpose"]
            field = rest[1] if len(rest) > 1 and rest[1] not in {"granted", "purpose"} else None
            found = ((name, _CONSENT.fullmatch(name)) for name in self.header)
            return next((name for name, one in found if one and (one["purpose"], one["field"]) == (purpose, field)), "")
        return first if first in self.header else ""

    def read(self, row: Mapping[str, str]) -> dict[str, Any]:
        """Return a row as the document that the API takes."""
        document: dict[str, Any] = {name: row[name].strip() for name in _PLAIN if row.get(name, "").strip()}
        attributes = {
            key: _value(row[name].strip()) for name, key in self.attributes.items() if row.get(name, "").strip()
        }
        if attributes:
            document["attributes"] = attributes
        consents: dict[str, dict[str, Any]] = {}
        for name in self.header:
            found = _CONSENT.fullmatch(name)
            cell = row.get(name, "").strip()
            if found and cell:
                consent = consents.setdefault(found["purpose"], {"purpose": found["purpose"]})
                consent[found["field"] or "granted"] = cell if found["field"] else _yes_or_no(cell)
        said = [consent for consent in consents.values() if "granted" in consent]
        if said:
            document["consents"] = said
        return document


def _value(cell: str) -> Any:
    """Read a cell: numbers and true/false as such, unless writing them again would give another text (a zip code)."""
    if _NUMBER.fullmatch(cell):
        return orjson.loads(cell)
    if cell in {"true", "false"}:
        return cell == "true"
    if cell.startswith("[") and cell.endswith("]"):
        try:
            return orjson.loads(cell)
        except orjson.JSONDecodeError:
            return cell
    return cell


def _yes_or_no(cell: str) -> bool | str:
    """Read yes or no; anything else is left as it is, to be refused with its place."""
    plain = cell.casefold()
    return True if plain in _YES else False if plain in _NO else cell
