"""Every fact that is announced has its job, every job exists, and the table names no fact that nobody announces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests.guards.source import at, calls, modules, tree
from vocapp.pipeline import PIPELINE, QUEUES, TICKS

ANNOUNCING = {"announce", "announce_many", "announce_each"}


def test_every_fact_announced_has_its_job() -> None:
    unknown = {kind: where for kind, where in _announced().items() if kind not in PIPELINE}
    assert not unknown


def test_every_fact_of_the_table_is_announced() -> None:
    """By a call, or by the SQL that writes its row: either way its name stands below the doors."""
    said = "\n".join(text for path in modules("vocapp/services", "vocapp/models") for text in _texts(path))
    assert not [kind for kind in PIPELINE if not re.search(rf"\b{kind}\b", said)]


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


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
