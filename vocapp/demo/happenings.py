"""What happened to an invented customer in the last ninety days: orders, deliveries, visits, contacts with support."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from vocapp.demo.company import ADVISERS, PRODUCTS, SUBJECTS
from vocapp.demo.people import Person, lots

DAYS: Final = 90
_TROUBLES: Final = (("damaged", 4), ("wrong_item", 3), ("carrier", 3), ("product", 5))
_STRUCK, _STRIKE_DAYS, _STRIKE_FACTOR = "lumen_nord", 16, 2.6
"""Of late the carrier of one region is on strike: something that shows on every page."""
_CAMPAIGNS: Final = (
    ("relationship", 38, 0.30),
    ("purchase_habits", 17, 0.22),
    ("repurchase_intention", 6, 0.45),
)
"""Surveys that the company sent by itself: how many days ago, to what share of its customers."""


_EACH_MONTH: Final = 3
"""Regular customers buy in each of so many months."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened; it may be a reason to ask."""

    at: datetime
    received_at: datetime
    key: str
    name: str | None
    """The event; None: nothing happened, the company asks."""
    properties: dict[str, Any] = field(default_factory=dict)
    agent: str | None = None
    survey: str | None = None
    channel: str = "email"
    issue: str | None = None
    """What went wrong, if something did."""


def happenings(person: Person, *, today: date) -> list[Happening]:
    """Give all that happened to a customer, in order."""
    draw = lots("happenings", person.number)
    found = [one for number in range(person.orders) for one in _order(person, draw, number, today)]
    for survey, days_ago, share in _CAMPAIGNS:
        if draw.random() < share and person.stage != "prospect":
            at = _moment(person, today - timedelta(days=days_ago), draw, 9, 11)
            found.append(Happening(at, at, f"lumen-{survey}-{person.number}", None, survey=survey))
    return sorted(found, key=lambda one: (one.received_at, one.key))


def _order(person: Person, draw: Random, number: int, today: date) -> Iterator[Happening]:
    late = draw.random() ** 2  # business is growing
    on = today - timedelta(days=int(DAYS * late))
    if number < _EACH_MONTH and person.stage in {"regular", "ambassador"}:
        on = month_before(today, number) + timedelta(days=3 + int(25 * late))
        on = min(max(on, today - timedelta(days=DAYS - 3)), today)
    product, in_english, price = draw.choice(PRODUCTS)
    key = f"lumen-{person.number}-{number}"
    properties: dict[str, Any] = {
        "order_number": f"LM-{40_000 + person.number * 10 + number}",
        "product_name": in_english if person.british else product,
        "total": round(price * draw.choice((1, 1, 1, 2)), 2),
        "currency": "GBP" if person.british else "EUR",
    }
    if draw.random() < person.attributes["discount_share"]:
        properties["coupon"] = draw.choice(("LUMEN10", "BIENVENUE", "SOLDES"))
    if person.habits["buys_for"] == "gift" and draw.random() < 0.6:
        properties["gift_wrap"] = True
    if draw.random() < (0.7 if person.habits.get("shops_where") == "online" else 0.45):
        yield from _web_order(person, draw, key, on - timedelta(days=3), properties, today)
    else:
        yield from _visit(person, draw, key, on, properties)


def month_before(today: date, months: int) -> date:
    """Return the first day of the month so many months ago."""
    month = today.year * 12 + today.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def _web_order(
    person: Person, draw: Random, key: str, on: date, properties: dict[str, Any], today: date
) -> Iterator[Happening]:
    store = person.store
    placed = _moment(person, on, draw, 8, 21)
    properties = {**properties, "channel": "web"}
    if person.habits.get("matters_most") == "speed" and draw.random() < 0.6:
        properties["shipping_method"] = "express"
    yield Happening(placed, placed + timedelta(seconds=4), f"{key}-placed", "order.placed", properties)
    share = store.late * (_STRIKE_FACTOR if store.region == _STRUCK and (today - on).days < _STRIKE_DAYS else 1)
    late = draw.randint(2, 7) if draw.random() < share else 0
    issue = "late" if late else None
    if issue is None and draw.random() < store.trouble:
        issue = draw.choices([name for name, _ in _TROUBLES], weights=[weight for _, weight in _TROUBLES])[0]
    promised = on + timedelta(days=3)
    delivered = _moment(person, promised + timedelta(days=late or draw.choice((-1, 0, 0))), draw, 9, 17)
    told = timedelta(days=3) if draw.random() < 0.03 else timedelta(seconds=draw.randint(2, 40))
    yield Happening(
        delivered,
        delivered + told,
        f"{key}-delivered",
        "order.delivered",
        {**properties, "promised_on": promised.isoformat(), "late_days": late},
        survey="post_delivery",
        issue=issue,
    )
    asks = draw.random() < (0.5 if issue else 0.07)
    if asks:
        subject = issue if issue is not None and issue in SUBJECTS else draw.choice(("refund", "exchange", "invoice"))
        adviser = draw.choice(ADVISERS[person.british])
        closed = _moment(person, delivered.date() + timedelta(days=draw.randint(4, 9)), draw, 9, 18)
        badly = draw.random() < (0.42 if issue else 0.12)
        yield Happening(
            closed,
            closed + timedelta(seconds=3),
            f"{key}-support",
            "support.ticket_closed",
            {
                "order_number": properties["order_number"],
                "subject": SUBJECTS[subject][person.british],
                "agent_name": adviser,
                "channel": draw.choice(("phone", "email", "email", "chat")),
            },
            agent=adviser,
            survey="post_support",
            issue="service_bad" if badly else None,
        )


def _visit(person: Person, draw: Random, key: str, on: date, properties: dict[str, Any]) -> Iterator[Happening]:
    at = _moment(person, on, draw, 10, 19)
    asked = draw.random() < 0.55  # at the till: who leaves a number gets a link
    went_wrong = draw.random() < person.store.trouble * 1.3
    yield Happening(
        at,
        at + timedelta(seconds=5),
        f"{key}-visit",
        "store.visited",
        {**properties, "channel": "store", "store_name": person.store.city},
        survey="store_visit" if asked and person.phone else None,
        channel="link",
        issue="store_bad" if went_wrong else None,
    )


def _moment(person: Person, on: date, draw: Random, earliest: int, latest: int) -> datetime:
    """Return a time of that day, where the customer is."""
    at = time(draw.randrange(earliest, latest), draw.randrange(60), draw.randrange(60))
    return datetime.combine(on, at, ZoneInfo(person.store.timezone)).astimezone(UTC)
