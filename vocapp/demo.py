"""The invented company of `up --demo`: a customer with a mail on its way, two unhappy ones, a login, a link to try.

All goes the way it would in earnest: events in, invitations decided, pages answered, alerts opened by the worker.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from vocapp.config import Settings
from vocapp.domain.links import make_token
from vocapp.models import Customer, Invitation, Response, database_now, db, transaction
from vocapp.services import intake_events, places, responding, staff, workspaces
from vocapp.services.inviting_one import Wish, invite_one

LOGIN = "demo@vocapp.test"
SURVEY = "post_delivery"

_PLACES = (
    ("lumen", "Maison Lumen", "brand", None),
    ("lumen_ouest", "Région Ouest", "region", "lumen"),
    ("nantes", "Nantes, rue Crébillon", "store", "lumen_ouest"),
)
_CUSTOMERS: dict[str, dict[str, Any]] = {
    "demo-camille": {"first_name": "Camille", "last_name": "Aubry", "locale": "fr-FR"},
    "demo-ines": {"first_name": "Inès", "last_name": "Le Gall", "locale": "fr-FR", "phone": "+33199000101"},
    "demo-tom": {"first_name": "Tom", "last_name": "Whitaker", "locale": "en-GB", "phone": "+441632960102"},
    "demo-visitor": {"first_name": "Alix", "last_name": "Moreau", "locale": "fr-FR"},
}
_UNHAPPY: dict[str, dict[str, Any]] = {
    "demo-ines": {
        "nps": 2,
        "why": "Le colis est arrivé avec six jours de retard, le carton éventré, et personne ne répond au téléphone.",
        "trouble": ["late", "damaged"],
    },
    "demo-tom": {"nps": 4, "why": "The wrong size again. I have to queue at the post office to send it back."},
}


def fill(settings: Settings) -> str:
    """Fill what is not there yet; return the lines to print: a login and a fresh link, on every start."""
    password = _password(settings)
    with transaction():
        now = database_now()
        workspace_id = workspaces.get_workspace(key="default").id
        if _customer(workspace_id, "demo-camille") is None:
            staff.create(workspace_id=workspace_id, email=LOGIN, password=password, role="owner", place=None, now=now)
            _deliver(workspace_id, settings, now)
    _answer_unhappily(workspace_id)
    with transaction():
        now = database_now()
        link = _invite(workspace_id, "demo-visitor", "link", f"demo-visit-{now:%Y%m%dT%H%M%S%f}", now)
    token = make_token(settings.secret_key.encode(), "survey", link)
    return (
        f"  staff login   {settings.public_url}/login   {LOGIN}   {password}\n"
        f"  sample link   {settings.public_url}/s/{token}"
    )


def _password(settings: Settings) -> str:
    """Return the demo's password: the same on every start, another in every installation."""
    digest = hmac.digest(settings.secret_key.encode(), b"demo login", "sha256")
    return base64.urlsafe_b64encode(digest[:12]).decode()


def _deliver(workspace_id: int, settings: Settings, now: datetime) -> None:
    """Take in the invented customers and their deliveries, and invite Camille by mail at once."""
    workspaces.change_settings(workspace_id=workspace_id, changes={"name": "Maison Lumen", "alert_recipients": [LOGIN]})
    for key, name, kind, parent in _PLACES:
        places.put_place(workspace_id=workspace_id, key=key, name=name, kind=kind, parent_key=parent)
    documents = [
        {
            "id": _purchase(external_id),
            "event": "order.placed",
            "occurred_at": now.isoformat(),
            "place": "nantes",
            "customer": {
                "external_id": external_id,
                "email": f"{external_id}@example.test",
                "timezone": _where_it_is_noon(now),
                "consents": [
                    {
                        "purpose": "surveys",
                        "granted": True,
                        "source": "checkout",
                        "text_version": "2026-01",
                        "at": now.isoformat(),
                    }
                ],
                **core,
            },
            "properties": {"order_number": f"LM-{number}", "channel": "web", "total": 64.9},
        }
        for number, (external_id, core) in enumerate(_CUSTOMERS.items(), start=48201)
    ]
    intake_events.take_events(
        workspace_id=workspace_id, documents=documents, secret=settings.secret_key.encode(), now=now, source="demo"
    )
    _invite(workspace_id, "demo-camille", "email", _purchase("demo-camille"), now)
    for external_id in _UNHAPPY:
        _invite(workspace_id, external_id, "link", _purchase(external_id), now)


def _answer_unhappily(workspace_id: int) -> None:
    """Answer what is not answered to its end: also where the start before this one was killed in the middle."""
    with transaction():
        unanswered = db.session.execute(
            select(Customer.external_id, Invitation.id)
            .join(
                Invitation,
                (Invitation.workspace_id == Customer.workspace_id) & (Invitation.customer_id == Customer.id),
            )
            .outerjoin(
                Response,
                (Response.workspace_id == Invitation.workspace_id) & (Response.invitation_id == Invitation.id),
            )
            .where(
                Customer.workspace_id == workspace_id,
                tuple_(Customer.external_id, Invitation.occasion).in_([(key, _purchase(key)) for key in _UNHAPPY]),
                Response.completed_at.is_(None),
            )
        ).all()
    for external_id, invitation_id in unanswered:
        answers = _UNHAPPY[external_id]
        sitting = responding.open_sitting(invitation_id=invitation_id)
        while sitting is not None and sitting.closed is None:
            page = sitting.position
            outcome = responding.take_page(
                sitting=sitting, page=page, given={key: answers.get(key) for key in sitting.pages[page]}
            )
            sitting = outcome.sitting if outcome and not outcome.completed else None


def _purchase(external_id: str) -> str:
    """Name the event of an invented customer's purchase."""
    return f"{external_id}-purchase"


def _invite(workspace_id: int, external_id: str, channel: Any, occasion: str, now: datetime) -> UUID:
    wish = Wish(
        survey=SURVEY,
        customer=external_id,
        channel=channel,
        event_id=occasion,
        place="nantes",
        properties={"order_number": "LM-48207"} if occasion.startswith("demo-visit") else {},
    )
    return invite_one(workspace_id=workspace_id, wish=wish, now=now).invitation_id


def _customer(workspace_id: int, external_id: str) -> UUID | None:
    return db.session.scalar(
        select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.external_id == external_id)
    )


def _where_it_is_noon(now: datetime) -> str:
    """Return a time zone in which it is about noon, so that quiet hours do not hold the first mail back."""
    ahead = 12 - now.hour
    return "Etc/GMT" if ahead == 0 else f"Etc/GMT{-ahead:+d}"  # POSIX signs: east is minus
