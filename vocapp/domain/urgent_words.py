"""Words that cannot wait, whatever the score: found whole, in a text that is read without case, accents and marks.

A list holds words (`tribunal`), beginnings of words (`allerg*`) and several words in a row (`porter plainte`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

LONGEST: Final = 60
"""Characters of an entry."""
SHORTEST_BEGINNING: Final = 3
"""Letters that stand before a `*`."""


def tokens(text: str) -> list[str]:
    """Take a text apart into its words, folded: « L’Œuf brûlé » → l, oeuf, brule."""
    folded = text.casefold()
    if not folded.isascii():
        folded = _MARKS.sub("", unicodedata.normalize("NFKD", folded)).replace("œ", "oe").replace("æ", "ae")
    return _WORD.findall(folded.replace("_", " "))


def fault_of(entry: str) -> str | None:
    """Return what is wrong with an entry of a list; None: nothing."""
    said = tokens(entry.replace("*", ""))
    if not said:
        return "there is no word in it"
    if "*" in entry.rstrip()[:-1]:
        return "a * stands at the end, after the beginning of a word"
    if entry.rstrip().endswith("*") and len(said[-1]) < SHORTEST_BEGINNING:
        return f"at least {SHORTEST_BEGINNING} letters stand before a *"
    return None


class _Entry(NamedTuple):
    written: str
    rest: tuple[str, ...]
    """The words after the first."""
    begins: bool
    """The last word may go on."""


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of one language."""

    by_first: Mapping[str, tuple[_Entry, ...]]
    beginnings: Mapping[str, tuple[tuple[str, str], ...]]
    """The first letters → (beginning, as it was written)."""

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """Make a list ready to be looked for; entries without a fault."""
        by_first: dict[str, tuple[_Entry, ...]] = {}
        beginnings: dict[str, tuple[tuple[str, str], ...]] = {}
        for entry in entries:
            begins = entry.rstrip().endswith("*")
            first, *rest = tokens(entry)
            if begins and not rest:
                letters = first[:SHORTEST_BEGINNING]
                beginnings[letters] = (*beginnings.get(letters, ()), (first, entry))
            else:
                by_first[first] = (*by_first.get(first, ()), _Entry(entry, tuple(rest), begins))
        return cls(by_first, beginnings)

    def find(self, text: str) -> str | None:
        """Return the entry that stands first in a text, as its author wrote it; None: there is none."""
        said = tokens(text)
        for place, word in enumerate(said):
            for entry in self.by_first.get(word, ()):
                if _goes_on(said[place + 1 : place + 1 + len(entry.rest)], entry):
                    return entry.written
            for beginning, written in self.beginnings.get(word[:SHORTEST_BEGINNING], ()):
                if word.startswith(beginning):
                    return written
        return None


def _goes_on(said: list[str], entry: _Entry) -> bool:
    if not entry.begins:
        return tuple(said) == entry.rest
    return len(said) == len(entry.rest) and tuple(said[:-1]) == entry.rest[:-1] and said[-1].startswith(entry.rest[-1])


_WORD = re.compile(r"\w+")
_MARKS = re.compile("[\u0300-\u036f]+")
"""Accents, once they are taken off their letters."""
