"""Turns: one server under one load for a moment, with what it took and whether everything is stored."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from bench.machine import Cpu, Spent
from bench.wire import Visit, visit_all

PROCESSES, THREADS = 2, 8
"""As `web` serves when nothing is set."""
PROOF = b'data-state="completed"'


@dataclass(frozen=True, slots=True)
class Turn:
    """One target, one concurrency, one round."""

    target: str
    at_once: int
    units: int
    """Complete responses, or events."""
    seconds: float
    cpu_ms: float
    """Of server and database, per unit."""
    others_cpu: float
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.units / self.seconds

    @classmethod
    def of(
        cls,
        target: str,
        *,
        at_once: int,
        units: int,
        seconds: float,
        latencies: Sequence[float],
        spent: Spent,
    ) -> Turn:
        """Sum up; `latencies` in seconds, of what a client waits for (a visit, a batch)."""
        shares = statistics.quantiles(latencies if len(latencies) > 1 else [*latencies, 0.0, 0.0][:2], n=100)
        return cls(
            target=target,
            at_once=at_once,
            units=units,
            seconds=seconds,
            cpu_ms=spent.ours / units * 1000,
            others_cpu=spent.others,
            p50_ms=shares[49] * 1000,
            p95_ms=shares[94] * 1000,
            p99_ms=shares[98] * 1000,
        )


@dataclass
class Target:
    """A server under measurement that people visit."""

    name: str
    port: int
    pids: Sequence[int]
    """Whose process trees' CPU is counted: the server's and the database's."""
    visits: Iterator[Visit]
    stored: Callable[[], int]
    """Count the complete responses in its database."""
    taken: int = 0
    faults: list[str] = field(default_factory=list)

    def take_turn(self, at_once: int, responses: int) -> Turn:
        """Let people come, and count the rows after them."""
        visits = list(islice(self.visits, responses))
        before = Cpu.now(self.pids)
        took = visit_all("127.0.0.1", self.port, visits, at_once=at_once, proof=PROOF)
        spent = Spent.between(before, Cpu.now(self.pids))
        self.taken += responses
        stored = self.stored()
        if took.faults:
            self.faults.append(f"{self.name}, c={at_once}: {len(took.faults)} faults, the first {took.faults[0]}")
        if stored != self.taken:
            self.faults.append(f"{self.name}, c={at_once}: {stored} rows after {self.taken} responses")
        return Turn.of(
            self.name, at_once=at_once, units=responses, seconds=took.seconds, latencies=took.latencies, spent=spent
        )


def take_turns(targets: Sequence[Target], turns: dict[int, int], *, rounds: int, warm_up: int) -> list[Turn]:
    """Let targets take turns, the order changing from round to round. `turns`: visitors at once → responses a turn."""
    for target in targets:
        target.take_turn(4, warm_up)
    return [
        target.take_turn(at_once, responses)
        for number in range(rounds)
        for at_once, responses in turns.items()
        for target in (targets if number % 2 == 0 else targets[::-1])
    ]
