"""Cohorts and stages by place: each customer in one place or in none, so that places add up to the company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from tests.builders import House
from tests.days import day_of
from tests.migrating import down_and_up
from tests.services.test_staging import SECRET, TABLES, follow, tell, told, wrong
from vocapp.domain.buyers import NEITHER, ROOT
from vocapp.models import BuyerRow, Change, CohortSum, Customer, Following, PlaceStageCount, Purchase, db
from vocapp.services import erasing, places, purchasing, staging, valuing
from vocapp.services.checking import values as checks
from vocapp.services.checking.base import prepare

TREE = (("north", None), ("lille", "north"), ("lens", "north"), ("nice", None))
ALL = (None, "north", "lille", "lens", "nice", NEITHER)
BELOW = {"north": {"north", "lille", "lens"}, "lille": {"lille"}, "lens": {"lens"}, "nice": {"nice"}, NEITHER: {None}}
LAPSED_AFTER = 365


@pytest.fixture
def shops(house: House) -> House:
    with house.writing():
        for key, above in TREE:
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind="store", parent_key=above)
    return house


def cohorts(house: House, place: str | None, *, by_place: bool = False) -> dict[str, Any]:
    since = house.today - timedelta(days=900)
    with house.reading():
        return valuing.cohorts(
            workspace_id=house.id, since=since, until=None, now=house.now, place=place, by_place=by_place
        )


def stages(house: House, place: str | None, **said: Any) -> dict[str, Any]:
    today = house.today
    with house.reading():
        return staging.figures(
            workspace_id=house.id, since=today - timedelta(days=400), until=today, now=house.now, place=place, **said
        )


def lives(house: House) -> Iterator[tuple[str | None, list[tuple[date, int]]]]:
    """Give (place, the days and amounts) of each who has bought, from the orders themselves."""
    with house.reading():
        stand = [
            one
            for one in db.session.scalars(select(Purchase).order_by(Purchase.customer_id, Purchase.ordered_at))
            if one.cancelled_at is None and one.total_minor is not None and one.day is not None
        ]
        for _, some in groupby(stand, key=lambda one: one.customer_id):
            mine = list(some)
            yield mine[0].place, [(one.day, one.total_minor or 0) for one in mine if one.day is not None]


def by_hand(house: House, place: str | None) -> dict[str, Any]:
    """Count cohorts one by one: month → (customers, revenue, lapsed, {month: (bought, revenue)}, sum of squares)."""
    found: dict[str, list[Any]] = {}
    for first, bought in lives(house):
        if place is not None and first not in BELOW[place]:
            continue
        cohort = found.setdefault(f"{bought[0][0]:%Y-%m}", [0, 0, 0, Counter(), Counter()])
        cohort[0] += 1
        cohort[1] += sum(amount for _, amount in bought)
        cohort[2] += (house.today - bought[-1][0]).days > LAPSED_AFTER
        cohort[3].update({f"{day:%Y-%m}" for day, _ in bought})
        for day, amount in bought:
            cohort[4][f"{day:%Y-%m}"] += amount
    return {
        month: (n, revenue, lapsed, sorted(months.items()), {key: one for key, one in amounts.items() if one})
        for month, (n, revenue, lapsed, months, amounts) in found.items()
    }


def as_by_hand(document: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for one in document["cohorts"]:
        begun = int(one["month"][:4]) * 12 + int(one["month"][5:]) - 1
        months, amounts = {}, {}
        for cell in one["months"]:
            month = begun + cell["month"]
            key = f"{month // 12:04}-{month % 12 + 1:02}"
            months[key], amounts[key] = cell["retention"]["hits"], cell["revenue_minor"]
        found[one["month"]] = (
            one["customers"],
            one["revenue_minor"],
            one["churn"]["hits"],
            sorted((key, n) for key, n in months.items() if n),
            {key: amount for key, amount in amounts.items() if amount},
        )
    return found


def kept(house: House) -> list[list[Any]]:
    models = (BuyerRow, CohortSum, PlaceStageCount)
    return [
        sorted(str([getattr(row, name.key) for name in model.__table__.columns]) for row in house.rows(model))
        for model in models
    ]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 800), st.sampled_from([None, "lille", "lens", "nice"])),
        max_size=16,
    ),
    cancelled=st.sets(st.integers(0, 15), max_size=4),
    moved=st.dictionaries(st.integers(0, 15), st.sampled_from(["lille", "nice"]), max_size=3),
    data=st.data(),
)
def test_places_are_counted_as_by_hand_and_add_up_to_the_company_and_a_rebuild_gives_the_same(
    shops: House,
    orders: list[tuple[str, int, str | None]],
    cancelled: set[int],
    moved: dict[int, str],
    data: st.DataObject,
) -> None:
    with shops.writing() as session:
        for table in TABLES:
            session.execute(text(f"delete from {table}"))
    placed = [{"place": place} if place else {} for _, _, place in orders]
    events = [
        {**told(shops, f"e{n}", of=of, days=days, order_id=f"o{n}", total=5 + n), **placed[n]}
        for n, (of, days, _) in enumerate(orders)
    ]
    events += [
        told(shops, f"c{n}", "Order Cancelled", of=orders[n][0], days=0, order_id=f"o{n}")
        for n in cancelled
        if n < len(orders)
    ]
    events += [  # the till had named another shop
        {
            **told(shops, f"u{n}", "Order Updated", of=orders[n][0], days=0, order_id=f"o{n}", total=5 + n),
            "place": place,
        }
        for n, place in moved.items()
        if n < len(orders)
    ]
    shuffled = data.draw(st.permutations(events))
    tell(shops, shuffled[: len(events) // 2])
    tell(shops, shuffled[len(events) // 2 :])
    with shops.writing() as session:  # of an earlier example, too
        purchasing.feed.changed("customers", session.scalars(select(Customer.id)).all(), workspace_id=shops.id)
    follow(shops)
    assert wrong(shops) == []
    found = {place: cohorts(shops, place) for place in ALL}
    assert {place: as_by_hand(one) for place, one in found.items()} == {place: by_hand(shops, place) for place in ALL}
    assert all(one["complete"] for one in found.values())
    at_once, standing = kept(shops), {place: stages(shops, place) for place in ALL}
    for key in ("at_start", "at_end"):
        parts = sum((Counter(standing[place][key]) for place in ("north", "nice", NEITHER)), Counter())
        assert +parts == +Counter(standing[None][key])
    together = cohorts(shops, None, by_place=True)["groups"]
    assert sum(one["customers"] for one in together) == sum(one["customers"] for one in found[None]["cohorts"])
    assert sum(one["revenue_minor"] for one in together) == sum(one["revenue_minor"] for one in found[None]["cohorts"])
    with shops.writing():
        purchasing.rebuild(workspace_id=shops.id)
        staging.rebuild(workspace_id=shops.id)
    assert kept(shops) == at_once


@pytest.mark.both_databases
def test_a_shop_is_told_what_its_customers_are_worth_and_an_erasure_leaves_no_trace(shops: House) -> None:
    events = []
    for of in range(24):
        shop = {"place": "lille"} if of < 12 else {"place": "lens"} if of < 21 else {}
        events += [
            {**told(shops, f"e{of}-{days}", of=f"c{of}", days=days, order_id=f"o{of}-{days}", total=total), **shop}
            for days, total in ((800, 12_345_678.9), (40, of))
            if days == 800 or of % 2
        ]
    events.append({**told(shops, "late", of="c0", days=3, order_id="late", total=7), "place": "nice"})
    tell(shops, events)
    assert wrong(shops) == []
    by_key = {one["key"]: one for one in cohorts(shops, None, by_place=True)["groups"]}
    assert {key: one["customers"] for key, one in by_key.items()} == {"": 3, "lens": 9, "lille": 12}
    lille = by_key["lille"]
    assert lille["revenue_minor"] == 12 * 1234567890 + sum(range(1, 12, 2)) * 100 + 700  # and what c0 spent in Nice
    assert (lille["bought_again"]["hits"], lille["churn"]["hits"], lille["churn"]["n"]) == (7, 5, 12)
    assert lille["value_interval"]["low"] < lille["value_minor"] < lille["value_interval"]["high"]
    # nine are too few for any figure, but not for a count
    assert (by_key["lens"]["value_minor"], by_key["lens"]["churn"]["share"], by_key["lens"]["rank"]) == (None,) * 3
    [cohort] = cohorts(shops, "lens")["cohorts"]
    assert (cohort["customers"], cohort["value_minor"], cohort["churn"]["share"]) == (9, None, None)
    assert {one["retention"]["share"] for one in cohort["months"]} == {None}
    squares = {row.place: row for row in shops.rows(CohortSum, CohortSum.kind == "size")}["lens"]
    worth = [1234567890 + (of * 100 if of % 2 else 0) for of in range(12, 21)]
    parts = squares.squares_high, squares.squares_mixed, squares.squares_low
    assert ROOT**2 * parts[0] + 2 * ROOT * parts[1] + parts[2] == sum(one * one for one in worth)
    with shops.reading():
        customers = {one.external_id: one for one in db.session.scalars(select(Customer))}
        told_of = valuing.list_values_on(workspace_id=shops.id, day=shops.today, after="", limit=50)
    assert {key: value["place"] for key, value in told_of if key in ("c0", "c12", "c23")} == {
        "c0": "lille", "c12": "lens", "c23": None,
    }  # fmt: skip
    lapsed = {place: stages(shops, place)["at_end"]["lapsed"] for place in ALL}
    assert lapsed == {None: 11, "north": 10, "lille": 5, "lens": 5, "nice": 0, NEITHER: 1}
    with shops.writing():
        for name in customers:
            erasing.erase(workspace_id=shops.id, external_id=name, by="command", secret=SECRET, now=shops.now)
    assert wrong(shops) == []
    assert [rows for rows in kept(shops) if rows] == []


def test_who_reads_for_a_part_is_told_of_ambassadors_as_of_regulars(shops: House) -> None:
    tell(shops, [{**told(shops, f"e{n}", of="ada", days=days, order_id=f"o{n}", total=5), "place": "lille"}
                 for n, days in enumerate((1, 31, 62, 90))])  # fmt: skip
    with shops.writing() as session:
        ada = session.scalars(select(Customer)).one()
        ada.nps_value, ada.nps_at = 10, shops.now - timedelta(days=2)  # given somewhere
        purchasing.feed.changed("customers", [ada.id], workspace_id=shops.id)
    follow(shops)
    whole, part = stages(shops, "lille"), stages(shops, "lille", to_a_part=True)
    assert (whole["at_end"]["ambassador"], whole["at_end"]["regular"]) == (1, 0)
    assert "ambassador" not in part["at_end"]
    assert part["at_end"]["regular"] == 1
    assert "ambassador" not in str(part)
    assert all(one["before"] != one["after"] for one in part["moves"])


@pytest.mark.both_databases
def test_who_was_there_before_is_counted_in_the_background_and_nobody_is_told_anything_but_so(shops: House) -> None:
    tell(shops, [{**told(shops, f"e{n}", of=f"c{n}", days=40 * n, order_id=f"o{n}", total=5), "place": "lille"}
                 for n in range(8)])  # fmt: skip
    at_once = kept(shops)
    lines = {row.row_id: row.number for row in shops.rows(Change, Change.stream == "customers")}
    with shops.reading():
        down_and_up("value_by_place")
    assert [row.stream for row in shops.rows(Following, Following.stream == "cohorts")] == ["cohorts"]
    assert not cohorts(shops, None)["complete"]
    assert not stages(shops, "lille")["complete"]
    assert stages(shops, None)["complete"], "the company's stand as they stood"
    assert unlike(shops) == set(), "nor does the doctor say that anything is wrong"
    follow(shops)
    assert kept(shops) == at_once
    assert wrong(shops) == []
    assert cohorts(shops, "lille")["complete"]
    assert shops.rows(Following, Following.stream == "cohorts") == []
    assert {row.row_id: row.number for row in shops.rows(Change, Change.stream == "customers")} == lines


@pytest.mark.both_databases
def test_whose_row_is_not_what_they_ordered_is_found_by_the_doctor_unless_they_wait(shops: House) -> None:
    orders = [("ada", 40, "lille"), ("ada", 70, "lens"), *((of, 9, None) for of in ("bob", "cleo", "dan", "eve"))]
    tell(shops, [{**told(shops, f"e{n}", of=of, days=days, order_id=f"o{n}", total=5), "place": place}
                 for n, (of, days, place) in enumerate(orders)])  # fmt: skip
    assert unlike(shops) == set()
    day = day_of(shops.now - timedelta(days=9))
    with shops.writing() as session:
        ids = dict(session.execute(select(Customer.external_id, Customer.id)).all())
        for who, what in (
            ("ada", {"place": "lille"}),  # where she bought last
            ("bob", {"months": {f"{day:%Y-%m}": 501}}),
            ("cleo", {"last_on": day + timedelta(days=1)}),
        ):
            session.execute(update(BuyerRow).where(BuyerRow.customer_id == ids[who]).values(**what))
        session.execute(delete(BuyerRow).where(BuyerRow.customer_id == ids["dan"]))
        session.execute(delete(Purchase).where(Purchase.customer_id == ids["eve"]))
    assert unlike(shops) == {"ada", "bob", "cleo", "dan", "eve"}
    with shops.reading():
        said = set(staging.list_unlike(workspace_id=shops.id, passing_over=()))
        assert said >= set(ids.values()), "as the rebuild has it"
    with shops.writing():
        purchasing.feed.changed("customers", [ids["ada"]], workspace_id=shops.id)
    assert unlike(shops) == {"bob", "cleo", "dan", "eve"}, "she is still to be followed"
    with shops.writing():
        staging.rebuild(workspace_id=shops.id)
    assert unlike(shops) == set()


def unlike(house: House) -> set[str]:
    """Return whom the doctor names."""
    with house.reading():
        found = checks.BUYERS.find(prepare(workspace_ids=[house.id], now=house.now))
        names = dict(db.session.execute(select(Customer.id, Customer.external_id)).all())
        return {names[UUID(row_id)] for one in found for row_id in one.ids}
