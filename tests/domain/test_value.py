"""Purchases put together from whatever is told of them, and what they come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.cohorts import Size, cohorts_of
from vocapp.domain.currencies import DIGITS, to_major, to_minor, to_unnamed
from vocapp.domain.purchases import Order, Refund, fold, merge
from vocapp.domain.value import MAY_BECOME, Baskets, Standing, ValueSettings, history, life, stage_of, standing_of

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SETTINGS = ValueSettings()


@st.composite
def words(draw: st.DrawFn) -> Order:
    """One event's word about one of a few orders."""
    key, customer = draw(st.sampled_from(["o1", "o2"])), draw(st.sampled_from(["ada", "bob"]))
    at = NOW - timedelta(hours=draw(st.integers(0, 60)))
    currency = draw(st.sampled_from(["EUR", "EUR", "USD"]))
    if draw(st.integers(0, 3)) == 0:
        return Order(key=key, customer=customer, cancelled_at=at)
    if draw(st.booleans()):
        refund: Refund = (draw(st.none() | st.integers(0, 900)), currency, at.isoformat())
        return Order(key=key, customer=customer, refunds={draw(st.sampled_from(["a", "b", "c"])): refund})
    return Order(
        key=key,
        customer=customer,
        place=draw(st.sampled_from([None, "lyon"])),
        ordered_at=at,
        day=at.date(),
        currency=currency,
        total=draw(st.integers(0, 1000)),
        told_at=at,
        told_key=draw(st.uuids()).hex[:16],
        completed_at=draw(st.sampled_from([None, at])),
    )


@given(told=st.lists(words(), min_size=1, max_size=8), data=st.data())
def test_any_order_of_arrival_and_any_repetition_ends_in_one_state(told: list[Order], data: st.DataObject) -> None:
    again = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=5))))
    cut = data.draw(st.integers(0, len(again)))
    first, second = fold(again[:cut]), fold(again[cut:])
    joined = {
        key: merge(first[key], second[key]) if key in first and key in second else first.get(key) or second[key]
        for key in first | second
    }
    assert joined == fold(told)
    assert all(0 <= order.refunded <= (order.total or 0) for order in joined.values())


def test_a_refund_before_its_order_and_one_larger_than_it() -> None:
    order = Order(
        key="o", customer="a", ordered_at=NOW, day=NOW.date(), currency="EUR", total=500, told_at=NOW, told_key="k"
    )
    part = Order(key="o", customer="a", refunds={"r": (200, "EUR", "2026")})
    assert (part.refunded, merge(part, order).refunded) == (0, 200)
    assert merge(merge(part, order), Order(key="o", customer="a", refunds={"s": (900, "EUR", "2026")})).refunded == 500
    assert merge(order, Order(key="o", customer="a", refunds={"s": (None, "EUR", "2026")})).refunded == 500
    assert merge(order, Order(key="o", customer="a", refunds={"s": (100, "USD", "2026")})).refunded == 0
    unnamed = {"at 2026 9": (to_unnamed(Decimal(2)), None, "2026")}
    assert merge(order, Order(key="o", customer="a", refunds=unnamed)).refunded == 200
    for same, back in (({"at 2026 200": (200, "EUR", "2026")}, 200), ({"at 2026 100": (100, "EUR", "2026")}, 300)):
        assert merge(order, Order(key="o", customer="a", refunds={**unnamed, **same})).refunded == back


