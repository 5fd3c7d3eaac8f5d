"""The marketplace's machine: tells of customers, purchases and deliveries, invites, and hands the links to people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import local
from typing import Any, TypeVar

from bench.replay import person
from bench.replay.rows import Order, Review, Rows
from bench.replay.stage import DELIVERED, LATE, PURCHASED, SURVEY, Stage
from tests.rig.http import HttpClient

BATCH = 700
AT_ONCE = 4

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(slots=True)
class Told:
    """What the product said to events that were told."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0

    def add(self, reply: dict[str, Any]) -> None:
        self.accepted += reply["accepted"]
        self.duplicates += reply["duplicates"]
        self.refused += len(reply["refused"])


@dataclass(slots=True)
class Played:
    """What was answered to one play of all the rows."""

    customers: dict[int, int] = field(default_factory=dict)
    """How often each status was answered."""
    purchases: Told = field(default_factory=Told)
    invited_by_purchases: int = 0
    deliveries: Told = field(default_factory=Told)
    invited: dict[int, int] = field(default_factory=dict)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Event → (the invitation's id, its link)."""
    mailed: Told = field(default_factory=Told)
    by_events: Told = field(default_factory=Told)


def now() -> datetime:
    """Return the time at which everything is delivered."""
    return datetime.now(UTC).replace(microsecond=0)


def play(stage: Stage, rows: Rows, *, at: datetime, say: Callable[[str], None]) -> Played:
    """Tell everything, and invite for every review. With the same `at` it is told word for word again."""
    played = Played()
    crew = _Crew(stage)
    say("customers …")
    for key in (stage.answered, stage.mailed):
        statuses = crew.each(rows.customers.values(), lambda order, api: _tell_customer(api, order, at), key)
        if key == stage.answered:
            played.customers = _counted(statuses)
    say("purchases …")
    machine = stage.machine(stage.answered)
    _tell(machine, [_purchase(order) for order in rows.orders], played.purchases)
    played.invited_by_purchases = sum(1 for _ in listed(machine, "/api/v1/invitations"))
    say("deliveries, and an invitation for each …")
    _tell(machine, [_delivery(review, at) for review in rows.reviews], played.deliveries)
    replies = crew.each(rows.reviews, lambda review, api: _invite(api, review), stage.answered)
    played.invited = _counted(status for status, _ in replies)
    played.links = {
        review.event_id: (reply["id"], reply["url"]) for review, (_, reply) in zip(rows.reviews, replies, strict=True)
    }
    say("the same deliveries, decided for e-mail …")
    _tell(stage.machine(stage.mailed), [_delivery(review, at) for review in rows.reviews], played.mailed)
    say("what became of each order, to where events tell by themselves …")
    _tell(stage.machine(stage.told), [_outcome(order, at) for order in rows.orders], played.by_events)
    return played


def answer_all(stage: Stage, rows: Rows, played: Played, *, say: Callable[[str], None]) -> None:
    """Have everybody open their link and say what they said. Raises NotThanked."""
    say("answers …")

    def one(review: Review, client: HttpClient) -> None:
        client.cookies.clear()  # each is another person
        said = {"csat": str(review.score)} | ({"why": review.comment} if review.comment else {})
        person.answer(client, played.links[review.event_id][1], said)

    _Crew(stage).each(rows.reviews, one, None)


def open_all(stage: Stage, played: Played) -> dict[int, int]:
    """Open every link once more, and count the statuses."""
    urls = [url for _, url in played.links.values()]
    return _counted(_Crew(stage).each(urls, lambda url, client: client.get(url).status, None))


def listed(machine: HttpClient, path: str, **query: Any) -> Iterable[dict[str, Any]]:
    """Give every document of a list, page by page."""
    cursor: dict[str, str] = {}
    while True:
        page = machine.get(path, limit=1000, **query, **cursor).expect(200).json()
        yield from page["data"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


class _Crew:
    """A few threads, each with a client of its own."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def each(self, items: Iterable[_T], work: Callable[[_T, HttpClient], _R], key: str | None) -> list[_R]:
        own = local()

        def run(item: _T) -> _R:
            if not hasattr(own, "client"):
                own.client = self._stage.machine(key) if key else self._stage.stranger()
            return work(item, own.client)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(run, items))


def _tell_customer(api: HttpClient, order: Order, at: datetime) -> int:
    document = {
        "email": f"{order.customer}@example.test",
        "locale": "pt-BR",
        "attributes": {"state": order.state},
        "consents": [{"purpose": "surveys", "granted": True, "source": "marketplace", "at": order.purchased_at}],
        "observed_at": at.isoformat(),
    }
    return api.put(f"/api/v1/customers/{order.customer}", document).expect(200, 201).status


def _purchase(order: Order) -> dict[str, Any]:
    return {
        "id": f"purchase:{order.id}",
        "event": PURCHASED,
        "occurred_at": order.purchased_at,
        "customer": {"external_id": order.customer},
        "properties": {"order": order.id},
    }


def _delivery(review: Review, at: datetime) -> dict[str, Any]:
    """A delivery that happened now, whatever the calendar of the files says."""
    return {
        "id": review.event_id,
        "event": DELIVERED,
        "occurred_at": at.isoformat(),
        "customer": {"external_id": review.order.customer},
        "properties": {
            "order": review.order.id,
            "late": review.order.late,
            "delivered_at": review.order.delivered_at or None,
            "estimated_at": review.order.estimated_at,
        },
    }


def _outcome(order: Order, at: datetime) -> dict[str, Any]:
    """What the seller's own system knows without asking: delivered, and when; or promised, and not delivered."""
    return {
        "id": f"outcome:{order.id}",
        "event": DELIVERED if order.delivered_at else LATE,
        "occurred_at": at.isoformat(),
        "customer": {
            "external_id": order.customer,
            "email": f"{order.customer}@example.test",
            "locale": "pt-BR",
            "consents": [{"purpose": "surveys", "granted": True, "source": "marketplace", "at": order.purchased_at}],
        },
        "properties": {
            "order": order.id,
            "delivered_at": order.delivered_at or None,
            "estimated_at": order.estimated_at,
        },
    }


def _tell(api: HttpClient, events: Sequence[dict[str, Any]], told: Told) -> None:
    for start in range(0, len(events), BATCH):
        told.add(api.post("/api/v1/events", {"events": events[start : start + BATCH]}).expect(202).json())


def _invite(api: HttpClient, review: Review) -> tuple[int, dict[str, Any]]:
    wish = {
        "survey": SURVEY["key"],
        "customer": {"external_id": review.order.customer},
        "channel": "link",
        "event_id": review.event_id,
    }
    reply = api.post("/api/v1/invitations", wish).expect(200, 201)
    return reply.status, reply.json()


def _counted(statuses: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for status in statuses:
        found[status] = found.get(status, 0) + 1
    return found
