"""A small company and its rival: staff of every role, two stores, customers who are not happy."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Template, settings_of_tests
from tests.days import day_of
from tests.rig.passwords import make_passwords_cheap
from tests.rig.serving import served
from vocapp.app import add_doors, create_app
from vocapp.domain.links import contact_key
from vocapp.models import (
    Alert,
    AlertMove,
    Attribute,
    Customer,
    Event,
    Invitation,
    Response,
    Signal,
    Workspace,
    db,
    new_id,
    transaction,
)
from vocapp.models.migrating import upgrade
from vocapp.services import places, staff, surveying

SECRET = "a secret key of the tests, long enough"
PASSWORD = "une longue phrase"
SURVEY = {
    "key": "delivery",
    "title": {"fr": "Votre livraison", "en": "Your delivery"},
    "default_language": "fr",
    "questions": [
        {"key": "nps", "type": "nps", "text": {"fr": "Nous recommander ?", "en": "Recommend us?"}},
        {"key": "why", "type": "long_text", "text": {"fr": "Pourquoi ?", "en": "Why?"}},
        {"key": "mail", "type": "email", "text": {"fr": "Votre adresse ?", "en": "Your address?"}},
    ],
}


@dataclass
class Story:
    """What one customer went through: all the ids of it."""

    customer: UUID
    response: UUID
    alert: UUID
    event: UUID


@dataclass
class Company:
    workspace_id: int
    stories: dict[str, Story]


@dataclass
class World:
    app: Flask
    ours: Company
    theirs: Company

    def log_in(self, role: str, language: str = "fr") -> Browser:
        browser = Browser(self.app, language)
        assert browser.log_in(f"{role}@lune.test").status_code == 303
        return browser

    def alert(self, alert_id: UUID) -> Alert:
        from vocapp.models import db

        with self.app.app_context():
            found: Alert = db.session.get_one(Alert, (self.ours.workspace_id, alert_id))
            db.session.expunge(found)
            return found


class Browser:
    """Somebody at the console: fills in forms as they stand on the page, with their tokens."""

    def __init__(self, app: Flask, language: str = "fr") -> None:
        self.client: FlaskClient = app.test_client()
        self.language = language

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Accept-Language": self.language})

    def post(self, path: str, token_from: str = "/console/alerts", **fields: str) -> Any:
        fields.setdefault("csrf_token", self.token(token_from))
        return self.client.post(path, data=fields, headers={"Accept-Language": self.language})

    def token(self, path: str = "/console/alerts") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        assert found
        return html.unescape(found[1])

    def log_in(self, email: str, password: str = PASSWORD, wanted: str = "") -> Any:
        return self.post("/login", token_from="/login", email=email, password=password, next=wanted)


COMPANIES = (
    ("default", "Maison Lune", "lune.test", ("ada", "bo", "cy")),
    ("rival", "Rivale", "rivale.test", ("zoe",)),
)


@pytest.fixture
def template(request: pytest.FixtureRequest, template: Template) -> Template:
    """Two companies take longer to make than most tests of their pages: made once in a run, and copied."""
    return ("vocapp_two_companies", _make_companies) if "world" in request.fixturenames else template


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    make_passwords_cheap(monkeypatch)
    ours, theirs = (Company(number, _stories(number, people)) for number, (*_, people) in enumerate(COMPANIES, 1))
    return World(add_doors(app), ours, theirs)


def _make_companies(url: str) -> None:
    upgrade(url)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        application = create_app(settings_of_tests(Path(folder), database_url=url))
        with application.app_context():
            for number, company in enumerate(COMPANIES, 1):
                assert company_of(*company).workspace_id == number
            for engine in db.engines.values():
                engine.dispose()


def _stories(company: int, people: Sequence[str]) -> dict[str, Story]:
    """Say by what ids the stories of a company go, in each copy of it alike."""
    return {
        person: Story(*(UUID(f"01900000-0000-7000-8000-{company:04x}{number:04x}{part:04x}") for part in range(4)))
        for number, person in enumerate(people)
    }


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Serve the console to a browser."""
    with served(world.app) as address:
        yield address


@pytest.fixture
def log_in(world: World) -> Callable[..., Browser]:
    return world.log_in


