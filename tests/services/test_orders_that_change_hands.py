"""An order told of somebody else while the one who had it is being erased: it counts once, for one of the two."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.bought import SECRET, state, tell, told, wrong
from tests.builders import House
from tests.rig.waiting import wait_until
from vocapp.domain.links import order_key
from vocapp.models import AnonymousPurchase, Customer, CustomerValue, Erasure, ToldBefore, transaction
from vocapp.models.again import run_again
from vocapp.services import erasing, intake_events, purchasing

PATIENCE = 60.0


def leave(house: House) -> int:
    """Erase Ada, who had the order; return how often that was tried: once, unless each of two waited for the other."""
    tries = count(1)

    def once() -> int:
        tried = next(tries)
        with transaction():
            erasing.erase(workspace_id=house.id, external_id="ada", by="command", secret=SECRET, now=house.now)
        return tried

    with house.app.app_context():
        return run_again(once)


def say(house: House, *events: dict[str, Any]) -> intake_events.Outcome:
    for event in events:  # who has no address shares a lock with everybody else without one
        event["customer"]["email"] = f"{event['customer']['external_id']}@example.test"
    with house.app.app_context():
        return tell(house.id, events)


def bens(**said: Any) -> dict[str, Any]:
    """Tell that the order was Ben's, an hour after it was said to be Ada's."""
    return told("moved", "Order Updated", of="ben", order_id="o", total=20, hours=4, **said)


def adas(name: str = "Order Completed") -> dict[str, Any]:
    return told("first", name, of="ada", order_id="o", total=10, hours=5)


def of_order(house: House) -> Any:
    """Return (whose the order is and what it comes to, who is worth what, the sums), and that all of it agrees."""
    with house.app.app_context():
        bought, worth, sums = state(house.id)
        assert wrong(house.id) == []
        with transaction():
            purchasing.rebuild(workspace_id=house.id)
        assert state(house.id) == (bought, worth, sums)
    assert [one.external_id for one in house.rows(Customer)] == ["ben"]
    return (
        {key: (of, total, refunded) for key, (of, _, _, _, total, refunded) in bought.items()},
        {of: one.revenue for of, one in worth.items()},
        [total - refunded for _, total, refunded in sums.values()],
    )


def remembered(house: House) -> bool:
    """Say whether the order is known as one of somebody erased."""
    return bool(house.rows(ToldBefore, ToldBefore.key == order_key(SECRET, "o")))


def somebody_waits(house: House) -> bool:
    with house.reading() as session:
        here = "datname = current_database() and wait_event_type = 'Lock'"
        return bool(session.scalar(text(f"select count(*) from pg_stat_activity where {here}")))


@contextmanager
def stopping(monkeypatch: pytest.MonkeyPatch, name: str, *, before: bool = True) -> Iterator[tuple[Any, Any]]:
    """Have the first who comes to a step of `purchasing` wait there; give (somebody is there, that they may go on)."""
    there, go, plain = threading.Event(), threading.Event(), getattr(purchasing, name)

    def stops(**given: Any) -> Any:
        first, done = not there.is_set(), None if before else plain(**given)
        there.set()
        assert not first or go.wait(PATIENCE)
        return plain(**given) if before else done

    monkeypatch.setattr(purchasing, name, stops)
    try:
        yield there, go
    finally:
        go.set()


@pytest.mark.postgres
@pytest.mark.parametrize("first", ["Order Completed", "Order Refunded", "Order Cancelled"])
def test_told_first_it_is_the_others_and_what_is_told_of_it_later_counts(
    crowd: House, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Whether the first owner's counts or not; one without a value's row has one made while she is locked."""
    say(crowd, adas(first))
    with crowd.writing():
        purchasing.rebuild(workspace_id=crowd.id)
    with stopping(monkeypatch, "count_again") as (there, go), ThreadPoolExecutor(2) as pool:
        telling = pool.submit(say, crowd, bens())
        assert there.wait(PATIENCE)
        leaving = pool.submit(leave, crowd)
        wait_until(lambda: somebody_waits(crowd), 20)
        go.set()
        telling.result(PATIENCE)
        assert leaving.result(PATIENCE) == 1
    counts = {"Order Completed": (2000, 0), "Order Refunded": (2000, 1000), "Order Cancelled": (2000, 2000)}[first]
    stands = first != "Order Cancelled"
    left = counts[0] - counts[1]
    assert of_order(crowd) == ({"o": ("ben", *counts)}, {"ben": left} if stands else {}, [left] if stands else [])
    assert not remembered(crowd)
    assert crowd.rows(AnonymousPurchase) == []
    say(crowd, told("later", "Order Completed", of="ben", order_id="o", total=30, hours=1))
    assert of_order(crowd)[1] == {"ben": 3000 - (1000 if first == "Order Refunded" else 0)}


@pytest.mark.postgres
@pytest.mark.parametrize("stops_at", ["keep_without_person", "keep"])
def test_erased_first_it_was_hers_and_is_not_counted_again(
    crowd: House, monkeypatch: pytest.MonkeyPatch, stops_at: str
) -> None:
    """Whether who tells of it waits for her order, or has looked before it went and finds none."""
    say(crowd, adas())
    with stopping(monkeypatch, stops_at) as (there, go), ThreadPoolExecutor(2) as pool:
        work = {"leave": lambda: leave(crowd), "say": lambda: say(crowd, bens())}
        one, other = ("leave", "say") if stops_at == "keep_without_person" else ("say", "leave")
        running = {one: pool.submit(work[one])}
        assert there.wait(PATIENCE)
        running[other] = pool.submit(work[other])
        if other == "leave":
            running[other].result(PATIENCE)
        else:
            wait_until(lambda: somebody_waits(crowd), 20)
        go.set()
        assert running["leave"].result(PATIENCE) == 1
        outcome = running["say"].result(PATIENCE)
    assert (outcome.accepted, [one.index for one in outcome.not_counted]) == (1, [0])
    assert of_order(crowd) == ({}, {}, [1000])
    assert remembered(crowd)
    assert len(crowd.rows(AnonymousPurchase)) == len(crowd.rows(Erasure)) == 1
    assert [one.orders for one in crowd.rows(CustomerValue)] in ([], [0])


@pytest.mark.both_databases
@pytest.mark.parametrize("erased_first", [False, True])
def test_one_after_the_other_it_is_the_same(app: Flask, erased_first: bool) -> None:
    house = House(app)
    say(house, adas(), told("seen", "page.seen", of="ben"))
    steps = [lambda: say(house, bens()), lambda: leave(house)]
    for step in reversed(steps) if erased_first else steps:
        step()
    assert remembered(house) is erased_first
    expected = ({}, {}, [1000]) if erased_first else ({"o": ("ben", 2000, 0)}, {"ben": 2000}, [2000])
    assert of_order(house) == expected
