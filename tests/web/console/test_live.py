"""The queue is live: what a colleague takes leaves, what comes in appears, and looking costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import event, select

from tests.rig.browser import Visitor
from tests.web.console import crowd
from tests.web.console.conftest import PASSWORD, World
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


@pytest.mark.browser
def test_what_one_takes_leaves_the_others_list_and_the_call_is_made_by_keyboard(
    world: World, address: str, new_visitor: Callable[..., Visitor], tell: Callable[[str], None]
) -> None:
    crowd.fill(world, 40)
    one, other = (_staff(new_visitor, address, f"{who}@lune.test") for who in ("agent", "owner"))
    for each in (one, other):
        each.page.goto(f"{address}/console/alerts?assignee=none&sort=newest")
        each.page.wait_for_load_state()  # and with it the script that listens to the keys
    mine, theirs = one.page, other.page
    for key in "jj":
        mine.keyboard.press(key)
    for _ in range(3):
        theirs.keyboard.press("j")
    taken = mine.evaluate("document.activeElement.closest('[data-row]').dataset.row")
    watched = theirs.evaluate("document.activeElement.closest('[data-row]').dataset.row")
    assert theirs.locator(f"[data-row='{taken}']").count() == 1

    taken_at = time.monotonic()
    mine.keyboard.press("c")
    expect(theirs.locator(f"[data-row='{taken}']")).to_have_count(0)
    tell(f"claimed in one browser, gone from the other after {time.monotonic() - taken_at:.1f} s")
    _arrive(mine, "[data-note]")
    assert theirs.evaluate("document.activeElement.closest('[data-row]').dataset.row") == watched, "the focus stays"

    with world.app.app_context(), transaction() as session:  # one that comes in
        late = session.scalars(select(Alert).where(Alert.status == "resolved")).first()
        assert late is not None
        wanted = late.id
        calling_back.reopen(
            workspace_id=late.workspace_id, alert_id=wanted, note=None, by="owner@lune.test", now=database_now()
        )
    expect(theirs.locator(f"[data-row='{wanted}']")).to_have_count(1)
    expect(theirs.locator("[data-news]")).to_have_text("Un nouveau rappel est arrivé.")
    for count in theirs.locator("[data-open]").all():
        expect(count.locator(".vh")).to_have_text(f", {count.get_attribute('data-open')} rappels ouverts")

    mine.keyboard.press("m")
    mine.keyboard.type("Livraison refaite jeudi, 1 carton.")
    mine.keyboard.press("Control+Enter")  # which concludes, and is not for here: nobody was reached yet
    mine.keyboard.press("Escape")
    mine.keyboard.press("1")
    assert mine.evaluate("document.activeElement.value") == "reached"
    assert world.alert(UUID(taken)).status == "claimed"
    mine.keyboard.press("Enter")
    _arrive(mine, "[data-cause]")
    mine.keyboard.press("r")
    mine.keyboard.type("en")  # as one chooses from a list: by its first letters
    mine.keyboard.press("Tab")
    mine.keyboard.type("remb")
    mine.keyboard.press("Control+Enter")
    _arrive(mine, "text=Rouvrir le rappel")
    done = world.alert(UUID(taken))
    assert (done.status, done.root_cause, done.remedy) == ("resolved", "delivery.late", "refund")
    mine.keyboard.press("q")
    mine.wait_for_url("**/console/alerts?assignee=none&sort=newest")
    assert not one.complaints
    assert not other.complaints


@pytest.mark.browser
def test_an_alert_that_changes_under_ones_eyes_says_so_and_takes_no_word_away(
    world: World, address: str, new_visitor: Callable[..., Visitor]
) -> None:
    _claim(world, "ada", by="agent@lune.test")
    visitor = _staff(new_visitor, address, "agent@lune.test")
    page = visitor.page
    page.goto(f"{address}/console/alerts/{world.ours.stories['ada'].alert}")
    page.fill("#note", "Rappeler demain")
    with world.app.app_context(), transaction():
        calling_back.release(**_of(world, "ada"), by="owner@lune.test", for_holder=True)
    expect(page.locator("[data-fresh]")).to_be_visible()
    assert page.input_value("#note") == "Rappeler demain"
    assert not visitor.complaints


def _arrive(page: Any, selector: str) -> None:
    page.wait_for_selector(selector)
    page.wait_for_load_state()


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


def _staff(new_visitor: Callable[..., Visitor], address: str, email: str) -> Visitor:
    visitor = new_visitor(viewport={"width": 1280, "height": 900})
    page = visitor.page
    page.goto(f"{address}/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/console/")
    return visitor
