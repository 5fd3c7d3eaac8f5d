"""`erasures replay`, after the restore of a backup that is older than an erasure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from flask import Flask
from sqlalchemy import delete

from tests.builders import House
from tests.erased import erase, run_clearing, zoraide
from vocapp.adapters import erasure_list as list_file
from vocapp.cli import main
from vocapp.config import Settings
from vocapp.domain.links import event_key
from vocapp.models import Customer, Erasure, ToldBefore
from vocapp.services.intake_events import take_events


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    """A company whose database has forgotten that Zoraide was erased, with the files beside it that have not."""
    house = House(app)
    zoraide(house)
    erase(house)
    run_clearing(house)
    with house.writing() as session:
        for table in (ToldBefore, Erasure):
            session.execute(delete(table).where(table.workspace_id == house.id))
    return house


@pytest.fixture
def replay(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    monkeypatch.chdir(tmp_path)
    return lambda *words: main(["erasures", "replay", *words, "--data-dir", str(settings.data_dir)])


def test_what_had_happened_stays_known(house: House, replay: Callable[..., int]) -> None:
    assert replay() == 0
    assert [one.key for one in house.rows(ToldBefore)] == [event_key(house.secret, "order-7")]
    told = {"id": "order-7", "event": "order.delivered", "occurred_at": house.now.isoformat()}
    with house.writing():
        outcome = take_events(
            workspace_id=house.id,
            documents=[{**told, "customer": {"external_id": "c-zoraide"}}],
            secret=house.secret,
            now=house.now,
        )
    assert (outcome.accepted, outcome.duplicates) == (0, 1)
    assert house.rows(Customer) == []
    assert replay() == 0
    assert (len(house.rows(Erasure)), len(house.rows(ToldBefore))) == (1, 1)


def test_a_list_without_its_second_file_is_replayed_as_ever(
    house: House, replay: Callable[..., int], settings: Settings, tmp_path: Path
) -> None:
    alone = tmp_path / "list.ndjson"
    (settings.data_dir / list_file.NAME).rename(alone)
    assert replay(str(alone)) == 0
    assert (len(house.rows(Erasure)), house.rows(ToldBefore)) == (1, [])


def test_lines_that_hold_the_events_themselves_are_read(
    house: House, replay: Callable[..., int], settings: Settings
) -> None:
    """Versions between two releases wrote such."""
    (settings.data_dir / list_file.TOLD_NAME).unlink()
    path = settings.data_dir / list_file.NAME
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "events": ["0" * 64]}) + b"\n")
    assert replay() == 0
    assert [one.key for one in house.rows(ToldBefore)] == ["0" * 64]


def test_a_second_file_that_is_none_stops_it_before_anything_is_done(
    house: House, replay: Callable[..., int], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    path = settings.data_dir / list_file.TOLD_NAME
    path.write_text('{"workspace": 1}\n')
    assert replay() == 1
    said = f"vocapp: {path} is no list of what was told before: a line has no workspace or no key\n"
    assert capsys.readouterr().err == said
    assert house.rows(Erasure) == []
