"""Every signal ends in exactly one alert, whatever runs twice, at once, or in between."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from tests.unhappy import alerts_of, complain, complaints, make_customer, make_workspace
from vocapp.models import Alert, AlertMove, Change, Fact, Signal, transaction
from vocapp.services import alerting, calling_back

pytestmark = pytest.mark.both_databases


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    return make_workspace(now)


@pytest.fixture
def customer_id(workspace_id: int, now: datetime) -> Any:
    with transaction():
        return make_customer(workspace_id, "C-1", now)


def open_alerts(facts: list[int], now: datetime) -> None:
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)


def test_a_detractor_reaches_the_queue(db: Any, workspace_id: int, customer_id: Any, now: datetime) -> None:
    fact = complain(workspace_id, customer_id, now, nps=2, why="Colis cassé", place="store")
    open_alerts([fact], now)
    [alert] = alerts_of(workspace_id)
    assert (alert.status, alert.kinds, alert.reason, alert.place) == ("new", ["detractor"], "nps 2", "store")
    assert alert.due_at > now
    assert db.session.scalars(select(Signal.alert_id)).all() == [alert.id]
    [opened] = db.session.scalars(select(Fact).where(Fact.kind == "AlertOpened"))
    assert (opened.subject_id, opened.done_at) == (alert.id, None)
    assert db.session.get(Fact, fact).done_at is not None
    assert db.session.get(Change, (workspace_id, "alerts", alert.id)).op == "upsert"
    [line] = db.session.scalars(select(AlertMove))
    assert (line.action, line.status) == ("opened", "new")
    assert "cassé" not in f"{alert.reason}{line.details}"


def test_a_job_that_runs_again_changes_nothing(db: Any, workspace_id: int, now: datetime) -> None:
    facts = complaints(workspace_id, 3, now)
    open_alerts(facts, now)
    before = _state(db)
    open_alerts(facts, now + timedelta(minutes=1))
    with transaction() as session:  # a worker died between its commit and the queue's: the fact comes as if new
        for fact in session.scalars(select(Fact).where(Fact.kind == "SignalRaised")):
            fact.done_at = None
    open_alerts(facts, now + timedelta(minutes=2))
    assert _state(db) == before


def test_a_second_complaint_joins_the_open_alert(db: Any, workspace_id: int, customer_id: Any, now: datetime) -> None:
    open_alerts([complain(workspace_id, customer_id, now, nps=6)], now)
    [first] = alerts_of(workspace_id)
    mild, due_at = first.priority, first.due_at
    with transaction():
        calling_back.claim(workspace_id=workspace_id, alert_id=first.id, agent="Ana", now=now)
    later = now + timedelta(minutes=5)
    open_alerts([complain(workspace_id, customer_id, later, kinds=("low_csat",), csat=1)], later)
    [alert] = alerts_of(workspace_id)
    assert (alert.kinds, alert.status, alert.assignee) == (["detractor", "low_csat"], "claimed", "Ana")
    assert alert.priority > mild
    assert alert.due_at <= due_at
    assert alert.reason == "csat 1"
    assert [line.action for line in _history(db)] == ["opened", "claim", "joined"]
    assert len(db.session.scalars(select(Fact).where(Fact.kind == "AlertOpened")).all()) == 1


def test_a_milder_complaint_makes_an_alert_no_less_urgent(workspace_id: int, customer_id: Any, now: datetime) -> None:
    open_alerts([complain(workspace_id, customer_id, now, nps=0)], now)
    [first] = alerts_of(workspace_id)
    urgent = (first.priority, first.due_at, first.reason)
    later = now + timedelta(minutes=5)
    open_alerts([complain(workspace_id, customer_id, later, kinds=("negative_verbatim",), nps=9)], later)
    [alert] = alerts_of(workspace_id)
    assert (alert.priority, alert.due_at, alert.reason) == urgent
    assert alert.kinds == ["detractor", "negative_verbatim"]


def test_two_complaints_of_one_customer_in_one_batch_make_one_alert(
    db: Any, workspace_id: int, customer_id: Any, now: datetime
) -> None:
    facts = [complain(workspace_id, customer_id, now, nps=nps) for nps in (6, 1)]
    open_alerts(facts, now)
    [alert] = alerts_of(workspace_id)
    assert alert.reason == "nps 1"  # the worse one
    assert sorted(line.action for line in _history(db)) == ["joined", "opened"]


def test_after_a_resolution_a_complaint_opens_another(workspace_id: int, customer_id: Any, now: datetime) -> None:
    open_alerts([complain(workspace_id, customer_id, now)], now)
    [first] = alerts_of(workspace_id)
    where = {"workspace_id": workspace_id, "alert_id": first.id, "now": now}
    with transaction():
        calling_back.claim(**where, agent="Ana")
        calling_back.contact(**where, outcome="reached", note=None, by=None)
        calling_back.resolve(**where, root_cause="carrier_late", note=None, by=None)
    open_alerts([complain(workspace_id, customer_id, now)], now)
    assert sorted(alert.status for alert in alerts_of(workspace_id)) == ["new", "resolved"]


def test_workspaces_do_not_share_alerts(workspace_id: int, now: datetime) -> None:
    other = make_workspace(now, key="other")
    facts = [*complaints(workspace_id, 2, now), *complaints(other, 3, now)]
    open_alerts(facts, now)
    assert (len(alerts_of(workspace_id)), len(alerts_of(other))) == (2, 3)


def test_a_hundred_facts_take_as_many_statements_as_one(workspace_id: int, db: Any, now: datetime) -> None:
    one = complaints(workspace_id, 1, now)
    hundred = complaints(workspace_id, 100, now, place="store")
    with _statements(db) as few:
        open_alerts(one, now)
    with _statements(db) as many:
        open_alerts(hundred, now)
    assert len(alerts_of(workspace_id)) == 101
    assert len(many) <= len(few) <= 16


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestAtOnce:
    def test_workers_and_agents_race_and_each_customer_has_one_open_alert(
        self, app: Flask, db: Any, workspace_id: int, now: datetime
    ) -> None:
        """Five complaints each, in jobs of their own, while somebody resolves what comes up."""
        customers = []
        for index in range(8):
            with transaction():
                customers.append(make_customer(workspace_id, f"R-{index}", now))
        facts = [complain(workspace_id, one, now) for _ in range(5) for one in customers]
        db.session.rollback()

        def work(share: list[int]) -> None:
            with app.app_context():
                for fact in share:
                    open_alerts([fact], now)

        def resolve(_: int) -> None:
            with app.app_context():
                for _ in range(15):
                    with transaction() as session:
                        alert_id = session.scalar(select(Alert.id).where(Alert.status == "new").limit(1))
                        if alert_id is None:
                            continue
                        _resolve(workspace_id, alert_id, now)

        with ThreadPoolExecutor(7) as pool:
            jobs = [pool.submit(work, facts[number::5]) for number in range(5)]
            jobs += [pool.submit(resolve, number) for number in range(2)]
            for one in jobs:
                one.result()
        signals = db.session.scalars(select(Signal)).all()
        assert len(signals) == len(facts)
        assert all(signal.alert_id for signal in signals)
        per_customer = db.session.execute(
            select(Alert.customer_id, func.count()).where(Alert.status == "new").group_by(Alert.customer_id)
        ).all()
        assert {number for _, number in per_customer} <= {1}
        openings = [line.alert_id for line in _history(db) if line.action == "opened"]
        assert sorted(openings) == sorted(db.session.scalars(select(Alert.id)))  # each opened once

    def test_the_same_facts_in_six_jobs_at_once_open_one_alert_each(
        self, app: Flask, db: Any, workspace_id: int, now: datetime
    ) -> None:
        facts = complaints(workspace_id, 20, now)
        db.session.rollback()

        def work(number: int) -> None:
            with app.app_context():
                open_alerts(facts[number:] + facts[:number], now)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))
        open_alerts(facts, now)  # what one passed over because another held it
        assert len(alerts_of(workspace_id)) == 20
        assert len(_history(db)) == 20


def test_a_fact_about_nothing_is_settled(db: Any, workspace_id: int, now: datetime) -> None:
    with transaction() as session:
        session.add(Fact(workspace_id=workspace_id, kind="SignalRaised", subject_id=uuid4(), due_at=now))
        session.flush()
        fact_id = session.scalars(select(Fact.id)).one()
    open_alerts([fact_id], now)
    assert db.session.get(Fact, fact_id).done_at is not None
    assert alerts_of(workspace_id) == []


def _resolve(workspace_id: int, alert_id: Any, now: datetime) -> None:
    where = {"workspace_id": workspace_id, "alert_id": alert_id, "now": now}
    try:
        calling_back.claim(**where, agent="Ana")
    except calling_back.NotMoved:
        return
    calling_back.contact(**where, outcome="reached", note=None, by=None)
    calling_back.resolve(**where, root_cause="late", note=None, by=None)


def _history(db: Any) -> list[AlertMove]:
    return list(db.session.scalars(select(AlertMove).order_by(AlertMove.at, AlertMove.id)))


def _state(db: Any) -> list[Any]:
    db.session.rollback()
    alerts = db.session.execute(select(Alert.id, Alert.version, Alert.updated_at).order_by(Alert.id)).all()
    opened = db.session.scalars(select(Fact.subject_id).where(Fact.kind == "AlertOpened").order_by(Fact.id)).all()
    return [alerts, opened, [line.id for line in _history(db)]]


@contextmanager
def _statements(db: Any) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
