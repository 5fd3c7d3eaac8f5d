"""Surveys, personas, places and settings over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.web.api.calling import Machine
from tests.web.api.test_events import SURVEY
from vocapp.models import SurveyHold, SurveyVersion, database_now, new_id, transaction
from vocapp.services import surveying
from vocapp.web.api.alert_rules import AlertRulesOut
from vocapp.web.api.personas import PersonasOut
from vocapp.web.api.places import PlaceOut
from vocapp.web.api.settings import SettingsOut
from vocapp.web.api.surveys import PublishedOut, SurveyOut


def test_a_draft_is_kept_and_read_back_as_it_was_written(caller: Machine) -> None:
    made = caller.put("/surveys/post_delivery", SURVEY)
    assert made.status_code == 201
    assert not SurveyOut().validate(made.json)
    assert made.json["published_version"] is None
    assert {name: made.json[name] for name in SURVEY} == SURVEY
    assert caller.get("/surveys/post_delivery").json == made.json
    assert caller.put("/surveys/post_delivery", made.json).status_code == 200, "what was got can be put back"
    assert [survey["key"] for survey in caller.get("/surveys").json["data"]] == ["post_delivery"]


def test_publishing_makes_versions_that_never_change(caller: Machine, empty_workspace_id: int, db: Any) -> None:
    caller.put("/surveys/post_delivery", SURVEY)
    published = caller.post("/surveys/post_delivery/publish").json
    assert not PublishedOut().validate(published)
    assert published["version"] == published["published_version"] == 1
    assert caller.post("/surveys/post_delivery/publish").json["version"] == 1
    changed = {**SURVEY, "title": "Another"}
    assert caller.put("/surveys/post_delivery", changed).json["changed"] is True
    assert caller.post("/surveys/post_delivery/publish").json["version"] == 2
    first = surveying.load_version(workspace_id=empty_workspace_id, key="post_delivery", version=1)
    second = surveying.load_version(workspace_id=empty_workspace_id, key="post_delivery", version=2)
    assert (first.title, second.title) == ({"en": "Your delivery"}, {"en": "Another"})
    assert surveying.load_version(workspace_id=empty_workspace_id, key="post_delivery", version=1) is first
    with pytest.raises(surveying.SurveyNotFound):
        surveying.load_version(workspace_id=empty_workspace_id, key="post_delivery", version=3)


def test_who_resumes_a_survey_may_say_which_hold_they_read(caller: Machine, empty_workspace_id: int, db: Any) -> None:
    caller.put("/surveys/post_delivery", SURVEY)

    def hold() -> str:
        with transaction() as session:
            row = {"survey_key": "post_delivery", "reason": "complaints", "delivered": 40, "complained": 3}
            session.add(
                SurveyHold(workspace_id=empty_workspace_id, id=new_id(), unsubscribed=0, held_at=database_now(), **row)
            )
        return str(caller.get("/surveys/post_delivery").json["sending"]["hold"])

    def resume(body: Any = None) -> Any:
        return caller.post("/surveys/post_delivery/resume", body)

    first = hold()
    assert resume({"hold": first}).json["sending"]["held"] is False
    assert resume({"hold": first}).json["sending"] == {"held": False, "reason": None, "since": None, "hold": None}
    second = hold()
    refused = resume({"hold": first})
    assert (refused.status_code, "is held again" in refused.json["detail"]) == (409, True)
    assert resume({"hold": "x"}).status_code == 422
    assert resume({"hold": second}).json["sending"]["held"] is False
    hold()
    assert not SurveyOut().validate(resume().json)
    assert caller.get("/surveys/post_delivery").json["sending"]["held"] is False


def test_publishing_twice_at_once_makes_one_version(caller: Machine, db: Any) -> None:
    caller.put("/surveys/post_delivery", SURVEY)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: caller.post("/surveys/post_delivery/publish"), range(6)))
    assert {answer.json["version"] for answer in answers} == {1}
    assert db.session.scalar(select(func.count()).select_from(SurveyVersion)) == 1


def test_a_survey_that_cannot_be_is_refused_with_its_places(caller: Machine) -> None:
    bad = deepcopy(SURVEY)
    bad["questions"].append({"key": "nps", "type": "nope", "text": "?"})
    answer = caller.put("/surveys/post_delivery", bad)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} >= {"/questions/1/type", "/questions/1/key"}
    assert caller.put("/surveys/another", SURVEY).json["errors"][0]["pointer"] == "/key"
    assert caller.put("/surveys/post_delivery", {**SURVEY, "workspace_id": 1}).status_code == 422
    assert caller.get("/surveys").json["data"] == []


PERSONAS: dict[str, Any] = {
    "personas": [
        {
            "key": "gift_giver",
            "name": "Gift giver",
            "criteria": [{"when": {"==": [{"var": "answers.buys_for"}, "gift"]}, "weight": 2, "because": "gifts"}],
        }
    ],
    "minimum_confidence": 0.4,
}


def test_personas_are_replaced_as_versions(caller: Machine) -> None:
    assert caller.get("/personas").json == {"version": None, "personas": []}
    put = caller.put("/personas", PERSONAS)
    assert put.status_code == 200
    assert not PersonasOut().validate(put.json)
    assert put.json == {"version": 1, **PERSONAS} == caller.get("/personas").json
    assert caller.put("/personas", put.json).json["version"] == 1
    assert caller.put("/personas", {**PERSONAS, "minimum_confidence": 0.6}).json["version"] == 2
    assert caller.put("/personas", {"personas": [{"key": "x"}]}).status_code == 422


def test_personas_put_at_once_are_versions_one_after_the_other(caller: Machine) -> None:
    with ThreadPoolExecutor(6) as pool:
        puts = list(pool.map(lambda n: caller.put("/personas", {**PERSONAS, "minimum_confidence": n / 10}), range(6)))
    assert sorted(put.json.get("version", put.status_code) for put in puts) == [1, 2, 3, 4, 5, 6]


RULES: dict[str, Any] = {
    "alerts": [
        {"key": "five", "name": "Five", "kind": "detractor", "when": {"<=": [{"var": "scores.nps"}, 5]}},
        {
            "key": "lost",
            "name": {"fr": "Perdue", "en": "Lost"},
            "kind": "lost",
            "event": "order.lost",
            "when": {"known": "event.properties.order"},
        },
    ],
    "urgent_words": {"en": ["unicorn*"]},
}


def test_rules_of_alerts_are_replaced_as_versions(caller: Machine) -> None:
    shipped = caller.get("/alert-rules").json
    assert not AlertRulesOut().validate(shipped)
    assert shipped["version"] is None
    assert {"detractor", "low_csat", "order_lost"} <= {rule["key"] for rule in shipped["alerts"]}
    assert caller.put("/alert-rules", shipped).json["version"] is None, "what was got can be put back"
    assert caller.put("/alert-rules", RULES).json == {"version": 1, **RULES} == caller.get("/alert-rules").json
    assert caller.put("/alert-rules", shipped).json["version"] == 2


def test_what_is_no_rule_of_alerts_is_refused_with_its_places(caller: Machine) -> None:
    bad = deepcopy(RULES)
    bad["alerts"][0]["when"] = {"<=": [{"var": "score.nps"}, "5"]}
    bad["alerts"][1]["then"] = "mail"
    bad["urgent_words"]["en"] = ["*"]
    refused = caller.put("/alert-rules", bad)
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json["errors"]} == {
        "/alerts/0/when/<=/0/var",
        "/alerts/1/then",
        "/urgent_words/en/0",
    }
    assert caller.get("/alert-rules").json["version"] is None


def test_places_make_a_tree(caller: Machine) -> None:
    made = caller.put("/places/brand", {"key": "brand", "name": "Brand", "kind": "brand"})
    assert made.status_code == 201
    assert not PlaceOut().validate(made.json)
    for key, kind, parent in (("north", "region", "brand"), ("lille", "store", "north"), ("till", "team", "lille")):
        assert caller.put(f"/places/{key}", {"name": key, "kind": kind, "parent": parent}).status_code == 201
    assert caller.get("/places/till").json["path"] == "/brand/north/lille/till/"
    assert caller.put("/places/lille", {"name": "Lille", "kind": "store", "parent": "brand"}).status_code == 200
    assert caller.get("/places/till").json["path"] == "/brand/lille/till/"
    assert [place["key"] for place in caller.read_all("/places", limit=2)] == ["brand", "lille", "till", "north"]


@pytest.mark.parametrize(
    ("key", "body", "pointer"),
    [
        ("x", {"name": "X", "kind": "brand", "parent": "nowhere"}, "/parent"),
        ("brand", {"name": "X", "kind": "brand", "parent": "brand"}, "/parent"),
        ("brand", {"name": "X", "kind": "brand", "parent": "store"}, "/parent"),
        ("x", {"name": "X", "kind": "palace"}, "/kind"),
        ("x", {"name": " ", "kind": "brand"}, "/name"),
        ("x", {"kind": "brand"}, "/name"),
        ("x", {"name": "X", "kind": "brand", "path": "/"}, "/path"),
        ("x" * 65, {"name": "X", "kind": "brand"}, "/key"),
        ("%20", {"name": "X", "kind": "brand"}, "/key"),
        ("x", {"key": "y", "name": "X", "kind": "brand"}, "/key"),
    ],
)
def test_a_place_that_cannot_stand_is_refused(caller: Machine, key: str, body: Any, pointer: str) -> None:
    caller.put("/places/brand", {"name": "Brand", "kind": "brand"})
    caller.put("/places/store", {"name": "Store", "kind": "store", "parent": "brand"})
    answer = caller.put(f"/places/{key}", body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_two_moves_at_once_close_no_circle(caller: Machine) -> None:
    for key in ("a", "b"):
        caller.put(f"/places/{key}", {"name": key, "kind": "region"})
    moves = [("a", "b"), ("b", "a")] * 4

    def move(pair: tuple[str, str]) -> int:
        return caller.put(f"/places/{pair[0]}", {"name": pair[0], "kind": "region", "parent": pair[1]}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(move, moves)) == {200, 422}
    parents = {place["key"]: place["parent"] for place in caller.get("/places").json["data"]}
    assert parents in ({"a": None, "b": "a"}, {"b": None, "a": "b"})


def test_settings_are_read_and_changed(caller: Machine) -> None:
    assert not SettingsOut().validate(caller.get("/settings").json)
    changed = caller.patch(
        "/settings",
        {
            "name": "Maison",
            "contact_policy": {"cap": 1, "quiet_from": None, "quiet_to": None},
            "brand": {"accent": "#123456", "logo_url": "https://cdn.example.com/logo.svg"},
            "alert_recipients": ["care@vocapp.test", "care@vocapp.test"],
            "callbacks": {"claim_minutes": 60, "contacted_hours": 48},
            "escalation": {"steps": [{"after_minutes": 60, "to": "above", "tell": ["lead@vocapp.test"]}]},
            "handing_out": {"by": "round_robin", "teams": ["nantes"]},
        },
    )
    assert changed.status_code == 200
    assert changed.json["contact_policy"] == {"cap": 1, "quiet_from": None, "quiet_to": None}
    assert changed.json["alert_recipients"] == ["care@vocapp.test"]
    assert changed.json["callbacks"] == {"claim_minutes": 60, "contacted_hours": 48}
    assert changed.json["escalation"]["steps"][0]["to"] == "above"
    assert changed.json["handing_out"] == {"by": "round_robin", "teams": ["nantes"]}
    cleared = {"contact_policy": {"cap": None}, "brand": {"logo_url": None}, "callbacks": {"claim_minutes": None}}
    back = caller.patch("/settings", cleared).json
    assert back["callbacks"] == {"contacted_hours": 48}
    assert back["contact_policy"] == {"quiet_from": None, "quiet_to": None}
    assert (back["brand"], back["name"]) == ({"accent": "#123456"}, "Maison")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"timezone": "Mars"}, "/timezone"),
        ({"name": ""}, "/name"),
        ({"default_language": None}, "/default_language"),
        ({"contact_policy": {"cap": -1}}, "/contact_policy"),
        ({"contact_policy": {"capp": 1}}, "/contact_policy"),
        ({"contact_policy": 3}, "/contact_policy"),
        ({"brand": {"accent": "red"}}, "/brand/accent"),
        ({"brand": {"logo_url": "javascript:alert(1)"}}, "/brand/logo_url"),
        ({"brand": {"x": 1}}, "/brand/x"),
        ({"alert_recipients": ["nobody"]}, "/alert_recipients/0"),
        ({"alert_recipients": "a@b.test"}, "/alert_recipients"),
        ({"callbacks": {"claim_minutes": 4}}, "/callbacks/claim_minutes"),
        ({"callbacks": {"days": 4}}, "/callbacks/days"),
        ({"callbacks": []}, "/callbacks"),
        ({"resolutions": {"causes": []}}, "/resolutions/causes"),
        ({"resolutions": {"remedies": [{"key": "a", "label": ""}]}}, "/resolutions/remedies/0/label"),
        ({"escalation": {"steps": [{"after_minutes": -1}]}}, "/escalation/steps/0/after_minutes"),
        ({"escalation": {"steps": [{"after_minutes": 0, "tell": ["x"]}]}}, "/escalation/steps/0/tell/0"),
        ({"handing_out": {"by": "lot"}}, "/handing_out/by"),
        ({"id": 7}, "/id"),
        ({"key": "other"}, "/key"),
        ({"catalogue": {}}, "/catalogue"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(caller: Machine, body: Any, pointer: str) -> None:
    before = caller.get("/settings").json
    answer = caller.patch("/settings", body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert caller.get("/settings").json == before


def test_own_themes_stand_beside_those_that_ship(caller: Machine) -> None:
    own = [
        {"key": "workshop", "name": "Workshop", "words": {"en": ["workshop"]}, "except": {"en": ["workshop manual"]}}
    ]
    before = caller.get("/themes").json
    assert (before["version"], before["themes"]) == (None, [])
    assert {"delivery", "price", "service"} <= {theme["key"] for theme in before["shipped"]}
    assert caller.put("/themes", {"themes": own}).json == {"version": 1, "themes": own}
    assert caller.put("/themes", caller.get("/themes").json).json["version"] == 1, "what was got can be put back"
    refused = caller.put("/themes", {"themes": [{**own[0], "words": {"en": ["wor*k"]}}]})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/themes/0/words/en/0"]
    figures = caller.get("/metrics/themes").json
    assert (figures["verbatims"], figures["themes"]) == (0, [])
    assert caller.get("/metrics/themes", **{"from": "2026-02-01", "to": "2026-01-01"}).status_code == 422
