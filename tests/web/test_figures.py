"""What `/metrics` says: latency by route over all processes, and figures that do not cost a large database dear."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from tests.builders import NPS, House
from vocapp.models import db
from vocapp.web import figures
from vocapp.web.figures import KeptCounts
from vocapp.web.latency import Latencies


@pytest.fixture
def house(app) -> House:
    return House(app)


def samples(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Read the figures, as Prometheus would: by name and labels."""
    text = client.get("/metrics").text
    return {
        (sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_each_request_counts_for_its_route_and_no_path_stands_there(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS])
    house.customer("ada")
    link = house.link(house.invite("ada"))
    for method, path in (
        ("GET", link),
        ("GET", "/s/no-token"),
        ("HEAD", "/healthz"),
        ("GET", "/api/v1/customers/ada@example.test"),
        ("GET", "/nowhere/ada@example.test"),
        ("BREW", "/healthz"),
    ):
        client.open(path, method=method, buffered=True)
    client.post(link, data={"_page": "0", "nps": "2"}, buffered=True)
    found = samples(client)
    name = "vocapp_http_requests_total"
    assert found[name, "method=GET", "route=/s/<token>", "status=2xx"] == 1
    assert found[name, "method=GET", "route=/s/<token>", "status=4xx"] == 1
    assert found[name, "method=POST", "route=/s/<token>", "status=2xx"] == 1
    assert found[name, "method=GET", "route=/healthz", "status=2xx"] == 1
    assert found[name, "method=other", "route=other", "status=4xx"] == 2, "no such route, no such method"
    took = "vocapp_http_request_duration_seconds"
    assert found[f"{took}_count", "method=POST", "route=/s/<token>"] == 1
    assert found[f"{took}_bucket", "le=+Inf", "method=GET", "route=/s/<token>"] == 2
    assert found[f"{took}_sum", "method=GET", "route=/s/<token>"] > 0
    assert "ada@" not in client.get("/metrics").text
    assert link[3:] not in client.get("/metrics").text


def test_all_that_operators_are_promised_is_there(house: House, client: FlaskClient) -> None:
    names = {name for name, *_ in samples(client)}
    assert {"vocapp_oldest_due_fact_seconds", "vocapp_queue_reachable"} <= names
    house.customer("ada")
    house.survey(questions=[NPS])
    house.invite("ada")
    assert ("vocapp_queue_reachable",) in samples(client)
    for name in ("vocapp_queue_depth", "vocapp_mails", "vocapp_alerts", "vocapp_http_request_duration_seconds"):
        assert f"# TYPE {name} " in client.get("/metrics").text


def test_the_depth_of_each_queue_is_there_once_redis_is(make_settings, database_url, redis_url) -> None:
    from vocapp.app import add_doors, create_app
    from vocapp.pipeline import QUEUES

    app = add_doors(create_app(make_settings(database_url=database_url, redis_url=redis_url)))
    found = samples(app.test_client())
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    assert found["vocapp_queue_reachable",] == 1
    assert {f"queue={queue}" for queue in QUEUES} == {labels[0] for name, *labels in found if "queue_depth" in name}


def test_the_processes_of_a_server_add_up_and_a_dead_ones_sums_stay() -> None:
    shared = Latencies([("/s/<token>", "GET")], slots=3)
    for slot in (1, 2, 1):
        child = os.fork()
        if child == 0:
            shared.slot = slot
            shared.add("/s/<token>", "GET", 200, 0.02)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    shared.add("/s/<token>", "GET", 503, 30.0)
    (one,) = shared.read()
    assert one.statuses == {"2xx": 3, "5xx": 1}
    assert dict(one.buckets)["0.01"] == 0
    assert dict(one.buckets)["0.025"] == 3
    assert one.buckets[-1] == ("+Inf", 4)
    assert one.seconds == pytest.approx(30.06)


def test_whole_tables_are_counted_the_more_rarely_the_longer_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    counted: list[float] = []

    def count() -> dict[str, int]:
        nonlocal clock
        counted.append(clock)
        clock += 3.0  # a large table
        return {"new": len(counted)}

    monkeypatch.setattr(figures, "KEPT", (figures.Counted("n", "N.", "status", count),))
    kept = KeptCounts(monotonic=lambda: clock)
    for _ in range(40):
        kept.read()
        clock += 5.0
    assert [now - before for before, now in pairwise(counted)] == [63.0] * (len(counted) - 1)
