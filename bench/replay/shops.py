"""Three shops' orders, as their files have them: what is told of each, and what was published about it.

CDNOW (Fader and Hardie), the UCI online retail set, Northwind. Amounts are told to the cent. Northwind's prices have
fractions of cents: its orders are told so that each customer's orders, and all of them, come to their sums rounded once
(largest remainder), and not to a sum of roundings.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from bench.replay.rows import DataMissing

FILES = (
    "cdnow/CDNOW_sample.txt",
    "cdnow/cdnow_customers_summary.csv",
    "uci_online_retail/online_retail.csv",
    "northwind/orders.csv",
    "northwind/order_details.csv",
)
CALIBRATED_UNTIL = "1997-09-30"
"""The end of the observation for which CDNOW's recency, frequency and T were published."""
WEEK = 7
NAMELESS = "nobody named"
"""Whose the invoices are that name nobody: one customer, as in what was computed apart."""
_FIRST_CUSTOMER_COLUMNS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Sale:
    order: str
    customer: str
    at: str
    cents: int


@dataclass(frozen=True, slots=True)
class Shop:
    key: str
    name: str
    currency: str
    sales: tuple[Sale, ...]

    @property
    def by_customer(self) -> dict[str, int]:
        sums: dict[str, int] = defaultdict(int)
        for sale in self.sales:
            sums[sale.customer] += sale.cents
        return dict(sums)


@dataclass(frozen=True, slots=True)
class Shops:
    cdnow: Shop
    uci: Shop
    northwind: Shop
    published: dict[str, tuple[int, float, float]] = field(repr=False)
    """CDNOW's customer → frequency, recency and T in weeks."""
    expected: dict[str, Any]
    """What was computed from the files apart from us."""


def read(folder: Path) -> Shops:
    """Read the files. Raises DataMissing."""
    expected = folder.parent / "EXPECTED.json"
    missing = [name for name in FILES if not (folder / name).exists()]
    if missing or not expected.exists():
        raise DataMissing(", ".join(missing or [expected.name]))
    return Shops(
        cdnow=Shop("cdnow", "CDNOW", "USD", _cdnow(folder)),
        uci=Shop("uci", "UCI retail", "GBP", _uci(folder)),
        northwind=Shop("northwind", "Northwind", "USD", _northwind(folder)),
        published={
            row["ID"]: (int(row["frequency"]), float(row["recency"]), float(row["T"]))
            for row in _rows(folder / "cdnow/cdnow_customers_summary.csv")
        },
        expected=json.loads(expected.read_text()),
    )


def _cdnow(folder: Path) -> tuple[Sale, ...]:
    sales = []
    with (folder / "cdnow/CDNOW_sample.txt").open() as file:
        for number, line in enumerate(file, start=1):
            customer, day, amount = (line.split()[column] for column in _FIRST_CUSTOMER_COLUMNS)
            at = f"{day[:4]}-{day[4:6]}-{day[6:]}T12:00:00Z"
            sales.append(Sale(f"cd-{number}", str(int(customer)), at, int(Decimal(amount) * 100)))
    return tuple(sales)


def _uci(folder: Path) -> tuple[Sale, ...]:
    cents: dict[str, Decimal] = defaultdict(Decimal)
    first: dict[str, dict[str, str]] = {}
    for row in _rows(folder / "uci_online_retail/online_retail.csv"):
        cents[row["invoice_no"]] += Decimal(row["total_linea"]) * 100
        first.setdefault(row["invoice_no"], row)
    return tuple(
        Sale(invoice, row["customer_id"].partition(".")[0] or NAMELESS, _time(row["invoice_date"]), int(cents[invoice]))
        for invoice, row in first.items()
    )


def _northwind(folder: Path) -> tuple[Sale, ...]:
    orders = {row["order_id"]: row for row in _rows(folder / "northwind/orders.csv")}
    exact: dict[str, Decimal] = defaultdict(Decimal)
    for row in _rows(folder / "northwind/order_details.csv"):
        price, share = Decimal(row["unit_price"]), 1 - Decimal(row["discount"])
        exact[row["order_id"]] += 100 * price * Decimal(row["quantity"]) * share
    of: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for order, amount in exact.items():
        of[orders[order]["customer_id"]][order] = amount
    wholes = {customer: sum(parts.values(), Decimal(0)) for customer, parts in of.items()}
    sums = apportioned(wholes, int(sum(wholes.values(), Decimal(0)).to_integral_value(ROUND_HALF_UP)))
    return tuple(
        Sale(order, customer, _time(orders[order]["order_date"] + " 12:00:00"), cents)
        for customer, parts in of.items()
        for order, cents in apportioned(parts, sums[customer]).items()
    )


def apportioned(parts: Mapping[str, Decimal], whole: int) -> dict[str, int]:
    """Round parts so that they come to `whole`: what is missing goes to the largest remainders."""
    floors = {key: int(part.to_integral_value(ROUND_FLOOR)) for key, part in parts.items()}
    missing = whole - sum(floors.values())
    for key in sorted(parts, key=lambda key: floors[key] - parts[key])[:missing]:
        floors[key] += 1
    return floors


def _time(text: str) -> str:
    return f"{text.replace(' ', 'T')}Z"


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
