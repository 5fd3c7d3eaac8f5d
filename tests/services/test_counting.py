"""Figures come from the counters: NPS, CSAT, CES, by what, from when, at which place; null under ten."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import CSAT, NPS, House, answer
from tests.erased import counters
from tests.watching import at_once
from vocapp.app import add_doors, create_app
from vocapp.models import Counter, Response, db, snapshot
from vocapp.services import counting
from vocapp.services.reporting import Question, figure, figures_by

pytestmark = pytest.mark.both_databases

CES: dict[str, Any] = {"key": "ces", "type": "ces", "text": {"fr": "Facile ?", "en": "Easy?"}}
SCORES = [10, 10, 9, 9, 9, 8, 7, 7, 3, 0]


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def filled(house: House, client: FlaskClient) -> None:
    """Ten people: five promoters, three passives, two detractors; the first eight at a shop in Lyon, two in Lille."""
    south = house.place("south")
    house.place("lyon", south)
    house.place("lille")
    house.survey(layout="page", questions=[NPS, CSAT, CES])
    for number, score in enumerate(SCORES):
        house.customer(f"c{number}")
        place = "lyon" if number < 8 else "lille"
        path = house.link(house.invite(f"c{number}", place=place))
        answer(client, path, {"nps": str(score), "csat": "5" if score > 6 else "1", "ces": "6"})


def test_figures_hold_to_the_place_tree_the_days_and_the_groups(house: House, client: FlaskClient) -> None:
    filled(house, client)
    bearer = {"Authorization": f"Bearer {house.api_key('export')}"}

    def read(metric: str, **query: str) -> Any:
        reply = client.get(f"/api/v1/metrics/{metric}", query_string=query, headers=bearer)
        assert reply.status_code == 200, reply.text
        return reply.json

    nps = read("nps")
    assert (nps["nps"], nps["promoters"], nps["passives"], nps["detractors"]) == (30.0, 5, 3, 2)
    assert nps["responses"] == 10
    assert nps["interval"]["low"] < 30 < nps["interval"]["high"]
    csat = read("csat")
    assert (csat["top2"], csat["mean"]) == (80.0, 4.2)
    assert {key: n for key, n in csat["counts"].items() if n} == {"5": 8, "1": 2}
    assert read("ces")["mean"] == 6.0
    midnight = house.now.astimezone(ZoneInfo("Europe/Paris")).replace(hour=0, minute=0, second=0, microsecond=0)
    assert read("nps", **{"from": midnight.isoformat()})["responses"] == 10
    assert read("nps", to=midnight.isoformat())["responses"] == 0
    late_before = (midnight - timedelta(minutes=1)).astimezone(UTC).isoformat()  # the day before, though not in UTC
    assert read("nps", **{"from": late_before, "to": midnight.isoformat()})["responses"] == 0
    assert read("nps", **{"from": (midnight + timedelta(hours=24)).isoformat()})["responses"] == 0
    under_ten = read("nps", place="south")  # with what is below it
    assert (under_ten["nps"], under_ten["interval"], under_ten["responses"]) == (None, None, 8)
    assert [(one["key"], one["responses"]) for one in read("nps", group_by="place")["groups"]] == [
        ("lille", 2),
        ("lyon", 8),
    ]
    for group_by, key in (("survey", "delivery"), ("version", "1"), ("channel", "link")):
        assert [one["key"] for one in read("nps", group_by=group_by)["groups"]] == [key]
    [day] = [one["key"] for one in read("nps", group_by="day")["groups"]]
    assert [one["key"] for one in read("nps", group_by="month")["groups"]] == [day[:7]]
    assert read("nps", **{"from": day})["responses"] == 10
    after = str(date.fromisoformat(day) + timedelta(days=1))
    assert read("nps", **{"from": after})["responses"] == 0
    assert read("nps", to=day)["responses"] == 0  # it no longer counts
    for bad in ({"group_by": "customer"}, {"from": "yesterday"}, {"unheard": "x"}, {"survey": "other"}, {"place": "x"}):
        assert client.get("/api/v1/metrics/nps", query_string=bad, headers=bearer).status_code == 422


def test_the_day_is_the_workspaces_and_stays_as_it_was_counted(house: House, client: FlaskClient) -> None:
    filled(house, client)
    with house.writing() as session:
        counting.add_up()
        session.execute(update(Counter).values(day=date(2026, 1, 31)))
        session.execute(update(Response).values(counted_on=date(2026, 1, 31)))
    with house.reading():
        assert counting.verify(workspace_id=house.id) == []
        january = Question(workspace_id=house.id, since=date(2026, 1, 1), until=date(2026, 2, 1))
        assert figure(metric="nps", question=january)["responses"] == 10
        assert [one["key"] for one in figures_by(metric="nps", question=january, group_by="week")] == ["2026-W05"]


def test_the_same_sums_come_out_of_the_rows(house: House, client: FlaskClient) -> None:
    filled(house, client)
    with house.reading():
        before = figure(metric="nps", question=Question(workspace_id=house.id))
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    with house.reading():
        assert figure(metric="nps", question=Question(workspace_id=house.id)) == before
        assert counting.verify(workspace_id=house.id) == []


def test_one_workspaces_rebuild_leaves_the_others_alone(house: House, client: FlaskClient) -> None:
    filled(house, client)
    other = House(house.app, "other")
    with other.writing():
        assert counting.rebuild(workspace_id=other.id) == 0
    assert counters(house) != {}
    assert counters(other) == {}


def test_verifying_finds_nothing_wrong_while_people_answer(make_settings: Any, postgres_url: str) -> None:
    app = add_doors(create_app(make_settings(database_url=postgres_url)))
    house = House(app)
    house.survey()
    paths = []
    for number in range(20):
        house.customer(f"c{number}")
        paths.append(house.link(house.invite(f"c{number}")))

    def answer_all() -> None:
        for path in paths:
            app.test_client().post(path, data={"_page": "0", "nps": "9"})

    def verify() -> list[list[counting.Difference]]:
        found = []
        for _ in range(15):
            with app.app_context(), snapshot():
                found.append(counting.verify(workspace_id=house.id))
        return found

    _, found = at_once(answer_all, verify)
    assert found == [[]] * 15
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
