"""Trying a theme before it is kept: how many of the last verbatims would carry it, and which."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import select

from vocapp.domain.themes import ThemeSet
from vocapp.models import Verbatim, db
from vocapp.models.verbatims import themes_in

LAST: Final = 1000
"""Verbatims that are looked at: some tens of milliseconds."""
MOST_EXAMPLES: Final = 3
LONGEST_EXAMPLE: Final = 200


class Tried(NamedTuple):
    looked_at: int
    carry: int
    """Would carry the theme."""
    carried: int
    """Carry it by now, as they were understood."""
    examples: tuple[str, ...]
    """The newest that would carry it, cut to a few lines."""


def try_on_verbatims(*, workspace_id: int, theme: ThemeSet) -> Tried:
    """Look for one theme, `theme` alone, in the newest verbatims of a workspace, by words only: no model is asked."""
    [key] = theme.names()
    rows = db.session.execute(
        select(Verbatim.text, Verbatim.language, Verbatim.themes)
        .where(Verbatim.workspace_id == workspace_id)
        .order_by(Verbatim.answered_at.desc(), Verbatim.number.desc())
        .limit(LAST)
    ).all()
    carry = [row.text for row in rows if theme.find(row.text, row.language)]
    return Tried(
        len(rows),
        len(carry),
        sum(key in themes_in(row.themes) for row in rows),
        tuple(_cut(text) for text in list(dict.fromkeys(carry))[:MOST_EXAMPLES]),
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE].rstrip()}…"