def test_what_stands_is_neither_cancelled_nor_given_back_whole() -> None:
    def at(hour: int) -> datetime:
        return NOW + timedelta(hours=hour)

    order = Order(
        key="o", customer="a", ordered_at=NOW, day=NOW.date(), currency="EUR", total=500, told_at=NOW, told_key="k",
        completed_at=NOW,
    )  # fmt: skip
    cancelled, anew = Order(key="o", customer="a", cancelled_at=at(1)), replace(order, completed_at=at(2))
    part, rest = (Order(key="o", customer="a", refunds={name: (250, "EUR", "2026")}) for name in "ab")
    free = replace(order, total=0)
    assert [one.stands for one in (order, cancelled, merge(order, cancelled), merge(order, part), free)] == [
        True, False, False, True, True,
    ]  # fmt: skip
    assert not merge(merge(order, part), rest).stands
    assert not merge(free, cancelled).stands
    assert not merge(order, Order(key="o", customer="a", cancelled_at=NOW)).stands  # of one moment: cancelled
    assert merge(merge(cancelled, anew), order) == merge(merge(cancelled, order), anew)
    assert merge(merge(cancelled, order), anew).stands
    assert merge(merge(anew, order), cancelled).stands
    assert not merge(anew, Order(key="o", customer="a", cancelled_at=at(3))).stands


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.99", "EUR", 1999), ("0.005", "EUR", 1), ("1250", "JPY", 1250), ("1.2345", "KWD", 1235), ("2", "CLF", 20000)],
)
def test_amounts_are_whole_numbers_of_the_smallest_unit(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert abs(to_major(minor, currency) - Decimal(amount)) <= Decimal("0.005")
    assert all(len(one) == 3 for one in DIGITS)


def test_recency_and_frequency_are_counted_by_day_as_fader_and_hardie_do() -> None:
    """Their customer 1 of CDNOW: 1 January 1997, again on the 18th and on 2 August, observed to 30 September."""
    days = [date(1997, 1, 1), date(1997, 1, 18), date(1997, 8, 2), date(1997, 8, 2)]
    standing = standing_of((datetime(one.year, one.month, one.day, 12, tzinfo=UTC), one, 1000, 0) for one in days)
    assert (standing.orders, standing.frequency) == (4, 2)
    assert round((standing.recency_days or 0) / 7, 2) == 30.43
    assert round((standing.age_days(date(1997, 9, 30)) or 0) / 7, 2) == 38.86
    assert standing.average_basket == 1000
    assert (Standing().frequency, Standing().recency_days, Standing().average_basket) == (0, None, None)


def test_the_interval_of_a_basket_holds_its_mean_as_often_as_it_says() -> None:
    """Customers of one, two or three orders, those of one customer alike: 95 % within what chance leaves of 400."""
    lots, hits = Random(7), 0
    for _ in range(400):
        people = [(lots.choice((1, 2, 3)), lots.gauss(50, 12)) for _ in range(60)]
        pairs = [(orders, orders * basket) for orders, basket in people]
        baskets = Baskets(
            60,
            sum(x for x, _ in pairs),
            sum(y for _, y in pairs),
            sum(y * y for _, y in pairs),
            sum(x * y for x, y in pairs),
            sum(x * x for x, _ in pairs),
        )
        interval = baskets.interval()
        assert interval is not None
        hits += interval.low <= 50 <= interval.high
    assert 0.91 <= hits / 400 <= 0.98
    assert Baskets(9, 9, 90, 900, 90, 9).interval() is None


_DAYS = st.lists(st.dates(date(2023, 1, 1), date(2026, 1, 1)), max_size=12)


@given(
    days=_DAYS, nps=st.lists(st.tuples(st.dates(date(2023, 1, 1), date(2026, 1, 1)), st.integers(0, 10)), max_size=4)
)
def test_a_stage_is_only_left_for_one_that_may_follow(days: list[date], nps: list[tuple[date, int]]) -> None:
    until = date(2027, 6, 1)
    found = history(days, nps=nps, until=until, settings=SETTINGS)
    assert all(after in MAY_BECOME[before] for (_, before), (_, after) in pairwise([(until, "prospect"), *found]))
    standing = standing_of((datetime(day.year, day.month, day.day, tzinfo=UTC), day, 1, 0) for day in days)
    last = max(nps)[1] if nps else None
    now = stage_of(standing, nps=last, today=until, settings=SETTINGS)
    assert (found[-1][1] if found else "prospect") == now


@given(
    days=_DAYS, nps=st.lists(st.tuples(st.dates(date(2023, 1, 1), date(2026, 1, 1)), st.integers(0, 10)), max_size=4),
    on=st.dates(date(2022, 6, 1), date(2028, 1, 1)), known_on=st.dates(date(2022, 9, 1), date(2026, 1, 1)),
)  # fmt: skip
def test_a_life_says_of_any_day_what_was_known_on_it(
    days: list[date], nps: list[tuple[date, int]], on: date, known_on: date
) -> None:
    """With what is to come foreseen, the stage of a day is that of the purchases and answers up to it."""
    whole = life(days, known_on=known_on, nps=nps, settings=SETTINGS)
    assert whole[0][0] == min([known_on, *days])
    assert [day for day, _ in whole] == sorted({day for day, _ in whole})
    bought = [(datetime(day.year, day.month, day.day, tzinfo=UTC), day, 1, 0) for day in days if day <= on]
    heard = [score for day, score in sorted(nps, key=lambda one: one[0]) if day <= on]
    last = heard[-1] if heard else None
    stage = next((stage for day, stage in reversed(whole) if day <= on), "prospect")
    assert stage == stage_of(standing_of(bought), nps=last, today=on, settings=SETTINGS)


def test_a_life_told_by_its_stages() -> None:
    days = [date(2025, 1, 31), date(2025, 2, 1), date(2025, 3, 15), date(2025, 4, 2)]
    assert history(days, nps=[(date(2025, 4, 10), 9)], until=date(2026, 12, 31), settings=SETTINGS) == [
        (date(2025, 1, 31), "customer"),
        (date(2025, 3, 15), "regular"),
        (date(2025, 4, 10), "ambassador"),
        (date(2025, 6, 1), "customer"),  # nothing in May
        (date(2026, 4, 3), "lapsed"),
    ]


@pytest.mark.parametrize(
    "document",
    [{"currency": "EURO"}, {"currency": 978}, {"regular_months": 1}, {"lapsed_after_days": True}, {"margin": 3}],
)
def test_settings_are_read_strictly(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(document))):
        ValueSettings.read(document)


