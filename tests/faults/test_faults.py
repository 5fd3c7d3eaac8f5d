"""The short form of `make faults`: fewer people, one stage for all, and time that only passes is passed on a set clock.

What stands as a test elsewhere is not repeated here. The order is that of the list: each leaves the stage as it was.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.faults.invariants import Findings
from tests.faults.playing import play_on
from tests.faults.scenario import Play, Scenario
from tests.faults.scenarios import ALL
from tests.faults.soak.run import Size, soak
from tests.faults.stage import Servers, Stage, stage
from tests.rig.postgres import PostgresMissing
from tests.rig.run import Run

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(300)]

LAST = ("36", "37")
"""They set the clock by months, and start the roles again."""
SHORT = [one for one in ALL if one.play and one.short and one.number not in LAST]


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


@pytest.mark.parametrize("scenario", SHORT, ids=lambda one: f"{one.number}_{one.title.replace(' ', '_')}")
def test_nothing_is_lost_and_nothing_doubled(shared: Shared, scenario: Scenario) -> None:
    assert scenario.play is not None
    found = shared.play(scenario.play)
    assert found.clean, found


def test_a_small_soak_loses_and_doubles_nothing(shared: Shared) -> None:
    found = shared.play(lambda made: soak(made, Size(responses=150, seconds=12, seed=3)), doctor=True)
    assert found.clean, found


@pytest.mark.parametrize("number", LAST)
def test_clocks_lead_nobody_astray(shared: Shared, number: str) -> None:
    (scenario,) = (one for one in ALL if one.number == number)
    assert scenario.play is not None
    found = shared.play(scenario.play)
    assert found.clean, found
