"""Purchases of people who are erased: the sums stay, whatever is told again afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, text

from tests.bought import NOW, SECRET, state, tell, told, wrong
from vocapp.models import AnonymousPurchase, Customer, ToldBefore, db, transaction
from vocapp.services import erasing, purchasing, valuing, workspaces

pytestmark = pytest.mark.both_databases


@pytest.fixture
def shop(db: Any) -> int:
    with transaction():
        return workspaces.create(key="shop", now=NOW)[0].id


def test_an_erasure_takes_the_purchases_and_moves_no_sum(shop: int) -> None:
    tell(shop, [told(f"e{n}", of=f"c{n % 2}", order_id=f"o{n}", total=n, place="lyon", hours=30 * n) for n in range(6)])
    tell(
        shop,
        [told("r", "Order Refunded", of="c0", order_id="o4", total=1), told("lone", "Order Refunded", order_id="x")],
    )
    question = valuing.Question(workspace_id=shop)
    before = [valuing.figure(question=question), valuing.figures_by(question=question, group_by="month")]
    sums = state(shop)[2]
    for name in ("c0", "ada"):
        with transaction():
            erasing.erase(workspace_id=shop, external_id=name, by="command", secret=SECRET, now=NOW)
    bought, worth, after = state(shop)
    assert (set(bought), set(worth), after) == ({"o1", "o3", "o5"}, {"c1"}, sums)
    assert db.session.scalar(select(func.count()).select_from(AnonymousPurchase)) == 3
    now = [valuing.figure(question=question), valuing.figures_by(question=question, group_by="month")]
    assert [_money(one) for one in now] == [_money(one) for one in before]
    assert wrong(shop) == []
    with transaction():
        purchasing.rebuild(workspace_id=shop)
    assert state(shop)[2] == sums
    with transaction():
        db.session.execute(text("update sales set total_minor = total_minor + 1 where orders > 0"))
        db.session.execute(text("update customer_values set days = days + 1"))
    assert len(wrong(shop)) >= 2
    with transaction():
        purchasing.rebuild(workspace_id=shop)
    assert wrong(shop) == []
    assert sum(n[1] for n in state(shop)[2].values()) == sum(n[1] for n in sums.values())


def test_what_was_told_before_an_erasure_and_is_told_again_counts_once_and_brings_nobody_back(shop: int) -> None:
    happened = [told("e1", order_id="o1", total=1000), told("e2", order_id="o2", total=5), told("seen", "page.seen")]
    tell(shop, [*happened, told("b", of="bob", order_id="o9", total=7)])
    sums = state(shop)[2]
    with transaction():
        erasing.erase(workspace_id=shop, external_id="ada", by="command", secret=SECRET, now=NOW)
    again = tell(shop, happened)
    assert (again.accepted, again.duplicates, again.not_counted) == (0, 3, [])
    assert db.session.scalars(select(Customer.external_id)).all() == ["bob"]
    assert state(shop)[2] == sums
    # the same orders under other ids, and what became of one: somebody new, and not a cent more
    anew = [
        told("full-load-1", "Order Updated", order_id="o1", total=2000),
        told("full-load-2", "Order Refunded", order_id="o2"),
        told("full-load-3", order_id="o3", total=11),
        told("full-load-4", order_id="o1", total=1000, currency="USD"),
    ]
    for accepted in (4, 0):
        outcome = tell(shop, anew)
        assert (outcome.accepted, outcome.duplicates) == (accepted, 4 - accepted)
    assert [one.index for one in tell(shop, [*anew, told("new", order_id="o2", total=5)]).not_counted] == [0, 1, 3, 4]
    bought, worth, now = state(shop)
    assert (set(bought), worth["ada"].revenue) == ({"o9", "o3"}, 1100)
    assert sum(n[1] for n in now.values()) == sum(n[1] for n in sums.values()) + 1100
    assert wrong(shop) == []
    kept = db.session.scalars(select(ToldBefore.key)).all()
    assert (len(kept), {len(key) for key in kept}) == (5, {64}), "three events and two orders, by their hashes"


def test_an_average_basket_lies_in_its_interval_when_somebody_was_erased(shop: int) -> None:
    tell(shop, [told(f"e{n}", of=f"c{n}", order_id=f"o{n}", total=10 if n else 9000) for n in range(12)])
    with transaction():
        erasing.erase(workspace_id=shop, external_id="c0", by="command", secret=SECRET, now=NOW)
    found = valuing.figure(question=valuing.Question(workspace_id=shop))
    low, high = found["average_basket_interval"]["low"], found["average_basket_interval"]["high"]
    assert (low, found["average_basket_minor"], high) == (1000, 1000, 1000)
    assert (found["average_basket_orders"], found["customers"], found["orders"]) == (11, 11, 12)


def _money(figure: Any) -> Any:
    if isinstance(figure, list):
        return [_money(one) for one in figure]
    return figure.get("key"), figure["revenue_minor"], figure["refunded_minor"], figure["orders"]