def test_cohorts_say_who_still_buys_and_nothing_of_too_few() -> None:
    found = cohorts_of(
        {"2024-11": Size(20, 5, 0), "2025-11": Size(20, 5, 1640), "2025-12": Size(9, 0, 0)},
        [("2025-11", "2025-11", 20, 100), ("2025-11", "2026-01", 7, 30), ("2025-12", "2025-12", 9, 90)],
        today=date(2026, 1, 15),
        lapsed_after_days=365,
    )
    oldest, old, new = (one.document() for one in found)
    assert [one["retention"]["share"] for one in old["months"]] == [100.0, 0.0, 35.0]
    assert [one["complete"] for one in old["months"]] == [True, True, False]
    assert (old["churn"]["share"], old["churn"]["hits"], old["revenue_minor"]) == (None, 5, 130)
    assert (old["churn"]["interval"], old["churn"]["known_on"]) == (None, date(2026, 12, 1))
    assert (oldest["churn"]["share"], oldest["churn"]["known_on"]) == (25.0, date(2025, 12, 1))
    assert oldest["churn"]["interval"]["low"] < 25 < oldest["churn"]["interval"]["high"]
    # n = 20, mean 6.5, sum of squares 1640: a standard deviation of 6.475
    assert (old["value_minor"], old["value_interval"]["low"], old["value_interval"]["high"]) == (6, 3.6651, 9.3349)
    assert (new["value_minor"], new["value_interval"]) == (None, None)
    assert old["months"][2]["retention"]["interval"]["low"] < 35 < old["months"][2]["retention"]["interval"]["high"]
    assert (new["months"][0]["retention"]["share"], new["churn"]["share"]) == (None, None)
