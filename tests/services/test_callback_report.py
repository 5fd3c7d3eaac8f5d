"""What callbacks came to is read from the histories as anybody would count it, in as many statements for any number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.called import sow
from tests.unhappy import make_workspace
from tests.watching import statements
from vocapp.models import Alert, AlertMove, Signal, transaction
from vocapp.models import db as models_db
from vocapp.services import callback_report
from vocapp.services.staff import Scope

DAY = timedelta(days=1)


def test_the_wait_begins_with_the_customer_s_word_even_where_the_queue_stood_still(
    app: Flask, db: Any, now: datetime
) -> None:
    workspace_id, stop = make_workspace(now), timedelta(hours=3)
    truth = sow(workspace_id, 20, until=now)
    with transaction() as session:
        for signal in session.scalars(select(Signal)):
            signal.raised_at -= stop
    read = callback_report.list_resolutions(scope=Scope(workspace_id), since=now - 31 * DAY, until=now)
    assert read == [replace(one, began_at=one.began_at - stop) if one.began_with else one for one in truth]


def test_each_resolution_is_read_as_it_was(app: Flask, db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    truth = sow(workspace_id, 60, until=now)
    sow(make_workspace(now, key="other"), 5, until=now, seed=8)
    assert len(truth) > 40
    assert any(one.opened_again for one in truth)

    def read(since: datetime, until: datetime, places: tuple[str, ...] | None = None) -> Any:
        return callback_report.list_resolutions(scope=Scope(workspace_id, places), since=since, until=until)

    assert read(now - 30 * DAY, now) == truth
    middle = truth[len(truth) // 2].at
    assert read(now - 30 * DAY, middle) + read(middle, now) == truth
    for place, team in (("store", "store"), ("other", None)):
        assert read(now - 30 * DAY, now, (place,)) == [one for one in truth if one.team == team]
    assert read(now - 30 * DAY, now, ()) == []
    opened = callback_report.count_opened(scope=Scope(workspace_id), since=now - 30 * DAY, until=now)
    alerts = db.session.scalars(select(Alert).where(Alert.workspace_id == workspace_id)).all()
    assert (opened.n, opened.still_open) == (60, sum(one.status in {"new", "claimed", "contacted"} for one in alerts))

    with statements(app) as said:
        read(now - 30 * DAY, now)
    many = len([one for one in said if one.lstrip().lower().startswith("select")])
    with transaction():
        pass
    with statements(app) as said:
        read(truth[0].at, truth[0].at + timedelta(microseconds=1))
    assert many == len([one for one in said if one.lstrip().lower().startswith("select")]) == 5


def test_in_time_is_told_of_all_that_came_due_whether_anybody_tried_or_not(app: Flask, db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now)
    sow(workspace_id, 60, until=now)
    sow(make_workspace(now, key="other"), 5, until=now, seed=8)
    truth = sorted(by_hand(workspace_id, now), key=lambda one: one[0])
    assert any(not in_time and outcome is None for _, in_time, outcome, _ in truth), "some are late, and open still"

    def read(since: datetime, until: datetime, places: tuple[str, ...] | None = None) -> Any:
        found = callback_report.list_dues(scope=Scope(workspace_id, places), since=since, until=until, now=now)
        return [(one.at, one.in_time, one.outcome, one.team) for one in found]

    for days in range(0, 34, 3):
        since, until = now - days * DAY - DAY, now - days * DAY + 2 * DAY
        assert read(since, until) == [one for one in truth if since <= one[0] < min(until, now)]
        assert read(since, until, ("store",)) == [one for one in read(since, until) if one[3] == "store"]
    with statements(app) as said:
        read(now - 30 * DAY, now)
    assert len([one for one in said if one.lstrip().lower().startswith("select")]) == 3


def by_hand(workspace_id: int, now: datetime) -> Iterator[tuple[datetime, bool, str | None, str | None]]:
    """Go through every row of the histories, as anybody would; return when each was due, and what had been done."""
    for alert in models_db.session.scalars(select(Alert).where(Alert.workspace_id == workspace_id)):
        moves = models_db.session.scalars(
            select(AlertMove).where(AlertMove.alert_id == alert.id).order_by(AlertMove.at, AlertMove.id)
        )
        rounds: list[list[AlertMove]] = []
        for one in moves:
            rounds = [*rounds, []] if one.action in {"opened", "reopen"} else rounds
            rounds[-1].append(one)
        for number, lines in enumerate(rounds, start=1):
            tries = [one for one in lines if one.action in {"contact", "resolve"}]
            outcome = next((one.details["resolution"] for one in lines if one.action == "resolve"), None)
            if tries:
                due_at = datetime.fromisoformat(tries[0].details["due_at"])
                yield due_at, tries[0].at <= due_at, outcome, alert.team
            elif number == len(rounds):
                yield alert.due_at, False, None, alert.team
