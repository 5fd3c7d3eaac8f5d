"""Orders come in by the thousand with the events; what they come to stands on the profile, in lists and figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.rig.product import ROOT
from tests.web.api.calling import Machine
from tests.web.api.test_segments import follow

DATA = ROOT.parent / "shared/data/segment/ecommerce_js_calls.json"


def order(number: int, *, of: str, total: float = 10, **more: Any) -> dict[str, Any]:
    return {
        "id": f"told-{number}",
        "event": "Order Completed",
        "occurred_at": f"2026-01-{number % 28 + 1:02}T10:00:00Z",
        "customer": {"external_id": of},
        "properties": {"order_id": f"o-{number}", "total": total, **more},
    }


def test_a_thousand_orders_take_as_many_statements_as_one(caller: Machine, statements: Callable[[], Any]) -> None:
    caller.post("/events", order(0, of="warm"))

    def batch(first: int, size: int) -> dict[str, Any]:
        return {"events": [order(first + n, of=f"c-{first + n % 400}") for n in range(size)]}

    with statements() as for_one:
        assert caller.post("/events", batch(1, 1)).json["accepted"] == 1
    with statements() as for_many:
        assert caller.post("/events", batch(1000, 1000)).json["accepted"] == 1000
    assert len(for_many) == len(for_one) <= 17

    with statements() as none:
        caller.post("/events", {**order(9000, of="warm"), "event": "seen"})
    assert len(none) <= 5, "an event that tells of no order pays nothing for those that do"


def test_the_profile_the_list_and_the_export_say_what_somebody_is_worth(caller: Machine) -> None:
    caller.post("/events", {"events": [order(1, of="ada", total=19.99), order(2, of="ada", total=30)]})
    refund = {**order(3, of="ada"), "event": "Order Refunded", "properties": {"order_id": "o-2", "total": "10"}}
    assert caller.post("/events", refund).json == {"accepted": 1, "duplicates": 0, "refused": []}
    caller.put("/customers/bob", {"first_name": "Bob"})
    value = caller.get("/customers/ada").json["value"]
    assert (value["orders"], value["revenue_minor"], value["refunded_minor"], value["currency"]) == (
        2,
        3999,
        1000,
        "EUR",
    )
    assert (value["frequency"], value["recency_days"], value["average_basket_minor"]) == (1, 1, 2000)
    assert value["stage"] in {"customer", "lapsed"}
    nothing = caller.get("/customers/bob").json["value"]
    assert (nothing["stage"], nothing["orders"], nothing["first_at"]) == ("prospect", 0, None)
    listed = {one.pop("external_id"): one for one in caller.read_all("/values", limit=1)}
    assert listed == {"ada": value, "bob": nothing}
    exported = {
        one["data"]["external_id"]: one["data"]["value"] for one in caller.get("/export/customers").json["data"]
    }
    assert exported == listed
    on_the_first = caller.get("/values", on="2026-01-02").json["data"][0]
    assert (on_the_first["orders"], on_the_first["age_days"]) == (1, 0)


def test_figures_and_cohorts_are_read_by_period(caller: Machine) -> None:
    caller.post("/events", {"events": [order(n, of=f"c-{n % 15}", total=n) for n in range(40)]})
    caller.post("/events", order(99, of="c-1", total=5, currency="USD"))
    found = caller.get("/metrics/value", **{"from": "2026-01-01", "to": "2026-02-01", "group_by": "week"}).json
    assert (found["orders"], found["customers"], found["revenue_minor"]) == (40, 15, 78000)
    assert found["not_counted"] == {"USD": 1}
    assert sum(one["revenue_minor"] for one in found["groups"]) == 78000
    by_place = caller.get("/metrics/value", place="-").json
    assert by_place["orders"] == 40, "none of them named a place"
    later = caller.get("/metrics/value", **{"from": "2026-02-01", "to": "2026-03-04"}).json
    assert (later["orders"], later["before"]["orders"], by_place["before"]) == (0, 40, None)
    assert later["before"].items() <= found.items(), "January, as it was asked for by itself"
    by_place = {"from": "2026-02-01", "to": "2026-03-04", "group_by": "place"}
    [nowhere] = caller.get("/metrics/value", **by_place).json["groups"]
    assert (nowhere["key"], nowhere["orders"], nowhere["average_basket_minor"]) == ("", 0, None)
    assert nowhere["before"] == later["before"], "all that was bought, was bought at no place"
    assert caller.get("/metrics/value", group_by="place").json["groups"][0]["before"] is None
    assert "before" not in found["groups"][0], "weeks stand beside one another"
    for figure in ("value", "cohorts", "stages"):
        assert caller.get(f"/metrics/{figure}", place="nowhere").status_code == 422
    assert caller.get("/metrics/value", **{"from": "2026-02-01", "to": "2026-01-01"}).status_code == 422
    follow()
    cohorts = caller.get("/metrics/cohorts", **{"from": "2026-01-15", "to": "2026-02-01"}).json
    assert (cohorts["from"], cohorts["to"]) == ("2026-01-01", "2026-02-01")
    (only,) = cohorts["cohorts"]
    assert (only["month"], only["customers"], only["months"][0]["retention"]["hits"]) == ("2026-01", 15, 15)
    assert cohorts["complete"]
    whole = caller.get("/metrics/cohorts", **{"from": "2026-01-15", "to": "2026-02-01", "group_by": "place"}).json
    [nowhere] = whole["groups"]
    assert (nowhere["key"], nowhere["customers"], nowhere["revenue_minor"]) == ("", 15, 78000)
    assert (nowhere["value_minor"], nowhere["rank"]) == (5200, None)
    assert caller.get("/metrics/cohorts", **{"from": "2026-01-15", "place": "-"}).json["cohorts"][0]["customers"] == 15


def test_another_currency_is_said_and_a_bad_amount_refused(caller: Machine) -> None:
    answer = caller.post("/events", {"events": [order(1, of="a", currency="USD"), order(2, of="a", total=-3)]}).json
    assert answer["accepted"] == 1
    assert answer["refused"] == [{"index": 1, "detail": "/properties/total must be a number from 0 to 1,000,000,000"}]
    assert answer["not_counted"][0]["index"] == 0
    assert "value is counted in EUR" in answer["not_counted"][0]["detail"]
    assert caller.patch("/settings", {"value": {"currency": "EURO"}}).status_code == 422
    assert caller.patch("/settings", {"value": {"currency": "USD"}}).json["value"] == {"currency": "USD"}
    assert caller.get("/customers/a").json["value"]["revenue_minor"] == 1000


@pytest.mark.skipif(not DATA.exists(), reason="the specification's examples are not here")
def test_the_calls_of_the_specification_are_taken_as_they_stand(caller: Machine) -> None:
    caller.patch("/settings", {"value": {"currency": "USD"}})
    events = []
    for number, one in enumerate(orjson.loads(DATA.read_bytes())):
        call = one.get("call", {})
        if call.get("type") == "track":
            said = (
                call["args"][0]
                if len(call["args"]) == 1
                else dict(zip(("event", "properties"), call["args"], strict=True))
            )
            events.append({**order(number, of="segment"), "event": said["event"], "properties": said["properties"]})
    answer = caller.post("/events", {"events": events}).json
    assert (answer["accepted"], answer["refused"], answer.get("not_counted")) == (len(events), [], None)
    value = caller.get("/customers/segment").json["value"]
    # one order, told as completed (20) and updated (27.50), then refunded by more than it was: none that stands
    assert (value["orders"], value["refunded_minor"], value["revenue_minor"], value["stage"]) == (0, 0, 0, "prospect")
