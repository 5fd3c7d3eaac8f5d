"""One stage for the short form's scenarios."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.faults.invariants import Findings
from tests.faults.playing import play_on
from tests.faults.scenario import Play
from tests.faults.stage import Servers, Stage, stage
from tests.rig.postgres import PostgresMissing
from tests.rig.run import Run

LAST = ("36", "37")
"""They set the clock by months, and start the roles again."""


@pytest.fixture(scope="module")
def servers(run: Run) -> Iterator[Servers]:
    try:
        made = Servers(run)
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    yield made
    made.close()


class Shared:
    """One stage for all, until one of them spoils it."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._open = contextlib.ExitStack()
        self._stage: Stage | None = None

    def play(self, work: Play, *, doctor: bool = False) -> Findings:
        if self._stage is None:
            self._stage = self._open.enter_context(stage(self._servers, short=True))
        made, self._stage = self._stage, None
        try:
            made.ready()
            _, found = play_on(made, work, doctor=doctor)
            if found.clean:
                self._stage = made
            return found
        finally:
            if self._stage is None:
                self.close()

    def close(self) -> None:
        self._stage = None
        self._open.close()


@pytest.fixture(scope="module")
def shared(servers: Servers) -> Iterator[Shared]:
    made = Shared(servers)
    yield made
    made.close()
