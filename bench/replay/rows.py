"""The marketplace's files as they are: orders, their customers, their reviews; and what follows from them."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

FILES = ("orders.csv", "customers.csv", "order_reviews.csv")
UNHAPPY = 2
"""A CSAT up to here is a signal."""


class DataMissing(FileNotFoundError):
    """The files are not there."""


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    customer: str
    """The person's id, the same over all their orders."""
    state: str
    purchased_at: str
    """RFC 3339; so are the others. Empty: not (yet)."""
    delivered_at: str
    estimated_at: str
    bought: dict[str, Any] = field(default_factory=dict, compare=False)
    """What was bought, and how it was paid for, where the files tell."""

    @property
    def late(self) -> bool:
        """Delivered after the time it was promised for."""
        return bool(self.delivered_at) and self.delivered_at > self.estimated_at

    @property
    def missed(self) -> bool:
        """Late, or never delivered: what the events tell without asking anybody."""
        return self.late or not self.delivered_at


@dataclass(frozen=True, slots=True)
class Review:
    id: str
    order: Order
    score: int
    comment: str
    """Stripped; empty where nothing was written."""
    answered_at: str = ""
    """RFC 3339."""

    @property
    def properties(self) -> dict[str, Any]:
        """What the shop knows of the order and its way."""
        order = self.order
        times = {"delivered_at": order.delivered_at or None, "estimated_at": order.estimated_at}
        return {**order.bought, "purchased_at": order.purchased_at, **times}

    @property
    def event_id(self) -> str:
        """One review's id stands twice in the files; with its order it is unique."""
        return f"{self.id}:{self.order.id}"


@dataclass(frozen=True)
class Rows:
    orders: tuple[Order, ...]
    reviews: tuple[Review, ...]

    @cached_property
    def customers(self) -> dict[str, Order]:
        """One order of each customer: the last."""
        return {order.customer: order for order in self.orders}

    @cached_property
    def by_event(self) -> dict[str, Review]:
        return {review.event_id: review for review in self.reviews}

    @cached_property
    def scores(self) -> dict[str, int]:
        """How often each score was given."""
        given = Counter(str(review.score) for review in self.reviews)
        return {score: given[score] for score in sorted(given)}

    @cached_property
    def commented(self) -> int:
        return sum(bool(review.comment) for review in self.reviews)

    @cached_property
    def unhappy(self) -> list[Review]:
        return [review for review in self.reviews if review.score <= UNHAPPY]

    @cached_property
    def unhappy_customers(self) -> int:
        return len({review.order.customer for review in self.unhappy})

    @cached_property
    def reviewers(self) -> int:
        return len({review.order.customer for review in self.reviews})

    @cached_property
    def missed(self) -> list[Order]:
        return [order for order in self.orders if order.missed]

    def scores_where(self, *, late: bool) -> list[int]:
        return [review.score for review in self.reviews if review.order.late is late]


def read(folder: Path) -> Rows:
    """Read a folder of the marketplace's files. Raises DataMissing."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise DataMissing(f"{', '.join(missing)} not found in {folder}")
    people = {row["customer_id"]: row for row in _rows(folder / "customers.csv")}
    bought = _bought(folder)
    orders = {
        row["order_id"]: Order(
            id=row["order_id"],
            customer=people[row["customer_id"]]["customer_unique_id"],
            state=people[row["customer_id"]]["customer_state"],
            purchased_at=_time(row["order_purchase_timestamp"]),
            delivered_at=_time(row["order_delivered_customer_date"]),
            estimated_at=_time(row["order_estimated_delivery_date"]),
            bought=bought.get(row["order_id"], {}),
        )
        for row in _rows(folder / "orders.csv")
    }
    reviews = (
        Review(
            row["review_id"],
            orders[row["order_id"]],
            int(row["review_score"]),
            _text(row["review_comment_message"]),
            _time(row.get("review_answer_timestamp") or ""),
        )
        for row in _rows(folder / "order_reviews.csv")
    )
    return Rows(tuple(orders.values()), tuple(reviews))


def _bought(folder: Path) -> dict[str, dict[str, Any]]:
    """Return by order its category, its items, price, freight, seller and payment; {} where these files are not."""
    paths = [folder / name for name in ("order_items.csv", "products.csv", "order_payments.csv")]
    if not all(path.is_file() for path in paths):
        return {}
    items, products, payments = map(_rows, paths)
    categories = {row["product_id"]: row["product_category_name"] for row in products}
    found: dict[str, dict[str, Any]] = {}
    for row in items:
        one = found.setdefault(
            row["order_id"],
            {
                "category": categories.get(row["product_id"]),
                "seller": row["seller_id"][:8],
                "price": 0.0,
                "freight": 0.0,
                "items": 0,
            },
        )
        one["price"] = round(one["price"] + float(row["price"]), 2)
        one["freight"] = round(one["freight"] + float(row["freight_value"]), 2)
        one["items"] += 1
    for row in payments:
        one = found.setdefault(row["order_id"], {})
        one.update(payment=row["payment_type"], instalments=int(row["payment_installments"]))
    return found


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _time(text: str) -> str:
    return f"{text.replace(' ', 'T')}-03:00" if text else ""  # the marketplace's clock: Brasília


def _text(comment: str) -> str:
    return comment.strip()
