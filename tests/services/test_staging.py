"""The stages of customers' lives: how many stand where on any day, and who moved, is what their purchases say."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from tests.builders import NPS, WHY, House, answer
from tests.days import day_of
from tests.rig.waiting import wait_until
from vocapp.domain.value import STAGES, ValueSettings, stage_of, standing_of
from vocapp.models import Customer, CustomerValue, PortraitRow, Purchase, Response, StageCount, StageMove, db
from vocapp.models.feed import changed
from vocapp.services import (
    closing,
    disclosing,
    erasing,
    following,
    intake_events,
    preferring,
    purchasing,
    staging,
    workspaces,
)
from vocapp.services.checking import values as checks
from vocapp.services.checking.base import prepare
from vocapp.services.staff import Scope

SECRET = b"a secret of the tests"
TABLES = (
    "stage_moves",
    "stage_counts",
    "stages_by_place",
    "buyers",
    "cohort_sums",
    "purchases",
    "customer_values",
    "sales",
    "events",
)


def told(house: House, key: str, name: str = "Order Completed", *, of: str, days: int, **said: Any) -> dict[str, Any]:
    at = (house.now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": key, "event": name, "occurred_at": at, "customer": {"external_id": of}, "properties": said,
    }  # fmt: skip


def tell(house: House, events: Sequence[dict[str, Any]]) -> None:
    with house.writing():
        intake_events.take_events(workspace_id=house.id, documents=events, secret=SECRET, now=house.now)
    follow(house)


def follow(house: House) -> None:
    for _ in range(2):  # whoever comes to another place is followed again
        house.wait_for_feed()
        more = True
        while more:
            with house.writing():
                more = following.follow(workspace_id=house.id, now=house.now, limit=3)


def wrong(house: House) -> list[Any]:
    with house.reading():
        look = prepare(workspace_ids=[house.id], now=house.now)
        found = [
            one
            for check in (checks.CUSTOMERS, checks.DAYS, checks.STAGES, checks.COHORTS, checks.BUYERS)
            for one in check.find(look)
        ]
        return [*found, *staging.list_unlike(workspace_id=house.id, passing_over=())]


def kept(house: House) -> Any:
    with house.reading():
        moves = db.session.execute(
            select(StageMove.customer_id, StageMove.day, StageMove.before, StageMove.after)
        ).all()
        counts = db.session.execute(
            select(StageCount.day, StageCount.before, StageCount.after, StageCount.n).where(StageCount.n != 0)
        ).all()
        return sorted(map(tuple, moves)), sorted(map(tuple, counts))


def by_hand(house: House, on: date) -> dict[str, int]:
    """Count who stood where at the end of a day, one by one."""
    with house.reading():
        bought: dict[Any, list[Any]] = {}
        for one in db.session.scalars(select(Purchase).where(Purchase.cancelled_at.is_(None))):
            if one.day is not None and one.day <= on:
                bought.setdefault(one.customer_id, []).append((one.ordered_at, one.day, one.total_minor, 0))
        found = Counter(dict.fromkeys(STAGES, 0))
        for one in db.session.scalars(select(Customer)):
            said = one.nps_value if one.nps_at is not None and one.nps_at.date() <= on else None
            if one.created_at.date() <= on or one.id in bought:
                standing = standing_of(bought.get(one.id, []))
                found[stage_of(standing, nps=said, today=on, settings=ValueSettings())] += 1
        return dict(found)


def somebody_waits(house: House) -> bool:
    with house.reading() as session:
        here = "datname = current_database() and wait_event_type = 'Lock'"
        return bool(session.scalar(text(f"select count(*) from pg_stat_activity where {here}")))


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    orders=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 700)), max_size=14),
    cancelled=st.sets(st.integers(0, 13)),
    known=st.lists(st.integers(0, 600), min_size=4, max_size=4),
    data=st.data(),
)
def test_who_stands_where_on_any_day_is_what_a_rebuild_and_a_count_by_hand_give(
    house: House, orders: list[tuple[str, int]], cancelled: set[int], known: list[int], data: st.DataObject
) -> None:
    with house.writing() as session:
        for table in TABLES:
            session.execute(text(f"delete from {table}"))
    events = [told(house, f"e{n}", of=of, days=days, order_id=f"o{n}", total=5) for n, (of, days) in enumerate(orders)]
    events += [told(house, f"c{n}", "Order Cancelled", of=orders[n][0], days=0, order_id=f"o{n}")
               for n in cancelled if n < len(orders)]  # fmt: skip
    tell(house, [told(house, f"s{name}", "seen", of=name, days=0) for name in "abcd"])
    for part in (data.draw(st.permutations(events)) or [told(house, "none", "seen", of="a", days=0)],):
        tell(house, part[: len(part) // 2])
        tell(house, part[len(part) // 2 :])
    with house.writing() as session:
        for name, days in zip("abcd", known, strict=True):
            when = house.now - timedelta(days=days)
            scored = {"nps_value": 9, "nps_at": house.now - timedelta(days=days // 2)}
            session.execute(update(Customer).where(Customer.external_id == name).values(created_at=when, **scored))
        changed("customers", session.scalars(select(Customer.id)).all(), workspace_id=house.id)
    follow(house)
    assert wrong(house) == []
    at_once = kept(house)
    today = house.today
    days_asked = [today - timedelta(days=n) for n in (0, 1, 30, 100, 365, 366, 500)]
    for day in days_asked:
        with house.reading():
            said = staging.figures(workspace_id=house.id, since=day, until=day + timedelta(days=1), now=house.now)
        assert said["at_end"] == by_hand(house, day)
        assert sum(one["n"] for one in said["moves"] if one["before"] is None) == sum(said["at_end"].values()) - sum(
            said["at_start"].values()
        )
    with house.writing():
        purchasing.rebuild(workspace_id=house.id)
        staging.rebuild(workspace_id=house.id)
    assert kept(house) == at_once


@pytest.mark.both_databases
def test_a_life_is_read_and_time_goes_on_by_itself_and_an_erasure_leaves_no_trace(house: House) -> None:
    house.customer("ben")
    month = [told(house, f"e{n}", of="ada", days=days, order_id=f"o{n}", total=5) for n, days in enumerate((5, 33, 61))]
    today = house.today

    def stages(since: date, until: date, now: datetime, **said: Any) -> dict[str, Any]:
        with house.reading():
            return staging.figures(workspace_id=house.id, since=since, until=until, now=now, **said)

    assert not stages(today, today + timedelta(days=1), house.now)["complete"]  # ben is known, and nobody has followed
    tell(house, month)
    assert stages(today, today + timedelta(days=1), house.now)["complete"]
    with house.writing() as session:  # as migration 0034 leaves it
        for table in ("stage_moves", "stage_counts"):
            session.execute(text(f"delete from {table}"))
        session.execute(update(PortraitRow).values(renew_at=house.now))
    assert not stages(today, today + timedelta(days=1), house.now)["complete"]
    follow(house)
    assert stages(today, today + timedelta(days=1), house.now)["complete"]
    with house.reading():
        ada = db.session.scalars(select(CustomerValue.customer_id)).one()
        told_of = staging.life_of(scope=Scope(house.id), customer_id=ada, today=today)
    assert [stage for _, stage in told_of] == ["regular", "customer"]
    assert told_of[1][0] == day_of(house.now - timedelta(days=61))
    found = stages(today - timedelta(days=90), today + timedelta(days=1), house.now, group_by="month")
    assert (found["at_start"]["prospect"], found["at_end"]["regular"], found["at_end"]["prospect"]) == (0, 1, 1)
    assert [(one["before"], one["after"], one["n"]) for one in found["moves"]] == [
        (None, "prospect", 1), (None, "customer", 1), ("customer", "regular", 1),
    ]  # fmt: skip
    assert [one["stages"]["regular"] for one in found["groups"]][-1] == 1
    later = house.now + timedelta(days=700)  # nothing is written, nobody follows
    end = stages(today, later.date(), later)
    assert (end["at_end"]["lapsed"], end["at_end"]["prospect"]) == (1, 1)
    assert [(one["before"], one["after"]) for one in end["moves"]][-2:] == [
        ("customer", "lapsed"), ("regular", "customer"),
    ]  # fmt: skip
    with house.writing():
        workspaces.change_settings(workspace_id=house.id, changes={"value": {"regular_months": 4}}, now=house.now)
    follow(house)
    assert stages(today, today + timedelta(days=1), house.now)["at_end"]["regular"] == 0
    with house.writing():
        erasing.erase(workspace_id=house.id, external_id="ada", by="command", secret=SECRET, now=house.now)
    assert wrong(house) == []
    assert house.rows(StageCount, StageCount.n == 0) == []
    assert sum(stages(today, later.date(), later)["at_end"].values()) == 1


def test_of_a_time_that_lies_ahead_nothing_foreseen_is_told(house: House) -> None:
    tell(house, [told(house, "e", of="ada", days=5, order_id="o", total=5)])
    today = house.today
    tomorrow = today + timedelta(days=1)
    far = tomorrow + timedelta(days=3000)  # ada will have lapsed long ago
    with house.reading():
        ahead = staging.figures(
            workspace_id=house.id, since=far, until=far + timedelta(days=5), now=house.now, group_by="day"
        )
    assert (ahead["from"], ahead["to"]) == (tomorrow, tomorrow)
    assert ahead["at_start"] == ahead["at_end"] == by_hand(house, today)
    assert (ahead["moves"], ahead["groups"]) == ([], [])


@pytest.mark.postgres
def test_a_rebuild_while_somebody_is_erased_waits_for_the_erasure_and_neither_is_undone(
    crowd: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(crowd, [told(crowd, f"e{of}", of=of, days=5, order_id=f"o{of}", total=5) for of in ("ada", "ben")])
    locked, go, plain = threading.Event(), threading.Event(), purchasing.keep_without_person

    def keep(**given: Any) -> None:
        locked.set()
        assert go.wait(60)
        plain(**given)

    monkeypatch.setattr(purchasing, "keep_without_person", keep)

    def leave() -> None:
        with crowd.writing():
            erasing.erase(workspace_id=crowd.id, external_id="ada", by="command", secret=SECRET, now=crowd.now)

    def rebuild() -> int:
        with crowd.writing():
            purchasing.rebuild(workspace_id=crowd.id)
            return staging.rebuild(workspace_id=crowd.id)

    with ThreadPoolExecutor(2) as pool:
        leaving = pool.submit(leave)
        assert locked.wait(60)
        rebuilt = pool.submit(rebuild)
        try:
            wait_until(lambda: somebody_waits(crowd), 20)
        finally:
            go.set()
        leaving.result(60)
        assert rebuilt.result(60) == len(crowd.rows(StageMove))
    assert [one.external_id for one in crowd.rows(Customer)] == ["ben"]
    assert wrong(crowd) == []


@pytest.mark.postgres
def test_a_rebuild_while_a_life_is_followed_waits_and_counts_nobody_twice(
    crowd: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(crowd, [told(crowd, "e1", of="ada", days=5, order_id="o1", total=5)])
    with crowd.writing():
        earlier = told(crowd, "e0", of="ada", days=9, order_id="o0", total=5)
        intake_events.take_events(workspace_id=crowd.id, documents=[earlier], secret=SECRET, now=crowd.now)
    read, go, plain = threading.Event(), threading.Event(), staging._delete

    def delete(workspace_id: int, ids: Sequence[Any]) -> None:
        read.set()
        assert go.wait(60)
        plain(workspace_id, ids)

    monkeypatch.setattr(staging, "_delete", delete)

    def rebuild() -> int:
        with crowd.writing():
            return staging.rebuild(workspace_id=crowd.id)

    with ThreadPoolExecutor(2) as pool:
        followed = pool.submit(follow, crowd)
        assert read.wait(60)
        rebuilt = pool.submit(rebuild)
        try:
            wait_until(lambda: rebuilt.done() or somebody_waits(crowd), 20)
        finally:
            go.set()
        followed.result(60)
        assert rebuilt.result(60) == len(crowd.rows(StageMove))
    assert wrong(crowd) == []


def test_an_unfinished_answer_closed_after_a_newer_one_is_in_the_life(app: Flask, client: FlaskClient) -> None:
    house = House(app)  # of the real time, since people answer
    house.survey(questions=[NPS, WHY])
    house.customer("ada")
    tell(house, [told(house, f"e{n}", of="ada", days=days, order_id=f"o{n}", total=5)
                 for n, days in enumerate((5, 33, 61, 75))])  # fmt: skip
    client.post(house.link(house.invite("ada")), data={"_page": "0", "nps": "9"})
    with house.writing() as session:
        session.execute(update(Response).values(answered_at=house.now - timedelta(days=8)))
    answer(client, house.link(house.invite("ada")), {"nps": "3"})
    follow(house)
    with house.writing():
        assert closing.close_partial_responses(workspace_id=house.id, now=house.now) == 1
    follow(house)
    assert wrong(house) == []
    assert "ambassador" in {move.after for move in house.rows(StageMove)}


def test_people_read_their_own_stages(house: House) -> None:
    house.survey()
    house.customer("ada")
    invitation_id = house.invite("ada")
    tell(house, [told(house, f"e{n}", of="ada", days=70 - 30 * n, order_id=f"o{n}", total=5) for n in range(3)])
    with house.reading():
        preferences = preferring.find(invitation_id=invitation_id, now=house.now)
        told_them = disclosing.own_data(preferences, now=house.now)["stages"]
        [ada] = db.session.scalars(select(Customer.id))
        today = house.today
        life = staging.life_of(scope=Scope(house.id), customer_id=ada, today=today)
    assert len(told_them) >= 2
    assert [(one["since"], one["stage"]) for one in told_them] == life
