"""Sessions of the staff: rows that begin new, grow old, and can be ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.watching import statements
from tests.web.console.conftest import PASSWORD, Browser, World
from vocapp.config import Settings
from vocapp.models import StaffSession, User, db, transaction
from vocapp.services import sessions, staff


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The pages are what is told of here; what they call is tried on both databases in its own tests."""
    return sqlite_url


def test_logging_out_makes_a_copied_cookie_worthless_and_leaves_other_devices_alone(world: World) -> None:
    browser, elsewhere = world.log_in("agent"), world.log_in("agent")
    kept = browser.client.get_cookie("session")
    assert kept is not None
    assert browser.post("/logout").status_code == 303
    assert browser.get("/console/alerts").status_code == 303
    browser.client.set_cookie("session", kept.value)
    assert browser.get("/console/alerts").status_code == 303
    assert elsewhere.get("/console/alerts").status_code == 200


def test_a_login_begins_under_a_token_that_nobody_had_before(world: World) -> None:
    browser = Browser(world.app)
    browser.get("/login")
    foisted = browser.client.get_cookie("session")
    browser.log_in("agent@lune.test")
    first = browser.client.get_cookie("session")
    assert foisted is not None
    assert first is not None
    stranger = Browser(world.app)
    stranger.client.set_cookie("session", foisted.value)
    assert stranger.get("/console/alerts").status_code == 303, "what was there before the login opens nothing"
    browser.client.delete_cookie("session")
    browser.client.set_cookie("session", first.value)
    browser.post("/login", token_from="/console/alerts", email="agent@lune.test", password=PASSWORD)
    stranger.client.set_cookie("session", first.value)
    assert stranger.get("/console/alerts").status_code == 303, "the session before was replaced"
    assert browser.get("/console/alerts").status_code == 200
    assert len(_rows(world)) == 1


def test_the_database_holds_no_token(world: World) -> None:
    world.log_in("agent")
    [row] = _rows(world)
    with world.app.app_context(), transaction():
        token = sessions.begin(user_id=row.user_id, browser="x" * 500, replaces=None, now=row.created_at)
    rows = _rows(world)
    assert len(rows) == 2
    assert not [row for row in rows if token in repr(vars(row))]
    assert {len(row.browser) for row in rows} <= {0, 80}


@pytest.mark.parametrize(
    ("age", "idle", "status"),
    [
        (timedelta(hours=11), timedelta(hours=3), 200),
        (timedelta(hours=5), timedelta(hours=4), 303),
        (timedelta(hours=12), timedelta(0), 303),
    ],
)
def test_a_session_ends_when_nobody_clicks_and_with_the_working_day(
    world: World, age: timedelta, idle: timedelta, status: int
) -> None:
    browser = world.log_in("agent")
    _make_old(world, age, idle)
    assert browser.get("/console/alerts").status_code == status


def test_a_click_is_noted_now_and_then_and_a_page_that_looks_by_itself_is_none(world: World) -> None:
    browser = world.log_in("agent")
    _make_old(world, timedelta(hours=3), timedelta(hours=3))
    [before] = _rows(world)
    assert browser.get("/console/alerts/pulse").status_code == 200
    assert _rows(world)[0].seen_at == before.seen_at
    assert browser.get("/console/alerts").status_code == 200
    [after] = _rows(world)
    assert after.seen_at > before.seen_at
    assert after.created_at == before.created_at
    browser.get("/console/alerts")
    assert _rows(world)[0].seen_at == after.seen_at, "the next one is minutes away"


def test_sessions_that_are_over_are_cleared_away(world: World) -> None:
    world.log_in("agent")
    _make_old(world, timedelta(hours=13), timedelta(0))
    world.log_in("viewer")
    assert len(_rows(world)) == 1


def test_who_is_disabled_is_out_at_once(world: World) -> None:
    from vocapp.models import Member

    browser = world.log_in("agent")
    with world.app.app_context(), transaction() as session:
        user = session.scalar(select(User.id).where(User.email == "agent@lune.test"))
        session.execute(update(Member).where(Member.user_id == user).values(disabled_at=_rows(world)[0].seen_at))
    assert browser.get("/console/alerts").status_code == 403
    assert world.log_in("viewer").get("/console/alerts").status_code == 200


def test_the_pages_of_customers_and_machines_ask_for_no_session(world: World) -> None:
    browser = world.log_in("agent")
    for path in ("/s/" + "a" * 44, "/unsubscribe/" + "a" * 44, "/healthz", "/api/v1/alerts", "/api/docs"):
        with statements(world.app) as said:
            answer = browser.get(path)
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path
        assert not [one for one in said if "staff_sessions" in one], path


def test_the_choice_of_a_workspace_outlives_a_new_login_of_the_same_person(world: World) -> None:
    with world.app.app_context(), transaction():
        staff.create(
            workspace_id=world.theirs.workspace_id,
            email="agent@lune.test",
            password=PASSWORD,
            role="viewer",
            place=None,
            now=_rows_now(),
        )
    browser = world.log_in("agent")
    browser.post("/console/workspaces", token_from="/console/workspaces", workspace="rival")
    assert "Rivale" in browser.get("/console/alerts").text
    _make_old(world, timedelta(hours=11), timedelta(hours=5))
    assert browser.get("/console/alerts").location.startswith("/login")
    browser.log_in("agent@lune.test")
    assert "Rivale" in browser.get("/console/alerts").text


@pytest.mark.parametrize("public_url", ["https://vocapp.test", "http://vocapp.test"])
def test_the_cookie_is_bound_to_this_host_where_the_way_is_encrypted(
    make_settings: Any, sqlite_url: str, public_url: str
) -> None:
    from vocapp.app import add_doors, create_app

    settings: Settings = make_settings(database_url=sqlite_url, public_url=public_url)
    client = add_doors(create_app(settings)).test_client()
    set_cookie = client.get("/login", base_url=public_url).headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    assert "Path=/" in set_cookie
    assert "Domain" not in set_cookie
    assert set_cookie.startswith("__Host-session=") == ("Secure" in set_cookie) == public_url.startswith("https")


def _rows(world: World) -> list[StaffSession]:
    with world.app.app_context():
        found = list(db.session.scalars(select(StaffSession)))
        db.session.expunge_all()
        return found


def _make_old(world: World, age: timedelta, idle: timedelta) -> None:
    with world.app.app_context(), transaction() as session:
        for row in session.scalars(select(StaffSession)):
            row.created_at, row.seen_at = row.created_at - age, row.seen_at - idle


def _rows_now() -> Any:
    from vocapp.models import database_now

    return database_now()
