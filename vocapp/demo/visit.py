"""Who is new today: a customer whose mail is on its way, some whose mail waits for their morning, and you."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from vocapp.config import Settings
from vocapp.demo.asking_them import await_morning
from vocapp.demo.book import Book
from vocapp.demo.standing import World
from vocapp.services import intake_events
from vocapp.services.inviting_one import Wish, invite_one

GUEST: Final = "demo-visitor"
SURVEY: Final = "post_delivery"
STORE: Final = "nantes"
_FIRST_ORDER: Final = 48_201
_NEW: Final[dict[str, dict[str, Any]]] = {
    "demo-camille": {
        "email": "camille@example.test",
        "phone": "+33639980148",
        "first_name": "Camille",
        "last_name": "Aubry",
        "locale": "fr-FR",
    },
    GUEST: {
        "email": "alix@example.test",
        "phone": "+33639980152",
        "first_name": "Alix",
        "last_name": "Moreau",
        "locale": "fr-FR",
    },
}
_FAR_AWAY: Final = (
    "Indian/Reunion",
    "America/Guadeloupe",
    "America/Montreal",
    "Pacific/Tahiti",
    "Pacific/Noumea",
    "Asia/Tokyo",
)
"""Somewhere of these it is night at any hour."""
_EVENING, _MORNING = 21, 5
_HOME: Final = "Europe/Paris"
_OPENED, _CLOSED = 9, 19


def receive(*, workspace_id: int, settings: Settings, now: datetime) -> None:
    """Take in today's two customers and their orders the way the API would, and write to one of them at once."""
    documents = [
        {
            "id": f"{external_id}-purchase",
            "event": "order.placed",
            "occurred_at": now.isoformat(),
            "place": STORE,
            "customer": {
                "external_id": external_id,
                "timezone": _where_it_is_day(now),
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
            "properties": {"order_number": f"LM-{number}", "channel": "web", "total": 64.9, "currency": "EUR"},
        }
        for number, (external_id, core) in enumerate(_NEW.items(), start=_FIRST_ORDER)
    ]
    intake_events.take_events(
        workspace_id=workspace_id, documents=documents, secret=settings.secret_key.encode(), now=now, source="demo"
    )
    wish = Wish(survey=SURVEY, customer="demo-camille", channel="email", event_id="demo-camille-purchase", place=STORE)
    invite_one(workspace_id=workspace_id, wish=wish, now=now)


def invite(*, workspace_id: int, now: datetime) -> UUID:
    """Give whoever looks at the demo a survey of their own; return the invitation."""
    wish = Wish(
        survey=SURVEY,
        customer=GUEST,
        channel="link",
        event_id=f"demo-visit-{now:%Y%m%dT%H%M%S%f}",
        place=STORE,
        properties={"order_number": f"LM-{_FIRST_ORDER + len(_NEW)}"},
    )
    return invite_one(workspace_id=workspace_id, wish=wish, now=now).invitation_id


def plan_for_the_night(world: World, book: Book) -> None:
    """Let some customers be where it is night: their mail waits for the morning there."""
    nights = [zone for zone in _FAR_AWAY if not _MORNING <= world.now.astimezone(ZoneInfo(zone)).hour < _EVENING]
    for number, zone in enumerate((nights * 4)[:4]):
        await_morning(number, zone, world.now - timedelta(minutes=12), world, book)


def _where_it_is_day(now: datetime) -> str:
    """Return a time zone in which it is day, Paris if it can be: quiet hours shall not hold the first mail back."""
    if _OPENED <= now.astimezone(ZoneInfo(_HOME)).hour < _CLOSED:
        return _HOME
    ahead = 12 - now.hour
    return "Etc/GMT" if ahead == 0 else f"Etc/GMT{-ahead:+d}"  # POSIX signs: east is minus
