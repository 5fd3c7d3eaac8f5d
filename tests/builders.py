"""Builders that all tests share: a company in a database, and a page as a person reads it.

house = House(app)                                  # a workspace without quiet hours; all is committed at once
house.survey(questions=[NPS, WHY])
house.customer("ada", attributes={"buys_for": "self"})
link = house.link(house.invite("ada"))              # /s/TOKEN
answer(client, link, {"nps": "3", "why": "Late."})  # as a person would, page by page
house.work()                                        # runs the jobs that follow, until none is left
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, text

from tests.days import HERE, day_of
from tests.rig.keeping import all_rows
from tests.rig.waiting import wait_until
from tests.watching import swapped
from vocapp import jobs
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.adapters.sentiment.fake import FakeSentiment
from vocapp.domain.links import contact_key, make_token
from vocapp.domain.survey import Survey
from vocapp.jobs import analyse
from vocapp.jobs.mail import MAILER
from vocapp.models import (
    Attribute,
    Consent,
    Customer,
    Event,
    Fact,
    Invitation,
    Place,
    Workspace,
    db,
    new_id,
    transaction,
)
from vocapp.models.feed import changed
from vocapp.models.outbox import announce
from vocapp.pipeline import PIPELINE
from vocapp.services import inviting, inviting_one, keys, surveying

NPS: dict[str, Any] = {
    "key": "nps",
    "type": "nps",
    "text": {"fr": "Nous recommanderiez-vous ?", "en": "Would you recommend us?"},
    "must_ask": True,
    "required": True,
}
CSAT: dict[str, Any] = {
    "key": "csat",
    "type": "csat",
    "text": {"fr": "Satisfait ?", "en": "Satisfied?"},
    "required": True,
}
WHY: dict[str, Any] = {"key": "why", "type": "long_text", "text": {"fr": "Pourquoi ?", "en": "Why?"}}
BUYS_FOR: dict[str, Any] = {
    "key": "buys_for",
    "type": "single_choice",
    "text": {"fr": "Pour qui achetez-vous ?", "en": "Who do you buy for?"},
    "choices": [
        {"key": "self", "text": {"fr": "Pour moi", "en": "For me"}},
        {"key": "gift", "text": {"fr": "Pour offrir", "en": "As a gift"}},
    ],
    "attribute": "buys_for",
    "fresh_for": "P180D",
}

NO_RESTS = {"rest_same_answered_days": 0, "rest_same_invited_days": 0, "rest_any_days": 0}
AT_ANY_HOUR = {"quiet_from": None, "quiet_to": None}


def survey_document(key: str = "delivery", **fields: Any) -> dict[str, Any]:
    """Return a definition: one question, sent when an order is delivered; `fields` replace what they name."""
    plain = {
        "key": key,
        "title": {"fr": "Votre livraison", "en": "Your delivery"},
        "default_language": "fr",
        "layout": "steps",
        "priority": 50,
        "trigger": {"event": "order.delivered", "delay": "PT0S", "hot_for": "PT48H"},
        "invitation": {
            "subject": {"fr": "Votre commande est arrivée", "en": "Your order has arrived"},
            "body": {"fr": "Un mot sur la livraison ?", "en": "A word about the delivery?"},
        },
        "questions": [NPS],
        "thanks": {"fr": "Merci beaucoup.", "en": "Thank you very much."},
    }
    return {name: value for name, value in {**plain, **fields}.items() if value is not None}


class House:
    """One company in a database. Each method is its own transaction; `now` is its time, the real one by default."""

    def __init__(
        self, app: Flask, key: str = "maison", *, now: datetime | None = None, policy: Mapping[str, Any] | None = None
    ) -> None:
        self.app = app
        self._now = now
        self.secret = str(app.config["SECRET_KEY"]).encode()
        self.mailer: FakeMailer = app.extensions.setdefault(MAILER, FakeMailer(tells=False))
        self.sentiment = FakeSentiment({"inadmissible": "negative", "parfait": "positive"})
        workspace = Workspace(
            key=key,
            name="Maison X",
            timezone=HERE.key,
            default_language="fr",
            settings={"contact_policy": {**AT_ANY_HOUR, **(policy or {})}},
            created_at=self.now,
        )
        with self.writing() as session:
            session.add(workspace)
            session.flush()
            self.id = workspace.id

    @property
    def now(self) -> datetime:
        return self._now or datetime.now(UTC)

    @property
    def today(self) -> date:
        return day_of(self.now)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Give a session of its own."""
        with self.app.app_context():
            yield db.session
            db.session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Give a transaction of its own, committed at the end."""
        with self.app.app_context(), transaction() as session:
            yield session

    def survey(self, key: str = "delivery", **fields: Any) -> Survey:
        """Publish a survey's next version."""
        with self.writing():
            surveying.put_draft(workspace_id=self.id, key=key, definition=survey_document(key, **fields), now=self.now)
            version, _ = surveying.publish(workspace_id=self.id, key=key, now=self.now)
        with self.reading():
            return surveying.load_version(workspace_id=self.id, key=key, version=version)

    def personas(self, document: Mapping[str, Any]) -> None:
        with self.writing():
            surveying.put_personas(workspace_id=self.id, definition=document, now=self.now)

    def place(self, key: str, parent: Place | None = None) -> Place:
        with self.writing() as session:
            path = f"{parent.path if parent else '/'}{key}/"
            place = Place(
                workspace_id=self.id,
                key=key,
                name=key.title(),
                kind="store",
                parent_key=parent.key if parent else None,
                path=path,
            )
            session.add(place)
            session.flush()
            session.expunge(place)
        return place

    def customer(
        self,
        external_id: str = "ada",
        *,
        email: str | None = "",
        consent: bool | None = True,
        attributes: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> UUID:
        """Make a customer; without `email`, one who has an address of their own."""
        address = f"{external_id}@example.test" if email == "" else email
        customer_id, now = new_id(), self.now
        with self.writing() as session:
            session.add(
                Customer(
                    workspace_id=self.id,
                    id=customer_id,
                    external_id=external_id,
                    email=address,
                    core_observed_at={},
                    contact_key=contact_key(self.secret, address or f"none:{customer_id}"),
                    created_at=now,
                    updated_at=now,
                    **{"first_name": "Ada", "locale": "fr-FR"} | fields,
                )
            )
            session.flush()
            if consent is not None:
                self._consent(session, customer_id, granted=consent)
            for key, value in (attributes or {}).items():
                self._attribute(session, customer_id, key, value)
            changed("customers", [customer_id], workspace_id=self.id)
        return customer_id

    def consent(self, customer_id: UUID, *, granted: bool, at: datetime | None = None) -> None:
        with self.writing() as session:
            self._consent(session, customer_id, granted=granted, at=at)

    def attribute(self, customer_id: UUID, key: str, value: Any, *, at: datetime | None = None) -> None:
        with self.writing() as session:
            self._attribute(session, customer_id, key, value, at=at)

    def event(
        self,
        customer_id: UUID,
        key: str,
        *,
        name: str = "order.delivered",
        occurred_at: datetime | None = None,
        **fields: Any,
    ) -> UUID:
        """Take in an event, as intake does."""
        event_id, now = new_id(), self.now
        with self.writing() as session:
            session.add(
                Event(
                    workspace_id=self.id,
                    id=event_id,
                    key=key,
                    name=name,
                    occurred_at=occurred_at or now,
                    received_at=now,
                    customer_id=customer_id,
                    **{"properties": {}} | fields,
                )
            )
            session.flush()
            changed("events", [event_id], workspace_id=self.id)
            announce("EventAccepted", event_id, workspace_id=self.id, due_at=now)
        return event_id

    def decide(self, *event_ids: UUID, now: datetime | None = None) -> list[UUID]:
        """Put events to the surveys, as the job does; return the invitations made."""
        with self.writing():
            made = inviting.invite_for_events(workspace_id=self.id, event_ids=event_ids, now=now or self.now)
            return [invitation.id for invitation in made]

    def invite(
        self, external_id: str = "ada", survey: str = "delivery", *, channel: Any = "link", now: Any = None, **wish: Any
    ) -> UUID:
        """Make an invitation by hand: a link to carry, unless told otherwise."""
        with self.writing():
            return inviting_one.invite_one(
                workspace_id=self.id,
                wish=inviting_one.Wish(survey=survey, customer=external_id, channel=channel, **wish),
                now=now or self.now,
            ).invitation_id

    def link(self, invitation_id: UUID, purpose: Any = "survey") -> str:
        path = {"survey": "s"}.get(purpose, purpose)
        return f"/{path}/{make_token(self.secret, purpose, invitation_id)}"

    def api_key(self, *scopes: str) -> str:
        with self.writing():
            return keys.create(workspace_id=self.id, name="test", scopes=scopes, now=self.now)

    def invitation(self, invitation_id: UUID) -> Invitation:
        return next(one for one in self.rows(Invitation) if one.id == invitation_id)

    def rows(self, model: Any, *where: Any) -> list[Any]:
        """Return this company's rows of a table as they are committed, in the order of their keys."""
        query = select(model).where(model.workspace_id == self.id, *where).order_by(*model.__table__.primary_key)
        with self.reading() as session:
            found = list(session.scalars(query))
            session.expunge_all()
        return found

    def work(self, *kinds: str) -> list[str]:
        """Run the jobs of all open facts, due or not, until there is none; return the kinds in order."""
        jobs.bind(self.app, most_attempts={})
        done: list[str] = []
        for _ in range(20):
            with self.reading() as session:
                facts = session.execute(
                    select(Fact.kind, Fact.id)
                    .where(Fact.done_at.is_(None), Fact.failed_at.is_(None), Fact.kind.in_(kinds or tuple(PIPELINE)))
                    .order_by(Fact.id)
                ).all()
            if not facts:
                return done
            for kind in dict.fromkeys(kind for kind, _ in facts):
                module, _, name = PIPELINE[kind].job.rpartition(".")
                with swapped(analyse, "load", lambda _: self.sentiment):
                    getattr(importlib.import_module(module), name)([fact_id for one, fact_id in facts if one == kind])
                done.append(kind)
        raise AssertionError(f"facts that are never settled: {facts}")

    def wait_for_feed(self) -> None:
        """Wait until no transaction of the cluster, not even in another test's database, holds the export back."""

        def is_settled() -> bool:
            with self.reading() as session:
                if session.get_bind().dialect.name == "sqlite":
                    return True
                held = "select 1 from changes where xid >= pg_snapshot_xmin(pg_current_snapshot()) limit 1"
                return session.execute(text(held)).first() is None

        wait_until(is_settled, 20)

    def dump(self) -> dict[str, list[str]]:
        """Return every row of every table as text, but for when a key was used last: equal, nothing changed."""
        with self.reading() as session:
            return all_rows(session.connection(), but=("last_used_at",))

    def _consent(self, session: Any, customer_id: UUID, *, granted: bool, at: datetime | None = None) -> None:
        consent = Consent(
            workspace_id=self.id,
            id=new_id(),
            customer_id=customer_id,
            purpose="surveys",
            granted=granted,
            source="checkout",
            at=at or self.now,
            recorded_at=self.now,
        )
        session.add(consent)
        session.flush()
        changed("consents", [consent.id], workspace_id=self.id)

    def _attribute(self, session: Any, customer_id: UUID, key: str, value: Any, *, at: datetime | None = None) -> None:
        session.merge(
            Attribute(
                workspace_id=self.id,
                customer_id=customer_id,
                key=key,
                value=value,
                source="crm",
                observed_at=at or self.now - timedelta(days=1),
            )
        )


# ── pages


class Page(HTMLParser):
    """A survey page as a browser reads it: its state, the fields of its first form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.state: str | None = None
        self.hidden: dict[str, str] = {}
        self.fields: list[str] = []
        self.checked: list[tuple[str, str]] = []
        self._form = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "body":
            self.state = given.get("data-state")
        if tag == "form":
            self._form += 1
        name = given.get("name")
        if self._form != 1 or not name:
            return
        if given.get("type") == "hidden":
            self.hidden[name] = given.get("value") or ""
        elif tag in {"input", "select", "textarea"}:
            if name not in self.fields:
                self.fields.append(name)
            if "checked" in given:
                self.checked.append((name, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form == 1:
            self._form = 2


def answer(client: Any, path: str, answers: Mapping[str, Any]) -> list[list[str]]:
    """Answer a survey to its end, leaving out what `answers` does not name; return the questions seen, by page."""
    reply = client.get(path)
    assert reply.status_code == 200, reply.text[:500]
    seen = []
    for _ in range(10):
        page = Page(reply.text)
        if page.state == "completed":
            return seen
        seen.append(page.fields)
        reply = client.post(path, data={**page.hidden, **{key: answers[key] for key in page.fields if key in answers}})
        assert reply.status_code == 200, reply.text[:2000]
    raise AssertionError("a survey without an end")
