"""What customers are worth, place by place: of each those who first bought there, some months of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from babel import Locale
from babel.numbers import format_currency

from vocapp.domain.currencies import to_major
from vocapp.web.console.dashboards import beside
from vocapp.web.console.dashboards.asking import Wanted
from vocapp.web.console.dashboards.drawing import MOST_BARS
from vocapp.web.console.formats import Formats

MOST_SHOWN: Final = 200
"""On the page; the file has all."""


class PlaceRow(NamedTuple):
    name: str
    worth: Mapping[str, Any]
    """As `valuing.cohorts` gives a group."""
    rank: Mapping[str, Any] | None
    """None: it narrows nothing down."""


def rows_of(wanted: Wanted, formats: Formats, groups: Sequence[Mapping[str, Any]]) -> list[PlaceRow]:
    """Return the places in the order of the tree, those of no place last; [] of fewer than two."""
    names = {choice.key: choice.label.strip() for choice in wanted.places if choice.key}
    order = {key: at for at, key in enumerate(names)}
    if len(groups) < 2:
        return []
    return [
        PlaceRow(names.get(one["key"], one["key"]) or formats.words["of_none"]["place"], one, _rank(one["rank"]))
        for one in sorted(groups, key=lambda one: (not one["key"], order.get(one["key"], len(order))))
    ]


def ranges(formats: Formats, rows: Sequence[PlaceRow], currency: str) -> dict[str, Any] | None:
    """Return what a customer of each is worth as a point in its interval; None: of fewer than two it can be said.

    Of more than fit, half are from either end.
    """
    enough = [row for row in rows if row.worth["value_minor"] is not None]
    if len(enough) < 2:
        return None
    shown = enough if len(enough) <= MOST_BARS else enough[: MOST_BARS // 2] + enough[-MOST_BARS // 2 :]
    ends = [row.worth["value_interval"] for row in shown]
    return {
        "kind": "ranges",
        "of": len(enough),
        "labels": [row.name for row in shown],
        "values": [_major(row.worth["value_minor"], currency) for row in shown],
        "low": [_major(one["low"], currency) for one in ends],
        "high": [_major(one["high"], currency) for one in ends],
        "said": [whole(formats, row.worth["value_minor"], currency) for row in shown],
        "tips": [_tip(formats, row, currency) for row in shown],
        "least": 0,
        "most": None,
        "unit": "money",
    }


def _tip(formats: Formats, row: PlaceRow, currency: str) -> str:
    words, n = formats.words, row.worth["customers"]
    low, high = (formats.money(round(row.worth["value_interval"][end]), currency) for end in ("low", "high"))
    return (
        f"{row.name}\n{formats.money(row.worth['value_minor'], currency)} "
        f"({words['low_to_high'].format(low=low, high=high)})\n{words.count('customers_n', n, formats.number(n))}"
    )


def _rank(rank: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    narrow = rank is not None and beside.narrows(rank["best"], rank["worst"], rank["among"])
    return rank if narrow else None


def _major(minor: float, currency: str) -> float:
    return float(to_major(round(minor), currency))


def whole(formats: Formats, minor: int, currency: str) -> str:
    """Write an amount without cents: a large one in a small place."""
    pattern = Locale.parse(formats.locale).currency_formats["standard"].pattern.replace("0.00", "0")
    amount = round(to_major(minor, currency))
    return str(format_currency(amount, currency, pattern, locale=formats.locale, currency_digits=False))
