"""Alive, ready, and honest about the queue: without it nothing is turned away, and nothing follows either."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from vocapp.app import add_doors, create_app
from vocapp.models import database_now, db, transaction
from vocapp.models.ids import new_id
from vocapp.models.outbox import announce
from vocapp.processes import LEAVING


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def ready(client: FlaskClient) -> tuple[int, Any]:
    reply = client.get("/readyz")
    return reply.status_code, reply.json


def test_a_missing_queue_is_shown_while_nothing_is_due_and_makes_nothing_unready(client: FlaskClient) -> None:
    assert ready(client) == (200, {"status": "degraded", "database": "ok", "queue": "unreachable"})
    assert client.get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize("behind", [0, 120])
def test_a_queue_that_answers_is_fine_unless_work_is_left_lying(
    make_settings: Any, database_url: str, redis_url: str, behind: int
) -> None:
    app = add_doors(create_app(make_settings(database_url=database_url, redis_url=redis_url)))
    with app.app_context(), transaction():
        announce("EventAccepted", new_id(), workspace_id=1, due_at=database_now() - timedelta(seconds=behind))
    status, queue = ("degraded", "late") if behind else ("ok", "ok")
    assert ready(app.test_client()) == (200, {"status": status, "database": "ok", "queue": queue})
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_a_server_that_is_about_to_end_is_not_ready_but_alive(client: FlaskClient) -> None:
    assert client.get("/readyz").status_code == 200
    client.application.extensions[LEAVING] = True
    assert ready(client) == (503, {"status": "leaving"})
    assert client.get("/healthz").status_code == 200
