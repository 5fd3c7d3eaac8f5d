"""The shops' orders told to the product, backwards and some of them twice; and what it says of them, by its API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench.replay.figures import Figure
from bench.replay.shops import CALIBRATED_UNTIL, WEEK, Shop, Shops
from tests.rig.http import HttpClient
from tests.rig.product import Product

BATCH = 1000
PAGE = 200
BEST = 5


def sell(product: Product, shops: Shops, *, say: Callable[[str], None]) -> list[Figure]:
    """Tell everything, and return what must be and what is."""
    clients = {}
    for shop in (shops.cdnow, shops.uci, shops.northwind):
        say(f"{len(shop.sales)} orders of {shop.name} …")
        clients[shop.key] = _open(product, shop)
        _tell(clients[shop.key], shop)
    say("reading back what customers are worth …")
    return [
        *_of_cdnow(clients["cdnow"], shops),
        *_of_uci(clients["uci"], shops),
        *_of_northwind(clients["northwind"], shops),
        Figure(
            "value rebuild --verify",
            "clean",
            "clean" if all(_is_clean(product, key) for key in clients) else "differences",
        ),
    ]


def _open(product: Product, shop: Shop) -> HttpClient:
    product.command("workspace", "create", shop.key, "--name", shop.name, "--timezone", "UTC", "--language", "en")
    key = product.command("apikey", "create", "--name", "replay", "--workspace", shop.key).strip()
    api = HttpClient(product.base_url, key=key, seconds=120)
    api.request("PATCH", "/api/v1/settings", json_body={"value": {"currency": shop.currency}}).expect(200)
    return api


def _tell(api: HttpClient, shop: Shop) -> None:
    """Tell the orders, the last first, and then some again as another system would: under other ids."""
    events = [_event(shop, sale.order, sale.customer, sale.at, sale.cents) for sale in reversed(shop.sales)]
    again = [{**event, "id": f"again {event['id']}"} for event in events[:BATCH]]
    for told in (events, again):
        for first in range(0, len(told), BATCH):
            batch = told[first : first + BATCH]
            reply = api.post("/api/v1/events", {"events": batch}).expect(202).json()
            assert reply == {"accepted": len(batch), "duplicates": 0, "refused": []}, reply


def _event(shop: Shop, order: str, customer: str, at: str, cents: int) -> dict[str, Any]:
    return {
        "id": f"sold {order}",
        "event": "Order Completed",
        "occurred_at": at,
        "customer": {"external_id": customer},
        "properties": {"order_id": order, "total": cents / 100, "currency": shop.currency},
    }


def _of_cdnow(api: HttpClient, shops: Shops) -> list[Figure]:
    seen = {one["external_id"]: one for one in _values(api, on=CALIBRATED_UNTIL)}
    published = shops.published
    return [
        Figure("CDNOW: customers", len(published), len(seen)),
        *(
            Figure(
                f"CDNOW: {name} as published",
                len(published),
                sum(read(seen[key]) == figures[index] for key, figures in published.items() if key in seen),
            )
            for index, (name, read) in enumerate(_READ.items())
        ),
        _whole(api, "CDNOW", shops.cdnow),
    ]


def _of_uci(api: HttpClient, shops: Shops) -> list[Figure]:
    expected = shops.expected["uci"]
    found = api.get("/api/v1/metrics/value").expect(200).json()
    return [
        Figure("UCI retail: revenue", expected["revenue"], found["revenue_minor"] / 100),
        Figure("UCI retail: invoices", expected["invoices"], found["orders"]),
        Figure("UCI retail: customers", expected["customers"], found["customers"]),
        _whole(api, "UCI retail", shops.uci),
    ]


def _of_northwind(api: HttpClient, shops: Shops) -> list[Figure]:
    expected = shops.expected["northwind"]
    found = api.get("/api/v1/metrics/value", group_by="month").expect(200).json()
    best = sorted(_values(api), key=lambda one: -int(one["revenue_minor"]))[:BEST]
    return [
        Figure("Northwind: revenue", expected["revenue"], found["revenue_minor"] / 100),
        Figure(
            "Northwind: revenue, month by month",
            expected["revenue"],
            sum(one["revenue_minor"] for one in found["groups"]) / 100,
        ),
        Figure("Northwind: orders", expected["orders"], found["orders"]),
        Figure("Northwind: customers with orders", expected["customers_with_orders"], found["customers"]),
        Figure(
            "Northwind: the five best customers",
            expected["top5"],
            [[one["external_id"], one["revenue_minor"] / 100] for one in best],
        ),
        _whole(api, "Northwind", shops.northwind),
    ]


def _whole(api: HttpClient, name: str, shop: Shop) -> Figure:
    """Compare every customer's revenue with the sum of their rows."""
    seen = {one["external_id"]: one["lifetime_value_minor"] for one in _values(api)}
    rows = shop.by_customer
    return Figure(
        f"{name}: lifetime value of each customer", len(rows), sum(seen.get(key) == rows[key] for key in rows)
    )


def _values(api: HttpClient, **query: Any) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/api/v1/values", limit=PAGE, **query, **cursor).expect(200).json()
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def _is_clean(product: Product, workspace: str) -> bool:
    return "clean" in product.command("value", "rebuild", "--verify", "--workspace", workspace, check=False)


_READ: dict[str, Callable[[dict[str, Any]], Any]] = {
    "frequency": lambda one: one["frequency"],
    "recency": lambda one: round(one["recency_days"] / WEEK, 2),
    "T": lambda one: round(one["age_days"] / WEEK, 2),
}
