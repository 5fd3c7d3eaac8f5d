"""Filters said in words: of a rule, and of what is asked for now."""

from __future__ import annotations

from collections.abc import Mapping

from vocapp.models import database_now
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import NONE, read_day
from vocapp.web.console import frame, guard
from vocapp.web.console.formats import Formats
from vocapp.web.console.verbatims.offers import label_of, names_of


def in_words(kept: Mapping[str, str], scope: Scope) -> list[tuple[str, str, str]]:
    """Return (name, what it is, its value) of each filter that is set."""
    words = frame.words()
    formats = Formats(words, guard.membership().timezone, database_now())
    segment = kept.get("segment")
    names = names_of(scope, words, {"segment": {segment: 0} if segment else {}})
    found = []
    for name, value in kept.items():
        day = read_day(value) if name in {"from", "to"} else None
        if day is not None:
            shown = formats.short_date(day)
        elif name == "q":
            shown = value
        else:
            shown = words["facet_none"][name] if value == NONE else names[name](value)
        found.append((name, label_of(name, kept, words), shown))
    return found
