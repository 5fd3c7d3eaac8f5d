"""A claim is a lease: renewed by what its holder does, and returned to the queue once, when they are gone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.unhappy import alerts_of, complaints, make_workspace
from vocapp.models import AlertMove, Change, transaction
from vocapp.services import alerting, calling_back, claims
from vocapp.services.calling_back import NotMoved

pytestmark = pytest.mark.both_databases

HOLD = timedelta(minutes=45)


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    return make_workspace(now, callbacks={"claim_minutes": 45})


@pytest.fixture
def ids(workspace_id: int, now: datetime) -> list[UUID]:
    facts = complaints(workspace_id, 3, now)
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)
    return [alert.id for alert in alerts_of(workspace_id)]


@pytest.fixture
def over(now: datetime) -> datetime:
    return now + HOLD


def claim(workspace_id: int, alert_id: UUID, agent: str, now: datetime) -> None:
    with transaction():
        calling_back.claim(workspace_id=workspace_id, alert_id=alert_id, agent=agent, now=now)


def contact(workspace_id: int, alert_id: UUID, agent: str | None, now: datetime) -> None:
    with transaction():
        calling_back.contact(
            workspace_id=workspace_id, alert_id=alert_id, outcome="reached", note=None, by=agent, now=now
        )


def sweep(workspace_id: int, now: datetime) -> int:
    with transaction():
        return claims.take_back(workspace_id=workspace_id, now=now)


def history(db: Any, alert_id: UUID) -> list[tuple[str, str | None]]:
    db.session.rollback()
    lines = db.session.scalars(
        select(AlertMove).where(AlertMove.alert_id == alert_id).order_by(AlertMove.at, AlertMove.id)
    )
    return [(line.action, line.by) for line in lines]


def test_what_nobody_holds_any_longer_is_in_the_queue_again_due_as_before(
    db: Any, workspace_id: int, ids: list[UUID], now: datetime, over: datetime
) -> None:
    first, second, third = ids
    due = {alert.id: alert.due_at for alert in alerts_of(workspace_id)}
    claim(workspace_id, first, "Ana", now)
    claim(workspace_id, second, "Ben", now + timedelta(minutes=1))
    number = db.session.get(Change, (workspace_id, "alerts", first)).number
    assert sweep(workspace_id, over - timedelta(seconds=1)) == 0
    with transaction():
        assert claims.workspaces_with_ended_leases(now=over) == [workspace_id]
    assert sweep(workspace_id, over) == 1
    assert sweep(workspace_id, over) == 0
    found = {alert.id: alert for alert in alerts_of(workspace_id)}
    assert (found[first].status, found[first].assignee, found[first].claimed_until) == ("new", None, None)
    assert (found[second].status, found[third].status) == ("claimed", "new")
    assert {alert.id: alert.due_at for alert in found.values()} == due
    assert history(db, first) == [("opened", None), ("claim", "Ana"), ("lease_over", None)]
    assert db.session.get(Change, (workspace_id, "alerts", first)).number > number


def test_what_the_holder_does_holds_it_longer(workspace_id: int, ids: list[UUID], now: datetime) -> None:
    claim(workspace_id, ids[0], "Ana", now)
    claim(workspace_id, ids[0], "Ana", now + timedelta(minutes=10))
    assert alerts_of(workspace_id)[0].claimed_until == now + timedelta(minutes=10) + HOLD
    with transaction():
        claims.keep_in_hand(workspace_id=workspace_id, alert_id=ids[0], agent="Ana", now=now + timedelta(minutes=20))
        claims.keep_in_hand(  # somebody else who looks at it changes nothing
            workspace_id=workspace_id, alert_id=ids[0], agent="Ben", now=now + timedelta(minutes=30)
        )
    assert alerts_of(workspace_id)[0].claimed_until == now + timedelta(minutes=20) + HOLD
    contact(workspace_id, ids[0], "Ana", now + timedelta(minutes=30))
    assert alerts_of(workspace_id)[0].claimed_until == now + timedelta(minutes=30, hours=24)


def test_looking_twice_within_a_moment_is_written_once(workspace_id: int, ids: list[UUID], now: datetime) -> None:
    claim(workspace_id, ids[0], "Ana", now)
    [alert, other, *_] = alerts_of(workspace_id)
    hold = claims.hold_of(workspace_id=workspace_id)
    assert not claims.is_worth_renewing(alert, hold, now + timedelta(seconds=59))
    assert claims.is_worth_renewing(alert, hold, now + timedelta(seconds=60))
    assert not claims.is_worth_renewing(other, hold, now + timedelta(days=1))


def test_who_comes_back_late_goes_on_and_is_told_where_somebody_else_has_it(
    db: Any, workspace_id: int, ids: list[UUID], now: datetime, over: datetime
) -> None:
    for alert_id in ids[:2]:
        claim(workspace_id, alert_id, "Ana", now)
    assert sweep(workspace_id, over) == 2
    later = over + timedelta(minutes=5)
    contact(workspace_id, ids[0], "Ana", later)
    assert history(db, ids[0])[2:] == [("lease_over", None), ("claim", "Ana"), ("contact", "Ana")]
    assert alerts_of(workspace_id)[0].status == "contacted"
    claim(workspace_id, ids[1], "Ben", later)
    with pytest.raises(NotMoved) as refused:
        contact(workspace_id, ids[1], "Ana", later)
    assert (refused.value.holder, refused.value.lease_over_at) == ("Ben", over)
    assert "held by Ben" in refused.value.detail
    assert f"the claim of Ana was over at {over.isoformat(timespec='seconds')}" in refused.value.detail
    with pytest.raises(NotMoved) as refused:
        contact(workspace_id, ids[1], "Cleo", later)
    assert refused.value.lease_over_at is None


def test_who_had_reached_the_customer_has_still_reached_them(
    db: Any, workspace_id: int, ids: list[UUID], now: datetime
) -> None:
    claim(workspace_id, ids[0], "Ana", now)
    contact(workspace_id, ids[0], "Ana", now)
    later = now + timedelta(hours=24)
    assert sweep(workspace_id, later) == 1
    claim(workspace_id, ids[0], "Ana", later)
    assert alerts_of(workspace_id)[0].status == "contacted"
    with transaction():
        calling_back.resolve(
            workspace_id=workspace_id, alert_id=ids[0], root_cause="late", note=None, by="Ana", now=later
        )
    assert alerts_of(workspace_id)[0].status == "resolved"
    with transaction():
        calling_back.reopen(workspace_id=workspace_id, alert_id=ids[0], note=None, by="Boss", now=later)
    claim(workspace_id, ids[0], "Ana", later)  # reopened: nothing was said about this yet
    assert alerts_of(workspace_id)[0].status == "claimed"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_sweeps_and_agents_in_one_moment_return_each_alert_once(
    app: Flask, db: Any, workspace_id: int, ids: list[UUID], now: datetime, over: datetime
) -> None:
    facts = complaints(workspace_id, 57, now, place="store")
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)
    everything = [alert.id for alert in alerts_of(workspace_id)]
    due = {alert.id: alert.due_at for alert in alerts_of(workspace_id)}
    for alert_id in everything:
        claim(workspace_id, alert_id, "Ana", now)
    db.session.rollback()
    start = threading.Barrier(4)

    def take_back() -> int:
        with app.app_context():
            start.wait()
            return sum(sweep(workspace_id, over) for _ in range(20))

    def go_on() -> int:
        with app.app_context():
            start.wait()
            for alert_id in everything[::3]:
                contact(workspace_id, alert_id, "Ana", over)
        return 0

    with ThreadPoolExecutor(4) as pool:
        under_way = [pool.submit(take_back) for _ in range(3)] + [pool.submit(go_on)]
        taken = sum(one.result() for one in under_way)
    found = {alert.id: alert for alert in alerts_of(workspace_id)}
    lines = db.session.scalars(select(AlertMove.alert_id).where(AlertMove.action == "lease_over")).all()
    assert taken == len(lines) == len(set(lines))
    assert len(lines) >= len(everything) - len(everything[::3])
    assert {alert.id: alert.due_at for alert in found.values()} == due
    for alert_id in everything:
        held = alert_id in everything[::3]
        assert (found[alert_id].status, found[alert_id].assignee) == (("contacted", "Ana") if held else ("new", None))
