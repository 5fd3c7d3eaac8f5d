"""Scenarios that tests elsewhere tell: those tests are there."""

from __future__ import annotations

from tests.faults.scenarios import ALL
from tests.guards.source import ROOT


def test_every_test_that_tells_a_scenario_is_there() -> None:
    told = [node.partition("::") for scenario in ALL for node in scenario.tests]
    assert told
    missing = [
        f"{path}::{name}"
        for path, _, name in told
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]
    assert not missing
