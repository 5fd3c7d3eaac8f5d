"""Memory of a web worker after many requests of every kind, and how it grows: the proportional set size (PSS).

What several processes share is counted in parts, so that the sum over processes is what the machine gives away. A
quarter of the requests each: a survey's page, its answers, an event, a list that staff or machines read. The growth is
the slope over the second half of the requests: in the first, everything is used for the first time.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import orjson

from bench.report import Figure, Report, Stage
from bench.serving import forms, keep_pages, serve_floor, serve_product
from bench.turns import PROOF
from bench.wire import Call, Visit, call_all, calling, visit_all
from tests.rig.processes import descendants

MOST_MEGABYTES = 80.0
MOST_GROWTH = 5.0
"""Megabytes per 100,000 requests."""
FULL_REQUESTS, QUICK_REQUESTS = 20_000, 4_000
LOOKS = 20
AT_ONCE = 8
LISTS = ("/api/v1/responses", "/api/v1/alerts", "/api/v1/metrics/nps", "/api/v1/surveys")


def measure(stage: Stage) -> Report:
    """Send requests in portions, and look at the workers after each."""
    requests = QUICK_REQUESTS if stage.quick else FULL_REQUESTS
    each = requests // LOOKS // 4
    url = stage.postgres.create_database("bench_memory")
    product, server, paths = serve_product(stage.run, url, wanted=each * LOOKS + 1)
    pages = keep_pages(product, paths.pop())
    stage.postgres.create_database("bench_memory_flask")
    database = stage.postgres.conninfo("bench_memory_flask")
    floor, links = serve_floor(stage.run, database, wanted=each * LOOKS, pages=pages)
    key = product.create_key()
    ours, theirs = iter(paths), iter(links)
    seen: dict[str, list[float]] = {"vocapp": [], "flask": []}
    faults: list[str] = []
    for look in range(LOOKS):
        visits = [Visit(path, forms(number)) for number, path in enumerate(islice(ours, each))]
        calls = [call for number in range(each) for call in _calls(key, look * each + number)]
        faults += visit_all("127.0.0.1", server.port, visits, at_once=AT_ONCE, proof=PROOF).faults
        faults += call_all("127.0.0.1", server.port, calls, at_once=AT_ONCE, check=_check).faults
        seen["vocapp"].append(largest(server.pid))
        visits = [Visit(path, forms(number)) for number, path in enumerate(islice(theirs, each))]
        faults += visit_all("127.0.0.1", floor.port, visits, at_once=AT_ONCE, proof=PROOF).faults
        seen["flask"].append(largest(floor.pid))
    half = seen["vocapp"][LOOKS // 2 :]
    growth = slope(half) / (each * 4) * 100_000
    judged = {} if stage.quick else {"goal": MOST_GROWTH, "wanted": "at most"}
    return Report(
        f"memory of the largest web worker after {requests} requests",
        [f"{name:>7} " + " ".join(f"{size:5.1f}" for size in found) + " MB" for name, found in seen.items()],
        [
            Figure("PSS of a worker", seen["vocapp"][-1], "MB", goal=MOST_MEGABYTES, wanted="at most"),
            Figure("PSS of bare Flask's", seen["flask"][-1], "MB"),
            Figure("growth over 100,000 requests", growth, "MB", **judged),  # a few portions say little about a slope
        ],
        faults,
        [{"pss_mb": seen, "requests_each": each * 4}],
    )


def slope(values: Sequence[float]) -> float:
    """Return by how much values grow from one to the next, by least squares."""
    return statistics.linear_regression(range(len(values)), values).slope


def largest(pid: int) -> float:
    """Return the PSS of the largest process below one, in megabytes."""
    return max(_pss(child) for child in descendants(pid))


def _pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"{pid} tells no PSS")


def _calls(key: str, number: int) -> list[Call]:
    event = {
        "id": f"m-{number}",
        "event": "order.delivered",
        "occurred_at": "2026-03-10T09:00:00Z",
        "customer": {"external_id": f"C-{number}"},
        "properties": {"total": number},
    }
    return [
        calling("POST", "/api/v1/events", key=key, body=orjson.dumps(event)),
        calling("GET", f"{LISTS[number % len(LISTS)]}", key=key),
    ]


def _check(status: int, body: bytes) -> str | None:
    return None if status in {200, 202} else f"{status} {body[:200]!r}"
