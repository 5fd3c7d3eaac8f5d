"""Plays scenarios and makes rows of them; whatever a scenario asserts in vain is a row that is not clean."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from tests.faults.invariants import Findings, check
from tests.faults.scenario import Play, Row, Scenario, Told
from tests.faults.soak.run import Size, soak
from tests.faults.stage import Servers, Stage, stage
from tests.rig.product import ROOT

SOAK = "40"


def play(scenario: Scenario, servers: Servers) -> Row:
    """Play a scenario on a stage of its own, or run its tests."""
    row = Row(scenario.number, scenario.title, built=scenario.built)
    began = time.monotonic()
    if scenario.play is not None:
        _play_on_a_stage(scenario.play, servers, row, doctor=scenario.doctor)
    elif scenario.tests:
        _run_tests(scenario.tests, row)
    else:
        row.done = "not built: the product has nothing of it yet"
    row.took = time.monotonic() - began
    return row


def play_soak(size: Size, servers: Servers) -> Row:
    row = Row(SOAK, f"soak of {size.responses} responses")
    began = time.monotonic()
    _play_on_a_stage(lambda made: soak(made, size), servers, row)
    row.took = time.monotonic() - began
    return row


def play_on(made: Stage, work: Play, *, doctor: bool = True) -> tuple[Told, Findings]:
    """Play on a stage that stands, put up again what was broken, and look at the invariants."""
    told = work(made)
    made.ready()
    made.settle()
    return told, check(made, doctor=doctor)


def _play_on_a_stage(work: Play, servers: Servers, row: Row, *, doctor: bool = True) -> None:
    try:
        with stage(servers) as made:
            try:
                told, row.findings = play_on(made, work, doctor=doctor)
                row.done, row.seconds = told.done, told.seconds
            except Exception as error:  # noqa: BLE001 (a row that is not clean, and on to the next)
                row.findings = _in_spite_of(lambda: check(made))
                row.findings.wrong.insert(0, _said(error))
                row.findings.wrong += _complaints(made)
    except Exception as error:  # noqa: BLE001
        row.findings.wrong.append(f"the stage: {_said(error)}")


def _run_tests(nodes: tuple[str, ...], row: Row) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", *nodes],
        cwd=ROOT,
        env={**os.environ, "VOCAPP_TESTS_COMPLETE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    last = (done.stdout.strip().splitlines() or [done.stderr.strip()])[-1]
    row.done = f"{nodes[0].partition('::')[0]}: {last.strip('= ')}"
    if done.returncode:
        row.findings.wrong.append(f"tests failed: {done.stdout[-1500:]}")


def _in_spite_of(look: Callable[[], Findings]) -> Findings:
    try:
        return look()
    except Exception as error:  # noqa: BLE001
        return Findings(wrong=[f"the invariants can't be looked at: {_said(error)}"])


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:600]}"


def _complaints(made: Stage) -> list[str]:
    lines = [line for line in made.vocapp.product.printed.splitlines() if "level='error'" in line]
    return [f"it printed: {line[:300]}" for line in lines[-5:]]
