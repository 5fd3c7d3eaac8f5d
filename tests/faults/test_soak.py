"""A small soak, and clocks that go wrong: what takes longest of the short form of `make faults`."""

from __future__ import annotations

import pytest

from tests.faults.conftest import LAST, Shared
from tests.faults.scenarios import ALL
from tests.faults.soak.run import Size, soak

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(300)]


def test_a_small_soak_loses_and_doubles_nothing(shared: Shared) -> None:
    found = shared.play(lambda made: soak(made, Size(responses=150, seconds=12, seed=3)), doctor=True)
    assert found.clean, found


@pytest.mark.parametrize("number", LAST)
def test_clocks_lead_nobody_astray(shared: Shared, number: str) -> None:
    (scenario,) = (one for one in ALL if one.number == number)
    assert scenario.play is not None
    found = shared.play(scenario.play)
    assert found.clean, found
