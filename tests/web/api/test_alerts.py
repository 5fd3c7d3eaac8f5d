"""The callback queue over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.unhappy import alerts_of, complaints, make_workspace
from tests.web.api.calling import Machine
from vocapp.models import transaction
from vocapp.services import alerting, claims


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    return make_workspace(now)


@pytest.fixture
def machine(client: FlaskClient, workspace_id: int, now: datetime) -> Machine:
    return Machine(client, workspace_id, now, ["alerts"])


@pytest.fixture
def alert_id(db: Any, workspace_id: int, now: datetime) -> str:
    return _open(workspace_id, complaints(workspace_id, 1, now, place="store", nps=2), now)[0]


def _open(workspace_id: int, facts: list[int], now: datetime) -> list[str]:
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)
    return [str(alert.id) for alert in alerts_of(workspace_id)]


def test_an_alert_shows_what_an_agent_must_know(machine: Machine, alert_id: str) -> None:
    alert = machine.get(f"/alerts/{alert_id}").json
    assert alert["kinds"] == ["detractor"]
    assert (alert["status"], alert["reason"], alert["place"], alert["assignee"]) == ("new", "nps 2", "store", None)
    assert alert["customer"]["external_id"] == "store-0"
    assert len(alert["responses"]) == 1
    assert alert["due_at"].endswith("Z")
    assert [line["action"] for line in alert["history"]] == ["opened"]
    assert machine.get("/alerts").json == {"data": [alert], "next_cursor": None}


def test_an_alert_is_given_to_somebody_and_not_taken_from_who_has_it(machine: Machine, alert_id: str) -> None:
    path = f"/alerts/{alert_id}"
    given = machine.post(f"{path}/assign", {"agent": "Ana", "by": "Cleo", "note": "Speaks English"}).json
    assert (given["status"], given["assignee"]) == ("claimed", "Ana")
    line = given["history"][-1]
    assert (line["action"], line["by"], line["to"], line["note"]) == ("assign", "Cleo", "Ana", "Speaks English")
    refused = machine.post(f"{path}/assign", {"agent": "Ben"})
    assert (refused.status_code, refused.json["holder"]) == (409, "Ana")
    assert machine.post(f"{path}/assign", {"agent": "Ben", "by": "Ana"}).json["assignee"] == "Ben"
    assert machine.post(f"{path}/assign", {"agent": " "}).status_code == 422


def test_an_alert_is_called_back_to_its_resolution(machine: Machine, alert_id: str) -> None:
    path = f"/alerts/{alert_id}"
    assert machine.post(f"{path}/claim", {"agent": "Ana"}).json["assignee"] == "Ana"
    assert machine.post(f"{path}/contact", {"outcome": "voicemail", "note": "Again at 6"}).json["status"] == "claimed"
    refused = machine.post(f"{path}/resolve", {"root_cause": "carrier_late"})
    assert (refused.status_code, refused.json["holder"], refused.json["status"]) == (409, "Ana", 409)
    assert refused.json["alert_status"] == "claimed"
    assert machine.post(f"{path}/contact", {"outcome": "reached"}).json["status"] == "contacted"
    given = {"root_cause": "delivery.late", "remedy": "refund", "note": "Refunded"}
    resolved = machine.post(f"{path}/resolve", given).json
    assert (resolved["status"], resolved["root_cause"], resolved["remedy"]) == ("resolved", "delivery.late", "refund")
    assert resolved["history"][-1]["remedy"] == "refund"
    assert [(line["action"], line["by"]) for line in resolved["history"]][1:] == [
        ("claim", "Ana"),
        ("contact", "Ana"),
        ("contact", "Ana"),
        ("resolve", "Ana"),
    ]
    reopened = machine.post(f"{path}/reopen").json
    assert (reopened["status"], reopened["assignee"], reopened["remedy"]) == ("new", None, None)
    assert reopened["history"][-1]["by"] == "Robot"  # who calls without a name is the key


def test_the_loser_of_a_claim_is_told_who_was_quicker(machine: Machine, alert_id: str) -> None:
    machine.post(f"/alerts/{alert_id}/claim", {"agent": "Ana"})
    lost = machine.post(f"/alerts/{alert_id}/claim", {"agent": "Ben"})
    assert lost.status_code == 409
    assert lost.mimetype == "application/problem+json"
    assert (lost.json["holder"], lost.json["alert_status"]) == ("Ana", "claimed")
    assert "Ana" in lost.json["detail"]
    assert machine.post(f"/alerts/{alert_id}/release").json["status"] == "new"
    assert machine.post(f"/alerts/{alert_id}/claim", {"agent": "Ben"}).json["assignee"] == "Ben"


def test_a_claim_says_until_when_and_its_agent_is_told_when_it_is_over(
    machine: Machine, workspace_id: int, alert_id: str
) -> None:
    path = f"/alerts/{alert_id}"
    assert machine.get(path).json["claimed_until"] is None
    claimed = machine.post(f"{path}/claim", {"agent": "Ana"}).json
    until = datetime.fromisoformat(claimed["claimed_until"])
    with transaction():
        assert claims.take_back(workspace_id=workspace_id, now=until) == 1
    back = machine.get(path).json
    assert (back["status"], back["assignee"], back["claimed_until"]) == ("new", None, None)
    assert back["due_at"] == claimed["due_at"]
    line = back["history"][-1]
    assert (line["action"], line["by"], line["holder"], line["status"]) == ("lease_over", None, "Ana", "new")
    machine.post(f"{path}/claim", {"agent": "Ben"})
    for move, body in {"contact": {"outcome": "reached"}, "resolve": {"root_cause": "x"}, "release": {}}.items():
        late = machine.post(f"{path}/{move}", {"agent": " Ana ", **body})
        assert (late.status_code, late.json["holder"], late.json["alert_status"]) == (409, "Ben", "claimed")
        assert "the claim of Ana was over at" in late.json["detail"]
    assert machine.post(f"{path}/release", {"agent": "Ben"}).json["assignee"] is None


def test_three_misses_allow_to_resolve_as_unreachable(machine: Machine, alert_id: str) -> None:
    machine.post(f"/alerts/{alert_id}/claim", {"agent": "Ana"})
    for outcome in ("no_answer", "voicemail", "wrong_number"):
        machine.post(f"/alerts/{alert_id}/contact", {"outcome": outcome})
    resolved = machine.post(f"/alerts/{alert_id}/resolve", {"root_cause": "unknown"}).json
    assert resolved["history"][-1]["resolution"] == "unreachable"


@pytest.mark.parametrize(
    ("move", "body", "pointer"),
    [
        ("claim", {}, "/agent"),
        ("claim", {"agent": " "}, "/agent"),
        ("claim", {"agent": "A" * 201}, "/agent"),
        ("claim", {"agent": 7}, "/agent"),
        ("claim", {"agent": "Ana", "status": "resolved"}, "/status"),
        ("contact", {"outcome": "hung_up"}, "/outcome"),
        ("contact", {"outcome": "reached", "note": "n" * 5001}, "/note"),
        ("resolve", {"note": "done"}, "/root_cause"),
        ("reopen", {"workspace_id": 2}, "/workspace_id"),
    ],
)
def test_a_bad_field_is_named(machine: Machine, alert_id: str, move: str, body: Any, pointer: str) -> None:
    refused = machine.post(f"/alerts/{alert_id}/{move}", body)
    assert (refused.status_code, [error["pointer"] for error in refused.json["errors"]]) == (422, [pointer])
    assert machine.get(f"/alerts/{alert_id}").json["status"] == "new"


def test_the_queue_is_filtered_and_paged(machine: Machine, workspace_id: int, now: datetime) -> None:
    mild = _open(workspace_id, complaints(workspace_id, 3, now, place="store", nps=6), now)
    ids = _open(workspace_id, complaints(workspace_id, 4, now, place="other", nps=0), now)
    listed = machine.read_all("/alerts", limit=2)
    assert sorted(one["id"] for one in listed) == sorted(ids)
    assert [one["priority"] for one in listed] == sorted((one["priority"] for one in listed), reverse=True)
    machine.post(f"/alerts/{mild[0]}/claim", {"agent": "Ana"})
    assert [one["id"] for one in machine.read_all("/alerts", assignee="Ana")] == [mild[0]]
    assert [one["id"] for one in machine.read_all("/alerts", status="claimed")] == [mild[0]]
    assert len(machine.read_all("/alerts", status="new,claimed", limit=3)) == 7
    assert sorted(one["id"] for one in machine.read_all("/alerts", place="brand")) == sorted(mild)
    assert machine.read_all("/alerts", place="nowhere") == []
    assert machine.get("/alerts", status="lost").status_code == 422


def test_a_cursor_of_another_list_is_refused(machine: Machine, workspace_id: int, now: datetime) -> None:
    _open(workspace_id, complaints(workspace_id, 2, now), now)
    cursor = machine.get("/alerts", limit=1).json["next_cursor"]
    assert machine.get("/alerts", limit=1, cursor=cursor).status_code == 200
    assert machine.get("/alerts", limit=1, cursor=cursor, status="new").status_code == 400
    assert machine.get("/alerts", cursor=cursor[:-2]).status_code == 400


def test_another_workspaces_alert_is_as_unknown_as_any(
    client: FlaskClient, machine: Machine, alert_id: str, now: datetime
) -> None:
    stranger = Machine(client, make_workspace(now, key="other"), now)
    moves = {
        "claim": {"agent": "Eve"},
        "release": {},
        "contact": {"outcome": "reached"},
        "resolve": {"root_cause": "x"},
        "reopen": {},
    }
    theirs = [
        stranger.get(f"/alerts/{alert_id}"),
        *(stranger.post(f"/alerts/{alert_id}/{m}", b) for m, b in moves.items()),
    ]
    none = [stranger.get(f"/alerts/{uuid4()}"), *(stranger.post(f"/alerts/{uuid4()}/{m}", b) for m, b in moves.items())]
    assert [(a.status_code, a.data) for a in theirs] == [(404, a.data) for a in none]
    assert stranger.read_all("/alerts", place="store") == []
    assert machine.get(f"/alerts/{alert_id}").json["status"] == "new"


def test_a_key_for_something_else_may_not_look(client: FlaskClient, workspace_id: int, now: datetime) -> None:
    other = Machine(client, workspace_id, now, ["export"])
    assert other.get("/alerts").status_code == 403
    assert other.post(f"/alerts/{uuid4()}/claim", {"agent": "Ana"}).status_code == 403
