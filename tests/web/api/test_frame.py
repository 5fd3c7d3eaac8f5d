"""What holds for every call: keys, bodies, refusals, cursors, and a description that is true."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.api.calling import Machine
from vocapp.models import transaction
from vocapp.services import keys
from vocapp.web.api import all_routes
from vocapp.web.limits import MOST

JSON = "application/json"


def is_problem(answer: Any, status: int) -> bool:
    document = answer.json
    return bool(
        answer.status_code == status
        and answer.mimetype == "application/problem+json"
        and {"type", "title", "status", "detail"} <= document.keys()
        and document["status"] == status
    )


# ── keys


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer  ", "Basic abc", "Bearer wrong", "Bearer " + "x" * 5000]
)
def test_without_a_right_key_nothing_opens(client: FlaskClient, caller: Machine, header: str | None) -> None:
    answer = client.get("/api/v1/places", headers={} if header is None else {"Authorization": header})
    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_opens_what_its_scopes_name(new_machine: Callable[..., Machine]) -> None:
    ingest, admin, everything = new_machine(["ingest"]), new_machine(["admin"]), new_machine()
    assert ingest.get("/places").status_code == 200
    assert is_problem(ingest.get("/settings"), 403)
    assert is_problem(ingest.put("/surveys/x", {}), 403)
    assert admin.get("/settings").status_code == 200
    assert is_problem(admin.put("/customers/C", {}), 403)
    assert everything.get("/settings").status_code == everything.get("/surveys").status_code == 200


def test_a_key_taken_back_opens_nothing_more(caller: Machine, empty_workspace_id: int, now: Any) -> None:
    assert caller.get("/places").status_code == 200
    with transaction():
        (key,) = keys.list_keys(workspace_id=empty_workspace_id)
        assert keys.revoke(workspace_id=empty_workspace_id, key_id=key.id, now=now)
    assert is_problem(caller.get("/places"), 401)


def test_wrong_keys_are_slowed_down_and_right_ones_are_not(client: FlaskClient, caller: Machine) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    answers = [client.get("/api/v1/places", headers=wrong) for _ in range(MOST + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert is_problem(answers[-1], 429)
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
    assert caller.get("/places").status_code == 200


# ── bodies


@pytest.mark.parametrize(
    ("raw", "status", "pointer"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b"\xef\xbb\xbf{}", 400, None),
        (b"[" * 100_000, 400, None),
        (b'{"a":' * 100_000, 400, None),
        (b'{"a":' + b"[" * 30 + b"]" * 30 + b"}", 400, None),
        (b"[]", 422, ""),
        (b'"x"', 422, ""),
        (b'{"attributes":{"a":1e400}}', 422, "/attributes/a"),
        (b'{"attributes":{"a":[0,NaN]}}', 422, "/attributes/a/1"),
        (b'{"attributes":{"a":-Infinity}}', 422, "/attributes/a"),
        (b'{"attributes":{"a":' + b"9" * 5000 + b"}}", 422, "/attributes/a"),
        (b'{"attributes":{"a":9223372036854775808}}', 422, "/attributes/a"),
        (b'{"first_name":"a\\u0000b"}', 422, "/first_name"),
        (b'{"attributes":{"a\\u0000":1}}', 422, "/attributes/a"),
        (b'{"first_name":"\\ud800"}', 422, "/first_name"),
        (b'{"attributes":{"x":["\\udfff"]}}', 422, "/attributes/x/0"),
    ],
)
def test_json_that_cannot_be_kept_is_refused(caller: Machine, raw: bytes, status: int, pointer: str | None) -> None:
    answer = caller.client.put("/api/v1/customers/C", data=raw, content_type=JSON, headers=caller.headers)
    assert is_problem(answer, status)
    if pointer is not None:
        assert answer.json["errors"][0]["pointer"] == pointer
    assert caller.get("/customers/C").status_code == 404


def test_the_largest_integer_is_kept(caller: Machine) -> None:
    document = caller.put("/customers/C", {"attributes": {"a": 2**63 - 1, "b": -(2**63 - 1), "c": 0.1}}).json
    assert {key: held["value"] for key, held in document["attributes"].items()} == {
        "a": 2**63 - 1,
        "b": -(2**63 - 1),
        "c": 0.1,
    }


def test_only_plain_json_is_taken(caller: Machine) -> None:
    put, headers = caller.client.put, caller.headers
    assert is_problem(put("/api/v1/customers/C", data=b"{}", headers=headers), 415)
    assert is_problem(put("/api/v1/customers/C", data=b"{}", content_type="text/plain", headers=headers), 415)
    zipped = {**headers, "Content-Encoding": "gzip"}
    assert is_problem(put("/api/v1/customers/C", data=gzip.compress(b"{}"), content_type=JSON, headers=zipped), 415)
    wide = put("/api/v1/customers/C", data=b"{}", content_type="application/json; charset=utf-8", headers=headers)
    assert wide.status_code == 201


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_read_off_and_answered(caller: Machine, chunked: bool) -> None:
    import io

    body = b'{"first_name":"' + b"x" * 1_000_000 + b'"}'
    more: dict[str, Any] = {"data": body}
    if chunked:
        stream = io.BytesIO(body)
        more = {"input_stream": stream, "environ_overrides": {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}}
    answer = caller.client.put("/api/v1/customers/C", content_type=JSON, headers=caller.headers, **more)
    assert is_problem(answer, 413)
    if chunked:
        assert not stream.read()


def test_a_bulk_call_may_be_ten_times_as_large(caller: Machine) -> None:
    events = [
        {
            "id": str(index),
            "event": "x",
            "occurred_at": "2026-03-01T08:00:00Z",
            "customer": {"external_id": "C"},
            "properties": {"text": "y" * 30_000},
        }
        for index in range(100)
    ]
    assert caller.post("/events", {"events": events}).json["accepted"] == 100
    assert is_problem(caller.post("/events", {"events": events * 4}), 413)


# ── refusals


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nothing", 404),
        ("get", "/api/nothing", 404),
        ("get", "/v1/nothing", 404),
        ("get", "/api", 404),
        ("post", "/api", 404),
        ("get", "/v1", 404),
        ("post", "/api/v1/places/x", 405),
        ("delete", "/api/openapi.json", 405),
        ("get", "/api/v1/places?limit=0", 422),
        ("get", "/api/v1/places?limit=-1", 422),
        ("get", "/api/v1/places?limit=x", 422),
        ("get", "/api/v1/places?limit=1.5", 422),
        ("get", "/api/v1/metrics/nps?from=yesterday", 422),
        ("get", "/api/v1/metrics/alerts?from=2020-01-01", 422),
        ("get", "/api/v1/metrics/nps?to=9999-12-31T23:59:59Z", 422),
        ("get", "/api/v1/responses?from=0001-01-01", 422),
        ("get", "/api/v1/places?nothing=1", 422),
        ("get", "/api/v1/places?cursor=%00", 422),
        ("get", "/api/v1/places?cursor=abc", 400),
        ("get", "/api/v1/places/nowhere", 404),
        ("get", "/api/v1/surveys/nothing", 404),
        ("post", "/api/v1/surveys/nothing/publish", 404),
    ],
)
def test_every_refusal_is_a_problem(caller: Machine, method: str, path: str, status: int) -> None:
    answer = getattr(caller.client, method)(path, headers=caller.headers)
    assert is_problem(answer, status)
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_what_breaks_inside_is_told_to_nobody(
    caller: Machine, app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("vocapp.services.places.list_places", broken)
    answer = caller.get("/places")
    assert is_problem(answer, 500)
    assert b"secret" not in answer.data


def test_a_database_that_is_away_is_a_503(caller: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def away(**_: Any) -> None:
        raise OperationalError("select 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr("vocapp.services.keys.find_bearer", away)
    answer = caller.get("/places")
    assert is_problem(answer, 503)
    assert answer.headers["Retry-After"]


# ── the description


def test_every_route_under_the_api_is_described(client: FlaskClient, app: Flask) -> None:
    document = client.get("/api/openapi.json").json
    assert document["openapi"].startswith("3.1")
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item if method != "parameters"
    }
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    }
    assert described == served
    assert len({route.name for route in all_routes()}) == len(all_routes())


def test_every_described_answer_and_reference_stands(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json

    def references(value: Any) -> Any:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    for reference in set(references(document)):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            assert operation["summary"], path
            assert {"401", "403", "429", "500"} <= operation["responses"].keys()
            assert operation["security"]
            if "requestBody" in operation:
                assert {"400", "413", "415", "422"} <= operation["responses"].keys()
                assert "example" in operation["requestBody"]["content"][JSON], (method, path)


def test_the_pages_need_no_script_and_nobody_else(client: FlaskClient) -> None:
    answer = client.get("/api/docs")
    assert answer.status_code == 200
    html = answer.text
    assert "<script" not in html
    assert not re.findall(r"""(?:src|href)=["'](?!#|/)""", html)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for route in all_routes():
        assert f'id="{route.name}"' in html


