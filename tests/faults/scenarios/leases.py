"""Agents who are gone: what they had claimed returns to the queue, once, whoever sweeps (20)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from tests.faults.people import PAGE, answer_surely, crowd, link_to_page
from tests.faults.scenario import Told
from tests.faults.stage import Stage, until
from tests.journeys.story import publish
from vocapp.adapters.queue import Batch, RedisQueues
from vocapp.pipeline import QUEUES

SWEEP = Batch("alert", "vocapp.jobs.sweep.take_back_claims", None)
SWEEPS = 12


def agent_gone(stage: Stage) -> Told:
    """Let one agent claim and vanish and another go on; two relays and three workers then take back at once."""
    publish(stage.vocapp.api, PAGE)
    people = crowd(9 if stage.short else 30)
    for person in people:
        answer_surely(stage, person, link_to_page(stage, person), 2)
    stage.settle()
    alerts = _alerts(stage)
    assert len(alerts) == len(people)
    gone, stays = alerts[: len(alerts) * 2 // 3], alerts[len(alerts) * 2 // 3 :]
    for one in gone:
        _post(stage, one, "claim", agent="Ana")
    for one in stays:
        _post(stage, one, "claim", agent="Ben")
    stage.clock.advance(timedelta(minutes=20))
    for one in stays:
        _post(stage, one, "contact", agent="Ben", outcome="voicemail")
    stage.vocapp.product.start_role("relay", name="relay-2")
    for number in (2, 3):
        stage.add_worker("alert", f"worker-alert-{number}")
    stage.clock.advance(timedelta(minutes=11))
    queues = RedisQueues(stage.redis.url, QUEUES)
    queues.push([SWEEP] * SWEEPS)
    seconds = until(lambda: len(_moves(stage, "lease_over")) >= len(gone), what="all are in the queue again")
    until(lambda: queues.depths()["alert"] == 0, what="every sweep has run")
    stage.vocapp.stop("relay-2", "worker-alert-2", "worker-alert-3")
    returned = Counter(row["alert_id"] for row in _moves(stage, "lease_over"))
    assert returned == Counter(one["id"] for one in gone), f"returned: {returned}"
    after = {one["id"]: one for one in _alerts(stage)}
    for one in gone:
        now = after[one["id"]]
        assert (now["status"], now["assignee"], now["due_at"]) == ("new", None, one["due_at"]), now
        lines = [line["action"] for line in _moves(stage) if line["alert_id"] == one["id"]]
        assert lines == ["opened", "claim", "lease_over"], lines
    for one in stays:
        assert (after[one["id"]]["assignee"], after[one["id"]]["due_at"]) == ("Ben", one["due_at"])
    taken, late = gone[0], gone[1]
    _post(stage, taken, "claim", agent="Cleo")
    refused = _post(stage, taken, "contact", 409, agent="Ana", outcome="reached")
    assert refused["holder"] == "Cleo", refused
    assert _post(stage, late, "contact", agent="Ana", outcome="reached")["status"] == "contacted"
    told = f"{len(gone)} claims of one who is gone, {SWEEPS} sweeps by 3 workers under 2 relays: each returned once"
    return Told(f"{told}, due as before; {len(stays)} claims of one who goes on stay", seconds)


def _alerts(stage: Stage) -> list[dict[str, Any]]:
    return stage.rows("select id, status, assignee, due_at from alerts order by id")


def _moves(stage: Stage, action: str | None = None) -> list[dict[str, Any]]:
    return stage.rows(
        "select alert_id, action from alert_moves where coalesce(action = %s, action not like '%%told')"
        " order by at, id",
        action,
    )


def _post(stage: Stage, alert: dict[str, Any], move: str, status: int = 200, **body: Any) -> dict[str, Any]:
    reply = stage.vocapp.api.post(f"/api/v1/alerts/{alert['id']}/{move}", body).expect(status)
    said: dict[str, Any] = reply.json()
    return said
