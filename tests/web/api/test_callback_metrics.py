"""What callbacks came to, by the API: what a person would count, by team and agent, and nothing of too few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.called import sow
from tests.unhappy import make_workspace
from tests.web.api.calling import Machine
from vocapp.domain.callback_figures import figures, pareto
from vocapp.services import callback_report
from vocapp.services.staff import Scope


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def read(machine: Machine, now: datetime, **more: Any) -> Any:
    answer = machine.get("/metrics/alerts", **{"from": str(now.date() - timedelta(days=31)), **more})
    assert answer.status_code == 200
    return answer.json


def test_it_tells_what_the_histories_tell(new_machine: Callable[..., Machine], db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    truth = sow(workspace_id, 60, until=now)
    until = str(now.date() + timedelta(days=1))
    told = read(new_machine(workspace_id=workspace_id), now, to=until, group_by="team")
    dues = callback_report.list_dues(scope=Scope(workspace_id), since=now - timedelta(days=40), until=now, now=now)
    assert told.items() >= figures(truth, dues).document().items()
    assert told["in_time"]["n"] > 20
    assert (told["from"], told["to"], told["opened"]) == (str(now.date() - timedelta(days=31)), until, 60)
    assert told["causes"] == [one.document() for one in pareto(truth)]
    assert told["causes"][-1]["cumulative"] == 100
    assert told["cause_groups"][0]["key"] == "delivery"
    groups = {one.pop("key"): one for one in told["groups"]}
    assert [one.pop("before")["resolved"] for one in groups.values()] == [0, 0], "all of it was in this time"
    assert groups == {
        team: figures([one for one in truth if one.team == team], [one for one in dues if one.team == team]).document()
        for team in ("store", None)
    }
    agents = read(new_machine(workspace_id=workspace_id), now, to=until, group_by="agent", place="brand")["groups"]
    assert {one["key"] for one in agents} - {None} == {"ana@maison.test", "ben@maison.test"}
    assert sum(one["resolved"] for one in agents) == groups["store"]["resolved"]


def test_it_tells_what_it_was_in_as_many_days_before(
    new_machine: Callable[..., Machine], db: Any, now: datetime
) -> None:
    workspace_id = make_workspace(now)
    sow(workspace_id, 60, until=now)
    machine, today = new_machine(workspace_id=workspace_id), now.date()
    days = {"from": str(today - timedelta(days=7)), "to": str(today + timedelta(days=1))}
    told = read(machine, now, **days)
    assert told["before_from"] == str(today - timedelta(days=15))
    earlier = read(machine, now, **{"from": told["before_from"], "to": days["from"]})
    assert told["before"]["resolved"] > 10
    assert told["before"].items() <= earlier.items()
    for group_by in ("team", "agent"):
        these, those = (
            {one["key"]: one for one in read(machine, now, **asked, group_by=group_by)["groups"]}
            for asked in (days, {"from": told["before_from"], "to": days["from"]})
        )
        assert those.keys() <= these.keys()
        assert all(these[key]["before"].items() <= one.items() for key, one in those.items())
    assert told["resolved"] + earlier["resolved"] == read(machine, now, **{**days, "from": earlier["from"]})["resolved"]


def test_a_place_that_is_none_is_refused_and_a_key_of_a_place_learns_nothing_of_others(
    new_machine: Callable[..., Machine], db: Any, now: datetime
) -> None:
    workspace_id = make_workspace(now)
    whole, own = new_machine(workspace_id=workspace_id), new_machine(workspace_id=workspace_id, place="store")
    answer = whole.get("/metrics/alerts", place="stroe")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/place")
    assert own.get("/metrics/alerts", place="stroe").json == own.get("/metrics/alerts", place="brand").json
    assert whole.get("/metrics/alerts", **{"from": "2026-03-10", "to": "2026-03-09"}).status_code == 422


def test_of_too_few_there_are_only_counts(new_machine: Callable[..., Machine], db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    truth = sow(workspace_id, 3, until=now)
    assert 0 < len(truth) < 10
    told = read(new_machine(workspace_id=workspace_id), now, to=str(now.date() + timedelta(days=1)))
    assert told["resolved"] == len(truth)
    assert (told["resolution"]["median_seconds"], told["resolution"]["p90_seconds"]) == (None, None)
    assert (told["recovered"]["share"], told["opened_again"]["interval"]) == (None, None)
    assert {one["share"] for one in told["causes"]} == {None}
    nothing = read(new_machine(workspace_id=workspace_id), now, to=str(now.date() - timedelta(days=31)))
    assert (nothing["resolved"], nothing["causes"], nothing["opened"]) == (0, [], 0)
