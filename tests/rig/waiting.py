"""Wait for something that other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    predicate: Callable[[], T], seconds: float = 10.0, *, every: float = 0.05, what: str | Callable[[], str] = ""
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
