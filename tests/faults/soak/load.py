"""The load: people with a link who answer, and people who are mailed; paced, and patient with whatever happens."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.faults.people import answer_surely, crowd
from tests.faults.stage import Stage
from tests.journeys.story import ANGRY, happened
from tests.rig.http import HttpClient

AT_ONCE = 6
EVERY_UNHAPPY = 5
EVERY_WRITING = 10
EVERY_MAILED = 10
BATCH = 500


@dataclass
class Load:
    """`responses` people with a link; for every tenth, one more who is to be mailed."""

    stage: Stage
    responses: int
    asked: list[dict[str, Any]] = field(default_factory=list)
    mailed: list[dict[str, Any]] = field(default_factory=list)
    unsure: int = 0
    """How often a 503 to a submission turned out to be one whose answer was kept."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self) -> None:
        """Make everybody known by events that no survey waits for."""
        self.asked = crowd(self.responses, "asked")
        self.mailed = crowd(self.responses // EVERY_MAILED, "mailed")
        for start in range(0, len(self.asked), BATCH):
            met = [happened(person, "met") for person in self.asked[start : start + BATCH]]
            self.stage.books.tell(self.stage.vocapp.api, met)

    def run(self, people: Sequence[dict[str, Any]], first: int, seconds: float) -> None:
        """Have these answer, evenly over `seconds` or as fast as it goes; `first` is the number of the first."""
        began = time.monotonic()
        turns = itertools.count()

        def work() -> None:
            api = self._machine()
            while (turn := next(turns)) < len(people):
                wait = began + turn * seconds / len(people) - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
                self._one(api, people[turn], first + turn)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for worker in [pool.submit(work) for _ in range(AT_ONCE)]:
                worker.result()

    def mail(self, seconds: float) -> None:
        """Tell of what happened to those who are to be mailed, in little batches over `seconds`."""
        api, began = self._machine(), time.monotonic()
        size = max(1, len(self.mailed) // 50)
        for start in range(0, len(self.mailed), size):
            wait = began + start * seconds / len(self.mailed) - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            people = self.mailed[start : start + size]
            with self._lock:
                self.stage.books.mailed |= {person["email"] for person in people}
            self.stage.books.tell(api, [happened(person) for person in people])

    def _one(self, api: HttpClient, person: dict[str, Any], number: int) -> None:
        unhappy = number % EVERY_UNHAPPY == 0
        wish = {
            "survey": "page",
            "customer": {"external_id": person["external_id"]},
            "channel": "link",
            "event_id": f"asked-{person['external_id']}",
        }
        reply = self.stage.books.insist(lambda: api.post("/api/v1/invitations", wish), api=True)
        link = reply.expect(200, 201).json()["url"]
        nps, why = (number % 7, ANGRY if number % EVERY_WRITING == 0 else "") if unhappy else (7 + number % 4, "")
        unsure = answer_surely(self.stage, person, link, nps, why)
        with self._lock:
            self.unsure += unsure

    def _machine(self) -> HttpClient:
        key = self.stage.vocapp.api.headers["Authorization"].removeprefix("Bearer ")
        return self.stage.vocapp.product.machine(key)
