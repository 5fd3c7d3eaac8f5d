"""PostgreSQL restarted under people who submit, and killed under an import (7 and 8)."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tests.faults.people import PAGE, answer_surely, crowd, link_to_page
from tests.faults.scenario import Told
from tests.faults.stage import Stage, until
from tests.journeys.story import publish

IMPORTED = "select count(*) from customers where external_id like 'imported-%%'"


def restarted_under_submits(stage: Stage) -> Told:
    """Restart PostgreSQL while fifty people submit."""
    publish(stage.vocapp.api, PAGE)
    people = crowd(20 if stage.short else 50)
    links = [link_to_page(stage, person) for person in people]
    away = stage.books.turned_away
    begun = threading.Semaphore(0)

    def one(number: int) -> int:
        begun.release()
        time.sleep(number * 0.02)
        return answer_surely(stage, people[number], links[number], number % 11)

    with ThreadPoolExecutor(len(people)) as pool:
        kept_after_all = pool.map(one, range(len(people)))
        for _ in people:
            begun.acquire()
        stage.postgres.stop()
        stage.postgres.start()
        back_at = time.monotonic()
        unsure = sum(kept_after_all)
    seconds = time.monotonic() - back_at + stage.settle()
    away = stage.books.turned_away - away
    assert away, "nobody noticed"
    assert not unsure, f"{unsure} were answered 503, and their answers were kept"
    assert stage.revive() == [], "a role had to be started again"
    return Told(f"{len(people)} submits, {away} answers of 503 or none; no role restarted", seconds)


def killed_under_an_import(stage: Stage) -> Told:
    """Kill all of PostgreSQL in the middle of an import from a file; import again."""
    rows = 4_000 if stage.short else 30_000
    product = stage.vocapp.product
    path = product.home / "customers.csv"
    _write(path, rows)
    command = [sys.executable, "-m", "vocapp", "customers", "import", str(path), "--data-dir", str(product.data_dir)]
    importing = stage.servers.run.start(
        command, name=f"{product.home.name}-import", env=product._environment(), cwd=product.home
    )
    until(lambda: stage.one(IMPORTED) >= rows // 10, 60, what="the import is under way")
    stage.postgres.kill()
    ended = importing.wait(60)
    killed_at = time.monotonic()
    stage.postgres.start()
    kept = _wait_for(stage, IMPORTED)
    said = stage.servers.run.log(f"{product.home.name}-import")
    assert ended != 0, f"an import that was cut off says that all is well: {said[-300:]}"
    assert "Traceback" not in said, said[-2000:]
    assert 0 < kept < rows
    again = product.command("customers", "import", str(path), seconds=240)
    told = f"{rows} customers: {rows - kept} new, 0 changed, {kept} as they were"
    assert told in again, again
    assert stage.one(IMPORTED) == rows
    product.wait_until_serving()
    seconds = time.monotonic() - killed_at
    return Told(f"import of {rows} cut at {kept} (status {ended}), crash recovery; again: exactly {rows}", seconds)


def _write(path: Path, rows: int) -> None:
    at = datetime.now(UTC).isoformat()
    lines = [f"imported-{n},imported-{n}@example.test,Prénom {n},{at}" for n in range(rows)]
    path.write_text("\n".join(["external_id,email,first_name,observed_at", *lines]) + "\n")


def _wait_for(stage: Stage, query: str) -> int:
    """Ask until the database is there again."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return int(stage.one(query))
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
