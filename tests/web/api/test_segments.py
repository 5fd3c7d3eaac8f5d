"""Segments over HTTP: kept by key, counted before they are kept, and read with their members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from tests.rig.waiting import wait_until
from tests.web.api.calling import Machine
from vocapp.jobs.segments import follow_all
from vocapp.models import SegmentRow
from vocapp.models import db as models_db
from vocapp.web.api.segments import MemberOut, PreviewOut, SegmentOut

GOLD = {"==": [{"var": "customer.attributes.plan"}, "gold"]}
SEGMENT = {"name": {"fr": "Clients Or", "en": "Gold customers"}, "description": "Who pays for it.", "when": GOLD}


@pytest.fixture
def shop(caller: Machine) -> Machine:
    for name, plan in (("ada", "gold"), ("ben", "silver"), ("cleo", "gold"), ("dan", "gold")):
        given = {"first_name": name.title(), "attributes": {"plan": plan}}
        assert caller.put(f"/customers/{name}", given).status_code == 201
    follow()
    return caller


def follow() -> None:
    """Have all that was written followed: the feed waits for whoever writes anywhere on the server, other tests too."""

    def is_settled() -> bool:
        models_db.session.rollback()
        settled = not held_back()
        follow_all(until=float("inf"))
        return settled

    wait_until(is_settled, 60, what="all that was written is followed")


def held_back() -> bool:
    if models_db.engine.dialect.name == "sqlite":
        return False
    held = "select 1 from changes where xid >= pg_snapshot_xmin(pg_current_snapshot()) limit 1"
    return models_db.session.execute(text(held)).first() is not None


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["customer"]["external_id"] for one in found]


def test_a_segment_is_kept_and_its_members_are_read_page_by_page(shop: Machine) -> None:
    made = shop.put("/segments/gold", SEGMENT)
    assert made.status_code == 201, made.json
    assert not SegmentOut().validate(made.json)
    assert (made.json["version"], made.json["members"], made.json["up_to_date"]) == (1, 0, False)
    follow()
    read = shop.get("/segments/gold").json
    assert (read["members"], read["up_to_date"], read["when"]) == (3, True, GOLD)
    assert shop.put("/segments/gold", read).status_code == 200, "what was got can be put back"
    assert shop.get("/segments/gold").json["version"] == 1
    found = shop.read_all("/segments/gold/members", limit=2)
    assert not MemberOut(many=True).validate(found)
    assert sorted(names(found)) == ["ada", "cleo", "dan"]
    assert [one["key"] for one in shop.get("/customers/ada").json["segments"]] == ["gold"]
    assert shop.get("/customers/ben").json["segments"] == []
    assert [one["key"] for one in shop.read_all("/segments", limit=1)] == ["gold"]


def test_readers_of_the_export_are_told_who_joined_and_left(shop: Machine) -> None:
    shop.put("/segments/gold", SEGMENT)
    follow_all(until=float("inf"))
    shop.put("/customers/ada", {"attributes": {"plan": None}})

    def states() -> dict[str, str]:
        models_db.session.rollback()
        follow_all(until=float("inf"))  # behind the feed, which waits for whoever writes anywhere on the server
        told = shop.get("/export/memberships").json["data"]
        return {one["data"]["customer"]["external_id"]: one["data"]["status"] for one in told}

    wait_until(lambda: states().get("ada") == "left", 60, what="ada's leaving is in the export")
    assert states() == {"ada": "left", "cleo": "joined", "dan": "joined"}


def test_a_rule_is_counted_before_it_is_kept(shop: Machine) -> None:
    found = shop.post("/segments/preview", {"when": GOLD}).json
    assert not PreviewOut().validate(found)
    assert (found["count"], found["of"], len(found["examples"])) == (3, 4, 3)
    assert {one["external_id"] for one in found["examples"]} == {"ada", "cleo", "dan"}
    none = shop.post("/segments/preview", {"when": {"!": {"known": "customer.external_id"}}}).json
    assert (none["count"], none["examples"]) == (0, [])
    assert shop.get("/segments").json["data"] == []


@pytest.mark.parametrize(
    ("when", "pointer", "words"),
    [
        ({"and": [GOLD, {"==": [{"var": "answers.nps"}, 3]}]}, "/when/and/1/==/0/var", "unknown root"),
        ({">": [{"var": "event.properties.total"}, 3]}, "/when/>/0/var", "unknown root"),
        ({">": [{"var": "scores.nps.when"}, 3]}, "/when/>/0/var", "is not known"),
        ({">": [{"var": "value.shoes"}, 3]}, "/when/>/0/var", "value.orders"),
        ({"==": [{"var": "consent"}, True]}, "/when/==/0/var", "consent.KEY"),
        ({"likes": 1}, "/when", "unknown operator"),
        ({"<=": [{"var": "scores.nps"}, 12]}, "/when/<=/1", "goes from 0 to 10"),
        ({"!": {"in": [{"var": "scores.csat.value"}, [0, 5]]}}, "/when/!/in/1/0", "goes from 1 to 5"),
        ({">": [-5, {"var": "value.last.days"}]}, "/when/>/0", "is 0 or more"),
        ({"==": [{"var": "value.stage"}, "vip"]}, "/when/==/1", "prospect, customer, regular"),
    ],
)
def test_a_rule_that_could_not_be_meant_is_refused_with_the_place_in_it(
    caller: Machine, when: Any, pointer: str, words: str
) -> None:
    kept, counted = (
        caller.put("/segments/odd", SEGMENT | {"when": when}),
        caller.post("/segments/preview", {"when": when}),
    )
    for answer in (kept, counted):
        assert answer.status_code == 422
        [error] = [one for one in answer.json["errors"] if one["pointer"] == pointer]
        assert words in error["detail"]
    assert caller.get("/segments/odd").status_code == 404


def test_other_faults_name_their_places(caller: Machine) -> None:
    answer = caller.put("/segments/gold", {"key": "silver", "name": {"en": ""}, "color": "red"})
    assert {one["pointer"] for one in answer.json["errors"]} == {"/key", "", "/name/en", "/color"}
    assert caller.put("/segments/no key", SEGMENT).status_code == 422


def test_members_are_for_who_may_export_and_changes_for_who_may_write(new_machine: Callable[..., Machine]) -> None:
    writer, reader, other = new_machine(["surveys"]), new_machine(["export"]), new_machine(["alerts"])
    assert writer.put("/segments/gold", SEGMENT).status_code == 201
    assert writer.get("/segments/gold/members").status_code == 403
    assert reader.get("/segments/gold/members").status_code == reader.get("/segments/gold").status_code == 200
    assert reader.put("/segments/gold", SEGMENT).status_code == 403
    assert reader.post("/segments/preview", {"when": GOLD}).status_code == 403
    assert other.get("/segments").status_code == 403


def test_a_segment_that_is_kept_already_stays_valid_whatever_it_compares_with(caller: Machine) -> None:
    caller.put("/segments/gold", SEGMENT)
    rule = {"<=": [{"var": "scores.nps"}, 12]}
    row = models_db.session.query(SegmentRow).filter_by(key="gold").one()
    row.definition = {**row.definition, "when": rule}
    models_db.session.commit()
    read = caller.get("/segments/gold").json
    assert caller.put("/segments/gold", read).status_code == 200
    renamed = caller.put("/segments/gold", read | {"name": "Or"})
    assert (renamed.status_code, renamed.json["version"]) == (200, 2)
    follow()
    assert caller.get("/segments/gold").json["up_to_date"]
    assert caller.put("/segments/gold", read | {"when": {"<=": [{"var": "scores.nps"}, 13]}}).status_code == 422
