"""An alert that lives in a helpdesk, too: told by a signed webhook, solved there, resolved here."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook

from tests.documented import examples, filled
from tests.rig.receiver import LOOPBACK, Receiver
from tests.told import Team
from tests.unhappy import make_workspace
from tests.web.api.calling import Machine
from vocapp import jobs
from vocapp.adapters import sealing
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.adapters.notifiers.webhook import make_secret
from vocapp.config import EXTENSION
from vocapp.jobs.mail import MAILER
from vocapp.models import Alert, AlertMove, Fact, database_now, transaction
from vocapp.services import assigning, calling_back, claims, escalating
from vocapp.services.checking import base, histories

PATH = "/alerts/external"
TICKET = {"reference": "35436", "url": "https://maison.zendesk.com/agent/tickets/35436", "who": "Zoé M."}


ON_BOTH = pytest.mark.parametrize(
    "database_url", ["sqlite_url", pytest.param("postgres_url", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(getattr(request, "param", "sqlite_url")))


@pytest.fixture
def peer() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def team(app: Flask, client: FlaskClient, db: Any, now: datetime) -> Iterator[Team]:
    app.extensions[MAILER] = FakeMailer()
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], webhook_allow_networks=LOOPBACK)
    before = jobs._bound
    jobs.bind(app, most_attempts={})
    yield Team(app, db, now, make_workspace(now))
    jobs._bound = before


@pytest.fixture
def helpdesk(team: Team, client: FlaskClient) -> Machine:
    return Machine(client, team.id, team.now, ["helpdesk"])


@pytest.fixture
def agent(team: Team, client: FlaskClient) -> Machine:
    return Machine(client, team.id, team.now, ["alerts"])


def at(team: Team, minutes: int) -> str:
    return (team.now + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def word(team: Team, alert: Alert | str, status: str, minutes: int = 0, **given: Any) -> dict[str, Any]:
    """Return what Zendesk says so many minutes later."""
    alert_id = str(alert.id) if isinstance(alert, Alert) else alert
    plain = {"id": f"z-{status}-{minutes}", "tool": "Zendesk", "reference": "35436", "status": status}
    return {"alert": alert_id, **plain, "at": at(team, minutes), **given}


def is_well(team: Team) -> bool:
    """Ask the doctor about the histories."""
    team.db.session.rollback()
    return not histories.LEGAL.find(base.prepare(workspace_ids=None, now=database_now()))


@ON_BOTH
def test_an_alert_goes_out_signed_is_solved_there_and_reopened_there(
    team: Team, peer: Receiver, helpdesk: Machine, agent: Machine
) -> None:
    secret = make_secret()
    sealed = sealing.seal(secret, secret=team.secret)
    team.notifier(peer.url, secret=sealed, tool="zendesk")
    team.notifier(peer.url + "/other", secret=sealed, tool="CRM")
    alert = team.alert()
    team.tell()
    sent = Webhook(secret).verify(peer.received[0].body, dict(peer.received[0].headers))["data"]["alert"]
    assert sent["status_url"].endswith(f"/api/v1{PATH}")

    opened = filled("zendesk", status="open", alert=sent["id"], at=at(team, 1), **TICKET)
    taken = helpdesk.post(PATH, opened)
    assert (taken.status_code, taken.json["outcome"], taken.json["alert_status"]) == (200, "taken", "claimed")
    solved = filled("zendesk", status="solved", alert=sent["id"], at=at(team, 5), **TICKET)
    assert helpdesk.post(PATH, solved).json["outcome"] == "resolved"

    document = agent.get(f"/alerts/{sent['id']}").json
    assert (document["status"], document["resolution"]) == ("resolved", "elsewhere")
    assert (document["root_cause"], document["assignee"]) == ("elsewhere.helpdesk", "Zendesk")
    assert document["external"] == {
        "tool": "Zendesk", "reference": "35436", "url": TICKET["url"], "status": "solved", "at": at(team, 5)[:-1] + "Z",
        "who": "Zoé M.", "has_it": False,
    }  # fmt: skip
    line = document["history"][-1]
    assert (line["action"], line["by"], line["who"], line["reference"]) == ("resolve", "Zendesk", "Zoé M.", "35436")

    for repeated, outcome in ((solved, "duplicate"), (opened, "duplicate"), (word(team, alert, "open", 3), "older")):
        assert helpdesk.post(PATH, repeated).json["outcome"] == outcome
    assert agent.get(f"/alerts/{sent['id']}").json == document

    again = filled("zendesk", status="reopened", alert=sent["id"], at=at(team, 9), **TICKET)
    assert helpdesk.post(PATH, again).json["outcome"] == "reopened"
    document = agent.get(f"/alerts/{sent['id']}").json
    assert (document["status"], document["assignee"], document["external"]["has_it"]) == ("claimed", "Zendesk", True)
    assert [line["action"] for line in document["history"] if line["by"] == "Zendesk"] == [
        "claim", "resolve", "reopen", "claim",
    ]  # fmt: skip

    team.plan()
    team.tell()
    by_path: dict[str, list[Any]] = {}
    for got in peer.received:
        document = Webhook(secret).verify(got.body, dict(got.headers))
        by_path.setdefault(got.path, []).append((document["type"], document["data"].get("move", {}).get("origin")))
    assert by_path["/hook"] == [("alert.opened", None)], "what it did itself it is not told"
    assert sorted(by_path["/hook/other"][1:]) == [
        ("alert.claimed", "Zendesk"), ("alert.claimed", "Zendesk"), ("alert.reopened", "Zendesk"),
        ("alert.resolved", "Zendesk"),
    ]  # fmt: skip
    assert is_well(team)


def test_what_salesforce_sends_resolves_an_alert_that_nobody_had(team: Team, helpdesk: Machine, agent: Machine) -> None:
    alert = team.alert()
    sent = filled(
        "salesforce", status="solved", alert=str(alert.id), record="5003000000D8cuIAAR", reference="00001026",
        at=at(team, 5),
    )  # fmt: skip
    assert helpdesk.post(PATH, sent).json["outcome"] == "resolved"
    document = agent.get(f"/alerts/{alert.id}").json
    assert [(line["action"], line.get("tool")) for line in document["history"][1:]] == [
        ("claim", "Salesforce"), ("resolve", "Salesforce"),
    ]  # fmt: skip
    assert document["external"]["url"] == "https://maison.my.salesforce.com/5003000000D8cuIAAR"
    assert helpdesk.post(PATH, sent).json["outcome"] == "duplicate"
    assert is_well(team)


def test_the_examples_of_the_page_are_taken(team: Team, helpdesk: Machine) -> None:
    alert = team.alert()
    [example] = [one for one in examples() if "tool" in one]
    assert helpdesk.post(PATH, {**example, "alert": str(alert.id)}).json["outcome"] == "resolved"


def test_the_example_of_the_page_is_what_a_webhook_says(team: Team, peer: Receiver, helpdesk: Machine) -> None:
    team.notifier(peer.url, tool="CRM", secret=sealing.seal(make_secret(), secret=team.secret))
    alert = team.alert()
    helpdesk.post(PATH, word(team, alert, "open", 1))
    helpdesk.post(PATH, word(team, alert, "solved", 5, reached="phone", cause="delivery.late"))
    team.tell()
    [example] = [one for one in examples() if one.get("type") == "alert.resolved"]
    [sent] = [got.json for got in peer.received if got.json["type"] == "alert.resolved"]
    assert sent.keys() == example.keys()
    assert sent["data"].keys() == example["data"].keys()
    assert sent["data"]["alert"].keys() == example["data"]["alert"].keys()
    assert sent["data"]["move"].keys() == example["data"]["move"].keys() - {"remedy"}
    assert "Zo" not in str(sent)


def test_what_an_agent_does_here_is_told_to_the_tool_without_their_name_or_note(
    team: Team, peer: Receiver, agent: Machine
) -> None:
    team.notifier(peer.url, tool="Zendesk", secret=sealing.seal(make_secret(), secret=team.secret))
    team.notifier(peer.url + "/plain", secret=sealing.seal(make_secret(), secret=team.secret))
    path = f"/alerts/{team.alert().id}"
    agent.post(f"{path}/claim", {"agent": "ana@maison.test"})
    agent.post(f"{path}/contact", {"outcome": "voicemail", "note": "Zoé is on holiday"})
    agent.post(f"{path}/contact", {"outcome": "reached", "via": "email"})
    agent.post(f"{path}/resolve", {"root_cause": "Zoé had the wrong lamp", "remedy": "refund"})
    team.tell()
    sent = [got for got in peer.received if got.path == "/hook"]
    assert sorted(got.json["type"] for got in sent) == [
        "alert.attempted", "alert.claimed", "alert.contacted", "alert.opened", "alert.resolved",
    ]  # fmt: skip
    assert not any(word in got.body.decode() for got in sent for word in ("ana@", "Zo", "lamp", "holiday"))
    [resolved] = [got.json["data"]["move"] for got in sent if got.json["type"] == "alert.resolved"]
    assert (resolved["remedy"], resolved["resolution"], resolved["origin"]) == ("refund", "spoken_to", None)
    assert [got.json["type"] for got in peer.received if got.path == "/hook/plain"] == ["alert.opened"]
    assert len({got.json["data"]["id"] for got in sent}) == len(sent)


def test_what_the_tool_has_no_clock_returns_and_nobody_is_handed_but_it_falls_due(
    team: Team, helpdesk: Machine, agent: Machine
) -> None:
    alert = team.alert()
    helpdesk.post(PATH, word(team, alert, "open"))
    refused = agent.post(f"/alerts/{alert.id}/claim", {"agent": "Ana"})
    assert (refused.status_code, refused.json["holder"]) == (409, "Zendesk")
    with transaction() as session:
        later = database_now() + timedelta(days=30)
        assert claims.take_back(workspace_id=team.id, now=later) == 0
        assert assigning._waiting(team.id, later, None) == []
        session.execute(update(Alert).values(escalates_at=later))
        assert escalating.escalate(workspace_id=team.id, now=later) == 1
    assert agent.get(f"/alerts/{alert.id}").json["assignee"] == "Zendesk"


@ON_BOTH
def test_what_somebody_here_has_in_hand_is_theirs_and_goes_to_the_tool_afterwards(
    team: Team, helpdesk: Machine, agent: Machine
) -> None:
    alert = team.alert()
    path = f"/alerts/{alert.id}"
    agent.post(f"{path}/claim", {"agent": "Ana"})
    assert helpdesk.post(PATH, word(team, alert, "open", 1)).json["outcome"] == "noted"
    before = agent.get(path).json
    refused = helpdesk.post(PATH, word(team, alert, "solved", 2))
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert (refused.json["holder"], refused.json["alert_status"]) == ("Ana", "claimed")
    kept = agent.get(path).json
    assert (kept["external"]["status"], kept["assignee"]) == ("solved", "Ana"), "it may never be told again"
    assert (kept["history"][:-1], kept["history"][-1]["there"]) == (before["history"], "solved")
    assert helpdesk.post(PATH, word(team, alert, "solved", 2)).json == refused.json
    assert agent.get(path).json == kept
    with transaction() as session:
        session.execute(update(Alert).values(claimed_until=team.now))
        claims.take_back(workspace_id=team.id, now=database_now())
    document = agent.get(path).json
    assert (document["status"], document["external"]["has_it"]) == ("new", False), "the tool is through with it"
    agent.post(f"{path}/claim", {"agent": "Ana"})
    assert helpdesk.post(PATH, word(team, alert, "reopened", 4)).json["outcome"] == "noted"
    agent.post(f"{path}/release", {"agent": "Ana"})
    document = agent.get(path).json
    assert (document["assignee"], document["external"]["has_it"]) == ("Zendesk", True)
    assert [line["action"] for line in document["history"][-2:]] == ["release", "claim"]
    assert helpdesk.post(PATH, word(team, alert, "solved", 5)).json["outcome"] == "resolved"
    assert is_well(team)


def test_what_is_taken_back_from_the_tool_stays_here_until_it_is_solved_there(
    team: Team, helpdesk: Machine, agent: Machine
) -> None:
    alert = team.alert()
    helpdesk.post(PATH, word(team, alert, "open"))
    with transaction():
        calling_back.release(workspace_id=team.id, alert_id=alert.id, by="Owner", for_holder=True, now=database_now())
    assert helpdesk.post(PATH, word(team, alert, "pending", 1)).json["outcome"] == "noted"
    document = agent.get(f"/alerts/{alert.id}").json
    assert (document["status"], document["external"]["has_it"], document["external"]["status"]) == (
        "new", False, "pending",
    )  # fmt: skip
    assert helpdesk.post(PATH, word(team, alert, "solved", 2)).json["outcome"] == "resolved"
    assert is_well(team)


def test_two_tools_never_have_one_alert(team: Team, helpdesk: Machine) -> None:
    alert = team.alert()
    helpdesk.post(PATH, word(team, alert, "open"))
    refused = helpdesk.post(PATH, word(team, alert, "solved", 1, tool="Salesforce", reference="1"))
    assert (refused.status_code, refused.json["detail"]) == (409, "the alert lives in Zendesk")
    assert helpdesk.post(PATH, word(team, alert, "solved", 1, tool="ZENDESK")).json["external"]["tool"] == "Zendesk"


def test_who_was_reached_there_counts_as_spoken_to(team: Team, helpdesk: Machine, agent: Machine) -> None:
    alert = team.alert()
    told = word(team, alert, "solved", reached="email", cause="delivery.late", note="Sent again.")
    assert helpdesk.post(PATH, told).json["outcome"] == "resolved"
    document = agent.get(f"/alerts/{alert.id}").json
    assert (document["resolution"], document["root_cause"]) == ("spoken_to", "delivery.late")
    assert [(line["action"], line.get("via"), line.get("note")) for line in document["history"][2:]] == [
        ("contact", "email", None), ("resolve", None, "Sent again."),
    ]  # fmt: skip


def test_a_status_told_anew_is_shown_and_adds_no_line(team: Team, helpdesk: Machine) -> None:
    alert = team.alert()
    helpdesk.post(PATH, word(team, alert, "open"))
    assert helpdesk.post(PATH, word(team, alert, "open", 3)).json["outcome"] == "unchanged"
    future = helpdesk.post(PATH, word(team, alert, "pending", 9, at="2999-01-01T00:00Z")).json
    assert (future["outcome"], future["external"]["at"] < "2999") == ("noted", True)
    assert [move.action for move in team.rows(AlertMove)] == ["opened", "claim", "external"]
    assert [one for one in team.rows(Fact) if one.kind == "AlertReturned"] == []


@pytest.mark.parametrize("database_url", ["postgres_url"], indirect=True)
@pytest.mark.postgres
def test_of_the_same_word_told_at_once_one_counts(team: Team, helpdesk: Machine, app: Flask) -> None:
    told = word(team, team.alert(), "solved")
    team.db.session.rollback()

    def post(_: int) -> str:
        answer = app.test_client().post(f"/api/v1{PATH}", json=told, headers=helpdesk.headers)
        return str(answer.json["outcome"])

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(post, range(4))) == ["duplicate", "duplicate", "duplicate", "resolved"]
    assert [move.action for move in team.rows(AlertMove)] == ["opened", "claim", "resolve"]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"alert": "x"}, "/alert"),
    ({"id": ""}, "/id"),
    ({"id": "x" * 201}, "/id"),
    ({"tool": " "}, "/tool"),
    ({"tool": "a\nb"}, "/tool"),
    ({"tool": "ana@maison.test"}, "/tool"),
    ({"reference": 7}, "/reference"),
    ({"reference": "\0"}, "/reference"),
    ({"url": "http://maison.zendesk.com/1"}, "/url"),
    ({"url": "javascript:alert(1)"}, "/url"),
    ({"url": ["https://a.test"]}, "/url"),
    ({"status": "Solved"}, "/status"),
    ({"at": "2026-03-10 09:00"}, "/at"),
    ({"at": "0001-01-01T00:00:00+23:00"}, "/at"),
    ({"who": {"name": "x"}}, "/who"),
    ({"reached": "fax"}, "/reached"),
    ({"note": "x" * 5001}, "/note"),
    ({"workspace_id": 1}, "/workspace_id"),
)


def test_what_is_not_as_it_must_be_is_refused_by_its_place(team: Team, helpdesk: Machine) -> None:
    for given, pointer in WRONG:
        refused = helpdesk.post(PATH, {**word(team, str(uuid4()), "solved"), **given})
        assert (refused.status_code, [one["pointer"] for one in refused.json["errors"]]) == (422, [pointer]), given


def test_only_a_key_for_it_reports_and_it_does_nothing_else(team: Team, helpdesk: Machine, agent: Machine) -> None:
    alert = team.alert()
    assert agent.post(PATH, word(team, alert, "solved")).status_code == 403
    assert helpdesk.get(f"/alerts/{alert.id}").status_code == 403
    assert helpdesk.post(PATH, word(team, str(uuid4()), "solved")).status_code == 404
    team.db.session.rollback()
    assert team.db.session.scalar(select(Alert.status)) == "new"
