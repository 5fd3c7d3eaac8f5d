"""Events over HTTP: once each, by the thousand, with the followers they need."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.web.api.calling import Machine
from vocapp.models import Change, Customer, Event, Fact
from vocapp.web.api.events import EventsTaken

AT = "2026-03-01T08:00:00Z"
SURVEY = {
    "key": "post_delivery",
    "title": "Your delivery",
    "default_language": "en",
    "trigger": {"event": "order.delivered"},
    "questions": [{"key": "nps", "type": "nps", "text": "Would you recommend us?"}],
}


def told(key: str = "e-1", **more: Any) -> dict[str, Any]:
    return {"id": key, "event": "order.delivered", "occurred_at": AT, "customer": {"external_id": "C-1"}, **more}


def count(db: Any, table: Any, *where: Any) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(table).where(*where)))


def test_an_event_is_kept_with_what_it_says_of_its_customer(caller: Machine, db: Any) -> None:
    caller.put("/places/lyon", {"name": "Lyon", "kind": "store"})
    event = told(
        customer={"external_id": "C-1", "email": "c@vocapp.test", "attributes": {"plan": "gold"}},
        place="lyon",
        agent="Ana",
        properties={"channel": "web", "lines": [{"sku": 1}]},
    )
    answer = caller.post("/events", event)
    unheard = {"unheard": ["order.delivered"]}  # no survey is sent after it: a hint, no refusal
    assert (answer.status_code, answer.json) == (202, {"accepted": 1, "duplicates": 0, "refused": [], **unheard})
    kept = db.session.scalars(select(Event)).one()
    assert (kept.key, kept.name, kept.place, kept.agent) == ("e-1", "order.delivered", "lyon", "Ana")
    assert kept.properties == {"channel": "web", "lines": [{"sku": 1}]}
    held = caller.get("/customers/C-1").json["attributes"]["plan"]
    assert held["observed_at"].startswith("2026-03-01T08:00:00"), "an event tells what was true when it happened"


def test_a_place_that_nobody_made_yet_is_made(caller: Machine, statements: Callable[[], Any], db: Any) -> None:
    caller.put("/places/lyon", {"name": "Lyon", "kind": "store"})
    caller.post("/events", told("warm"))
    with statements() as at_known:
        caller.post("/events", told("e-0", place="lyon"))
    keys = ["lyon", *(f"new-{number}" for number in range(40))]
    batch = [told(f"e-{number}-{key}", place=key) for number, key in enumerate(keys * 2, start=1)]
    with statements() as at_new:
        answer = caller.post("/events", {"events": batch}).json
    assert (answer["accepted"], answer["duplicates"], answer["refused"]) == (82, 0, [])
    assert len(at_new) == len(at_known) + 1
    made = {place["key"]: place for place in caller.read_all("/places")}
    assert sorted(made) == sorted(keys)
    assert made["new-7"] == {"key": "new-7", "name": "new-7", "kind": "site", "parent": None, "path": "/new-7/"}
    assert made["lyon"]["name"] == "Lyon"
    caller.post("/events", told("e-0", place="told-before"))
    assert caller.get("/places/told-before").status_code == 404, "a duplicate changes nothing"
    named = caller.put("/places/new-7", {"name": "Nice", "kind": "team", "parent": "lyon"})
    assert (named.status_code, named.json["path"]) == (200, "/lyon/new-7/")


def test_places_named_and_made_at_once_stand_once(caller: Machine) -> None:
    keys = [f"p-{number}" for number in range(20)]

    def call(turn: int) -> int:
        if turn % 2:
            return caller.put(f"/places/{keys[turn]}", {"name": "Named", "kind": "store"}).status_code
        events = [told(f"{turn}-{key}", place=key) for key in keys[:: 1 if turn % 4 else -1]]
        return caller.post("/events", {"events": events}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(call, range(20))) <= {200, 201, 202}
    names = {place["key"]: place["name"] for place in caller.get("/places").json["data"]}
    assert names == {key: "Named" if number % 2 else key for number, key in enumerate(keys)}


def test_the_same_event_again_changes_nothing(caller: Machine, db: Any) -> None:
    caller.post("/events", told(customer={"external_id": "C-1", "first_name": "Ana"}))
    before = db.session.execute(select(Change.row_id, Change.number).order_by(Change.number)).all()
    db.session.rollback()
    again = caller.post("/events", told(customer={"external_id": "C-1", "first_name": "Eve"}, properties={"x": 1}))
    assert again.json == {"accepted": 0, "duplicates": 1, "refused": []}
    assert caller.get("/customers/C-1").json["first_name"] == "Ana"
    assert db.session.execute(select(Change.row_id, Change.number).order_by(Change.number)).all() == before
    twice = caller.post("/events", {"events": [told("e-2"), told("e-2"), told("e-1")]})
    assert twice.json == {"accepted": 1, "duplicates": 2, "refused": [], "unheard": ["order.delivered"]}


def test_only_events_that_trigger_a_published_survey_are_announced(caller: Machine, db: Any) -> None:
    caller.post("/events", told("before"))
    assert caller.put("/surveys/post_delivery", SURVEY).status_code == 201
    caller.post("/events", told("drafted"))
    assert count(db, Fact) == 0
    caller.post("/surveys/post_delivery/publish")
    caller.post("/events", {"events": [told("e-1"), told("e-2", event="order.returned"), told("before")]})
    db.session.rollback()
    facts = db.session.scalars(select(Fact)).all()
    assert [fact.kind for fact in facts] == ["EventAccepted"]
    assert facts[0].subject_id == db.session.scalar(select(Event.id).where(Event.key == "e-1"))


def test_in_a_list_the_good_are_kept_and_the_bad_are_named(caller: Machine, db: Any) -> None:
    batch = [told("ok"), told("later", place="no where"), 7, told("", customer=None), told("fine", event="x")]
    answer = caller.post("/events", {"events": batch})
    assert answer.status_code == 202
    assert not EventsTaken().validate(answer.json)
    assert answer.json["accepted"] == 2
    refused = {one["index"]: one["detail"] for one in answer.json["refused"]}
    assert sorted(refused) == [1, 2, 3]
    assert "/place" in refused[1]
    assert "/id" in refused[3]
    assert "/customer" in refused[3]
    assert count(db, Event) == 2


def test_a_text_that_cannot_be_kept_refuses_its_event_alone(caller: Machine, db: Any) -> None:
    paid = {"event": "Order Completed", "properties": {"order_id": "o-1", "total": 5}}
    odd = [
        told("e-1", agent="a\0", properties={"lines": [{"sku": "half \0 of it"}]}),
        told("e-3") | paid | {"properties": {"order_id": "o\0", "total": 5}},
    ]
    answer = caller.post("/events", {"events": [told("e-0"), odd[0], told("e-2") | paid, odd[1], told("e-4", place=7)]})
    assert (answer.status_code, answer.json["accepted"]) == (202, 2)
    assert not EventsTaken().validate(answer.json)
    assert answer.json["refused"][:2] == [
        {"index": 1, "detail": "/agent holds a NUL character; /properties/lines/0/sku holds a NUL character"},
        {"index": 3, "detail": "/properties/order_id holds a NUL character"},
    ]
    assert [one["index"] for one in answer.json["refused"]] == [1, 3, 4]
    assert (count(db, Event), count(db, Customer)) == (2, 1)
    alone = caller.post("/events", odd[0])
    assert (alone.status_code, [one["pointer"] for one in alone.json["errors"]][:1]) == (422, ["/agent"])
    assert caller.post("/events", {"events": [told("e-5")], "\0": 1}).status_code == 422, "beside the list"


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        (told(place=""), "/place"),
        (told(place="a/b"), "/place"),
        (told(place="x" * 65), "/place"),
        (told(place=7), "/place"),
        (told(id="x" * 201), "/id"),
        (told(id=5), "/id"),
        (told(event=""), "/event"),
        (told(occurred_at="2026-03-01"), "/occurred_at"),
        (told(occurred_at="2026-03-01T08:00:00"), "/occurred_at"),
        (told(occurred_at="0001-01-01T00:00:00+23:59"), "/occurred_at"),
        (told(customer="C-1"), "/customer"),
        (told(customer={}), "/customer/external_id"),
        (told(customer={"external_id": "C", "email": "x"}), "/customer/email"),
        (told(properties=[]), "/properties"),
        (told(properties={"x": "y" * 33_000}), "/properties"),
        (told(agent="a\nb"), "/agent"),
        (told(score=1), "/score"),
    ],
)
def test_a_single_bad_event_is_refused_with_its_place(caller: Machine, db: Any, event: Any, pointer: str) -> None:
    answer = caller.post("/events", event)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert count(db, Event) == count(db, Customer) == 0


def test_the_future_is_taken_for_now(caller: Machine, db: Any) -> None:
    caller.post("/events", told(occurred_at="2999-01-01T00:00:00Z"))
    kept = db.session.scalars(select(Event)).one()
    assert kept.occurred_at <= kept.received_at


def test_a_thousand_events_take_as_many_statements_as_one(
    caller: Machine, statements: Callable[[], Any], db: Any
) -> None:
    caller.put("/surveys/post_delivery", SURVEY)
    caller.post("/surveys/post_delivery/publish")
    caller.post("/events", told("warm"))

    def batch(prefix: str, size: int) -> dict[str, Any]:
        return {
            "events": [
                told(
                    f"{prefix}{index}",
                    customer={
                        "external_id": f"{prefix}{index % 500}",
                        "email": f"{prefix}{index % 500}@vocapp.test",
                        "attributes": {"n": index},
                        "consents": [{"purpose": "surveys", "granted": True}],
                    },
                )
                for index in range(size)
            ]
        }

    with statements() as for_one:
        assert caller.post("/events", batch("a", 1)).json["accepted"] == 1
    with statements() as for_many:
        assert caller.post("/events", batch("b", 1000)).json["accepted"] == 1000
    assert len(for_many) == len(for_one) <= 13
    assert count(db, Fact) == 1002
    assert count(db, Customer) == 502
    assert caller.post("/events", batch("c", 1001)).status_code == 422

    with statements() as plain:
        caller.post("/events", told("plain", event="seen"))
    assert len(plain) <= 5, "a known customer of whom nothing new is said: key, look-up, event, feed, begin"


def test_the_same_events_told_at_once_are_kept_once(caller: Machine, db: Any) -> None:
    def post(turn: int) -> dict[str, Any]:
        events = [told(f"e-{i}", customer={"external_id": f"C-{i}", "first_name": str(turn)}) for i in range(40)]
        answer = caller.post("/events", {"events": events[:: 1 if turn % 2 else -1]})
        assert answer.status_code == 202
        return dict(answer.json)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(16)))
    assert sum(answer["accepted"] for answer in answers) == 40
    assert sum(answer["duplicates"] for answer in answers) == 40 * 15
    assert count(db, Event) == count(db, Customer) == 40


def test_an_event_lies_in_its_workspace_only(
    new_machine: Callable[..., Machine], db: Any, caller: Machine, now: Any
) -> None:
    from vocapp.models import transaction
    from vocapp.services import workspaces

    with transaction():
        other = new_id = workspaces.create(key="other", now=now)[0].id
    stranger = new_machine(workspace_id=other)
    caller.post("/events", told())
    assert stranger.get("/customers/C-1").status_code == 404
    assert stranger.post("/events", told()).json["accepted"] == 1
    assert count(db, Event, Event.workspace_id == new_id) == 1
