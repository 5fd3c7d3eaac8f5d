"""Running a transaction again where the database undid it only because another one stood in its way."""

from __future__ import annotations

import time
from collections.abc import Callable
from secrets import randbelow
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

MOST_TRIES = 6
_AGAIN = frozenset({"40P01", "40001", "55P03", "23503"})
"""Deadlock, serialization failure, lock not available, a row that was erased under our hands: all is undone."""


class MustRunAgainError(Exception):
    """What was done rests on something that has changed meanwhile: it is undone, and done anew."""


_T = TypeVar("_T")


def run_again(work: Callable[[], _T]) -> _T:
    """Call `work`, which opens a transaction of its own, until it is through; raises what it raised at the last try."""
    for tried in range(1, MOST_TRIES + 1):
        try:
            return work()
        except MustRunAgainError:
            if tried == MOST_TRIES:
                raise
        except DBAPIError as error:
            if tried == MOST_TRIES or getattr(error.orig, "sqlstate", None) not in _AGAIN:
                raise
        time.sleep((tried * 10 + randbelow(20)) / 1000)
    raise AssertionError("unreachable")
