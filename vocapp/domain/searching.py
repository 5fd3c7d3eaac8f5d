"""What somebody looks for in verbatims, read from one line of text; any text at all is a question, or none.

    livraison retard      both words, in whatever form: « livraisons », « retardé »
    "pas content"         these words beside each other, in this order
    -facture              not this one; -"deux mots" as well
    rembours*             words that begin so
    😡                    an emoji is a word

What holds no word at all (« !!! ») finds nothing, rather than everything.

Nothing of the line reaches a database as it was written: what is left are folded words (`wording.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from vocapp.domain.sentiment import Span
from vocapp.domain.wording import LANGUAGES, stem, words_in

LONGEST: Final = 300
"""Characters of a line that are read."""
MOST_WORDS: Final = 24
SHORTEST_BEGINNING: Final = 2

_PART = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
_QUOTES = re.compile(r"[«»“”„‟]")


@dataclass(frozen=True)
class Term:
    """Some words beside each other, mostly one; or the beginning of one."""

    forms: tuple[str, ...]
    begins: bool = False
    """The one form is how a word begins."""

    @cached_property
    def sequences(self) -> tuple[tuple[str, ...], ...]:
        """The stems that a text may hold, one sequence for each way in which its language may have cut them."""
        ways = [tuple(stem(form, language) for form in self.forms) for language in LANGUAGES]
        return tuple(dict.fromkeys([*ways, self.forms]))


@dataclass(frozen=True)
class Query:
    """All of `wanted`, and none of `unwanted`."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    wordless: bool = False
    """Something was written, and none of it is a word: nothing is found."""

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted or self.wordless)


NOTHING: Final = Query()


def read_query(line: str) -> Query:
    """Read a line; beside words, what is none is passed over, and so is what is too long to be one question."""
    found: dict[bool, list[Term]] = {False: [], True: []}
    left = MOST_WORDS
    for minus, quoted, bare in _PART.findall(_QUOTES.sub('"', line[:LONGEST])):
        forms = tuple(word.form for word in words_in(quoted or bare))[:left]
        left -= len(forms)
        begins = bare.endswith("*") and len(forms) == 1 and len(forms[0]) >= SHORTEST_BEGINNING
        term = Term(forms, begins)
        if forms and term not in found[bool(minus)]:
            found[bool(minus)].append(term)
    return Query(tuple(found[False]), tuple(found[True]), bool(line.strip()) and not any(found.values()))


def found_in(text: str, query: Query, *, language: str) -> list[Span]:
    """Return where a text says what is looked for: spans in order, none over another."""
    if not query.wanted:
        return []
    words = words_in(text)
    stems = [stem(word.form, language) for word in words]
    spans: list[Span] = []
    for term in query.wanted:
        size = len(term.forms)
        for at in range(len(words) - size + 1):
            hit = (
                words[at].form.startswith(term.forms[0])
                if term.begins
                else tuple(stems[at : at + size]) in term.sequences
            )
            if hit:
                spans.append((words[at].start, words[at + size - 1].end))
    return _apart(spans)


def in_parts(text: str, *, hurts: Sequence[Span], found: Sequence[Span]) -> list[tuple[str, bool, bool]]:
    """Cut a text into (piece, whether it hurts, whether it was looked for); spans that do not fit are passed over."""
    fitting = [[(start, end) for start, end in spans if 0 <= start < end <= len(text)] for spans in (hurts, found)]
    cuts = sorted({0, len(text), *(edge for spans in fitting for span in spans for edge in span)})

    def within(start: int, end: int, spans: Sequence[Span]) -> bool:
        return any(first <= start and end <= last for first, last in spans)

    return [
        (text[start:end], within(start, end, fitting[0]), within(start, end, fitting[1]))
        for start, end in pairwise(cuts)
    ]


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Put spans in order, those that touch or overlap as one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
