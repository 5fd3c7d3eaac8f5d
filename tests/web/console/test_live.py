"""The queue tells by a mark whether anything has changed, and looking costs next to nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tests.web.console.conftest import World
from vocapp.models import Alert, database_now, db, transaction
from vocapp.services import calling_back


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_who_looks_again_is_told_that_nothing_has_changed_until_something_has(world: World) -> None:
    browser = world.log_in("agent")
    mark = browser.get("/console/alerts/pulse").headers["ETag"]
    assert _look(world, browser, mark) == (304, 1), "one statement beside the session's"
    _claim(world, "bo", by="owner@lune.test")
    assert _look(world, browser, mark)[0] == 200
    mark = browser.get("/console/alerts/pulse").headers["ETag"]
    with world.app.app_context(), transaction():
        calling_back.release(**_of(world, "bo"), by=None)
    assert _look(world, browser, mark)[0] == 200
    assert f'data-mark="{browser.get("/console/alerts/pulse").json["mark"]}"' in browser.get("/console/alerts").text


def test_who_may_not_see_a_place_hears_nothing_of_it(world: World) -> None:
    south = world.log_in("south")
    mark = south.get("/console/alerts/pulse").headers["ETag"]
    _claim(world, "bo", by="owner@lune.test")  # in the north
    assert south.client.get("/console/alerts/pulse", headers={"If-None-Match": mark}).status_code == 304


def test_what_is_to_be_done_is_what_nobody_has_and_what_i_have(world: World) -> None:
    _claim(world, "ada", by="agent@lune.test")
    _claim(world, "bo", by="owner@lune.test")
    agent = world.log_in("agent")
    page = agent.get("/console/alerts").text
    assert ("Lovelace-ada" in page, "Lovelace-bo" in page, "Lovelace-cy" in page) == (True, False, True)
    assert "Lovelace-bo" in agent.get("/console/alerts?status=open").text
    assert "Lovelace-bo" in world.log_in("analyst").get("/console/alerts").text, "who only reads sees all"
    with world.app.app_context(), transaction() as session:
        alert = session.get_one(Alert, (world.ours.workspace_id, world.ours.stories["bo"].alert))
        alert.claimed_until = database_now() - timedelta(seconds=1)
    assert "Lovelace-bo" in agent.get("/console/alerts").text, "its holder is gone"


def test_a_page_left_open_holds_neither_the_session_nor_the_alert(world: World) -> None:
    _claim(world, "ada", by="agent@lune.test")
    alert = world.ours.stories["ada"].alert
    with world.app.app_context(), transaction() as session:
        session.get_one(Alert, (world.ours.workspace_id, alert)).claimed_until = database_now() + timedelta(minutes=3)
    before = world.alert(alert).claimed_until
    agent = world.log_in("agent")
    assert agent.client.get(f"/console/alerts/{alert}", headers={"X-Looks-By-Itself": "1"}).status_code == 200
    assert world.alert(alert).claimed_until == before
    agent.get(f"/console/alerts/{alert}")
    assert world.alert(alert).claimed_until > before  # type: ignore[operator]


def _claim(world: World, person: str, *, by: str) -> None:
    with world.app.app_context(), transaction():
        calling_back.claim(**_of(world, person), agent=by)


def _of(world: World, person: str) -> dict[str, Any]:
    alert_id = world.ours.stories[person].alert
    return {"workspace_id": world.ours.workspace_id, "alert_id": alert_id, "now": database_now()}


def _look(world: World, browser: Any, mark: str) -> tuple[int, int]:
    """Return what is answered, and after how many statements."""
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.lower().startswith("select"):
            statements.append(statement)

    with world.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = browser.client.get("/console/alerts/pulse", headers={"If-None-Match": mark})
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return answer.status_code, len(statements)
