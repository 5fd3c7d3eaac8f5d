"""The short form of `make faults`: fewer people, one stage for all, and time that only passes is passed on a set clock.

What stands as a test elsewhere is not repeated here. The order is that of the list: each leaves the stage as it was.
"""

from __future__ import annotations

import pytest

from tests.faults.conftest import LAST, Shared
from tests.faults.scenario import Scenario
from tests.faults.scenarios import ALL

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(300)]

SHORT = [one for one in ALL if one.play and one.short and one.number not in LAST]


@pytest.mark.parametrize("scenario", SHORT, ids=lambda one: f"{one.number}_{one.title.replace(' ', '_')}")
def test_nothing_is_lost_and_nothing_doubled(shared: Shared, scenario: Scenario) -> None:
    assert scenario.play is not None
    found = shared.play(scenario.play, doctor=scenario.doctor)
    assert found.clean, found
