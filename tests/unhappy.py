"""Sows a workspace with unhappy customers: a survey, who was asked, what they said, and the signals of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from vocapp.models import (
    Alert,
    Customer,
    Fact,
    Invitation,
    Place,
    Response,
    Signal,
    SurveyRecord,
    SurveyVersion,
    Workspace,
    db,
    new_id,
    transaction,
)
from vocapp.models.outbox import announce

SURVEY: dict[str, Any] = {
    "key": "post_delivery",
    "title": {"fr": "Votre livraison", "en": "Your delivery"},
    "default_language": "fr",
    "questions": [
        {"key": "nps", "type": "nps", "text": {"fr": "Nous recommandez-vous ?", "en": "Do you recommend us?"}},
        {"key": "csat", "type": "csat", "text": {"fr": "Satisfait ?", "en": "Satisfied?"}},
        {"key": "why", "type": "long_text", "text": {"fr": "Pourquoi ?", "en": "Why?"}},
    ],
}


def make_workspace(now: datetime, key: str = "default", **settings: Any) -> int:
    """Make a workspace with a published survey and three places: brand, store below it, other beside."""
    with transaction() as session:
        workspace = Workspace(
            key=key,
            name="Maison Test",
            timezone="Europe/Paris",
            default_language="fr",
            settings=settings,
            created_at=now,
        )
        session.add(workspace)
        session.flush()
        workspace_id = workspace.id
        session.execute(
            insert(SurveyRecord).values(
                workspace_id=workspace_id, key=SURVEY["key"], draft=SURVEY, published_version=1, updated_at=now
            )
        )
        session.execute(
            insert(SurveyVersion).values(
                workspace_id=workspace_id, key=SURVEY["key"], version=1, definition=SURVEY, published_at=now
            )
        )
        for place, parent, path in (
            ("brand", None, "/brand/"),
            ("store", "brand", "/brand/store/"),
            ("other", None, "/other/"),
        ):
            session.execute(
                insert(Place).values(
                    workspace_id=workspace_id, key=place, name=place.title(), kind="store", parent_key=parent, path=path
                )
            )
    return workspace_id


def make_customer(workspace_id: int, external_id: str, now: datetime, **fields: Any) -> UUID:
    """Make a customer; call it inside a transaction."""
    customer_id = new_id()
    db.session.execute(
        insert(Customer).values(
            workspace_id=workspace_id,
            id=customer_id,
            external_id=external_id,
            core_observed_at={},
            contact_key=customer_id.hex * 2,
            created_at=now,
            updated_at=now,
            **fields,
        )
    )
    return customer_id


def respond(workspace_id: int, customer_id: UUID, now: datetime, *, place: str | None = None, **given: Any) -> UUID:
    """Let a customer have answered (`nps`, `csat`, `why`); call it inside a transaction."""
    invitation_id, response_id = new_id(), new_id()
    answers = {key: given[key] for key in ("nps", "csat", "why") if given.get(key) is not None}
    context = {
        "event": "order.delivered",
        "event_id": str(invitation_id),
        "occurred_at": now.isoformat(),
        "place": place,
        "agent": None,
        "properties": {},
    }
    same = {
        "workspace_id": workspace_id,
        "customer_id": customer_id,
        "survey_key": SURVEY["key"],
        "survey_version": 1,
        "channel": "email",
        "language": "fr",
        "place": place,
    }
    db.session.execute(
        insert(Invitation).values(
            **same,
            id=invitation_id,
            occasion=str(invitation_id),
            context=context,
            first_page=["nps"],
            skipped_known=[],
            status="sent",
            reason=None,
            decisions=[],
            contact_key="0" * 64,
            priority=50,
            occurred_at=now,
            send_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=60),
            created_at=now,
        )
    )
    db.session.execute(
        insert(Response).values(
            **same,
            id=response_id,
            invitation_id=invitation_id,
            status=given.get("status", "completed"),
            revision=1,
            pages=[[key] for key in answers],
            position=len(answers),
            answers=answers,
            void=[],
            skipped_known=[],
            nps=given.get("nps"),
            csat=given.get("csat"),
            ces=None,
            started_at=now,
            answered_at=now,
            completed_at=now if given.get("status", "completed") == "completed" else None,
        )
    )
    return response_id


def complain(
    workspace_id: int,
    customer_id: UUID,
    now: datetime,
    *,
    kinds: tuple[str, ...] = ("detractor",),
    place: str | None = None,
    **given: Any,
) -> int:
    """Raise a signal and announce it, as an unhappy answer does; return the fact's id."""
    with transaction() as session:
        response_id = respond(workspace_id, customer_id, now, place=place, **(given or {"nps": 2}))
        session.execute(
            insert(Signal).values(
                workspace_id=workspace_id,
                response_id=response_id,
                customer_id=customer_id,
                kinds=list(kinds),
                place=place,
                raised_at=now,
            )
        )
        announce("SignalRaised", response_id, workspace_id=workspace_id, due_at=now)
        return int(
            session.scalars(select(Fact.id).where(Fact.subject_id == response_id, Fact.kind == "SignalRaised")).one()
        )


def complaints(workspace_id: int, number: int, now: datetime, **given: Any) -> list[int]:
    """Let so many customers complain once each; return the facts."""
    facts = []
    for index in range(number):
        with transaction():
            customer_id = make_customer(workspace_id, f"{given.get('place') or 'C'}-{index}", now)
        facts.append(complain(workspace_id, customer_id, now, **given))
    return facts


def alerts_of(workspace_id: int) -> list[Alert]:
    """Read every alert anew."""
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Alert)
            .where(Alert.workspace_id == workspace_id)
            .order_by(Alert.id)
            .execution_options(populate_existing=True)
        )
    )
