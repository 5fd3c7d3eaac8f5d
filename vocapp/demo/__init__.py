"""The invented company of `up --demo`: Maison Lumen, twelve stores and ninety days of customers, filled once.

`company` and `people` say who there is, `happenings` what happened to them, `voices` how they answer. `asking_them`
puts every occasion to the real contact policy, `answering` every answer to the real engine, `callbacks` every alert to
its real life, and `afterwards` asks who was called whether it helped; `book` writes it all in a few statements,
`purchases` what they bought. `visit` gives each start its fresh link. Everything is drawn by lots from a fixed seed:
two installations filled on one day tell the same story.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from vocapp.config import Settings
from vocapp.demo import purchases, visit
from vocapp.demo.afterwards import ask_afterwards
from vocapp.demo.asking_them import live
from vocapp.demo.book import Book
from vocapp.demo.callbacks import HOLD, open_alerts
from vocapp.demo.company import BRAND, CALLERS, NAME, REGIONS, STORES
from vocapp.demo.people import everybody
from vocapp.demo.standing import World
from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.links import make_token
from vocapp.models import Customer, database_now, db, new_id, transaction
from vocapp.services import places, public_links, senders, staff, surveying, workspaces

LOGIN = "demo@vocapp.test"
SHARED = "La voix de nos clients"
"""A dashboard for everybody: Settings, Sharing. Its months are published within a minute."""


def fill(settings: Settings) -> str:
    """Fill what is not there yet; return the lines to print: a login and a fresh link, on every start.

    Filling is one transaction: a start that was killed in the middle leaves nothing, and the next one fills anew.
    """
    password = _password(settings)
    with transaction():
        workspace_id = workspaces.get_workspace(key="default").id
        filled = _find(workspace_id, visit.GUEST) is not None
    if not filled:
        book = _invent(workspace_id, settings)
        with transaction():
            if _find(workspace_id, visit.GUEST) is None:
                _found_company(workspace_id, password, settings, database_now())
                book.write()
                purchases.ring_up(workspace_id=workspace_id, orders=book.bought)
                visit.receive(workspace_id=workspace_id, settings=settings, now=database_now())
    with transaction():
        link = visit.invite(workspace_id=workspace_id, now=database_now())
    token = make_token(settings.secret_key.encode(), "survey", link)
    return (
        f"  staff login   {settings.public_url}/login   {LOGIN}   {password}\n"
        f"  sample link   {settings.public_url}/s/{token}"
    )


def _password(settings: Settings) -> str:
    """Return the demo's password: the same on every start, another in every installation."""
    digest = hmac.digest(settings.secret_key.encode(), b"demo login", "sha256")
    return base64.urlsafe_b64encode(digest[:12]).decode()


def _find(workspace_id: int, external_id: str) -> UUID | None:
    return db.session.scalar(
        select(Customer.id).where(Customer.workspace_id == workspace_id, Customer.external_id == external_id)
    )


def _invent(workspace_id: int, settings: Settings) -> Book:
    """Let everybody live through the last ninety days, in memory."""
    with transaction():
        now = database_now()
        workspace = workspaces.get_workspace(key="default")
        found = surveying.find_personas(workspace_id=workspace_id)
        world = World(
            workspace_id=workspace_id,
            secret=settings.secret_key.encode(),
            now=now,
            zone=workspace.timezone,
            surveys={one.key: one for one in surveying.published(workspace_id=workspace_id)},
            personas=surveying.load_personas(workspace_id=workspace_id, version=found[0]) if found else None,
            policy=PolicySettings.read(workspace.settings.get("contact_policy") or {}),
            scores_texts=settings.sentiment_model is None,
        )
    book = Book(workspace_id)
    for person in everybody():
        live(person, world, book)
    visit.plan_for_the_night(world, book)
    open_alerts(book, recipient=LOGIN, now=now)
    ask_afterwards(book, world)
    return book


def _found_company(workspace_id: int, password: str, settings: Settings, now: datetime) -> None:
    workspaces.change_settings(
        workspace_id=workspace_id,
        changes={
            "name": NAME,
            "alert_recipients": [LOGIN],
            "callbacks": asdict(HOLD),
            "callback_team": {"agents": sum(map(len, CALLERS.values()))},
        },
    )
    senders.change_sender(
        workspace_id=workspace_id, name=NAME, address="", reply_to="", default=settings.mail_from, by="demo", now=now
    )
    places.put_place(workspace_id=workspace_id, key=BRAND, name=NAME, kind="brand", parent_key=None)
    for key, name in REGIONS.items():
        places.put_place(workspace_id=workspace_id, key=key, name=name, kind="region", parent_key=BRAND)
    for store in STORES:
        places.put_place(
            workspace_id=workspace_id, key=store.key, name=store.name, kind="store", parent_key=store.region
        )
    staff.create(workspace_id=workspace_id, email=LOGIN, password=password, role="owner", place=None, now=now)
    public_links.create(
        workspace_id=workspace_id,
        link_id=new_id(),
        name=SHARED,
        surveys=(),
        figures=public_links.FIGURES,
        place="",
        ends_on=None,
        by=LOGIN,
        now=now,
    )
    for british, callers in CALLERS.items():
        for email in callers:
            staff.create(
                workspace_id=workspace_id,
                email=email,
                password=password,
                role="agent",
                place="lumen_uk" if british else None,
                now=now,
            )
