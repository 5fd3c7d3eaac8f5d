"""Whoever is erased, whatever the report of causes said stays true: and nothing of what stays leads to anybody."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests import called
from tests.migrating import down_and_up
from tests.unhappy import make_workspace
from vocapp.domain.callback_figures import figures, figures_by, pareto
from vocapp.domain.resolutions import UNSAID_CAUSE
from vocapp.models import Alert, AlertMove, AnonymousCallback, Customer, Response, transaction
from vocapp.services import callback_report, erasing, staff
from vocapp.services.staff import Scope

DAY = timedelta(days=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def erase(workspace_id: int, external_id: str, now: datetime) -> None:
    with transaction():
        assert erasing.erase(
            workspace_id=workspace_id, external_id=external_id, by="command", secret=b"secret", now=now
        )


def report(workspace_id: int, since: datetime, until: datetime, place: str | None, now: datetime) -> Any:
    """Say all that the report says, but whose place it is: that of the erased is the one above."""
    scope = staff.narrowed(Scope(workspace_id), place=place)
    found = callback_report.list_resolutions(scope=scope, since=since, until=until)
    dues = callback_report.list_dues(scope=scope, since=since, until=until, now=now)
    return (
        figures(found, dues).document(),
        {name: one.document() for name, one in figures_by(found, dues, lambda one: one.by).items()},
        [one.document() for one in pareto(found)],
        [one.document() for one in pareto(found, groups=True)],
        callback_report.count_opened(scope=scope, since=since, until=until).n,
    )


def test_the_report_does_not_move_whoever_is_erased(
    app: Flask, db: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(called, "CAUSES", [cause for cause in called.CAUSES if " " not in cause])
    workspace_id = make_workspace(now)
    truth = called.sow(workspace_id, 24, until=now)
    draw, today = Random(3), now.astimezone(ZoneInfo("Europe/Paris")).replace(hour=0, minute=0)
    days = sorted(draw.sample(range(32), 3))
    periods = [(today - late * DAY, today - soon * DAY + DAY) for soon in days for late in days if soon < late]
    wanted = {
        (period, place): report(workspace_id, *period, place, now) for period in periods for place in (None, "brand")
    }
    people = list(db.session.scalars(select(Customer.external_id).order_by(Customer.id)))
    for number, external_id in enumerate(draw.sample(people, 14), start=1):
        erase(workspace_id, external_id, now)
        if number in {2, 14}:
            assert {key: report(workspace_id, *key[0], key[1], now) for key in wanted} == wanted
    assert db.session.scalar(select(func.count()).select_from(Alert)) == 10
    kept = db.session.scalars(select(AnonymousCallback)).all()
    assert sum(one.told is None for one in kept) == 14
    assert len([one for one in kept if one.told]) > 10
    assert len(truth) == report(workspace_id, today - 40 * DAY, today + DAY, None, now)[0]["resolved"]


def test_what_came_due_this_morning_counts_this_morning_whoever_is_erased(app: Flask, db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    zone = ZoneInfo("Europe/Paris")
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    nine, ten = today + timedelta(hours=9), today + timedelta(hours=10)
    called.sow(workspace_id, 2, until=today)
    with transaction() as session:
        session.execute(delete(AlertMove).where(AlertMove.action != "opened"))
        session.execute(update(Alert).values(status="new", root_cause=None, due_at=nine))
    scope = Scope(workspace_id)
    before = callback_report.list_dues(scope=scope, since=today, until=today + DAY, now=ten)
    assert [(one.at, one.in_time) for one in before] == [(nine, False)] * 2
    erase(workspace_id, "called-7-0", ten)
    after = callback_report.list_dues(scope=scope, since=today, until=today + DAY, now=ten)
    assert [one.in_time for one in after] == [False] * 2
    yesterday = callback_report.list_dues(scope=scope, since=today, until=today + DAY, now=today - DAY / 24)
    assert yesterday == [], "it was still to come"


def test_going_back_leaves_nothing_that_the_version_before_can_not_read(app: Flask, db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    called.sow(workspace_id, 6, until=now)
    for external_id in list(db.session.scalars(select(Customer.external_id))):
        erase(workspace_id, external_id, now)
    told = [one.told for one in db.session.scalars(select(AnonymousCallback))]
    resolved = [one for one in told if one and "due" not in one]
    assert len(resolved) < len([one for one in told if one]), "some had come due"
    down_and_up("due")
    kept = [one.told for one in db.session.scalars(select(AnonymousCallback))]
    assert kept.count(None) == told.count(None) == 6
    assert len([one for one in kept if one]) == len(resolved) > 0
    assert all("lasted" in one for one in kept if one), "it reads these as resolutions"


def test_nothing_of_what_stays_leads_to_anybody(app: Flask, db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    called.sow(workspace_id, 12, until=now)
    with transaction() as session:
        told = {"root_cause": "La fille de Mme K. est allergique", "resolution": "spoken_to"}
        session.execute(update(AlertMove).values(details=told).where(AlertMove.action == "resolve"))
        session.execute(update(Customer).values(last_name="Allergique"))
    ids = {str(one) for model in (Customer, Alert, AlertMove, Response) for one in db.session.scalars(select(model.id))}
    people = list(db.session.scalars(select(Customer.external_id)))
    for external_id in people:
        erase(workspace_id, external_id, now)
    kept = db.session.scalars(select(AnonymousCallback)).all()
    assert {one.told["cause"] for one in kept if one.told and "cause" in one.told} == {UNSAID_CAUSE}
    assert not ids & {str(one.id) for one in kept}
    whole = " ".join(f"{one.id} {one.day} {one.place} {one.told}" for one in kept)
    assert not [word for word in (*ids, *people, "llergi", "T0", "store") if word in whole]


def test_a_cause_in_own_words_stays_where_others_have_it_too(app: Flask, db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    called.sow(workspace_id, 12, until=now)
    with transaction() as session:
        session.execute(update(Alert).values(root_cause="Late again").where(Alert.status == "resolved"))
        told = {"root_cause": "Late again", "resolution": "spoken_to"}
        session.execute(update(AlertMove).values(details=told).where(AlertMove.action == "resolve"))
    resolved = list(
        db.session.scalars(
            select(Customer.external_id)
            .join(Alert, Alert.customer_id == Customer.id)
            .where(Alert.root_cause.is_not(None))
            .order_by(Customer.id)
        )
    )
    for external_id in resolved:
        erase(workspace_id, external_id, now)
    causes = [
        one.told["cause"] for one in db.session.scalars(select(AnonymousCallback)) if one.told and "cause" in one.told
    ]
    assert causes.count("Late again") >= len(resolved) - 1
    assert UNSAID_CAUSE in causes