def company_of(key: str, name: str, domain: str, people: Sequence[str]) -> Company:
    now = datetime.now(UTC)
    with transaction() as session:
        workspace = Workspace(
            key=key, name=name, timezone="Europe/Paris", default_language="fr", settings={}, created_at=now
        )
        session.add(workspace)
        session.flush()
        for place, parent in (("brand", None), ("south", "brand"), ("nice", "south"), ("lyon", "brand")):
            places.put_place(workspace_id=workspace.id, key=place, name=place.title(), kind="store", parent_key=parent)
        for role in staff.ROLES:
            _member(workspace.id, f"{role}@{domain}", role, None, now)
        _member(workspace.id, f"south@{domain}", "agent", "south", now)
        surveying.put_draft(workspace_id=workspace.id, key="delivery", definition=SURVEY, now=now)
        surveying.publish(workspace_id=workspace.id, key="delivery", now=now)
        where = {"ada": "nice", "bo": "lyon", "cy": None, "zoe": "nice"}
        stories = _stories(workspace.id, people)
        for index, (person, story) in enumerate(stories.items()):
            _tell(session, story, workspace.id, person, domain, where[person], now - timedelta(minutes=12 + index))
        return Company(workspace.id, stories)


def _member(workspace_id: int, email: str, role: str, place: str | None, now: datetime) -> None:
    staff.create(workspace_id=workspace_id, email=email, password=PASSWORD, role=role, place=place, now=now)


def _tell(
    session: Any, story: Story, workspace_id: int, person: str, domain: str, place: str | None, at: datetime
) -> None:
    email = f"{person}@client-{domain}"
    customer_id, response_id, alert_id, event_id = story.customer, story.response, story.alert, story.event
    invitation_id = new_id()
    key = contact_key(SECRET.encode(), email)
    session.add(
        Customer(
            workspace_id=workspace_id, id=customer_id, external_id=f"customer-{person}", email=email,
            phone="+33199001234",
            first_name=person.title(), last_name=f"Lovelace-{person}", core_observed_at={}, contact_key=key,
            created_at=at, updated_at=at,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Attribute(
            workspace_id=workspace_id, customer_id=customer_id, key="city", value=f"Ville-{person}", source="api",
            observed_at=at,
        )
    )  # fmt: skip
    context = {
        "event": "order.delivered", "event_id": f"e-{person}", "occurred_at": at.isoformat(), "place": place,
        "agent": None, "properties": {"order": f"ORDER-{person}"},
    }  # fmt: skip
    session.add(
        Event(
            workspace_id=workspace_id, id=event_id, key=f"e-{person}", name="order.delivered", occurred_at=at,
            received_at=at, customer_id=customer_id, place=place, properties=context["properties"],
        )
    )  # fmt: skip
    session.add(
        Invitation(
            workspace_id=workspace_id, id=invitation_id, survey_key="delivery", survey_version=1,
            customer_id=customer_id, occasion=f"e-{person}", channel="email", language="fr", context=context,
            place=place,
            first_page=["nps"], skipped_known=[], status="sent", reason=None, contact_key=key, priority=50,
            decisions=[{"at": at.isoformat(), "status": "scheduled", "reason": "quiet_hours"},
                       {"at": at.isoformat(), "status": "sent", "reason": None}],
            occurred_at=at, expires_at=at + timedelta(days=60), created_at=at,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Response(
            workspace_id=workspace_id, id=response_id, invitation_id=invitation_id, customer_id=customer_id,
            survey_key="delivery", survey_version=1, channel="email", place=place, language="fr", status="completed",
            revision=1, pages=[["nps"]], position=1, void=[], skipped_known=[], nps=2, csat=None, ces=None,
            answers={"nps": 2, "why": f"<script>alert('{person}')</script> {{{{ 7*7 }}}}", "mail": email},
            sentiment={"label": "negative", "score": -0.9}, persona=None, callback_wish=None,
            started_at=at, answered_at=at, completed_at=at, counted_on=day_of(at),
        )
    )  # fmt: skip
    session.add(
        Alert(
            workspace_id=workspace_id, id=alert_id, customer_id=customer_id, status="new", priority=6,
            severity=3, value=2,
            kinds=["detractor"], place=place, reason="nps 2", assignee=None, misses=0, root_cause=None, opened_at=at,
            due_at=at + timedelta(hours=4), updated_at=at, version=1,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Signal(
            workspace_id=workspace_id, response_id=response_id, customer_id=customer_id, kinds=["detractor"],
            place=place, raised_at=at, alert_id=alert_id,
        )
    )  # fmt: skip
    session.add(
        AlertMove(
            workspace_id=workspace_id, id=new_id(), alert_id=alert_id, at=at, action="opened", by=None, status="new",
            details={"reason": "nps 2"},
        )
    )  # fmt: skip
    session.flush()
