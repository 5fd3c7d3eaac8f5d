"""A worker process for tests, and the jobs it runs: they write down what they did."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from vocapp.jobs import job
from vocapp.models import database_now, transaction
from vocapp.models.outbox import settle


@job
def record(fact_ids: list[int]) -> None:
    _write(f"{os.getpid()} {fact_ids}")
    with transaction():
        settle(fact_ids, now=database_now())


@job
def record_slowly(fact_ids: list[int]) -> None:
    _write("started")
    time.sleep(1.5)
    with transaction():
        settle(fact_ids, now=database_now())
    _write("finished")


def _write(line: str) -> None:
    with Path(os.environ["RECORD"]).open("a") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    from vocapp.app import create_app
    from vocapp.config import Settings
    from vocapp.logs import configure
    from vocapp.worker import run

    configure("WARNING")
    given = Settings.from_env(
        data_dir=os.environ["DATA_DIR"], database_url=os.environ["DATABASE_URL"], redis_url=os.environ["REDIS_URL"]
    )
    sys.exit(run(create_app(given), given, "mail", frees_leases="frees" in sys.argv))
