"""The doctor's nightly look: once a night, goes on where it stopped, and stands where operators look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text, update
from structlog.testing import capture_logs

from tests.builders import House
from tests.watching import swapped
from vocapp import jobs
from vocapp.jobs import check_up
from vocapp.models import Checkup, db
from vocapp.services.checking import CHECKS, recording

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def house(app: Flask) -> House:
    jobs.bind(app, most_attempts={})
    house = House(app)
    for number in range(3):
        house.customer(f"c{number}")
    return house


def look() -> None:
    check_up.check_up()


def rows(house: House) -> dict[str, Checkup]:
    with house.app.app_context():
        found = {row.key: row for row in db.session.scalars(select(Checkup))}
        db.session.expunge_all()
        return found


def figures(client: FlaskClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith("vocapp_doctor")
    }


def test_every_promise_is_looked_at_and_what_came_of_it_stands_in_the_metrics(
    house: House, client: FlaskClient
) -> None:
    before = figures(client)
    assert before["vocapp_doctor_last_run_timestamp_seconds"] == 0
    assert before["vocapp_doctor_unknown"] == len(CHECKS)
    look()
    after = figures(client)
    assert {key for key in after if "{" in key} == {f'vocapp_doctor_wrong{{check="{one.key}"}}' for one in CHECKS}
    assert sum(value for key, value in after.items() if "{" in key) == after["vocapp_doctor_unknown"] == 0
    assert abs(after["vocapp_doctor_last_run_timestamp_seconds"] - house.now.timestamp()) < 60


def test_it_looks_once_a_night_and_finds_what_broke_since(house: House, client: FlaskClient) -> None:
    look()
    with house.writing() as session:
        session.execute(text("delete from changes where stream = 'customers'"))
    first = rows(house)["feed_complete"].looked_at
    look()
    assert rows(house)["feed_complete"].looked_at == first  # the night is not over
    with house.writing() as session:
        session.execute(update(Checkup).values(looked_at=house.now - timedelta(days=1, minutes=1)))
    look()
    found = rows(house)["feed_complete"]
    assert found.wrong == [{"workspace_id": house.id, "n": 3, "ids": found.wrong[0]["ids"]}]
    assert len(found.wrong[0]["ids"]) == 3
    assert figures(client)['vocapp_doctor_wrong{check="feed_complete"}'] == 3


def test_where_there_is_no_more_time_it_goes_on_at_the_next_tick(house: House) -> None:
    with swapped(check_up, "BEGIN_SECONDS", 0.0):
        look()
        [first] = rows(house)
        look()
        assert len(rows(house)) == 2
        assert first in rows(house)
    look()
    assert rows(house).keys() == {check.key for check in CHECKS}


def test_what_ran_out_of_time_is_no_broken_promise_and_comes_first_at_the_next_tick(house: House) -> None:
    with swapped(check_up, "LONGEST_SECONDS", 0.0), capture_logs() as logs:
        look()
        [first] = rows(house).values()  # it had the whole time of a tick; the second only what was left
        look()
        assert len(rows(house)) == 2
    assert first.why_unknown == "out of time"
    told = [(one["log_level"], one["event"]) for one in logs if one["event"].startswith("promise")]
    assert told == [("warning", "promise not looked at")] * 2
    look()
    after = rows(house)
    assert after.keys() == {check.key for check in CHECKS}
    assert after[first.key].looked_at == first.looked_at  # not again before the next night
    assert [one.why_unknown for one in after.values()].count(None) == len(CHECKS) - 2
    with house.writing() as session:
        session.execute(update(Checkup).values(looked_at=house.now - timedelta(days=1, minutes=1)))
        session.execute(text("delete from changes where stream = 'customers'"))
    with capture_logs() as logs:
        look()
    assert ("error", "promise broken") in [(one["log_level"], one["event"]) for one in logs]
    assert not [one for one in rows(house).values() if one.why_unknown]


def test_sentiments_that_wait_for_it_keep_their_promise() -> None:
    promised_within = 40
    assert promised_within / 2 >= check_up.LONGEST_SECONDS


def test_a_check_that_is_no_more_is_forgotten(house: House) -> None:
    with house.writing() as session:
        session.add(Checkup(key="of_old", looked_at=house.now, took_ms=0, wrong=[]))
    look()
    assert "of_old" not in rows(house)


def test_what_is_kept_is_told_to_each_workspace_apart(house: House) -> None:
    other = House(house.app, "other")
    other.customer("c1")
    with house.writing():
        db.session.execute(delete(Checkup))
        db.session.execute(text("delete from changes where stream = 'customers'"))
    look()
    with house.app.app_context():
        kept = {one.check.key: one for one in recording.list_kept()}["feed_complete"]
        assert kept.n == 4
        assert kept.within(other.id).n == 1
        assert kept.within(house.id).n == 3
        assert kept.within(10**6).status == "ok"
        db.session.rollback()


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-03-10T09:00", "2026-03-10T02:00"),  # three o'clock in Paris
        ("2026-03-10T01:59", "2026-03-09T02:00"),
        ("2026-03-29T12:00", "2026-03-29T01:00"),  # summer time has begun at two
        ("2026-10-25T12:00", "2026-10-25T02:00"),
    ],
)
def test_the_night_is_the_workspaces(now: str, night: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert recording.last_night(at, PARIS) == datetime.fromisoformat(night).replace(tzinfo=UTC)
