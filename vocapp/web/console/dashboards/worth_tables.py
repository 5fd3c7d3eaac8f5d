"""What customers are worth, as files: amounts in the currency's own unit, shares in percent, of under ten nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from vocapp.adapters.spreadsheets import Cell
from vocapp.domain.boards import span_after, span_start
from vocapp.domain.currencies import to_major
from vocapp.services.dashboards import Asked
from vocapp.web.console.dashboards.tables import Table
from vocapp.web.console.dashboards.worth_places import PlaceRow
from vocapp.web.console.words import Words


def tables(
    words: Words,
    asked: Asked,
    *,
    spans: Sequence[tuple[date, Mapping[str, Any]]],
    stages: Mapping[str, Any],
    moved: Callable[[Sequence[dict[str, Any]], str], tuple[int, int]],
    found: Mapping[str, Any],
    months: int,
    rows: Sequence[PlaceRow],
) -> dict[str, Table]:
    """Return what the page shows, and the cohorts and places that it leaves out; `months` of each after the first."""
    currency, keys = found["currency"], tuple(stages["at_end"])
    shown = {
        "stages": Table(
            words["stages_title"],
            ("stage", "at_start", "came", "left", "at_end"),
            lambda: [
                (one, stages["at_start"][one], *moved(stages["moves"], one), stages["at_end"][one]) for one in keys
            ],
        ),
    }
    if any(one["revenue_minor"] for _, one in spans):
        title = words["chart_of"].format(figure=words["value_figures"]["revenue"])
        shown["revenue"] = Table(title, _REVENUE, lambda: _revenue(asked, spans, currency))
    if stages["moves"]:
        moves = [(one["before"], one["after"], one["n"]) for one in stages["moves"]]
        shown["moves"] = Table(words["stage_moves"], ("from_stage", "to_stage", "moves"), lambda: moves)
    if stages["groups"]:
        ends = [(one["on"].isoformat(), *(one["stages"][stage] for stage in keys)) for one in stages["groups"]]
        shown["active"] = Table(words["active_over_time"], ("on", *keys), lambda: ends)
    if found["cohorts"]:
        later = tuple(name for n in range(1, months + 1) for name in _shares(f"bought_again_{n}"))
        head = (*_COHORT, *_shares("lapsed"), *later)
        shown["cohorts"] = Table(words["cohorts"], head, lambda: _cohorts(found["cohorts"], currency, months))
    if rows:
        shown["places"] = Table(words["worth_by_place"], _PLACE, lambda: _places(rows, currency))
    return shown


_REVENUE = (
    *("from", "to", "revenue", "orders", "customers"),
    *("average_basket", "average_basket_low", "average_basket_high", "currency"),
)


_PLACE = (
    *("place", "name", "customers", "value", "value_low", "value_high", "currency"),
    *("bought_again", "bought_again_low", "bought_again_high", "bought_again_n"),
    *("lapsed", "lapsed_low", "lapsed_high", "lapsed_n", "rank_best", "rank_worst", "ranked_among"),
)


_COHORT = ("first_purchase", "customers", "value", "value_low", "value_high", "currency")


def _revenue(asked: Asked, spans: Sequence[tuple[date, Mapping[str, Any]]], currency: str) -> Iterable[Sequence[Cell]]:
    for start, one in spans:
        last = min(span_after(span_start(start, asked.span), asked.span), asked.until) - timedelta(days=1)
        basket = _money_around(one["average_basket_minor"], one["average_basket_interval"], currency)
        amount = _money(one["revenue_minor"], currency)
        yield start.isoformat(), last.isoformat(), amount, one["orders"], one["customers"], *basket, currency


def _cohorts(found: Sequence[Mapping[str, Any]], currency: str, months: int) -> Iterable[Sequence[Cell]]:
    for one in found:
        cells: list[Cell] = [one["month"], one["customers"]]
        cells += [*_money_around(one["value_minor"], one["value_interval"], currency), currency]
        later = {cell["month"]: cell["retention"] for cell in one["months"] if cell["complete"]}
        for share in (one["churn"], *(later.get(n) for n in range(1, months + 1))):
            if share is None or share["share"] is None:
                cells += [None] * 3
            else:
                cells += [share["share"], share["interval"]["low"], share["interval"]["high"]]
        yield cells


def _places(rows: Sequence[PlaceRow], currency: str) -> Iterable[Sequence[Cell]]:
    for row in rows:
        worth = row.worth
        cells: list[Cell] = [worth["key"], row.name, worth["customers"]]
        cells += [*_money_around(worth["value_minor"], worth["value_interval"], currency), currency]
        for share in (worth["bought_again"], worth["churn"]):
            ends = share["interval"] or {"low": None, "high": None}
            cells += [share["share"], ends["low"], ends["high"], share["n"]]
        rank = row.rank or {"best": None, "worst": None, "among": None}
        yield [*cells, rank["best"], rank["worst"], rank["among"]]


def _shares(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _money(minor: float | None, currency: str) -> float | None:
    return None if minor is None else float(to_major(round(minor), currency))


def _money_around(minor: float | None, interval: Mapping[str, Any] | None, currency: str) -> list[Cell]:
    ends = (interval["low"], interval["high"]) if interval else (None, None)
    return [_money(one, currency) for one in (minor, *ends)]
