"""Every fact that is announced has its job, every job exists, and the table names no fact that nobody announces."""

from __future__ import annotations

import ast
from importlib import import_module

from tests.guards.source import at, calls, modules
from vocapp.pipeline import PIPELINE, QUEUES, TICKS

ANNOUNCING = {"announce", "announce_many", "announce_each"}


def test_every_fact_announced_has_its_job() -> None:
    unknown = {kind: where for kind, where in _announced().items() if kind not in PIPELINE}
    assert not unknown


def test_every_fact_of_the_table_is_announced() -> None:
    assert set(PIPELINE) <= set(_announced())


def test_every_job_is_there_and_in_a_queue_that_is_worked() -> None:
    for step in [*PIPELINE.values(), *TICKS]:
        module, _, function = step.job.rpartition(".")
        assert module.startswith("vocapp.jobs.")
        assert callable(getattr(import_module(module), function)), step.job
        assert step.queue in QUEUES


def _announced() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in modules("vocapp"):
        for name, call in calls(path):
            if name.rpartition(".")[2] in ANNOUNCING and call.args and at(path) != "vocapp/models/outbox.py":
                kind = call.args[0]
                assert isinstance(kind, ast.Constant), f"{at(path, call.lineno)}: name the fact where it is announced"
                found[str(kind.value)] = at(path, call.lineno)
    return found
