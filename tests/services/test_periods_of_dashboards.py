"""The periods of dashboards: held against as many days, parted by the steps of then, summed by the largest unit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.builders import NPS, House
from vocapp.domain.boards import period_before, unit_for
from vocapp.models import Tally
from vocapp.services import counting, dashboards, reporting
from vocapp.services.dashboards import Asked, Board
from vocapp.services.reporting import Question

pytestmark = pytest.mark.both_databases


def a_board(house: House, **asked: Any) -> Board:
    with house.reading():
        return dashboards.read(asked=Asked(workspace_id=house.id, **asked))


def said_by_day(house: House, days: Iterable[date], *, survey: str = "bought", version: int = 1) -> None:
    """Let somebody have answered on each of these days."""
    with house.writing() as session:
        for day in days:
            session.add(
                Tally(
                    workspace_id=house.id,
                    survey_key=survey,
                    survey_version=version,
                    day=day,
                    place="shop",
                    channel="email",
                    counted=[["", "completed"], ["@nps", "9"]],
                )
            )
        session.flush()
        counting.add_up()


def test_a_period_that_goes_on_is_held_against_as_many_days(app: Flask) -> None:
    house, monday = House(app), date(2026, 11, 23)
    said_by_day(house, (monday - timedelta(days=back) for back in range(-1, 800)))  # up to Tuesday, who is today
    so_far = monday + timedelta(days=2)
    weeks = {"since": monday - timedelta(weeks=12), "until": monday + timedelta(weeks=1)}
    board = a_board(house, **weeks, so_far=so_far)
    assert (board.responses, board.responses_before) == (86, 86)
    assert board.asked.before_until.weekday() == so_far.weekday()
    assert board.document()["before_to"] == date(2026, 9, 2) - timedelta(weeks=1)
    assert [(row.now.responses, row.before.responses) for row in board.rows["place"]] == [(86, 86)]
    assert [(row.now.responses, row.before.responses) for row in board.rows["survey"]] == [(86, 86)]
    with house.reading():
        assert dashboards.mark(asked=board.asked) == dashboards.mark_of(board)
    months = a_board(house, since=date(2025, 12, 1), until=date(2026, 12, 1), span="month", so_far=so_far)
    assert (months.responses, months.responses_before) == (359, 359)
    over = a_board(house, since=monday - timedelta(days=7), until=monday, so_far=so_far)
    assert (over.responses, over.responses_before, over.asked.before_until) == (7, 7, over.asked.since)


def test_an_edit_of_a_survey_moves_nothing_that_was_said_to_another_step(app: Flask) -> None:
    house = House(app)
    for event in ("order.delivered", "store.visited", None):
        house.survey("bought", trigger=None if event is None else {"event": event}, questions=[NPS])
    days = [date(2026, 11, 2) + timedelta(days=number) for number in range(12)]
    for version, some in ((1, days), (2, days[:11]), (3, days[:10])):
        said_by_day(house, some, version=version)
    board = a_board(house, since=date(2026, 11, 2), until=date(2026, 11, 16))
    with house.reading():
        rows = {row.key: row.now.sample("nps").n for row in dashboards.rows_by(board=board, group_by="step")}
        api = reporting.figures_by(metric="nps", question=Question(workspace_id=house.id), group_by="step")
    assert rows == {one["key"]: one["responses"] for one in api} == {"order.delivered": 12, "store.visited": 11, "": 10}


def test_spans_are_summed_by_the_largest_unit_that_fits() -> None:
    assert unit_for(date(2026, 11, 2), date(2026, 11, 9), span="week") == "week"
    assert unit_for(date(2026, 11, 2), date(2026, 11, 10), span="week") == "day"
    assert unit_for(date(2026, 1, 1), date(2026, 11, 1), span="month") == "month"
    assert unit_for(date(2026, 11, 2), date(2026, 11, 9)) == "week"
    assert period_before(date(2026, 1, 1), date(2026, 3, 1)) == date(2025, 11, 1)
    assert period_before(date(2026, 3, 2), date(2026, 3, 9)) == date(2026, 2, 23)
