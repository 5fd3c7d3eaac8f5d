"""How long each route takes, over all the processes of one server: sums in memory that they share.

Made before the server forks. Each process adds in a slot of its own, so nobody waits for anybody; one that takes a
dead one's place goes on with its sums, so that no figure ever falls.
"""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from flask import Flask

from vocapp.config import EXTENSION, Settings

KEPT_AS = "vocapp_latencies"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
OTHER = ("other", "other")
"""What no route of ours answers, or with a method that it does not take."""

_SUM = len(BOUNDS) + 1  # behind the buckets; then one place for each class of status
_WIDTH = _SUM + 1 + len(STATUSES)


class Took(NamedTuple):
    """What one route has taken so far."""

    route: str
    method: str
    buckets: list[tuple[str, float]]
    """Upper bound in seconds, and how many took that long or less."""
    seconds: float
    statuses: dict[str, float]


class Latencies:
    """Sums by route and method; `slot` is this process's own."""

    def __init__(self, routes: list[tuple[str, str]], *, slots: int) -> None:
        self._at = {route: n * _WIDTH for n, route in enumerate([OTHER, *routes])}
        self._size = len(self._at) * _WIDTH
        self.slots = slots
        self.slot = 0
        self._lock = threading.Lock()
        self._numbers = memoryview(mmap.mmap(-1, slots * self._size * 8)).cast("d")

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        start = self.slot * self._size + self._at.get((route, method), 0)
        numbers = self._numbers
        with self._lock:
            numbers[start + bisect_left(BOUNDS, seconds)] += 1
            numbers[start + _SUM] += seconds
            numbers[start + _SUM + min(max(status // 100, 1), 5)] += 1

    def read(self) -> Iterator[Took]:
        """Give what was asked for at least once, all processes together."""
        for (route, method), at in self._at.items():
            places = [slot * self._size + at for slot in range(self.slots)]
            cell = [sum(self._numbers[place + n] for place in places) for n in range(_WIDTH)]
            if any(cell):
                bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
                statuses = zip(STATUSES, cell[_SUM + 1 :], strict=True)
                yield Took(
                    route,
                    method,
                    list(zip(bounds, accumulate(cell[:_SUM]), strict=True)),
                    cell[_SUM],
                    {status: n for status, n in statuses if n},
                )


def prepare(app: Flask) -> Latencies:
    """Make room for the routes that stand by now."""
    settings: Settings = app.extensions[EXTENSION]
    routes = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    made = Latencies(sorted(routes), slots=settings.web_processes)
    app.extensions[KEPT_AS] = made
    return made
