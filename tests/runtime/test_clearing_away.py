"""What an erasure leaves to a job: files of mails and refused rows, the list beside the database, the alarm."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from flask import Flask
from sqlalchemy import update
from structlog.testing import capture_logs

from tests.builders import House
from tests.erased import erase, run_clearing, zoraide
from vocapp import jobs
from vocapp.adapters import erasure_list as list_file
from vocapp.adapters import refused_rows
from vocapp.config import EXTENSION
from vocapp.domain.links import event_key
from vocapp.jobs.erase import watch_erasures
from vocapp.models import Erasure
from vocapp.services import erasure_list


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def test_the_list_beside_the_database_holds_hashes_only(house: House) -> None:
    zoraide(house)
    erasure = erase(house)
    run_clearing(house)
    folder: Path = house.app.extensions[EXTENSION].data_dir
    [line] = list_file.read(folder / list_file.NAME)
    assert line["id"] == str(erasure.id)
    assert line.keys() == {"workspace", "id", "external_key", "contact_key", "requested_at"}, (
        "older versions read these"
    )
    assert "zoraide" not in orjson.dumps(line).decode()
    assert event_key(house.secret, "order-7") not in (folder / list_file.NAME).read_text()
    assert [one.leftovers for one in house.rows(Erasure)] == [None], "nothing leads from the erasure to these hashes"


def test_what_had_happened_lies_in_a_file_of_its_own_from_which_nothing_leads_to_anybody(house: House) -> None:
    zoraide(house)
    bob = house.customer("c-bob", email="bob@example.test")
    told = {"order-7"} | {f"order-{number}" for number in range(20, 26)}
    for event_id in sorted(told - {"order-7"}):
        house.event(bob, event_id)
    folder: Path = house.app.extensions[EXTENSION].data_dir
    for who in ("c-bob", "c-zoraide"):
        erase(house, who)
        run_clearing(house)
        run_clearing(house)
    lines = [orjson.loads(line) for line in (folder / list_file.TOLD_NAME).read_bytes().splitlines()]
    keys = sorted(event_key(house.secret, event_id) for event_id in told)
    assert lines == [{"workspace": "maison", "key": key} for key in keys], "by hash: neither by person nor by time"
    assert {one.name for one in folder.iterdir() if "told" in one.name} == {list_file.TOLD_NAME}
    assert (folder / list_file.TOLD_NAME).stat().st_mode & 0o777 == 0o600


def test_refused_rows_that_name_her_go_and_the_others_stay(house: House, tmp_path: Path) -> None:
    folder: Path = house.app.extensions[EXTENSION].data_dir
    rows, events = tmp_path / "a.csv.refused.csv", tmp_path / "b.ndjson.refused.ndjson"
    rows.write_text("external_id,email,why\r\nx,Zoraide.K@example.test,bad\r\nbob,bob@example.test,bad\r\n")
    events.write_text('{"line":1,"event":"{\\"external_id\\":\\"c-zoraide\\"}"}\n{"line":2,"event":"bob"}\n')
    for path in (rows, events, tmp_path / "gone.csv"):
        refused_rows.note(folder, path)
    zoraide(house)
    erase(house)
    run_clearing(house)
    assert rows.read_text() == "external_id,email,why\nbob,bob@example.test,bad\n"
    assert events.read_text() == '{"line":2,"event":"bob"}\n'


def test_an_erasure_that_is_not_done_alarms_at_day_twenty(house: House) -> None:
    zoraide(house)
    erasure = erase(house)
    jobs.bind(house.app, most_attempts={})
    with capture_logs() as logs:
        watch_erasures()
    assert logs == []
    with house.writing() as session:
        session.execute(update(Erasure).values(requested_at=erasure.requested_at - timedelta(days=20)))
    with house.reading():
        assert erasure_list.unfinished(now=house.now) == (1, 1)
    with capture_logs() as logs:
        watch_erasures()
    assert [(one["log_level"], one["late"]) for one in logs] == [("error", 1)]
