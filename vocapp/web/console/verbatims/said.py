"""Filters said in words: of a rule, and of what is asked for now."""

from __future__ import annotations

from collections.abc import Mapping

from vocapp.models import database_now
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import NONE, read_day
from vocapp.web.console import frame, guard
from vocapp.web.console.formats import Formats
from vocapp.web.console.verbatims.offers import Known, know, label_of


def in_words(kept: Mapping[str, str], scope: Scope, known: Known | None = None) -> list[tuple[str, str, str]]:
    """Return (name, what it is, its value) of each filter that is set; `known`: names that were read by now."""
    words = frame.words()
    formats = Formats(words, guard.membership().timezone, database_now())
    if known is None:
        known = know(scope=scope, words=words, named=segments_in(kept))
    found = []
    for name, value in kept.items():
        day = read_day(value) if name in {"from", "to"} else None
        if day is not None:
            shown = formats.short_date(day)
        elif name == "q":
            shown = value
        else:
            shown = words["facet_none"][name] if value == NONE else known.names[name](value)
        found.append((name, label_of(name, kept, words), shown))
    return found


def segments_in(kept: Mapping[str, str]) -> set[str]:
    """Return the segments that filters name."""
    return {kept["segment"]} if kept.get("segment") else set()
