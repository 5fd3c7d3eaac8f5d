"""What a case leaves behind, taken away: the next one is to have the machine to itself."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator

import psycopg

from bench.report import Stage
from tests.rig.run import born
from tests.rig.waiting import wait_until

LONGEST_SECONDS = 20.0


@contextlib.contextmanager
def alone(stage: Stage) -> Iterator[None]:
    """End the processes that a block starts, and drop the databases that it makes."""
    noted, databases = set(_noted(stage)), _databases(stage)
    try:
        yield
    finally:
        new = {path: said for path, said in _noted(stage).items() if path not in noted}
        for said in new.values():
            if born(said["pid"]) == said["born"]:
                os.kill(said["pid"], said["signal"])
        wait_until(lambda: not any(born(said["pid"]) == said["born"] for said in new.values()), LONGEST_SECONDS)
        for path in new:
            stage.run.path(path).unlink(missing_ok=True)
        for name in _databases(stage) - databases:
            stage.postgres.drop_database(name)


def _noted(stage: Stage) -> dict[str, dict[str, int]]:
    return {path.name: json.loads(path.read_text()) for path in stage.run.directory.glob("pid-*.json")}


def _databases(stage: Stage) -> set[str]:
    with psycopg.connect(stage.postgres.conninfo()) as connection:
        return {name for (name,) in connection.execute("select datname from pg_database")}
