"""A company with a customer, an open link and an alert; somebody with a key to it who means no good; and a look at
every row, to see that nothing changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from werkzeug.test import TestResponse

from tests.rig.keeping import all_rows
from tests.unhappy import alerts_of, complaints
from vocapp.models import transaction
from vocapp.services import alerting, keys, segmenting, surveying

SURVEY: dict[str, Any] = {
    "key": "hostile",
    "title": {"fr": "Votre avis", "en": "Your view"},
    "default_language": "fr",
    "layout": "page",
    "questions": [
        {"key": "nps", "type": "nps", "text": {"fr": "Nous recommandez-vous ?", "en": "Do you recommend us?"}},
        {"key": "short", "type": "short_text", "text": {"fr": "En un mot ?", "en": "In a word?"}},
        {"key": "why", "type": "long_text", "text": {"fr": "Pourquoi ?", "en": "Why?"}},
        {
            "key": "trouble",
            "type": "multiple_choice",
            "text": {"fr": "Un souci ?", "en": "Any trouble?"},
            "choices": [
                {"key": "late", "text": {"fr": "Retard", "en": "Late"}},
                {"key": "broken", "text": {"fr": "Cassé", "en": "Broken"}},
            ],
        },
        {"key": "amount", "type": "number", "text": {"fr": "Combien ?", "en": "How much?"}, "minimum": 0, "maximum": 9},
        {"key": "mail", "type": "email", "text": {"fr": "Votre adresse ?", "en": "Your address?"}},
    ],
}

UNCHANGING = frozenset({"last_used_at"})


class Stranger:
    """Sends what it likes: raw bytes, with a key of all scopes."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, raw: bytes | str = b"", **headers: str) -> TestResponse:
        return self.client.open(f"/api/v1{path}", method=method, data=raw, headers={**self.headers, **headers})


@pytest.fixture
def stranger(client: FlaskClient, db: Any, workspace_id: int, now: datetime) -> Stranger:
    with transaction():
        return Stranger(client, keys.create(workspace_id=workspace_id, name="Stranger", scopes=(), now=now))


@pytest.fixture
def company(stranger: Stranger, db: Any, workspace_id: int, now: datetime) -> dict[str, str]:
    """Give the ids that paths name: one of each thing that is there."""
    facts = complaints(workspace_id, 1, now, place="store")
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)
        surveying.put_draft(workspace_id=workspace_id, key="hostile", definition=SURVEY, now=now)
        surveying.publish(workspace_id=workspace_id, key="hostile", now=now)
        segmenting.put(workspace_id=workspace_id, key="hostile", definition={"name": "Hostile", "when": True}, now=now)
    alert_id = alerts_of(workspace_id)[0].id
    given = {"name": "Desk", "kind": "email", "target": "desk@vocapp.test"}
    notifier = stranger.send("POST", "/notifiers", json.dumps(given)).get_json()
    db.session.rollback()  # no transaction of the test's own stays open beside what is tried
    ids = {"alert_id": str(alert_id), "notifier_id": notifier["id"]}
    return ids | {"external_id": "C-1", "key": "hostile", "stream": "customers"}


@pytest.fixture
def everything(database_url: str) -> Callable[[], dict[str, list[str]]]:
    """Give a function that reads every row of every table."""
    engine = create_engine(database_url)

    def read() -> dict[str, list[str]]:
        with engine.connect() as connection:
            return all_rows(connection, but=UNCHANGING)

    yield read
    engine.dispose()


@pytest.fixture
def link(stranger: Stranger, company: dict[str, str]) -> str:
    """Give the path of a link that can be answered."""
    at = datetime.now(UTC).isoformat()
    consent = f'{{"consents": [{{"purpose": "surveys", "granted": true, "at": "{at}"}}], "locale": "en"}}'
    assert stranger.send("PUT", "/customers/C-link", consent).status_code == 201
    body = '{"survey": "hostile", "customer": {"external_id": "C-link"}, "channel": "link"}'
    made = stranger.send("POST", "/invitations", body)
    assert made.status_code == 201, made.json
    return "/s/" + made.json["url"].partition("/s/")[2]
