"""An import under which the database goes away: one line says how far it came, and the same file is taken again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

ROWS = 1200


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["external_id,email", *(f"c{n},c{n}@example.test" for n in range(ROWS))]))
    return path


@pytest.fixture
def happenings(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    at = {"event": "order.delivered", "occurred_at": "2026-01-01T00:00:00Z"}
    path.write_text("\n".join(json.dumps({"id": f"e{n}", **at, "customer": {"external_id": "c"}}) for n in range(ROWS)))
    return path


@pytest.mark.parametrize("what", ["customers", "events"])
def test_an_import_without_its_database_says_how_far_it_came(
    command: Any, people: Path, happenings: Path, postgres_url: str, rows_of: Any, capsys: Any, what: str
) -> None:
    batches = 0

    def drop_everybody(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal batches
        batches += f"insert into {what}" in statement.casefold()
        if batches == 2:
            batches += 1
            with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
                )

    file = str(people if what == "customers" else happenings)
    event.listen(Engine, "before_cursor_execute", drop_everybody)
    try:
        assert command(what, "import", file) == 1
    finally:
        event.remove(Engine, "before_cursor_execute", drop_everybody)
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"vocapp: the database went away after 500 {what}")
    assert rows_of(f"select count(*) from {what}") == [(500,)]

    assert command(what, "import", file) == 0
    assert rows_of(f"select count(*) from {what}") == [(ROWS,)]
