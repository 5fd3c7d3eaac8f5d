"""What the product says now, by its API and its export alone."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.replay.playing import AT_ONCE, listed
from bench.replay.stage import SEGMENT, Stage
from tests.rig.http import HttpClient
from tests.rig.waiting import wait_until

STREAMS = ("customers", "responses", "alerts", "events", "consents", "memberships")
SETTLED_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Export:
    """One stream, replayed."""

    state: dict[str, dict[str, Any]]
    """Document by id: the last word about each."""
    lines: int
    cursor: str
    in_order: bool
    """`seq` only ever rose."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at everything."""

    exports: dict[str, Export]
    served: dict[str, dict[str, dict[str, Any]]]
    """Stream → id → what GET serves, for the streams whose documents it serves."""
    members: list[str]
    """Outside ids of who belongs to the segment of unhappy customers, as its list of members has them."""
    csat: dict[str, Any]
    invitations: list[dict[str, Any]]
    """All decisions of the workspace that is mailed."""
    told: Export
    """The alerts of the workspace in which events tell by themselves."""
    not_asked: list[dict[str, Any]]
    """All decisions of that workspace."""
    counters_are_clean: bool

    @property
    def responses(self) -> list[dict[str, Any]]:
        return list(self.exports["responses"].state.values())

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return list(self.exports["alerts"].state.values())


def look(stage: Stage) -> Seen:
    """Read everything back."""
    api = stage.machine(stage.answered)
    exports = {stream: export(api, stream) for stream in STREAMS}
    return Seen(
        exports=exports,
        served={
            "customers": _customers(stage, [one["external_id"] for one in exports["customers"].state.values()]),
            "responses": _by_id(listed(api, "/api/v1/responses")),
            "alerts": _by_id(listed(api, "/api/v1/alerts")),
        },
        members=[one["customer"]["external_id"] for one in listed(api, f"/api/v1/segments/{SEGMENT}/members")],
        csat=api.get("/api/v1/metrics/csat", survey="olist_review").expect(200).json(),
        invitations=list(listed(stage.machine(stage.mailed), "/api/v1/invitations")),
        told=export(stage.machine(stage.told), "alerts"),
        not_asked=list(listed(stage.machine(stage.told), "/api/v1/invitations")),
        counters_are_clean=stage.counters_are_clean(),
    )


def export(api: HttpClient, stream: str, cursor: str | None = None) -> Export:
    """Read a stream as NDJSON to its end and replay it."""
    path = f"/api/v1/export/{stream}" + (f"?cursor={cursor}" if cursor else "")
    reply = api.request("GET", path, headers={"Accept": "application/x-ndjson"}).expect(200)
    *lines, last = [json.loads(line) for line in reply.body.splitlines()]
    state: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line["op"] == "delete":
            state.pop(line["id"], None)
        else:
            state[line["id"]] = line["data"]
    order = [line["seq"] for line in lines]
    return Export(state, len(lines), last["next_cursor"], order == sorted(set(order)))


def settle(stage: Stage) -> None:
    """Wait until everything that follows from what was told is done: decided, mailed, scored, alerted."""
    anybody = stage.stranger()

    def open_facts() -> float:
        told = anybody.get("/metrics").expect(200).text
        return sum(float(n) for n in re.findall(r"^vocapp_open_facts\{.*\} (\S+)$", told, re.MULTILINE))

    wait_until(lambda: open_facts() == 0, SETTLED_SECONDS, every=0.5, what=lambda: f"{open_facts():.0f} facts are open")
    api = stage.machine(stage.answered)
    unhappy = len(unhappy_of(export(api, "customers").state.values()))

    def belong() -> int:
        return int(api.get(f"/api/v1/segments/{SEGMENT}").expect(200).json()["members"])

    wait_until(
        lambda: belong() == unhappy, SETTLED_SECONDS, every=0.5, what=lambda: f"{belong()} of {unhappy} are members"
    )


def unhappy_of(customers: Iterable[dict[str, Any]]) -> list[str]:
    """Return the outside ids of those whom the segment's rule holds for, by their profiles."""
    scores = [(one["external_id"], (one["scores"]["csat"] or {}).get("value")) for one in customers]
    return sorted(who for who, score in scores if score is not None and score <= 2)


def without_clock(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out the one field that the time of the look decides: when a customer might next be written to."""
    timeless = copy.deepcopy(document)
    timeless.get("contact", {}).pop("next_allowed_at", None)
    return timeless


def _customers(stage: Stage, external_ids: list[str]) -> dict[str, dict[str, Any]]:
    get = partial(_customer, stage.machine(stage.answered))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return _by_id(pool.map(get, external_ids))


def _customer(api: HttpClient, external_id: str) -> dict[str, Any]:
    document: dict[str, Any] = api.get(f"/api/v1/customers/{external_id}").expect(200).json()
    return document


def _by_id(documents: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {document["id"]: document for document in documents}
