"""Drivers over HTTP: asked for, found in the background, read with their limits; once a day by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.web.api.calling import Machine
from vocapp import jobs
from vocapp.jobs.drivers import find_drivers, want_drivers
from vocapp.models import database_now, transaction
from vocapp.models import db as models_db
from vocapp.services import finding_drivers
from vocapp.web.api.drivers import DriversOut


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def shop(app: Flask, caller: Machine) -> Machine:
    """Give a shop of 200 people, of whom a quarter got their order late; those are not amused."""
    jobs.bind(app, most_attempts={})
    assert caller.put("/places/south", {"name": "South", "kind": "region"}).status_code == 201
    assert caller.put("/places/nice", {"name": "Nice", "kind": "store", "parent": "south"}).status_code == 201
    survey = {
        "key": "asked",
        "title": "asked",
        "default_language": "en",
        "questions": [
            {"key": "nps", "type": "nps", "text": "Would you?"},
            {"key": "gift", "type": "yes_no", "text": "A gift?"},
        ],
    }
    assert caller.put("/surveys/asked", survey).status_code == 201
    assert caller.post("/surveys/asked/publish").status_code == 200
    models_db.session.rollback()
    at = (database_now() - timedelta(days=3)).isoformat()
    answer = caller.post("/past-answers", {"past_answers": [_said(number, at) for number in range(200)]})
    assert answer.json["accepted"] == 200, answer.json
    return caller


def _said(number: int, at: str) -> dict[str, Any]:
    late = number % 4 == 0
    return {
        "id": str(number),
        "survey": "asked",
        "answered_at": at,
        "customer": {"external_id": f"c{number}"},
        "place": "nice" if number % 2 else None,
        "event": "order.delivered",
        "properties": {"order": f"o{number}", "promised_on": "2026-03-02", "came_on": f"2026-03-0{3 if late else 1}"},
        "answers": {"nps": 2 if late and number % 8 else 9, "gift": number % 3 == 0},
    }


def read(machine: Machine, **query: Any) -> Any:
    answer = machine.get("/metrics/drivers", survey="asked", **query)
    assert answer.status_code == 200
    assert not DriversOut().validate(answer.json)
    return answer.json


def test_what_goes_with_a_low_score_is_found_in_the_background(shop: Machine) -> None:
    assert (read(shop)["found_at"], read(shop)["wanted"], read(shop)["drivers"]) == (None, False, [])
    asked = shop.post("/metrics/drivers", {"survey": "asked"})
    assert (asked.status_code, asked.json["wanted"]) == (202, True)
    find_drivers()
    found = read(shop)
    assert (found["wanted"], found["answers"], found["low"], found["low_up_to"]) == (False, 200, 25, 6)
    first = found["drivers"][0]
    assert (first["factor"], first["level"], first["n"], first["low"]) == ("came_on after promised_on", "yes", 50, 25)
    assert first["difference"]["interval"]["low"] > 20
    assert {one["key"] for one in found["limits"]} >= {"not_a_cause", "only_who_answered"}
    assert (found["groups"], found["seconds"]["n"], found["reach"]["sent"]) == ([], 0, 0), "nobody was written to"
    shop.post("/metrics/drivers", {"survey": "asked", "place": "south"})
    find_drivers()
    assert read(shop, place="south")["answers"] == 100
    shop.post("/metrics/drivers", {"survey": "asked", "to": "2020-01-01"})
    find_drivers()
    assert (read(shop)["answers"], read(shop)["drivers"], read(shop)["from"]) == (0, [], None)


def test_once_a_day_they_are_looked_for_by_themselves(shop: Machine) -> None:
    want_drivers()
    assert read(shop)["wanted"]
    find_drivers()
    find_drivers()
    assert read(shop)["low"] == 25
    with transaction():
        now = database_now()
        assert finding_drivers.want_daily(workspace_id=shop.workspace_id, now=now) == 0
        assert finding_drivers.want_daily(workspace_id=shop.workspace_id, now=now + timedelta(days=1)) == 1


def test_what_is_not_there_cannot_be_asked_about(shop: Machine) -> None:
    for body in (
        {"survey": "other"},
        {"survey": "asked", "place": "moon"},
        {"survey": "asked", "metric": "x"},
        {"survey": "asked", "from": True},
        {},
    ):
        assert shop.post("/metrics/drivers", body).status_code == 422
