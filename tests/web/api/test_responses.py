"""Responses over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.unhappy import make_customer, make_workspace, respond
from tests.web.api.calling import Machine
from vocapp.models import transaction


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    return make_workspace(now)


@pytest.fixture
def machine(client: FlaskClient, workspace_id: int, now: datetime) -> Machine:
    return Machine(client, workspace_id, now, ["export"])


@pytest.fixture
def responses(db: Any, workspace_id: int, now: datetime) -> list[str]:
    """Four answers by two customers, an hour apart; the last one unfinished."""
    with transaction():
        people = [make_customer(workspace_id, f"C-{index}", now) for index in (1, 2)]
        return [
            str(
                respond(
                    workspace_id,
                    people[index % 2],
                    now + timedelta(hours=index),
                    place="store" if index == 0 else None,
                    status="completed" if index < 3 else "partial",
                    nps=index * 3,
                    why="Merci",
                )
            )
            for index in range(4)
        ]


def test_a_response_shows_what_was_said(machine: Machine, responses: list[str]) -> None:
    found = machine.get(f"/responses/{responses[0]}").json
    assert found["answers"] == {"nps": 0, "why": "Merci"}
    assert found["asked"] == ["nps", "why"]
    assert found["scores"] == {"nps": {"value": 0, "category": "detractor"}, "csat": None, "ces": None}
    assert found["customer"]["external_id"] == "C-1"
    assert (found["status"], found["survey"], found["survey_version"]) == ("completed", "post_delivery", 1)
    assert found["context"]["place"] == "store"
    assert found["sentiment"] is None
    assert found["completed_at"].endswith("Z")


def test_the_list_is_read_page_by_page_the_newest_first(machine: Machine, responses: list[str]) -> None:
    listed = machine.read_all("/responses", limit=3)
    assert [one["id"] for one in listed] == sorted(responses, reverse=True)
    assert listed[-1] == machine.get(f"/responses/{responses[0]}").json


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"survey": "post_delivery"}, {0, 1, 2, 3}),
        ({"survey": "other"}, set()),
        ({"status": "partial"}, {3}),
        ({"customer": "C-1"}, {0, 2}),
        ({"customer": "C-9"}, set()),
        ({"place": "brand"}, {0}),
        ({"from": "2026-03-10T10:00:00Z", "to": "2026-03-10T12:00:00+01:00"}, {1}),
        ({"from": "2026-03-10", "to": "2026-03-11"}, {0, 1, 2, 3}),
        ({"to": "2026-03-10"}, set()),
    ],
)
def test_the_list_is_filtered(
    machine: Machine, responses: list[str], query: dict[str, str], expected: set[int]
) -> None:
    assert {one["id"] for one in machine.read_all("/responses", **query)} == {responses[index] for index in expected}


def test_a_day_is_the_workspaces(db: Any, machine: Machine, workspace_id: int, now: datetime) -> None:
    with transaction():
        person = make_customer(workspace_id, "C-1", now)
        late = respond(workspace_id, person, datetime(2026, 3, 9, 23, 30, tzinfo=UTC), nps=9)  # in Paris the 10th
    assert [one["id"] for one in machine.read_all("/responses", **{"from": "2026-03-10"})] == [str(late)]
    assert machine.read_all("/responses", to="2026-03-10") == []


@pytest.mark.parametrize("given", [{"from": "yesterday"}, {"to": "2026-02-30"}, {"from": "2026-03-10T10:00:00"},
                                   {"status": "open"}, {"limit": "0"}, {"sort": "id"}])  # fmt: skip
def test_a_filter_that_is_none_is_refused(machine: Machine, given: dict[str, str]) -> None:
    refused = machine.get("/responses", **given)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/" + next(iter(given)))


def test_another_workspaces_response_is_as_unknown_as_any(
    client: FlaskClient, responses: list[str], now: datetime
) -> None:
    stranger = Machine(client, make_workspace(now, key="other"), now)
    theirs, none = stranger.get(f"/responses/{responses[0]}"), stranger.get(f"/responses/{uuid4()}")
    assert (theirs.status_code, theirs.data) == (404, none.data)
    assert stranger.read_all("/responses", customer="C-1") == []


def test_a_key_for_something_else_may_not_read(client: FlaskClient, workspace_id: int, now: datetime) -> None:
    assert Machine(client, workspace_id, now, ["ingest"]).get("/responses").status_code == 403
