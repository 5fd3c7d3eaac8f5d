"""Wait for something that other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    predicate: Callable[[], T], seconds: float = 30.0, *, every: float = 0.05, what: str | Callable[[], str] = ""
) -> T:
    """Return the first true value of `predicate`; AssertionError after `seconds`, with `what` was awaited."""
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds:g} s: {what() if callable(what) else what or predicate}")
        time.sleep(every)


def seconds_of(work: Callable[[], object], *, most: float, tries: int = 3) -> float:
    """Return how long `work` took, of up to `tries` times the first that was below `most`.

    What keeps a promise keeps it again; a busy machine makes one of them long, a fault all of them.
    """
    for left in reversed(range(tries)):
        began = time.monotonic()
        work()
        took = time.monotonic() - began
        if took < most or not left:
            break
    return took
