"""Another tool's survey, already running on this machine, beside the product's: the same form client answers both.

It opens the page, sends every form that comes with what is hidden in it, and follows to the end; each person has
cookies of their own. A turn ends after some seconds, or when all have answered who are there; who has begun finishes.
CPU is counted where the peer's processes are named (its server's and its database's).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count
from urllib.parse import urlsplit

from bench.browsing import NotAnswered, Person
from bench.cases.responses import stored
from bench.machine import Cpu, Spent
from bench.report import Figure, Report, Stage, beside, kept, table_of
from bench.serving import serve_product
from bench.turns import PROOF, Turn

MOST_EACH = {1: 60, 4: 200, 16: 300}
"""At once → people in one turn."""
NAMES = ("vocapp", "peer")


class PeerRefused(ValueError):
    """A peer that is not driven; the message says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    url: str
    pids: tuple[int, ...] = ()
    """Whose process trees' CPU is its own."""
    done: str = ""
    """A text of its last page; without it, the first page without a form to send is the last."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not _is_here(parts.hostname or ""):
            raise PeerRefused(
                f"{self.url}: a peer is driven on this machine only, such as http://127.0.0.1:8080/survey"
            )


@dataclass
class Driven:
    """A survey and who comes to it."""

    name: str
    urls: Iterator[str]
    pids: Sequence[int]
    done: str
    people: Iterator[int] = field(default_factory=count)
    faults: list[str] = field(default_factory=list)
    forms: int = 0
    answered: int = 0

    async def take_turn(self, at_once: int, most: int, seconds: float) -> Turn | None:
        """Have people answer; None where nobody came to the end."""
        latencies: list[float] = []
        before, started = Cpu.now(self.pids), time.perf_counter()
        deadline, left = started + seconds, count()

        async def answer() -> None:
            person = Person()
            while next(left) < most and time.perf_counter() < deadline:
                begun = time.perf_counter()
                try:
                    sent = await person.answer(next(self.urls), next(self.people), done=self.done)
                    self.forms += sent
                    latencies.append(time.perf_counter() - begun)
                except NotAnswered as stopped:
                    self.faults.append(f"{self.name}: {stopped}")
                    break
            await person.close()

        await asyncio.gather(*(answer() for _ in range(at_once)))
        took = time.perf_counter() - started
        self.answered += len(latencies)
        if not latencies:
            return None
        spent = Spent.between(before, Cpu.now(self.pids))
        return Turn.of(self.name, at_once=at_once, units=len(latencies), seconds=took, latencies=latencies, spent=spent)


def measure(stage: Stage, *, peer: Peer) -> Report:
    """Answer both surveys by turns."""
    rounds, seconds = (3, 3.0) if stage.quick else (5, 10.0)
    wanted = rounds * sum(MOST_EACH.values()) + 20
    url = stage.postgres.create_database("bench_peer")
    product, server, paths = serve_product(stage.run, url, wanted=wanted)
    links = (product.base_url + path for path in paths)
    targets = [
        Driven("vocapp", links, (server.pid, stage.postgres.pid), PROOF.decode()),
        Driven("peer", (peer.url for _ in count()), peer.pids, peer.done),
    ]
    turns = asyncio.run(_turns(targets, rounds=rounds, seconds=seconds))
    faults = [fault for target in targets for fault in target.faults[:3]]
    complete = stored(stage.postgres.conninfo("bench_peer"), complete="status = 'completed'")
    if complete != targets[0].answered:
        faults.append(f"vocapp: {complete} rows after {targets[0].answered} responses")
    forms = {target.name: target.forms / target.answered for target in targets if target.answered}
    report = Report(
        f"the form client on both: {', '.join(f'{name} {each:.1f} forms a response' for name, each in forms.items())}",
        table_of(turns, NAMES) if len(forms) == len(targets) else [],
        [],
        faults,
        kept(turns),
    )
    if not faults:
        report.figures = [_times(figure) for figure in beside(turns, *NAMES, goals={}) if _is_told(figure, peer)]
    return report


async def _turns(targets: Sequence[Driven], *, rounds: int, seconds: float) -> list[Turn]:
    turns = []
    for target in targets:
        await target.take_turn(1, 5, seconds)
    for number in range(rounds):
        for at_once, most in MOST_EACH.items():
            for target in targets if number % 2 == 0 else targets[::-1]:
                turn = None if target.faults else await target.take_turn(at_once, most, seconds)
                if turn is not None:
                    turns.append(turn)
    return turns


def _times(figure: Figure) -> Figure:
    """Say how many times as quick as the peer, where `beside` says a share of a floor."""
    return Figure(f"{figure.name}, beside the peer", figure.value, "times", figure.low, figure.high, told=figure.told)


def _is_told(figure: Figure, peer: Peer) -> bool:
    return bool(peer.pids) or not figure.name.endswith("CPU")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
