"""Commands run in this process, on a database of the test's own that is installed already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import create_engine, text

from vocapp.cli import main

Command: TypeAlias = Callable[..., int]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, database_url: str, workspace_id: int, tmp_path: Path) -> Command:
    """Give `command("customers", "import", …)`, which returns the exit status."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("SECRET_KEY", "a secret key of the tests, long enough")
    monkeypatch.chdir(tmp_path)  # no .env of the checkout
    return lambda *words: _status([*words, "--data-dir", str(tmp_path / "var")])


@pytest.fixture
def rows_of(database_url: str) -> Callable[[str], list[tuple[object, ...]]]:
    """Give a reader of the database: `rows_of("select …")`."""

    def read(query: str) -> list[tuple[object, ...]]:
        engine = create_engine(database_url)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return rows

    return read


def _status(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as ended:  # as argparse ends it
        return int(ended.code or 0)
