"""Two hundred alerts, six agents by API at once: each is held by one, and what the dead held goes to the living."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.unhappy import alerts_of, complaints, make_workspace
from tests.web.api.calling import Machine
from vocapp.models import Alert, AlertMove, database_now, transaction
from vocapp.services import alerting, claims

pytestmark = pytest.mark.both_databases

AGENTS = ("Ana", "Ben", "Cleo", "Dan", "Eve", "Fay")
DEAD = AGENTS[:3]
FOR_ALL = 40
"""So many alerts all six want; each of the rest two of them do."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_each_alert_is_held_by_one_and_returns_when_its_holder_is_gone(
    app: Flask, client: FlaskClient, db: Any, now: datetime
) -> None:
    workspace_id = make_workspace(now)
    facts = complaints(workspace_id, 200, now)
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)
    ids = [str(alert.id) for alert in alerts_of(workspace_id)]
    headers = Machine(client, workspace_id, now, ["alerts"]).headers
    db.session.rollback()

    def work(agent: str) -> tuple[list[str], dict[str, str]]:
        """Go for what waits, all in the same order: each wins some, and is told who has the others."""
        won, lost, own = [], {}, app.test_client()
        for number, alert_id in enumerate(ids):
            if number >= FOR_ALL and number % 3 != AGENTS.index(agent) % 3:
                continue
            answer = own.post(f"/api/v1/alerts/{alert_id}/claim", json={"agent": agent}, headers=headers)
            if answer.status_code == 200:
                won.append(alert_id)
            else:
                assert (answer.status_code, answer.json["alert_status"]) == (409, "claimed")
                lost[alert_id] = answer.json["holder"]
        return won, lost

    with ThreadPoolExecutor(len(AGENTS)) as pool:
        outcomes = dict(zip(AGENTS, pool.map(work, AGENTS), strict=True))
    assert Counter(one for won, _ in outcomes.values() for one in won) == Counter(ids)
    held = {alert_id: agent for agent, (won, _) in outcomes.items() for alert_id in won}
    assert {str(alert.id): alert.assignee for alert in alerts_of(workspace_id)} == held
    assert all(holder == held[one] for _, lost in outcomes.values() for one, holder in lost.items())
    assert sum(len(lost) for _, lost in outcomes.values()) == FOR_ALL * 5 + 200 - FOR_ALL

    with transaction() as session:  # half of them are never heard of again
        gone = update(Alert).where(Alert.assignee.in_(DEAD))
        session.execute(gone.values(claimed_until=database_now() - timedelta(seconds=1)))
    with ThreadPoolExecutor(2) as pool:  # and two sweeps come at once
        taken = sum(pool.map(lambda _: _sweep(app, workspace_id), range(2)))
    orphans = sorted(one for one, agent in held.items() if agent in DEAD)
    assert taken == len(orphans)
    waiting = client.get("/api/v1/alerts?status=new&limit=200", headers=headers).json["data"]
    assert sorted(one["id"] for one in waiting) == orphans
    assert {tuple(line["action"] for line in one["history"]) for one in waiting} <= {("opened", "claim", "lease_over")}
    if orphans:
        again = client.post(f"/api/v1/alerts/{orphans[0]}/claim", json={"agent": "Fay"}, headers=headers)
        assert (again.status_code, again.json["assignee"]) == (200, "Fay")
    db.session.rollback()
    moves = db.session.scalars(select(AlertMove.alert_id).where(AlertMove.action == "lease_over")).all()
    assert sorted(map(str, moves)) == orphans


def _sweep(app: Flask, workspace_id: int) -> int:
    with app.app_context(), transaction():
        return claims.take_back(workspace_id=workspace_id, now=database_now())
