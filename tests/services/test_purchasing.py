"""Purchases told by events: in any order, however often, at once; what they come to is what a rebuild says."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text

from tests.bought import NOW, SECRET, follow, state, tell, told, wrong
from tests.migrating import down_and_up
from vocapp.domain.purchases import fold
from vocapp.domain.value import STAGES, Standing, ValueSettings, stage_of, standing_of
from vocapp.models import (
    AnonymousPurchase,
    CustomerValue,
    Purchase,
    Sales,
    db,
    transaction,
)
from vocapp.models.sql import Dialect
from vocapp.models.values import stage
from vocapp.services import erasing, purchasing, valuing, workspaces
from vocapp.services.intake_orders import Ledger, NotCounted, read_order
from vocapp.services.intake_reading import read_event

pytestmark = pytest.mark.both_databases

TABLES = (Purchase, CustomerValue, Sales)


@pytest.fixture
def shop(db: Any) -> int:
    with transaction():
        return workspaces.create(key="shop", now=NOW)[0].id


def forget(shop: int) -> None:
    with transaction():
        for table in TABLES:
            db.session.execute(delete(table).where(table.workspace_id == shop))
        db.session.execute(text("delete from events"))


def by_hand(happened: Sequence[dict[str, Any]]) -> dict[str, Standing]:
    """Return what the orders that stand come to by customer, in Python alone."""
    told, ledger = [], Ledger("EUR", ZoneInfo("UTC"))
    for document in happened:
        event = read_event(document, now=NOW)
        with suppress(NotCounted):
            told.append(replace(read_order(event, ledger), customer=event.customer.external_id))
    bought: dict[str, list[tuple[datetime, date, int, int]]] = {}
    for one in fold(told).values():
        if one.stands and one.currency == "EUR" and one.ordered_at and one.day and one.total is not None:
            bought.setdefault(one.customer, []).append((one.ordered_at, one.day, one.total, one.refunded))
    return {name: standing_of(each) for name, each in bought.items()}


@st.composite
def events(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(1, 9))):
        name = draw(
            st.sampled_from(
                ["Order Completed", "Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"]
            )
        )
        said: dict[str, Any] = {"order_id": draw(st.sampled_from(["o1", "o2", "o3"]))}
        if name != "Order Refunded" or draw(st.booleans()):
            said["total"] = draw(st.sampled_from([0, 10, 19.99, 250]))
        said |= draw(st.sampled_from([{}, {}, {"currency": "USD"}, {"refund_id": "r"}, {"place": "lyon"}]))
        said |= draw(st.sampled_from([{}, {}, {"updated_at": NOW.isoformat()}]))
        of, hours = draw(st.sampled_from(["ada", "bob"])), 24 * draw(st.integers(0, 120))
        found.append(told(f"e{number}", name, of=of, hours=hours, **said))
    return found


@pytest.mark.both_databases
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=events(), data=st.data())
def test_any_order_of_arrival_and_any_repetition_is_what_a_rebuild_gives(
    shop: int, happened: list[dict[str, Any]], data: st.DataObject
) -> None:
    forget(shop)
    tell(shop, happened)
    at_once = state(shop)
    assert wrong(shop) == []
    assert at_once[1] == by_hand(happened)
    forget(shop)
    arrived = data.draw(st.permutations(happened + data.draw(st.lists(st.sampled_from(happened), max_size=3))))
    cut = data.draw(st.integers(0, len(arrived)))
    tell(shop, arrived[:cut])
    tell(shop, arrived[cut:])
    assert state(shop) == at_once
    assert wrong(shop) == []
    with transaction():
        purchasing.rebuild(workspace_id=shop)
    assert state(shop) == at_once


@pytest.mark.both_databases
def test_a_cancelled_order_is_no_purchase_anywhere(shop: int) -> None:
    """Twelve who ordered once in each of three months; ten cancelled it all, one had two given back whole."""
    orders = [
        told(f"o{month}{n}", of=f"k{n}", order_id=f"o{month}{n}", total=100, hours=24 * (4 + 30 * month), place="lyon")
        for month in range(3)
        for n in range(12)
    ]
    ended = [told(f"c{one['id']}", "Order Cancelled", of=one["customer"]["external_id"],
                  order_id=one["properties"]["order_id"], hours=1) for one in orders
             if one["customer"]["external_id"] not in {"k10", "k11"}]  # fmt: skip
    ended += [told(f"r{month}", "Order Refunded", of="k10", order_id=f"o{month}10", hours=1) for month in (0, 1)]
    ended += [told("part", "Order Refunded", of="k11", order_id="o011", total=25)]
    tell(shop, [*ended[::2], *orders, *ended[1::2]])
    _, worth, _ = state(shop)
    assert {name: (one.orders, one.frequency, one.revenue) for name, one in worth.items()} == {
        "k10": (1, 0, 10_000),
        "k11": (3, 2, 27_500),
    }
    whole = valuing.figure(question=valuing.Question(workspace_id=shop))
    assert (whole["orders"], whole["customers"], whole["revenue_minor"], whole["refunded_minor"]) == (
        4,
        2,
        37_500,
        2500,
    )
    follow(shop)
    found = valuing.cohorts(workspace_id=shop, since=None, until=None, now=NOW)["cohorts"]
    assert [(one["month"], one["customers"]) for one in found] == [("2026-01", 2)]
    assert [one["retention"]["n"] for one in found[0]["months"]] == [2, 2, 2]
    assert wrong(shop) == []

    # a second look at what was told takes nothing back; an order that is completed again is one again
    again = {"total": 100, "order_id": "o00"}
    tell(shop, [told("correction", "Order Updated", of="k0", **again), told("late", of="k0", hours=2, **again)])
    assert "k0" not in state(shop)[1]
    tell(shop, [told("told again", of="k0", updated_at=NOW.isoformat(), **again)])
    assert "k0" not in state(shop)[1]
    tell(shop, [told("anew", of="k0", **again)])
    assert state(shop)[1]["k0"].orders == 1
    assert valuing.figure(question=valuing.Question(workspace_id=shop, place="lyon"))["orders"] == 4
    with transaction():
        erasing.erase(workspace_id=shop, external_id="k10", by="command", secret=SECRET, now=NOW)
    assert db.session.scalar(select(func.count()).select_from(AnonymousPurchase)) == 1
    assert wrong(shop) == []


def test_a_day_of_which_every_order_is_cancelled_is_no_group(shop: int) -> None:
    days = [told(f"o{n}", order_id=f"o{n}", total=10, hours=24 * n) for n in (1, 2)]
    tell(shop, [*days, told("c", "Order Cancelled", order_id="o2")])
    for group_by in ("day", "place"):
        before = valuing.figures_by(question=valuing.Question(workspace_id=shop), group_by=group_by)
        with transaction():
            purchasing.rebuild(workspace_id=shop)
        assert valuing.figures_by(question=valuing.Question(workspace_id=shop), group_by=group_by) == before
        assert [one["orders"] for one in before] == [1]


@pytest.mark.both_databases
def test_an_order_cancelled_before_there_was_a_column_for_it_stays_cancelled(shop: int) -> None:
    tell(shop, [told("o1", order_id="o1", total=10), told("o2", of="bob", order_id="o2", total=20, hours=3)])
    tell(shop, [told("c", "Order Cancelled", order_id="o2"), told("r", "Order Refunded", order_id="o2", total=5)])
    before = state(shop)
    down_and_up("cancelled")
    tell(shop, [told("late", of="bob", order_id="o2", total=20, hours=3)])
    assert state(shop) == before
    assert wrong(shop) == []


@pytest.mark.both_databases
def test_a_refund_without_currency_is_in_its_orders_whichever_comes_first(shop: int) -> None:
    """A British shop told of its orders before anybody had set its currency."""
    orders = [told(f"o{n}", of=f"c{n}", order_id=f"o{n}", total=100, currency="GBP", hours=9) for n in range(5)]
    orders.append(told("yen", of="jun", order_id="yen", total=9000, currency="JPY", hours=9))
    back = [
        told("r0", "Order Refunded", of="c0", order_id="o0", total="40.505"),
        told("r1", "Order Refunded", of="c1", order_id="o1"),
        told("r2", "Order Refunded", of="c2", order_id="o2", total=40, currency="USD"),
        told("r3", "Order Refunded", of="c3", order_id="o3", currency="USD"),
        told("r4", "Order Refunded", of="c4", order_id="o4", products=[{"price": 10, "quantity": 2}]),
        told("back", "Order Refunded", of="jun", order_id="yen", total=1500),
    ]
    for at, batch in enumerate(([*orders, *back], [*back, *orders])):
        forget(shop)
        with transaction():
            workspaces.change_settings(workspace_id=shop, changes={"value": {"currency": "EUR"}})
        counted = tell(shop, batch)
        assert sum(one.faults[0].pointer == "/properties/currency" for one in counted.not_counted) == 7
        with transaction():
            workspaces.change_settings(workspace_id=shop, changes={"value": {"currency": "GBP"}})
            purchasing.rebuild(workspace_id=shop)
        figure = valuing.figure(question=valuing.Question(workspace_id=shop))
        assert (figure["orders"], figure["revenue_minor"], figure["refunded_minor"]) == (3, 23_949, 6_051), at
        assert {key: one.revenue for key, one in state(shop)[1].items()} == {"c0": 5_949, "c2": 10_000, "c4": 8_000}
        yen = db.session.scalars(select(Purchase).where(Purchase.order_key == "yen")).one()
        assert (yen.total_minor, yen.refunded_minor) == (9000, 1500)
        assert wrong(shop) == []


def test_the_same_order_under_another_id_changes_nothing(shop: int) -> None:
    tell(shop, [told("e1", order_id="o1", total=20, hours=5)])
    before = state(shop)
    changes = db.session.scalar(text("select max(number) from changes where stream = 'customers'"))
    assert tell(shop, [told("e2", order_id="o1", total=20, hours=5)]).accepted == 1
    assert state(shop) == before
    assert db.session.scalar(text("select max(number) from changes where stream = 'customers'")) == changes


@pytest.mark.both_databases
def test_orders_told_at_once_from_both_ends_lose_nothing(app: Flask, shop: int) -> None:
    batch = [told(f"e{n}", of=f"c{n % 3}", order_id=f"o{n}", total=1, hours=n % 2) for n in range(40)]
    batch += [told(f"r{n}", "Order Refunded", of=f"c{n % 3}", order_id=f"o{n}", total=0.25) for n in range(0, 40, 4)]

    def post(turn: int) -> None:
        with app.app_context():
            tell(shop, batch[turn % 3 :: 2] if turn % 2 else batch[:: -1 - turn % 3])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(post, range(12)))
    tell(shop, batch)
    bought, worth, _ = state(shop)
    assert len(bought) == 40
    assert sum(one.revenue for one in worth.values()) == 40 * 100 - 10 * 25
    assert wrong(shop) == []


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"total": -1}, "/properties/total"),
        ({"total": "NaN"}, "/properties/total"),
        ({"total": True}, "/properties/total"),
        ({"total": 1e12}, "/properties/total"),
        ({"total": 1, "currency": "EURO"}, "/properties/currency"),
        ({"total": 1, "currency": 978}, "/properties/currency"),
        ({"products": [{"price": "x", "quantity": 1}]}, "/properties/products/0/price"),
        ({"products": "many"}, "/properties/products"),
        ({"products": [{"price": 1e9, "quantity": 1e9}]}, "/properties/products"),
        ({"order_id": ["o"], "total": 1}, "/properties/order_id"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_with_its_place(shop: int, said: dict[str, Any], pointer: str) -> None:
    outcome = tell(shop, [told("good", order_id="o1", total=1), told("bad", **{"order_id": "o2", **said})])
    assert [(one.index, one.faults[0].pointer) for one in outcome.refused] == [(1, pointer)]
    assert outcome.accepted == 1
    assert set(state(shop)[0]) == {"o1"}


def test_what_is_no_purchase_is_kept_as_an_event_and_said_so(shop: int) -> None:
    outcome = tell(
        shop,
        [
            told("e1", total=20),
            told("e2", order_id="o2"),
            told("e3", order_id="o3", total=20, currency="usd"),
            told("e4", order_id="o4", products=[{"price": 3, "quantity": 2}, {"price": "19.50"}]),
        ],
    )
    assert outcome.accepted == 4
    assert [(one.index, one.faults[0].pointer) for one in outcome.not_counted] == [
        (0, "/properties/order_id"),
        (1, "/properties/total"),
        (2, "/properties/currency"),
    ]
    bought, worth, sums = state(shop)
    assert {key: one[4] for key, one in bought.items()} == {"o3": 2000, "o4": 2550}
    assert (worth["ada"].orders, worth["ada"].revenue) == (1, 2550)
    assert {currency for _, _, currency in sums} == {"USD", "EUR"}
    with transaction():
        workspaces.change_settings(workspace_id=shop, changes={"value": {"currency": "USD"}})
    assert state(shop)[1]["ada"].revenue == 2000
    assert wrong(shop) == []


@pytest.mark.both_databases
def test_figures_by_period_add_up_and_name_no_basket_of_few(shop: int) -> None:
    tell(shop, [told(f"e{n}", of=f"c{n}", order_id=f"o{n}", total=10, hours=24 * 9 * n) for n in range(12)])
    question = valuing.Question(workspace_id=shop)
    whole = valuing.figure(question=question)
    assert (whole["orders"], whole["customers"], whole["revenue_minor"], whole["average_basket_minor"]) == (
        12,
        12,
        12000,
        1000,
    )
    for group in valuing.GROUPS:
        found = valuing.figures_by(question=question, group_by=group)
        assert sum(one["revenue_minor"] for one in found) == 12000
        assert sum(one["customers"] for one in found) == 12
        assert group == "place" or {one["average_basket_minor"] for one in found} == {None}
    follow(shop)
    year = valuing.cohorts(workspace_id=shop, since=None, until=None, now=NOW)
    assert sum(one["customers"] for one in year["cohorts"]) == 12
    for today in (date(2027, 1, 31), date(2027, 3, 31), date(2028, 2, 29), date(2026, 12, 31)):
        now = NOW.replace(year=today.year, month=today.month, day=today.day)
        found = valuing.cohorts(workspace_id=shop, since=None, until=None, now=now)
        assert (found["to"] - today).days == 1, "on the last of a month, the year ends with this month"
        assert found["from"] == found["to"].replace(year=found["to"].year - 1)
    past = valuing.list_values_on(workspace_id=shop, day=date(2026, 3, 1), after="", limit=50)
    assert (len(past), sum(one["orders"] for _, one in past)) == (12, 11)


@pytest.mark.both_databases
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.integers(0, 500), min_size=1, max_size=8),
    nps=st.none() | st.integers(0, 10),
    later=st.integers(0, 500),
)
def test_a_stage_means_the_same_in_sql(shop: int, days: list[int], nps: int | None, later: int) -> None:
    forget(shop)
    tell(shop, [told(f"e{n}", order_id=f"o{n}", total=1, hours=24 * day) for n, day in enumerate(days)])
    tell(shop, [told("p", "seen", of="prospect")])
    with transaction():
        db.session.execute(text("update customers set nps_value = :nps"), {"nps": nps})
    today = NOW.date() + timedelta(days=later)
    d = Dialect(db.engine.dialect.name)
    rows = db.session.execute(
        text(
            f"select c.external_id, {stage(d)} from customers c left join customer_values v "
            "on v.workspace_id = c.workspace_id and v.customer_id = c.id where c.workspace_id = :shop"
        ),
        {"shop": shop, "today": today.isoformat(), "regular_months": 3, "lapsed_after_days": 365},
    )
    found = dict(rows.all())
    worth = state(shop)[1]["ada"]
    assert found == {"ada": stage_of(worth, nps=nps, today=today, settings=ValueSettings()), "prospect": "prospect"}
    assert set(found.values()) <= set(STAGES)
