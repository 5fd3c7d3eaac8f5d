"""Figures beside what they were before, and groups that are ranked only where that is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.web.api.calling import Machine
from vocapp.models import Tally, db, transaction

NOW, BEFORE = date(2025, 3, 10), date(2025, 2, 10)
PERIOD = {"from": "2025-03-01", "to": "2025-03-29"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def company(new_machine: Callable[..., Machine]) -> Machine:
    """Give two regions: the north is loved, the south is not, and of the sea there is too little to say."""
    machine = new_machine()
    for key, kind, parent in (
        ("maison", "brand", None),
        ("north", "region", "maison"),
        ("south", "region", "maison"),
        ("lille", "store", "north"),
        ("arras", "store", "north"),
        ("nice", "store", "south"),
        ("sea", "store", "south"),
    ):
        assert machine.put(f"/places/{key}", {"name": key, "kind": kind, "parent": parent}).status_code == 201
    questions = [{"key": "nps", "type": "nps", "text": "Would you?"}]
    for key, event in (("bought", "order.delivered"), ("called", None)):
        survey: dict[str, Any] = {"key": key, "title": key, "default_language": "en", "questions": questions}
        if event:
            survey |= {"trigger": {"event": event}, "invitation": {"subject": "How was it?", "body": "Tell us."}}
        assert machine.put(f"/surveys/{key}", survey).status_code == 201
        assert machine.post(f"/surveys/{key}/publish").status_code == 200
    for place, promoters, detractors in (("lille", 36, 4), ("arras", 34, 6), ("nice", 10, 30), ("sea", 4, 1)):
        tell(machine, place, NOW, [10] * promoters + [2] * detractors)
    tell(machine, "lille", BEFORE, [10] * 12 + [2] * 28)
    tell(machine, "sea", BEFORE - timedelta(days=60), [9] * 50, survey="called")
    return machine


def tell(machine: Machine, place: str, day: date, scores: list[int], survey: str = "bought") -> None:
    said = [
        {
            "id": f"{place} {day} {number}",
            "survey": survey,
            "answered_at": f"{day}T12:00:00Z",
            "customer": {"external_id": f"{place}-{number}"},
            "place": place,
            "answers": {"nps": score},
        }
        for number, score in enumerate(scores)
    ]
    answer = machine.post("/past-answers", {"past_answers": said})
    assert answer.json["accepted"] == len(scores), answer.json


def read(machine: Machine, **query: Any) -> Any:
    answer = machine.get("/metrics/comparison", **query)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_figures_say_how_sure_they_are_what_they_were_and_who_is_surely_better(company: Machine) -> None:
    whole = read(company, **PERIOD)
    assert (whole["n"], whole["value"], whole["unit"]) == (125, 34.4, "points")
    assert (whole["from"], whole["to"], whole["before_from"]) == ("2025-03-01", "2025-03-29", "2025-02-01")
    assert whole["before"] == {"n": 40, "value": -40.0, "interval": whole["before"]["interval"]}
    assert whole["change"]["value"] == 74.4
    assert whole["change"]["clear"]

    stores = read(company, **PERIOD, group_by="place")
    shown = {one["key"]: one for one in stores["groups"]}
    assert [one["key"] for one in stores["groups"]] == ["arras", "lille", "nice", "sea"], "by name where none is surely"
    assert shown["sea"]["value"] is shown["sea"]["rank"] is shown["sea"]["interval"] is None
    assert (
        shown["lille"]["rank"]
        == shown["arras"]["rank"]
        == {
            "best": 1,
            "worst": 2,
            "among": 3,
            "distinguishable": True,
        }
    )
    assert (shown["nice"]["rank"]["best"], shown["nice"]["change"]) == (3, None)
    assert stores["order"]["distinguishable"]
    assert "Bonferroni" in stores["order"]["method"]

    south = read(company, **PERIOD, group_by="place", place="north")
    assert not south["order"]["distinguishable"], "two stores alike are not put in an order"
    regions = read(company, **PERIOD, group_by="region")["groups"]
    assert [(one["key"], one["n"]) for one in regions] == [("north", 80), ("south", 45)]
    brands = company.get("/metrics/nps", **{"from": "2024-01-01"}, group_by="brand").json["groups"]
    assert [(one["key"], one["responses"]) for one in brands] == [("maison", 215)]


def test_figures_go_by_time_by_step_and_by_channel(company: Machine) -> None:
    months = read(company, **{"from": "2024-12-01", "to": "2025-04-01"}, group_by="month")
    assert [(one["key"], one["n"]) for one in months["groups"]] == [("2024-12", 50), ("2025-02", 40), ("2025-03", 125)]
    assert "order" not in months
    steps = read(company, **{"from": "2024-12-01", "to": "2025-04-01"}, group_by="step")["groups"]
    assert {one["key"]: one["n"] for one in steps} == {"order.delivered": 165, "": 50}
    channels = read(company, **PERIOD, group_by="channel")["groups"]
    assert [(one["key"], one["n"]) for one in channels] == [("import", 125)]
    for group_by in ("channel", "place", "month"):
        completion = read(company, **PERIOD, measure="completion", group_by=group_by)
        assert (completion["n"], completion["value"], completion["before"]["n"]) == (0, None, 0)
        assert completion["groups"] == [], "an earlier tool told of completed answers alone"
    assert read(company, **PERIOD, measure="csat")["value"] is None


def test_a_period_that_cannot_be_is_refused(company: Machine) -> None:
    for query in ({"from": "2025-03-10", "to": "2025-03-10"}, {"from": "1990-01-01", "to": "2025-01-01"}):
        assert company.get("/metrics/comparison", **query).status_code == 422
    assert company.get("/metrics/comparison", group_by="moon").status_code == 422
    assert read(company)["n"] == 0, "left out: the last thirty days"


def test_what_there_is_not_is_refused_and_a_key_of_a_place_learns_nothing_of_it(
    company: Machine, new_machine: Callable[..., Machine]
) -> None:
    """A typing error in another tool's dashboard must not look like nobody's answers."""
    figures = ("nps", "csat", "ces", "comparison", "themes", "drivers", "advisers")
    own = new_machine(workspace_id=company.workspace_id, place="lille")
    for figure in figures:
        for name in ("place", "survey", "segment") if figure in figures[:3] else ("place", "survey"):
            named = {**({"survey": "bought"} if figure == "drivers" else {}), name: "lillle"}
            answer = company.get(f"/metrics/{figure}", **named)
            assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, f"/{name}"), (figure, name)
        known = {"survey": "bought"}
        assert company.get(f"/metrics/{figure}", **known, place="lille").status_code == 200
        there, nowhere = (own.get(f"/metrics/{figure}", **known, place=place) for place in ("nice", "lillle"))
        assert there.status_code == nowhere.status_code == 200
        assert {**there.json, "place": ""} == {**nowhere.json, "place": ""}
    for figure in ("nps", "advisers"):
        assert company.get(f"/metrics/{figure}", **{"from": "2025-03-10", "to": "2025-03-09"}).status_code == 422
    documented = company.client.get("/api/openapi.json").json["paths"]["/api/v1/metrics/advisers"]["get"]
    assert {"422"} < documented["responses"].keys()
    assert "refused" in documented["description"]


def test_scores_go_by_the_people_who_gave_them_and_nobody_is_named_twice(company: Machine) -> None:
    segment = {"name": "Unhappy", "when": {"<=": [{"var": "scores.nps"}, 6]}}
    assert company.put("/segments/unhappy", segment).status_code == 201
    with transaction():
        tally = Tally(
            workspace_id=company.workspace_id,
            survey_key="bought",
            survey_version=1,
            day=NOW,
            place="nice",
            channel="email",
            counted=[["@segment:detractor", "unhappy"], ["@segment_csat:5", "unhappy"], ["@segment_csat:1", "unhappy"]],
            n=10,
        )
        db.session.add(tally)
    nps = company.get("/metrics/nps", segment="unhappy").json
    assert (nps["nps"], nps["detractors"]) == (-100.0, 10)
    csat = company.get("/metrics/csat", group_by="segment").json["groups"]
    assert [(one["key"], one["top2"], one["mean"], one["responses"]) for one in csat] == [("unhappy", 50.0, 3.0, 20)]
    weeks = company.get("/metrics/nps", segment="unhappy", group_by="week", place="south").json["groups"]
    assert [(one["key"], one["responses"]) for one in weeks] == [("2025-W11", 10)]
    assert company.get("/metrics/nps", segment="unhappy", place="north").json["responses"] == 0
    groups = read(company, **PERIOD, group_by="segment")["groups"]
    assert [(one["key"], one["n"], one["rank"]) for one in groups] == [("unhappy", 10, None)]
    assert company.get("/metrics/nps", persona="fan", group_by="persona").status_code == 422
    assert company.get("/metrics/nps", persona="fan", segment="unhappy").status_code == 422
    assert company.get("/metrics/comparison", measure="completion", group_by="persona").status_code == 422


def count(machine: Machine, place: str, day: date, **counted: int) -> None:
    """Count messages and seconds of a place, as the clock does."""
    with transaction():
        db.session.add_all(
            Tally(
                workspace_id=machine.workspace_id,
                survey_key="bought",
                survey_version=1,
                day=day,
                place=place,
                channel="email",
                counted=[["@seconds", what.removeprefix("took_")] if what.startswith("took_") else ["@mail", what]],
                n=n,
            )
            for what, n in counted.items()
        )


def test_response_rates_go_by_time_and_place_with_what_they_were(
    company: Machine, new_machine: Callable[..., Machine], statements: Callable[[], Any]
) -> None:
    count(company, "lille", NOW, sent=90, due=40, answered=30, visited=32, visited_answered=28, took_20=12)
    count(company, "lille", NOW + timedelta(days=7), due=20, answered=10)
    count(company, "nice", NOW, due=40, answered=5, visited=4, visited_answered=4, took_300=11)
    count(company, "sea", NOW, due=5, answered=5, took_5=1)
    count(company, "lille", BEFORE, due=40, answered=10)
    count(company, "arras", BEFORE, due=12, answered=6)
    whole = read(company, **PERIOD, measure="answered")
    assert (whole["n"], whole["value"], whole["unit"]) == (105, round(100 * 50 / 105, 4), "percent")
    assert (whole["before"]["n"], whole["before"]["value"], whole["change"]["clear"]) == (52, 30.7692, True)
    with statements() as few:
        stores = read(company, **PERIOD, measure="answered", group_by="place")
    shown = {one["key"]: one for one in stores["groups"]}
    assert list(shown) == ["lille", "nice", "arras", "sea"]
    assert (shown["lille"]["rank"]["worst"], shown["nice"]["rank"]["best"], shown["sea"]["rank"]) == (1, 2, None)
    assert (shown["lille"]["before"]["value"], shown["lille"]["change"]["clear"]) == (25, True)
    assert (shown["arras"]["n"], shown["arras"]["before"]["value"], shown["arras"]["change"]) == (0, 50, None)
    assert (shown["sea"]["n"], shown["sea"]["value"], shown["sea"]["before"]["n"]) == (5, None, 0)
    weeks = read(company, **PERIOD, measure="answered", group_by="week", place="north")
    assert [(one["key"], one["n"], one["value"]) for one in weeks["groups"]] == [
        ("2025-W11", 40, 75),
        ("2025-W12", 20, 50),
    ]
    visited = read(company, **PERIOD, measure="answered_of_visited", group_by="region")["groups"]
    assert [(one["key"], one["n"], one["value"]) for one in visited] == [("north", 32, 87.5), ("south", 4, None)]
    seconds = read(company, **PERIOD, measure="seconds", group_by="store")
    assert (seconds["unit"], [one["key"] for one in seconds["groups"]]) == ("seconds", ["lille", "nice", "sea"])
    assert seconds["groups"][0]["rank"]["worst"] == 1, "the shortest is the best"
    assert (seconds["groups"][0]["step"], "step" in seconds["groups"][2]) == ([20, 30], False)
    for measure in ("answered", "answered_of_visited", "seconds"):
        assert company.get("/metrics/comparison", measure=measure, group_by="segment").status_code == 422
        own = new_machine(workspace_id=company.workspace_id, place="lille")
        assert [one["key"] for one in read(own, **PERIOD, measure=measure, group_by="place")["groups"]] == ["lille"]
        assert read(own, **PERIOD, measure=measure, place="nice")["n"] == 0
    for number in range(20):
        assert company.put(f"/places/kiosk-{number}", {"name": "Kiosk", "kind": "site"}).status_code == 201
        count(company, f"kiosk-{number}", NOW, due=12, answered=6)
    with statements() as many:
        assert len(read(company, **PERIOD, measure="answered", group_by="place")["groups"]) == 24
    assert len(many) == len(few)


def test_scores_tell_what_they_were_before_as_a_whole_and_by_group(
    company: Machine, new_machine: Callable[..., Machine], statements: Callable[[], Any]
) -> None:
    with statements() as one:
        found = company.get("/metrics/nps", **PERIOD).json
    assert (found["nps"], found["before_from"], found["before"]["nps"]) == (34.4, "2025-02-01", -40)
    assert (found["before"]["responses"], found["change"]["value"], found["change"]["clear"]) == (40, 74.4, True)
    earlier = company.get("/metrics/nps", **{"from": "2025-02-01", "to": "2025-03-01"}).json
    assert found["before"].items() <= earlier.items()
    assert (earlier["before"]["responses"], earlier["change"]) == (0, None)
    with statements() as grouped:
        groups = company.get("/metrics/nps", **PERIOD, group_by="place").json["groups"]
    assert len(grouped) == len(one) + 2, "the groups of both times, however many there are"
    told = {one["key"]: (one["nps"], one["before"]["nps"], one["before"]["responses"]) for one in groups}
    assert told == {
        "arras": (70, None, 0),
        "lille": (80, -40, 40),
        "nice": (-50, None, 0),
        "sea": (None, None, 0),
    }
    assert {one["key"] for one in groups if one["change"]} == {"lille"}
    compared = read(company, **PERIOD, group_by="place")["groups"]
    assert {one["key"]: one["change"] for one in groups} == {one["key"]: one["change"] for one in compared}
    only_then = company.get("/metrics/nps", **{"from": "2025-03-29", "to": "2025-04-26"}, group_by="place").json
    assert [(one["key"], one["responses"]) for one in only_then["groups"]][:2] == [("arras", 0), ("lille", 0)]
    weeks = company.get("/metrics/nps", **PERIOD, group_by="week").json["groups"]
    assert not {"before", "change"} & weeks[0].keys()
    for_ever = company.get("/metrics/nps", group_by="place", **{"from": "2025-03-01"}).json
    assert (for_ever["before"], for_ever["change"], for_ever["before_from"]) == (None, None, None)
    assert {one["before"] for one in for_ever["groups"]} == {None}
    since_ever = {"from": "1900-01-01", "to": "9998-12-31"}
    for figure in ("nps", "csat", "ces", "value"):
        widest = company.get(f"/metrics/{figure}", **since_ever, group_by="place").json
        assert widest["before"] is None, "nobody tells of what was before 1900"
    own = new_machine(workspace_id=company.workspace_id, place="lille")
    assert own.get("/metrics/nps", **PERIOD).json["before"] == told_of(groups, "lille")["before"]
    assert own.get("/metrics/nps", **PERIOD, place="nice").json["before"]["responses"] == 0


def told_of(groups: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return next(one for one in groups if one["key"] == key)
