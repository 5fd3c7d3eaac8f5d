"""Customers over HTTP: what is kept, what is merged, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.web.api.calling import Machine
from vocapp.models import Attribute, Change, Consent, Contact, Customer
from vocapp.web.api.customers import CustomerOut, CustomersTaken

EARLY, LATE = "2026-03-01T08:00:00Z", "2026-03-02T08:00:00Z"


def test_a_new_customer_is_made_and_known_again(caller: Machine) -> None:
    body = {
        "email": "Camille.Dupont@Example.TEST",
        "phone": "06 12 34 56 78",
        "first_name": " Camille ",
        "last_name": None,
        "locale": "fr_fr",
        "timezone": "Europe/Paris",
        "attributes": {"plan": "gold", "orders": 3, "vip": True, "likes": ["tea", "books"]},
        "consents": [{"purpose": "NPS", "granted": True, "source": "checkout", "text_version": "v2", "at": EARLY}],
    }
    made = caller.put("/customers/C-1", body)
    assert made.status_code == 201
    document = made.json
    assert not CustomerOut().validate(document)
    assert document["email"] == "Camille.Dupont@example.test"
    assert (document["phone"], document["locale"], document["first_name"]) == ("+33612345678", "fr-FR", "Camille")
    assert {key: held["value"] for key, held in document["attributes"].items()} == body["attributes"]
    (consent,) = document["consents"]
    assert consent.pop("at").startswith("2026-03-01T08:00:00")
    assert consent == {"purpose": "surveys", "granted": True, "source": "checkout", "text_version": "v2"}
    assert document["contact"]["allowed"] is True
    again = caller.put("/customers/C-1", {})
    assert again.status_code == 200
    merged, read = again.json, caller.get("/customers/C-1").json
    for document in (merged, read):
        document["contact"].pop("next_allowed_at")  # by day it is the very moment of asking
    assert merged == read


def test_what_was_observed_last_stays_whatever_arrives_last(caller: Machine) -> None:
    caller.put("/customers/C-1", {"first_name": "New", "attributes": {"plan": "gold"}, "observed_at": LATE})
    document = caller.put(
        "/customers/C-1",
        {"first_name": "Old", "last_name": "Only", "attributes": {"plan": "silver", "size": "M"}, "observed_at": EARLY},
    ).json
    assert (document["first_name"], document["last_name"]) == ("New", "Only")
    assert document["attributes"]["plan"]["value"] == "gold"
    assert document["attributes"]["size"]["value"] == "M"


def test_of_two_observed_at_one_time_the_later_arrival_stays(caller: Machine) -> None:
    for name in ("first", "second"):
        caller.put("/customers/C-1", {"first_name": name, "attributes": {"a": name}, "observed_at": EARLY})
    document = caller.get("/customers/C-1").json
    assert (document["first_name"], document["attributes"]["a"]["value"]) == ("second", "second")


def test_null_deletes_and_the_deletion_is_an_observation(caller: Machine) -> None:
    caller.put("/customers/C-1", {"email": "a@vocapp.test", "attributes": {"plan": "gold"}, "observed_at": EARLY})
    caller.put("/customers/C-1", {"email": None, "attributes": {"plan": None}, "observed_at": LATE})
    document = caller.put(
        "/customers/C-1", {"email": "old@vocapp.test", "attributes": {"plan": "old"}, "observed_at": EARLY}
    ).json
    assert document["email"] is None
    assert document["attributes"] == {}


def test_the_future_is_taken_for_now(caller: Machine) -> None:
    caller.put("/customers/C-1", {"first_name": "Tomorrow", "observed_at": "2999-01-01T00:00:00Z"})
    assert caller.put("/customers/C-1", {"first_name": "Today"}).json["first_name"] == "Today"


def test_an_attribute_may_say_where_it_comes_from_and_how_long_it_holds(caller: Machine) -> None:
    said = {"value": "gift", "source": "survey", "observed_at": EARLY, "expires_at": "2030-01-01T00:00:00+01:00"}
    held = caller.put("/customers/C-1", {"attributes": {"buys_for": said}}).json["attributes"]["buys_for"]
    assert (held["value"], held["source"]) == ("gift", "survey")
    assert held["observed_at"].startswith("2026-03-01T08:00:00")
    assert held["expires_at"].startswith("2029-12-31T23:00:00")


def test_consents_are_only_added_to_and_the_same_adds_nothing(caller: Machine, db: Any) -> None:
    yes = {"purpose": "surveys", "granted": True, "source": "web", "at": EARLY}
    no = {**yes, "granted": False, "at": LATE}
    for consents in ([yes], [yes, no], [no, yes]):
        document = caller.put("/customers/C-1", {"consents": consents}).json
    assert [one["granted"] for one in document["consents"]] == [True, False]
    assert document["contact"]["allowed"] is False
    assert db.session.scalar(select(func.count()).select_from(Consent)) == 2
    assert db.session.scalar(select(func.count()).select_from(Change).where(Change.stream == "consents")) == 2


def test_two_customers_may_share_an_address_and_then_share_its_limits(caller: Machine, db: Any) -> None:
    caller.put("/customers/C-1", {"email": "Both@vocapp.test"})
    caller.put("/customers/C-2", {"email": "both@VOCAPP.test"})
    keys = db.session.scalars(select(Customer.contact_key)).all()
    assert keys[0] == keys[1]
    assert db.session.scalars(select(Contact.key)).all() == [keys[0]]


def test_a_deleted_address_takes_its_limits_with_it(caller: Machine, db: Any) -> None:
    caller.put("/customers/C-1", {"email": "a@vocapp.test"})
    before = db.session.scalar(select(Customer.contact_key))
    caller.put("/customers/C-1", {"email": None})
    db.session.rollback()
    after = db.session.scalar(select(Customer.contact_key))
    assert after != before
    assert set(db.session.scalars(select(Contact.key))) == {before, after}


def test_nothing_said_changes_nothing(caller: Machine, db: Any) -> None:
    body = {"email": "a@vocapp.test", "attributes": {"x": 1}, "observed_at": EARLY}
    caller.put("/customers/C-1", body)
    number = db.session.scalar(select(Change.number))
    db.session.rollback()
    caller.put("/customers/C-1", body)
    caller.put("/customers/C-1", {})
    assert db.session.scalar(select(Change.number)) == number


@pytest.mark.parametrize("external_id", ["a b", "é€🎉", "a/b", "a//b", "100%", "?", "#", ".hidden", "x" * 200, "'; --"])
def test_an_outside_id_may_be_nearly_anything(caller: Machine, external_id: str) -> None:
    from urllib.parse import quote

    path = f"/customers/{quote(external_id, safe='')}"
    assert caller.put(path, {}).json["external_id"] == external_id
    assert caller.get(path).json["external_id"] == external_id


@pytest.mark.parametrize(("path", "status"), [("x" * 201, 422), ("a%00b", 400), ("a%0Ab", 400)])
def test_what_no_id_can_be_is_refused(caller: Machine, path: str, status: int) -> None:
    assert caller.put(f"/customers/{path}", {}).status_code == status


def test_an_address_that_is_no_utf_8_is_refused(caller: Machine) -> None:
    raw = {"PATH_INFO": "/api/v1/customers/\xff"}
    assert caller.client.put("/", headers=caller.headers, json={}, environ_overrides=raw).status_code == 400


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"email": 7}, "/email"),
        ({"phone": "12"}, "/phone"),
        ({"phone": "06 12 34 56 78"}, "/phone"),  # of which country?
        ({"locale": "klingon!"}, "/locale"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"first_name": "x" * 201}, "/first_name"),
        ({"first_name": "a\nb"}, "/first_name"),
        ({"attributes": []}, "/attributes"),
        ({"attributes": {"": 1}}, "/attributes/"),
        ({"attributes": {"a/b": {"no": 1}}}, "/attributes/a~1b"),
        ({"attributes": {"a": [[1]]}}, "/attributes/a"),
        ({"consents": [{"granted": True}]}, "/consents/0/purpose"),
        ({"consents": [{"purpose": "surveys", "granted": "yes"}]}, "/consents/0/granted"),
        ({"consents": [{"purpose": "surveys", "granted": True, "id": 1}]}, "/consents/0/id"),
        ({"observed_at": "yesterday"}, "/observed_at"),
        ({"observed_at": "2026-03-01T08:00:00"}, "/observed_at"),
        ({"observed_at": "2026-02-30T08:00:00Z"}, "/observed_at"),
        ({"workspace_id": 1}, "/workspace_id"),
        ({"id": "x"}, "/id"),
        ({"created_at": EARLY}, "/created_at"),
        ({"external_id": "other"}, "/external_id"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(caller: Machine, body: Any, pointer: str) -> None:
    answer = caller.put("/customers/C-1", body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert caller.get("/customers/C-1").status_code == 404


def test_a_thousand_customers_take_as_many_statements_as_one(
    caller: Machine, statements: Callable[[], Any], db: Any
) -> None:
    def batch(prefix: str, size: int) -> dict[str, Any]:
        return {
            "customers": [
                {
                    "external_id": f"{prefix}{index}",
                    "email": f"{prefix}{index}@vocapp.test",
                    "attributes": {"n": index},
                    "consents": [{"purpose": "surveys", "granted": True}],
                }
                for index in range(size)
            ]
        }

    caller.get("/customers/nobody")  # the key's use is written down, once in some minutes
    with statements() as for_one:
        assert caller.post("/customers", batch("a", 1)).json == {"created": 1, "merged": 0, "refused": []}
    with statements() as for_many:
        answer = caller.post("/customers", batch("b", 1000))
    assert answer.json["created"] == 1000
    assert not CustomersTaken().validate(answer.json)
    assert len(for_many) == len(for_one) <= 12
    assert db.session.scalar(select(func.count()).select_from(Attribute)) == 1001


def test_in_a_list_the_good_are_kept_and_the_bad_are_named(caller: Machine) -> None:
    answer = caller.post(
        "/customers", {"customers": [{"external_id": "ok"}, {"email": "x@y.test"}, 7, {"external_id": "ok"}]}
    )
    assert (answer.json["created"], answer.json["merged"]) == (1, 1)
    assert [one["index"] for one in answer.json["refused"]] == [1, 2]
    odd = {"external_id": "b", "last_name": "\0", "attributes": {"plan": "go\0ld"}}
    answer = caller.post("/customers", {"customers": [{"external_id": "a"}, odd, {"external_id": "c"}]})
    why = "/attributes/plan holds a NUL character; /last_name holds a NUL character"
    assert answer.json == {"created": 2, "merged": 0, "refused": [{"index": 1, "detail": why}]}
    assert caller.post("/customers", {"customers": [{"external_id": "x"}] * 1001}).status_code == 422
    assert caller.post("/customers", {"customers": {}}).status_code == 422


def test_one_batch_about_one_customer_is_folded_by_observation(caller: Machine) -> None:
    caller.post(
        "/customers",
        {
            "customers": [
                {"external_id": "C", "first_name": "late", "observed_at": LATE},
                {"external_id": "C", "first_name": "early", "last_name": "early", "observed_at": EARLY},
            ]
        },
    )
    document = caller.put("/customers/C", {"last_name": "between", "observed_at": "2026-03-01T20:00:00Z"}).json
    assert (document["first_name"], document["last_name"]) == ("late", "between")


def test_twenty_at_once_make_one_customer(caller: Machine, db: Any) -> None:
    def put(index: int) -> int:
        body = {
            "email": f"a{index % 2}@vocapp.test",
            "attributes": {"n": index},
            "consents": [{"purpose": "x", "granted": True}],
        }
        return caller.put("/customers/C-1", body).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(put, range(20)))
    assert statuses == [200] * 19 + [201]
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1


def test_batches_in_opposite_order_do_not_stand_in_each_others_way(caller: Machine, db: Any) -> None:
    def post(turn: int) -> int:
        customers = [
            {"external_id": f"C{i:03}", "attributes": {"turn": turn}, "first_name": str(turn)} for i in range(60)
        ]
        return caller.post("/customers", {"customers": customers[:: 1 if turn % 2 else -1]}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, range(24))) == {200}
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 60
