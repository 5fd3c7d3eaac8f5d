"""The invented customers: who they are and how they like to buy. Numbers are from the ranges kept for fiction."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from vocapp.demo.company import STORES, Store

HOW_MANY: Final = 1000

_PROFILES: Final[tuple[tuple[int, dict[str, str]], ...]] = (
    # how many, and how they like to buy
    (20, {"buys_for": "gift", "gift_for": "friends", "gift_occasion": "birthday", "buys_when": "need"}),
    (
        8,
        {
            "buys_for": "gift",
            "gift_for": "family",
            "gift_occasion": "end_of_year",
            "matters_most": "quality",
            "buys_again": "within_season",
            "next_occasion": "end_of_year",
        },
    ),
    (16, {"buys_for": "self", "matters_most": "price", "buys_when": "offer", "buys_again": "if_needed"}),
    (20, {"buys_for": "household", "buys_again": "within_month", "matters_most": "quality"}),
    (14, {"buys_for": "self", "matters_most": "advice", "store_reason": "advice", "prefers_channel": "store"}),
    (12, {"buys_for": "household", "matters_most": "speed", "shops_where": "online", "store_reason": "at_once"}),
    (10, {"buys_for": "self", "matters_most": "origin", "store_reason": "try", "buys_when": "new"}),
)
_STAGES: Final = (
    # how many in a hundred, the stage, orders in 90 days (from, to)
    (22, "regular", (3, 5)),
    (8, "ambassador", (4, 6)),
    (52, "customer", (1, 2)),
    (18, "prospect", (1, 1)),
)


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    first_name: str
    last_name: str
    locale: str
    email: str | None
    phone: str | None
    store: Store
    stage: str
    orders: int
    habits: dict[str, str]
    consent: bool | None
    """Granted, refused, never asked."""
    attributes: dict[str, Any]

    @property
    def external_id(self) -> str:
        return f"ML-{10_000 + self.number}"

    @property
    def british(self) -> bool:
        return self.store.british

    @property
    def language(self) -> str:
        return self.locale.partition("-")[0]


def lots(*what: object) -> Random:
    """Return the lots drawn for something: always the same, whatever else is drawn."""
    return Random(":".join(map(str, ("maison-lumen", *what))))  # noqa: S311 - an invented company, no secret


def everybody() -> Iterator[Person]:
    """Give all customers, always the same."""
    return (person_of(number) for number in range(HOW_MANY))


def person_of(number: int) -> Person:
    """Return the customer of a number."""
    draw = lots("person", number)
    store = draw.choices(STORES, weights=[14, 10, 12, 8, 13, 7, 8, 9, 12, 7, 6, 8])[0]
    names = _names()["en" if store.british else "fr"]
    first, last = draw.choice(names["first"]), draw.choice(names["last"])
    _, stage, (fewest, most) = draw.choices(_STAGES, weights=[share for share, *_ in _STAGES])[0]
    _, habits = draw.choices(_PROFILES, weights=[share for share, _ in _PROFILES])[0]
    orders = draw.randint(fewest, most)
    on_offer = 0.7 if habits.get("buys_when") == "offer" else round(draw.uniform(0, 0.35), 2)
    return Person(
        number=number,
        first_name=first,
        last_name=last,
        locale="en-GB" if store.british else "fr-FR",
        email=f"{_plain(first)}.{_plain(last)}.{number}@example.test" if draw.random() < 0.96 else None,
        phone=_phone(draw, british=store.british) if draw.random() < 0.85 else None,
        store=store,
        stage=stage,
        orders=orders,
        habits=habits,
        consent=draw.choices((True, False, None), weights=(93, 2, 5))[0],
        attributes={
            "discount_share": on_offer,
            "home_store": store.key,
        },
    )


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("names.yaml").read_text("utf-8"))
    return loaded


def _phone(draw: Random, *, british: bool) -> str:
    """Return a mobile number that no one has: 06 39 98 xx xx in France, 07700 900xxx in Britain."""
    return f"+447700900{draw.randrange(1000):03}" if british else f"+3363998{draw.randrange(10_000):04}"


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return "".join(each for each in folded if each.isalpha() or each == "-")
