"""Orders as rows of a table: which column says what. A row becomes the events that the API would be told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from vocapp.domain.history_dates import read_past
from vocapp.services.intake_tables import TableRefused

_NEEDED: Final = ("order_id", "external_id", "ordered_at", "total")
_KNOWN: Final = frozenset((*_NEEDED, "currency", "place", "refunded", "refunded_at", "cancelled_at", "updated_at"))
_COLUMNS: Final[Mapping[str, str]] = {
    "/id": "order_id",
    "/properties/order_id": "order_id",
    "/customer/external_id": "external_id",
    "/occurred_at": "ordered_at",
    "/place": "place",
    "/properties/currency": "currency",
}
"""What a fault of an event speaks of → the column that it was read from."""
_NOON: Final = time(12)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", re.ASCII)


class OrderTable:
    """Reads rows by their header.

    Columns: `order_id`, `external_id` (the customer's), `ordered_at` and `total` (needed), `currency` (else the
    workspace's), `place`, `refunded` (all that was given back so far) with `refunded_at`, `cancelled_at` (where it is
    filled in, the order is no purchase), `updated_at`. Other columns are passed over. A time has its zone, or is by the
    workspace's clock; a day is its noon. An amount may have a comma for its point. Of two words about one order the
    later counts: by `updated_at`, else by when the file was last changed.
    """

    def __init__(
        self, header: Sequence[str], *, zone: ZoneInfo, as_of: datetime, now: datetime, dates: str = "iso"
    ) -> None:
        """Read by `header`; `dates` is the form of every column with a time (`domain/history_dates.FORMATS`)."""
        self.header = [name.strip() for name in header]
        self._dates = dates
        self._now = now
        self._zone = zone
        self._as_of = as_of
        missing = [name for name in _NEEDED if name not in self.header]
        if missing:
            raise TableRefused(f"the first line must name the columns; {', '.join(missing)} is missing")
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            raise TableRefused(f"the column {twice[0]} stands there twice")

    @property
    def passed_over(self) -> list[str]:
        return [name for name in self.header if name and name not in _KNOWN]

    def read(self, row: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return a row as events: the order, and what was given back of it. Raises TableRefused."""
        said = {name: row[name].strip() for name in self.header if name in _KNOWN and row[name].strip()}
        missing = [name for name in _NEEDED if name not in said]
        if missing:
            raise TableRefused(f"{', '.join(missing)} is missing")
        at = self._moment("ordered_at", said)
        key = said["order_id"]
        order: dict[str, Any] = {
            "event": "Order Completed",
            "occurred_at": at,
            "customer": {"external_id": said["external_id"]},
            "place": said.get("place"),
            "properties": {"order_id": key, "total": _amount(said["total"]), "currency": said.get("currency")},
        }
        events = [order]
        if said.get("refunded", "").strip("0.,"):
            events.append(
                {
                    **order,
                    "event": "Order Refunded",
                    "occurred_at": self._moment("refunded_at", said) or at,
                    "properties": {
                        "order_id": key,
                        "refund_id": "file",
                        "total": _amount(said["refunded"]),
                        "currency": said.get("currency"),
                    },
                }
            )
        if "cancelled_at" in said:
            at = self._moment("cancelled_at", said)
            events.append({**order, "event": "Order Cancelled", "occurred_at": at, "properties": {"order_id": key}})
        for event in events:
            event["id"] = f"{key[:150]} {blake2b(orjson.dumps(event), digest_size=12).hexdigest()}"
        order["properties"]["updated_at"] = self._moment("updated_at", said) or self._as_of.isoformat()
        return events

    def column_of(self, pointer: str, event: Mapping[str, Any]) -> str:
        """Return the column of which a fault in one of a row's events speaks; empty: of none."""
        if pointer == "/properties/total":
            return "refunded" if event["event"] == "Order Refunded" else "total"
        found = _COLUMNS.get(pointer, "")
        return found if found in self.header else ""

    def _moment(self, name: str, said: Mapping[str, str]) -> str:
        """Return a time as the API takes it; empty: there is none. Raises TableRefused, which names the column."""
        cell = said.get(name, "")
        if not cell:
            return ""
        try:
            at = read_past(cell, self._dates, self._zone, self._now)
        except (ValueError, OverflowError, OSError) as error:
            hint = "; --dates names another form" if self._dates == "iso" else ""
            raise TableRefused(f"{name}: {error}{hint}") from error
        if self._dates != "iso":
            return at.isoformat()
        if not _MOMENT.fullmatch(cell):
            return cell
        moment = datetime.fromisoformat(cell) if len(cell) > 10 else datetime.combine(date.fromisoformat(cell), _NOON)
        return moment.replace(tzinfo=self._zone).isoformat()


def _amount(cell: str) -> str:
    """Write an amount with a point; `1,234` may be either a thousand or one and a bit, and is left to be refused."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", cell)
    return plain.replace(",", ".") if re.fullmatch(r"\d+,(\d{1,2}|\d{4})", plain, re.ASCII) else plain
