"""Every route of the API, every field of its body and its query, with whatever does not belong there.

Made from the OpenAPI document, so that a new route or field is tried the day it comes: a clear 4xx as problem+json or a
plain success, never a 5xx; and after a refusal every row is as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest

from tests.hostile.conftest import SURVEY, Stranger
from vocapp.web.api import MODULES, all_routes
from vocapp.web.api.frame import Route
from vocapp.web.api.openapi import build

NEVER = {
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "1e400": "1e400",
    "5,000 digits": "9" * 5000,
    "beyond 64 bits": "18446744073709551616",
    "NUL": '"a\\u0000b"',
    "lone surrogate": '"\\ud800"',
    "key with NUL": '{"a\\u0000": 1}',
    "deep": "[" * 40 + "]" * 40,
}
"""What no field may hold."""
ODD = {
    "true": "true",
    "null": "null",
    "-1": "-1",
    "large": "1e18",
    "list": "[]",
    "object": "{}",
    "objects": '[{}, null, "a", 1]',
    "text": '"x"',
    "long": '"' + "é" * 20_000 + '"',
    "controls": '"\\n\\u0001\\u202e"',
    "surprise": '{"$ne": null, "__class__": [], "": ""}',
}
"""What fits here and there."""
OWN = ("workspace_id", "id", "role", "score", "created_at", "updated_at", "consent", "scores", "is_admin", "__proto__")
"""What only the product itself may say."""

TAKEN = {
    ("post_events", "id"), ("put_survey", "updated_at"), ("put_segment", "created_at"), ("put_segment", "updated_at"),
}  # fmt: skip
"""An event has an id of its own; what GET adds to a survey or a segment may be put back, and is passed over."""
OPEN = {"attributes", "properties", "title", "text", "subject", "body", "greeting", "closing", "signature", "thanks"}
"""Mappings with open names: of things, and of languages (`id` is Indonesian)."""

EXAMPLES: dict[str, Any] = {
    "put_place": {"name": "Nord", "kind": "region", "parent": None},
    "post_events": {
        "events": [
            {
                "id": "e-1",
                "event": "order.delivered",
                "occurred_at": "2026-03-01T08:00:00Z",
                "customer": {"external_id": "C-1", "email": "c@vocapp.test", "attributes": {"plan": "gold"}},
                "place": "store",
                "properties": {"channel": "web"},
            }
        ]
    },
    "put_survey": SURVEY,
    "create_invitation": {"survey": "hostile", "customer": {"external_id": "C-1"}, "channel": "link"},
    "claim_alert": {"agent": "Ana"},
    "contact_alert": {"outcome": "reached", "note": "x"},
    "resolve_alert": {"root_cause": "late"},
    "want_drivers": {"survey": "hostile"},
}
BODIES = [route for route in all_routes() if route.body is not None]
QUERIES = [route for route in all_routes() if route.query is not None]


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """Run on PostgreSQL, which chokes on more than SQLite does."""
    return postgres_url


def path_of(route: Route, company: dict[str, str]) -> str:
    path = route.path
    for name, value in {**company, "invitation_id": company["alert_id"], "response_id": company["alert_id"]}.items():
        for kind in ("", "uuid:", "anything:"):
            path = path.replace(f"<{kind}{name}>", value)
    return path


def document() -> dict[str, Any]:
    return build(MODULES, "http://vocapp.test")


def operation(route: Route) -> dict[str, Any]:
    for item in document()["paths"].values():
        for one in item.values():
            if isinstance(one, dict) and one.get("operationId") == route.name:
                return one
    raise AssertionError(f"{route.name} is not in the OpenAPI document")


def places(schema: dict[str, Any], depth: int = 0) -> Iterator[tuple[str | int, ...]]:
    """Name every field of a schema, as keys and indices from the top."""
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from places(part, depth)
    if depth < 6:
        for name, below in schema.get("properties", {}).items():
            yield (name,)
            yield from ((name, *place) for place in places(below, depth + 1))
        if isinstance(schema.get("items"), dict) and schema["items"]:
            yield (0,)
            yield from ((0, *place) for place in places(schema["items"], depth + 1))


def with_value(base: Any, place: tuple[str | int, ...], token: str) -> str:
    """Write `base` as JSON, with a raw token at a place; what is missing on the way there is made."""
    whole = deepcopy(base)
    here = whole
    for step, following in zip(place, [*place[1:], None], strict=True):
        empty: Any = "@here@" if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not here:
                here.append(empty)
            elif following is None or not isinstance(here[0], type(empty)):
                here[0] = empty
        elif following is None or not isinstance(here.get(step), type(empty)):
            here[step] = empty
        here = here[step]
    return json.dumps(whole).replace('"@here@"', token)


class Watch:
    """Collects what went wrong over many calls, and looks whether the refused ones changed anything."""

    def __init__(self, everything: Callable[[], Any]) -> None:
        self.wrong: list[Any] = []
        self._everything = everything
        self._before = everything()

    def saw(self, answer: Any, *what: Any) -> bool:
        """Note an answer that is neither a success nor a clear refusal; say whether it was a success."""
        if answer.status_code < 300:
            return True
        problem = json.loads(answer.text) if answer.mimetype == "application/problem+json" else {}
        if (
            not 400 <= answer.status_code < 500
            or not {"type", "title", "detail"} <= problem.keys()
            or problem["status"] != answer.status_code
            or len(answer.data) > 50_000  # echoes what it was sent
        ):
            self.wrong.append((*what, answer.status_code, answer.text[:200]))
        return False

    def took(self, route: Route, answer: Any, *what: Any) -> bool:
        """Say whether a body was taken: where each item is refused by itself, its one item."""
        taken = self.saw(answer, route.name, *what)
        return taken and (route.apart is None or not json.loads(answer.text)["refused"])

    def note(self, *what: Any) -> None:
        self.wrong.append(what)

    def accept_changes(self) -> None:
        self._before = self._everything()

    def expect_no_changes(self, *what: Any) -> None:
        after = self._everything()
        changed = [name for name, rows in after.items() if rows != self._before[name]]
        if changed:
            self.note(*what, "changed", changed)
        self._before = after


@pytest.fixture
def watch(company: dict[str, str], everything: Callable[[], Any]) -> Iterator[Watch]:
    watching = Watch(everything)
    yield watching
    assert not watching.wrong, "\n".join(map(repr, watching.wrong[:60]))


@pytest.mark.timeout(300)
def test_a_body_with_a_wrong_field_is_refused_and_changes_nothing(
    stranger: Stranger, company: dict[str, str], watch: Watch
) -> None:
    for route in BODIES:
        path, base = path_of(route, company), EXAMPLES.get(route.name, route.example) or {}
        base = {key: company["alert_id"] if key == "alert" else value for key, value in base.items()}
        media = operation(route)["requestBody"]["content"]["application/json"]
        found = sorted(set(places(media["schema"])), key=str)
        assert found, f"{route.name}: a body without fields"
        plain = stranger.send(route.method, path, json.dumps(base))
        assert plain.status_code < 300 or plain.status_code == 409, (route.name, plain.text)
        refused = []
        for number, place in enumerate(found):
            for name, token in (_some(NEVER, 3, number) | _some(ODD, 5, number)).items():
                raw = with_value(base, place, token)
                if not watch.took(route, stranger.send(route.method, path, raw), place, name):
                    refused.append((place, name, raw))
                elif name in NEVER:
                    watch.note(route.name, place, name, "was taken")
        assert len(refused) > len(found), f"{route.name} takes everything"
        watch.accept_changes()
        for place, name, raw in refused[::2]:  # once more: by now all that could be taken was
            if watch.took(route, stranger.send(route.method, path, raw), place, name):
                watch.accept_changes()
        watch.expect_no_changes(route.name)


def _some(values: dict[str, str], count: int, number: int) -> dict[str, str]:
    """Pick so many, others for every number: each is tried on every route, not on every field of it."""
    items = list(values.items())
    return dict(items[(number * count + index) % len(items)] for index in range(count))


def test_nobody_assigns_what_is_the_product_s_own(stranger: Stranger, company: dict[str, str], watch: Watch) -> None:
    for route in BODIES:
        path, base = path_of(route, company), EXAMPLES.get(route.name, route.example) or {}
        for place in [(), *(one for one in _objects(base) if not OPEN & set(one))]:
            here = base
            for step in place:
                here = here[step]
            for name in OWN:
                what = (route.name, place, name)
                if (route.name, name) in TAKEN:
                    continue
                answer = stranger.send(route.method, path, with_value(base, (*place, name), "1"))
                if watch.saw(answer, *what):  # only in bulk: the others are kept, this one is refused by its index
                    if [one["index"] for one in answer.json.get("refused", [])] != [0]:
                        watch.note(*what, "was taken")
                    continue
                pointer = "/" + "/".join(str(step) for step in (*place, name))
                told = {one["pointer"] for one in json.loads(answer.text).get("errors", ())}
                if answer.status_code == 422 and not told & {pointer, pointer.rpartition("/")[0]}:
                    watch.note(*what, "is not pointed at", told)
        watch.expect_no_changes(route.name)


def _objects(base: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = base.items() if isinstance(base, dict) else enumerate(base) if isinstance(base, list) else ()
    for step, below in items:
        if isinstance(below, dict):
            yield (*place, step)
        yield from _objects(below, (*place, step))


def test_a_wrong_query_is_refused(stranger: Stranger, company: dict[str, str], watch: Watch) -> None:
    values = ["", "%00", "%FF", "9" * 5000, "-1", "NaN", "x" * 5000, quote("é\u202e")]
    for route in QUERIES:
        path = path_of(route, company)
        parameters = [one["name"] for one in operation(route)["parameters"] if one.get("in") == "query"]
        assert parameters, route.name
        for name in [*parameters, "no_such_parameter", "%00", "%FF"]:
            for value in values:
                answer = stranger.send(route.method, f"{path}?{name}={value}")
                if watch.saw(answer, route.name, name, value[:20]) and value and name not in parameters:
                    watch.note(route.name, name, value[:20], "was taken")
        watch.expect_no_changes(route.name)


def test_a_path_that_names_nothing_is_refused(stranger: Stranger, company: dict[str, str], watch: Watch) -> None:
    odds = ("%00", "%FF", "%ED%A0%80", "9" * 3000, "a%0Ab", "%F0%9F%98%80" * 100, "'%20or%201=1--")
    for route in all_routes():
        if "<" not in route.path:
            continue
        head, _, rest = route.path.partition("<")
        for odd in odds:
            body = b"{}" if route.body is None else json.dumps(EXAMPLES.get(route.name, route.example) or {})
            answer = stranger.send(route.method, head + odd + rest.partition(">")[2], body)
            if watch.saw(answer, route.name, odd[:20]):
                if route.method not in {"GET", "PUT", "DELETE"}:  # what a PUT has just made, a DELETE takes away
                    watch.note(route.name, odd[:20], "was taken")
                watch.accept_changes()
        watch.expect_no_changes(route.name)
