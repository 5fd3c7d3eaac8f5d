"""What callbacks came to is read from the histories as anybody would count it, in as many statements for any number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.called import sow
from tests.unhappy import make_workspace
from tests.watching import statements
from vocapp.models import Alert, Signal, transaction
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
