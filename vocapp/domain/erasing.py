"""Erasing a person: by when it must be done, what of a response may stay, and which ids speak of somebody."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta

WARNED_AFTER = timedelta(days=20)
SHORTEST_WORD = 3

_WORDS = re.compile(r"[^\W_]+")


def due_at(requested_at: datetime) -> datetime:
    """Return the law's limit, one calendar month later (GDPR art. 12(3)): from 31 January to the end of February."""
    year, month = divmod(requested_at.year * 12 + requested_at.month, 12)
    return requested_at.replace(year=year, month=month + 1, day=min(requested_at.day, monthrange(year, month + 1)[1]))


def is_late(requested_at: datetime, now: datetime) -> bool:
    """Say whether an erasure that is not done must worry somebody."""
    return now - requested_at >= WARNED_AFTER


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def words_of(values: Iterable[str | None]) -> frozenset[str]:
    """Return the words by which a person could be found in a text: of names, addresses, numbers, outside ids."""
    words = {word.casefold() for value in values if value for word in _WORDS.findall(value)}
    return frozenset(word for word in words if len(word) >= SHORTEST_WORD)


def speaks_of(text: str, words: frozenset[str]) -> bool:
    """Say whether a text (another's id of something) holds one of these words, also inside a longer one."""
    folded = text.casefold()
    return any(word in folded for word in words)
