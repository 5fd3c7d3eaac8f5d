"""What an erasure leaves to a job: files of mails and refused rows, the list beside the database, the alarm."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from flask import Flask
from sqlalchemy import delete, update
from structlog.testing import capture_logs

from tests.builders import House
from tests.erased import erase, run_clearing, zoraide
from vocapp import jobs
from vocapp.adapters import erasure_list as list_file
from vocapp.adapters import refused_rows
from vocapp.config import EXTENSION
from vocapp.domain.links import event_key
from vocapp.jobs.erase import watch_erasures
from vocapp.models import Customer, Erasure, ToldBefore, Workspace
from vocapp.services import erasure_list
from vocapp.services.intake_events import take_events


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
    assert line.keys() == {"workspace", "id", "external_key", "contact_key", "requested_at", "events"}
    assert "zoraide" not in orjson.dumps(line).decode()
    assert line["events"] == [event_key(house.secret, "order-7")]
    assert [one.leftovers for one in house.rows(Erasure)] == [None], "nothing leads from the erasure to these hashes"


def test_what_had_happened_stays_known_after_the_restore_of_a_backup_that_never_heard_of_it(house: House) -> None:
    zoraide(house)
    erase(house)
    run_clearing(house)
    [line] = list_file.read(house.app.extensions[EXTENSION].data_dir / list_file.NAME)
    with house.writing() as session:  # as if the backup were older than her
        for table in (ToldBefore, Erasure):
            session.execute(delete(table).where(table.workspace_id == house.id))
    with house.writing() as session:
        entry = erasure_list.Entry(**{**line, "id": UUID(line["id"]), "requested_at": house.now})
        workspace = session.get_one(Workspace, house.id)
        assert erasure_list.replay(workspace=workspace, wanted=[entry], secret=house.secret, now=house.now) == 0
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
