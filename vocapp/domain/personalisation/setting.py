"""A text as one would write it who knows no more of the person than we do: what is missing leaves no hole in it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from vocapp.domain.personalisation.rendering import render
from vocapp.domain.rules import Facts


def well_set(source: str, facts: Facts) -> str:
    """Return what a text says for these facts (shaped as for `rules.holds`), with no hole where one of them is missing.

    Where a value is missing, blanks and a comma before its place go if a stop follows, and what stands between the
    place and `!`, `?`, `:` or `;` stays: « Bonjour {{…}} ! » keeps the space of French, “Hello {{…}}!” gets none.
    A line that lost all its words is gone, a text that lost them is empty. The rest stays as it was written.
    """
    if "{" not in source:
        return source.strip()
    said = render(_marked(source), facts, html=False)
    if not _LOST.search(said):
        return "\n".join(line.strip() for line in said.translate(_NO_PLACES).split("\n")).strip()
    if not _WORD.search(said):
        return ""
    lines = [line for line in said.split("\n") if _WORD.search(line) or not _LOST.search(line)]
    return "\n".join(map(_closed, lines)).strip()


@lru_cache(maxsize=2048)
def _marked(source: str) -> str:
    """Return a template with marks around what is filled in."""
    return _PLACE_ENDS.sub(rf"\g<0>{_END}", _PLACE_BEGINS.sub(rf"{_BEGIN}\g<0>", source))


def _closed(line: str) -> str:
    """Return a line without the holes in it."""
    for hole, left in _HOLES:
        line = hole.sub(left, line)
    return line.translate(_NO_PLACES).strip()


_BEGIN, _END = "\x01", "\x02"
"""Around what is filled in, while a text is set; no text has them of its own, and no value either (`as_text`)."""
_NO_PLACES: Final = {ord(_BEGIN): None, ord(_END): None}
_PLACE_BEGINS = re.compile(r"\{\{(?!-)|\{%(?!-)(?=\s*(?:if|unless|case)\b)")
_PLACE_ENDS = re.compile(r"(?<!-)\}\}|\{%-?\s*end(?:if|unless|case)\s*%\}")
_BLANK = r"[^\S\n]"
_HOLE = rf"{_BEGIN}(?:[{_BEGIN}{_END}]|{_BLANK})*{_END}"
_HOLES = (
    (re.compile(rf"^{_BLANK}*{_HOLE}(?:{_BLANK}|[,;])*"), ""),
    (re.compile(rf",?{_BLANK}*{_HOLE}{_BLANK}*(?=[,.])"), ""),
    (re.compile(rf",?{_BLANK}*{_HOLE}({_BLANK}*)(?=[!?:;])"), r"\1"),
    (re.compile(rf"({_BLANK}){_HOLE}{_BLANK}+"), r"\1"),
)
_LOST = re.compile(rf"{_HOLE}|^[{_BEGIN}{_END}]+{_BLANK}*$", re.MULTILINE)
"""A value that is missing, or a line that held nothing but a condition."""
_WORD = re.compile(r"\w")
