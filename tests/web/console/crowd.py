"""A busy day for the small company of these tests: many customers, answers and alerts of every age and state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

from tests.days import day_of
from tests.web.console.conftest import World
from vocapp.models import (
    Alert,
    AlertMove,
    Attribute,
    Consent,
    Contact,
    Customer,
    Event,
    Invitation,
    LedgerEntry,
    Response,
    Signal,
    Tally,
    new_id,
    transaction,
)
from vocapp.models.bulk import insert_many

LONG = ("Anne-Sophie Marguerite", "de La Rochefoucauld-Montbel")
NAMES = (
    LONG,
    ("Inès", "Le Gall"),
    ("Tom", "Whitaker"),
    ("Mohamed", "Benali"),
    ("Zoé", "O’Connor"),
    ("Đặng Thị", "Hồng"),
    ("Jean-Baptiste", "Lefèvre d’Ormesson"),
)
SAID = (
    ("fr", "Le colis est arrivé avec six jours de retard, le carton éventré, et personne ne répond au téléphone."),
    ("en", "The wrong size again. I have to queue at the post office to send it back."),
    ("fr", "Vendeuse désagréable."),
    ("fr", "Très belle lampe, mais la notice est incompréhensible et il manquait une vis. " * 3),
)
AGES = (timedelta(minutes=7), timedelta(hours=3), timedelta(hours=30), timedelta(days=5), timedelta(minutes=40))
STATES = ("new", "new", "claimed", "new", "contacted", "resolved")
PLACES = ("nice", "lyon", "south", None)


def fill(world: World, n: int, *, now: datetime | None = None) -> None:
    """Make so many customers, each with an event, a mail, a response and an alert, in a few statements."""
    rows: dict[Any, list[dict[str, Any]]] = {}
    for number, parts in zip(range(n), _parts(), strict=False):
        for model, row in _one(world, number, *parts, now=now or datetime.now(UTC)):
            rows.setdefault(model, []).append(row)
    with world.app.app_context(), transaction():
        for model, found in rows.items():
            insert_many(model, found)


def _parts() -> Iterator[tuple[Any, ...]]:
    return zip(cycle(NAMES), cycle(SAID), cycle(AGES), cycle(STATES), cycle(PLACES), cycle(range(11)), strict=False)


def _one(
    world: World,
    number: int,
    name: tuple[str, str],
    said: tuple[str, str],
    age: timedelta,
    status: str,
    place: str | None,
    score: int,
    *,
    now: datetime,
) -> Iterator[tuple[Any, dict[str, Any]]]:
    workspace_id, at = world.ours.workspace_id, now - age - timedelta(seconds=number)
    customer, event, invitation, response, alert = (new_id() for _ in range(5))
    key, nps = f"crowd-{number}", min(score, 6)
    ours = {"workspace_id": workspace_id}
    yield Customer, {
        **ours, "id": customer, "external_id": key, "email": f"crowd-{number}@example.test", "phone": "+33199001234",
        "first_name": name[0], "last_name": name[1], "locale": said[0], "core_observed_at": {}, "contact_key": key,
        "nps_value": nps, "nps_at": at, "sentiment_label": "negative", "sentiment_score": -0.8, "sentiment_at": at,
        "created_at": at - timedelta(days=300), "updated_at": at,
    }  # fmt: skip
    yield Contact, {**ours, "key": key}
    yield Attribute, {
        **ours, "customer_id": customer, "key": "favourite_store", "value": "Nantes, rue Crébillon", "source": "api",
        "observed_at": at, "expires_at": now + timedelta(days=90),
    }  # fmt: skip
    yield Consent, {
        **ours, "id": new_id(), "customer_id": customer, "purpose": "surveys", "granted": True, "source": "checkout",
        "text_version": "2026-01", "at": at - timedelta(days=200), "recorded_at": at,
    }  # fmt: skip
    yield LedgerEntry, {
        **ours, "id": invitation, "contact_key": key, "at": at, "kind": "invitation", "survey_key": "delivery",
        "priority": 50, "made": True,
    }  # fmt: skip
    properties = {"order_number": f"LM-{48000 + number}", "total": 64.9}
    yield Event, {
        **ours, "id": event, "key": key, "name": "order.delivered", "occurred_at": at, "received_at": at,
        "customer_id": customer, "place": place, "properties": properties,
    }  # fmt: skip
    yield Invitation, {
        **ours, "id": invitation, "survey_key": "delivery", "survey_version": 1, "customer_id": customer,
        "occasion": key, "channel": "email", "language": said[0], "place": place,
        "context": {"event": "order.delivered", "event_id": key, "occurred_at": at.isoformat(), "place": place,
                    "agent": None, "properties": properties},
        "first_page": ["nps"], "skipped_known": [], "status": ("sent", "failed", "suppressed", "sent")[number % 4],
        "reason": (None, "given_up", "cap", None)[number % 4], "contact_key": key, "priority": 50,
        "decisions": [{"at": at.isoformat(), "status": "scheduled", "reason": "quiet_hours"},
                      {"at": at.isoformat(), "status": "sent", "reason": None}],
        "occurred_at": at, "sent_at": at, "expires_at": at + timedelta(days=60), "created_at": at,
    }  # fmt: skip
    yield Response, {
        **ours, "id": response, "invitation_id": invitation, "customer_id": customer, "survey_key": "delivery",
        "survey_version": 1, "channel": "email", "place": place, "language": said[0], "status": "completed",
        "revision": 1, "pages": [["nps"]], "position": 1, "void": [], "skipped_known": [], "nps": nps,
        "answers": {"nps": nps, "why": said[1]}, "sentiment": {"label": "negative", "score": -0.8},
        "persona": {"key": "gift_giver", "confidence": 0.75, "reasons": ["Achète surtout pour offrir"]},
        "started_at": at, "answered_at": at, "completed_at": at, "counted_on": day_of(at),
    }  # fmt: skip
    yield Tally, {
        **ours, "survey_key": "delivery", "survey_version": 1, "day": day_of(at), "place": place or "",
        "channel": "email", "counted": [["", "completed"], ["@nps", str(score)]],
    }  # fmt: skip
    is_held = status in {"claimed", "contacted"}
    yield Alert, {
        **ours, "id": alert, "customer_id": customer, "status": status, "priority": 9 - number % 9,
        "kinds": ["detractor"], "place": place, "reason": f"nps {nps}",
        "assignee": ("agent@lune.test", "anne-sophie.de-la-rochefoucauld@lune.test")[number % 2] if is_held else None,
        "misses": 0, "opened_at": at, "due_at": at + timedelta(hours=24), "updated_at": at, "version": 1,
        "root_cause": "livraison en retard" if status == "resolved" else None,
    }  # fmt: skip
    yield Signal, {
        **ours, "response_id": response, "customer_id": customer, "kinds": ["detractor"], "place": place,
        "raised_at": at, "alert_id": alert,
    }  # fmt: skip
    for action, details in (("opened", {}), ("contact", {"outcome": "voicemail", "note": "Rappeler à midi"})):
        yield AlertMove, {
            **ours, "id": new_id(), "alert_id": alert, "at": at + timedelta(minutes=len(details)), "action": action,
            "by": "agent@lune.test" if details else None, "status": status, "details": details,
        }  # fmt: skip


def remember(world: World, customer_id: Any, n: int, *, versions: int = 1, first: int = 0) -> None:
    """Give one customer a long history: events, mails with decisions, answers, alerts closed with a call."""
    now, ours = datetime.now(UTC), {"workspace_id": world.ours.workspace_id}
    rows: dict[Any, list[dict[str, Any]]] = {}
    for number in range(first, first + n):
        at = now - timedelta(days=3 + 11 * number, hours=number % 9)
        for model, row in _visit(ours, customer_id, number, 1 + number % versions, at):
            rows.setdefault(model, []).append(row)
    with world.app.app_context(), transaction():
        for model, found in rows.items():
            insert_many(model, found)


def _visit(
    ours: dict[str, Any], customer: Any, number: int, version: int, at: datetime
) -> Iterator[tuple[Any, dict[str, Any]]]:
    event, invitation, response, alert, score = new_id(), new_id(), new_id(), new_id(), (9, 3, 7, 10, 6, 8)[number % 6]
    key, language, words = f"visit-{customer}-{number}", *SAID[number % len(SAID)]
    yield Event, {
        **ours, "id": event, "key": key, "name": "store.visited", "occurred_at": at, "received_at": at,
        "customer_id": customer, "place": "nice", "agent": "Camille",
        "properties": {"store_name": "Nantes, rue Crébillon", "total": 64.9, "gift_wrap": True},
    }  # fmt: skip
    yield Invitation, {
        **ours, "id": invitation, "survey_key": "delivery", "survey_version": version, "customer_id": customer,
        "occasion": key, "channel": "email", "language": language, "place": "nice", "context": {},
        "first_page": ["nps"], "skipped_known": [], "status": ("sent", "suppressed")[number % 3 == 1],
        "reason": (None, "cap")[number % 3 == 1], "contact_key": str(customer), "priority": 50,
        "decisions": [{"at": at.isoformat(), "status": "scheduled", "reason": None}], "occurred_at": at,
        "sent_at": at, "expires_at": at + timedelta(days=60), "created_at": at + timedelta(minutes=15),
    }  # fmt: skip
    yield Response, {
        **ours, "id": response, "invitation_id": invitation, "customer_id": customer, "survey_key": "delivery",
        "survey_version": version, "channel": "email", "place": "nice", "language": language, "status": "completed",
        "revision": 1, "pages": [["nps"]], "position": 1, "void": [], "skipped_known": [], "nps": score,
        "answers": {"nps": score, "why": words}, "started_at": at, "answered_at": at + timedelta(hours=2),
        "completed_at": at, "counted_on": day_of(at),
    }  # fmt: skip
    yield Alert, {
        **ours, "id": alert, "customer_id": customer, "status": "resolved", "priority": 6, "kinds": ["detractor"],
        "place": "nice", "reason": f"nps {score}", "assignee": "agent@lune.test", "misses": 0,
        "opened_at": at + timedelta(hours=3), "due_at": at, "updated_at": at, "version": 1, "root_cause": "retard",
    }  # fmt: skip
    yield AlertMove, {
        **ours, "id": new_id(), "alert_id": alert, "at": at + timedelta(hours=4), "action": "contact",
        "by": "agent@lune.test", "status": "contacted",
        "details": {"outcome": "reached", "note": "A été touchée par l’appel. Un bon d’achat est parti."},
    }  # fmt: skip