def test_the_examples_are_taken(caller: Machine, client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json

    def example(method: str, path: str) -> Any:
        return document["paths"][path][method]["requestBody"]["content"][JSON]["example"]

    for key in ("south-east", "lyon-1"):
        assert caller.put(f"/places/{key}", {"name": key, "kind": "store"}).status_code == 201
    assert caller.put("/customers/C-1", example("put", "/api/v1/customers/{external_id}")).status_code == 201
    assert caller.post("/customers", example("post", "/api/v1/customers")).json["refused"] == []
    assert caller.post("/events", example("post", "/api/v1/events")).status_code == 202
    assert caller.put("/places/x", example("put", "/api/v1/places/{key}")).status_code == 201
    assert caller.put("/surveys/post_delivery", example("put", "/api/v1/surveys/{key}")).status_code == 201
    assert caller.put("/personas", example("put", "/api/v1/personas")).status_code == 200
    assert caller.patch("/settings", example("patch", "/api/v1/settings")).status_code == 200


# ── nothing that comes in breaks anything

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    [
        "email",
        "phone",
        "first_name",
        "locale",
        "timezone",
        "attributes",
        "consents",
        "observed_at",
        "external_id",
        "id",
        "event",
        "events",
        "occurred_at",
        "customer",
        "place",
        "agent",
        "properties",
        "customers",
        "name",
        "kind",
        "parent",
        "personas",
        "brand",
        "contact_policy",
        "alert_recipients",
        "callbacks",
        "callback_team",
        "notices",
        "resolutions",
        "escalation",
        "handing_out",
        "key",
        "questions",
        "title",
    ]
)
_BODIES = st.dictionaries(_NAMES, _VALUES, max_size=6)
_CALLS = [
    ("put", "/api/v1/customers/C"),
    ("post", "/api/v1/customers"),
    ("post", "/api/v1/events"),
    ("put", "/api/v1/places/x"),
    ("put", "/api/v1/surveys/x"),
    ("put", "/api/v1/personas"),
    ("patch", "/api/v1/settings"),
]


@pytest.mark.parametrize(("method", "path"), _CALLS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_BODIES)
def test_no_body_breaks_a_call(caller: Machine, method: str, path: str, body: dict[str, Any]) -> None:
    import json

    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    answer = getattr(caller.client, method)(path, data=raw, content_type=JSON, headers=caller.headers)
    assert answer.status_code in {200, 201, 202, 400, 422}, answer.data
