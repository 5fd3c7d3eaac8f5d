"""Pages on which nothing is answered yet: one for everybody, but for a few personal words. Each is laid out once.

A blank is the page's HTML, cut where somebody's own words stand: texts with Liquid in them, and the link. It is made
with marks in their places; what fills it is escaped then. Nothing of a person is ever kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any

from markupsafe import escape

from vocapp.domain.personalisation import well_set

_MARK = f"mark{token_hex(8)}"
"""Of this process: nothing that an author writes can be taken for one."""

_PLACE = re.compile(_MARK + "_([0-9]+)_")


class Marks:
    """Says what is personal by a mark, and remembers its source."""

    def __init__(self) -> None:
        self.sources: list[str | None] = [None]

    @property
    def path(self) -> str:
        """The mark of the link."""
        return f"{_MARK}_0_"

    def say(self, source: str) -> str:
        """Return a text as it is, or a mark where it is to be personalised."""
        if "{" not in source:
            return source
        self.sources.append(source)
        return f"{_MARK}_{len(self.sources) - 1}_"


class Blank:
    """A page to be filled."""

    def __init__(self, lay_out: Callable[[Marks], str]) -> None:
        marks = Marks()
        pieces = _PLACE.split(lay_out(marks))
        self._html = pieces[::2]
        self._places = [marks.sources[int(number)] for number in pieces[1::2]]

    def fill(self, *, path: str, facts: Mapping[str, Any]) -> str:
        """Return the page of one person."""
        said: dict[str | None, str] = {None: str(escape(path))}
        page = [self._html[0]]
        for source, html in zip(self._places, self._html[1:], strict=True):
            if source not in said:
                said[source] = str(escape(well_set(source or "", facts)))
            page += (said[source], html)
        return "".join(page)
