"""A copy of an installation on SQLite, taken while it is written to; and what it is worth."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.builders import NPS, House
from vocapp.app import create_app
from vocapp.cli import main
from vocapp.config import Settings
from vocapp.installing import install
from vocapp.models import db
from vocapp.models.feed import epoch, still_holds


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def back_up(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], int]:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    monkeypatch.chdir(tmp_path)
    return lambda folder: main(["backup", str(folder), "--data-dir", str(settings.data_dir)])


def customers(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        found: int = connection.execute("select count(*) from customers").fetchone()[0]
    connection.close()
    return found


def test_a_copy_taken_while_somebody_writes_is_whole_and_for_its_owner_only(
    app: Flask, settings: Settings, back_up: Callable[[Path], int], tmp_path: Path
) -> None:
    house = House(app)
    for n in range(20):
        house.customer(f"before-{n}")
    (settings.data_dir / "erasures.ndjson").write_text('{"id": "1"}\n')
    (settings.data_dir / "told_before.ndjson").write_text('{"key": "2"}\n')
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            house.customer(f"meanwhile-{n}")
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert back_up(tmp_path / "copy") == 0
    finally:
        stop.set()
        writer.join()
    names = {"vocapp.db", "secret_key", "erasures.ndjson", "told_before.ndjson"}
    assert {path.name for path in (tmp_path / "copy").iterdir()} == names
    modes = [stat.S_IMODE((tmp_path / "copy" / name).stat().st_mode) for name in ("", *names)]
    assert modes == [0o700, *[0o600] * 4]
    assert customers(tmp_path / "copy/vocapp.db") >= 20
    assert (tmp_path / "copy/secret_key").read_text().strip() == settings.secret_key


def test_what_is_restored_is_a_data_dir_and_readers_of_the_newer_life_are_told(
    app: Flask, make_settings: Callable[..., Settings], back_up: Callable[[Path], int], tmp_path: Path
) -> None:
    house = House(app)
    house.survey(questions=[NPS])
    with app.app_context():
        install(app, app.extensions["vocapp"])
    house.customer("ada")
    assert back_up(tmp_path / "copy") == 0
    copied_until = _newest(app)
    house.customer("later")
    with app.app_context():
        seen_in = epoch()
    copied = make_settings(data_dir=tmp_path / "copy", database_url=f"sqlite:///{tmp_path / 'copy/vocapp.db'}")
    restored = create_app(copied)
    install(restored, copied)  # as every start does
    with restored.app_context():
        assert still_holds(given_in=seen_in, number=copied_until)
        assert not still_holds(given_in=seen_in, number=_newest(app)), "what was read after the copy is not in it"
        names = db.session.connection().exec_driver_sql("select external_id from customers").scalars().all()
        for engine in db.engines.values():
            engine.dispose()
    assert names == ["ada"]


def test_what_can_not_be_copied_is_refused_in_one_line(
    app: Flask,
    settings: Settings,
    back_up: Callable[[Path], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    assert back_up(tmp_path / "full") == 1
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert back_up(tmp_path / "new") == 1
    assert not (tmp_path / "nowhere.db").exists()
    monkeypatch.setenv("DATABASE_URL", "postgresql://vocapp@127.0.0.1/vocapp")
    assert back_up(tmp_path / "new") == 1
    full, nowhere, elsewhere = capsys.readouterr().err.splitlines()
    assert full == f"vocapp: {tmp_path / 'full'} is not empty"
    assert nowhere.startswith(f"vocapp: there is no database at {tmp_path / 'nowhere.db'}: ")
    assert elsewhere == "vocapp: the data is in PostgreSQL: use pg_dump or base backups (docs/operations.md)"


def _newest(app: Flask) -> int:
    with app.app_context():
        return int(db.session.connection().exec_driver_sql("select max(number) from changes").scalar_one())
