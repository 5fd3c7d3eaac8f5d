"""What the invented company's tills and website sold, before the ninety days and in them; and what its CRM says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from statistics import mean
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from vocapp.demo.company import PRODUCTS
from vocapp.demo.happenings import Happening, month_before
from vocapp.demo.people import Person, lots
from vocapp.domain.currencies import to_minor
from vocapp.domain.purchases import Order
from vocapp.domain.value import ValueSettings, stage_of, standing_of
from vocapp.services import purchasing

_SOLD: Final = ("order.placed", "store.visited")
_IN_EUROS: Final = {"EUR": Decimal(1), "GBP": Decimal("1.17")}
"""Head office books what British stores sell in its own currency, at a rate of its own."""
_EARLIER: Final = {"regular": (2, 8), "ambassador": (9, 20), "customer": (0, 2), "prospect": (0, 0)}
"""How many orders before the ninety days, from and to."""
_YEAR: Final = 12


def bought_by(
    person: Person, customer_id: UUID, happened: Iterable[Happening], *, today: date, zone: str
) -> list[Order]:
    """Return all that a customer has bought: in earlier months, and by what happened to them since."""
    orders = [*_earlier(person, today)]
    orders += [
        (one.properties["order_number"], one.at, one.properties["total"], one.properties["currency"])
        for one in happened
        if one.name in _SOLD
    ]
    return [
        Order(
            key=number,
            customer=str(customer_id),
            place=person.store.key,
            ordered_at=at,
            day=at.astimezone(ZoneInfo(zone)).date(),
            currency="EUR",
            total=to_minor(Decimal(str(total)) * _IN_EUROS[currency], "EUR"),
            told_at=at,
            told_key="demo",
            completed_at=at,
        )
        for number, at, total, currency in orders
    ]


def in_crm(orders: Sequence[Order], *, nps: int | None, today: date) -> dict[str, Any]:
    """Return what head office's CRM knows of a customer's purchases."""
    told = [(one.ordered_at, one.day, one.total, 0) for one in orders if one.ordered_at and one.day and one.total]
    standing = standing_of(told)
    stage = stage_of(standing, nps=nps, today=today, settings=ValueSettings())
    known: dict[str, Any] = {"lifecycle_stage": stage, "orders_count": len(told)}
    return known | ({"average_basket": round(mean(total for _, _, total, _ in told)) / 100} if told else {})


def ring_up(*, workspace_id: int, orders: Sequence[Order]) -> None:
    """Take every order of the demo as a purchase, as if a file of them had come from head office."""
    ledger = purchasing.ledger_of(workspace_id=workspace_id)
    purchasing.keep(workspace_id=workspace_id, told=orders, currency=ledger.currency)


def first_at(person: Person, *, today: date) -> datetime | None:
    """Return when a customer first bought before the ninety days; None: they did not."""
    return min((at for _, at, _, _ in _earlier(person, today)), default=None)


def _earlier(person: Person, today: date) -> Iterable[tuple[str, datetime, float, str]]:
    """Give orders before the ninety days: one a month, the newest first, or now and then one."""
    draw = lots("earlier", person.number)
    now_and_then = person.stage == "customer"
    for number in range(draw.randint(*_EARLIER[person.stage])):
        months = draw.randrange(_YEAR) if now_and_then else number % _YEAR
        on = month_before(today, 3 + months) + timedelta(days=draw.randrange(28))
        at = datetime.combine(on, time(draw.randrange(10, 19), draw.randrange(60)), ZoneInfo(person.store.timezone))
        _, _, price = draw.choice(PRODUCTS)
        yield (
            f"LM-{100_000 + person.number * 20 + number}",
            at.astimezone(UTC),
            price,
            "GBP" if person.british else "EUR",
        )
