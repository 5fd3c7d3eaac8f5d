"""Coming in and going out."""

from __future__ import annotations

import re

import pytest

from tests.web.console.conftest import PASSWORD, Browser, World
from vocapp.models import transaction
from vocapp.services import staff
from vocapp.web import limits


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The pages are what is told of here; what they call is tried on both databases in its own tests."""
    return sqlite_url


def test_a_stranger_is_sent_to_the_login_and_back_afterwards(world: World) -> None:
    browser = Browser(world.app)
    sent = browser.get("/console/alerts?status=all")
    assert sent.status_code == 303
    assert sent.location == "/login?next=/console/alerts?status%3Dall"
    assert 'value="/console/alerts?status=all"' in browser.get(sent.location).text
    arrived = browser.log_in("agent@lune.test", wanted="/console/alerts?status=all")
    assert (arrived.status_code, arrived.location) == (303, "/console/alerts?status=all")


def test_an_unknown_address_and_a_wrong_password_say_the_same(world: World) -> None:
    answers = [Browser(world.app).log_in(email, "wrong password") for email in ("agent@lune.test", "nobody@lune.test")]
    assert [answer.status_code for answer in answers] == [401, 401]
    known, unknown = (re.sub(r'(nonce|value)="[^"]*"', "", answer.text) for answer in answers)
    assert known == unknown


@pytest.mark.parametrize("email", ["", "a\x00b@lune.test", "x" * 5000 + "@lune.test", "' or 1=1 --"])
def test_an_address_that_is_none_is_just_wrong(world: World, email: str) -> None:
    assert Browser(world.app).log_in(email).status_code == 401


def test_the_address_is_read_without_case(world: World) -> None:
    assert Browser(world.app).log_in(" Agent@LUNE.test ").status_code == 303


def test_the_session_cookie_is_for_this_site_and_no_script(world: World) -> None:
    browser = Browser(world.app)
    cookie = browser.log_in("agent@lune.test").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "target",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "/console\\@evil.test", "javascript:alert(1)", "/s/x",
     "/consoleevil", "/console/\r\nSet-Cookie: a=b"],
)  # fmt: skip
def test_nobody_is_sent_out_of_the_console(world: World, target: str) -> None:
    browser = Browser(world.app)
    assert browser.log_in("agent@lune.test", wanted=target).location == "/console/"
    switched = browser.post("/login/language", language="en", next=target)
    assert switched.location == "/console/"


def test_a_post_without_its_token_is_refused_kindly(world: World) -> None:
    browser = world.log_in("agent")
    alert = world.ours.stories["ada"].alert
    for token in ("", "forged"):
        answer = browser.post(f"/console/alerts/{alert}/claim", csrf_token=token)
        assert answer.status_code == 400
        assert "trop ancienne" in answer.text
    assert Browser(world.app).client.post("/login", data={"email": "a", "password": "b"}).status_code == 400
    assert world.alert(alert).status == "new"


def test_too_many_wrong_passwords_are_slowed_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 2)
    browser = Browser(world.app)
    assert [browser.log_in("agent@lune.test", "wrong").status_code for _ in range(3)] == [401, 401, 429]
    refused = browser.log_in("agent@lune.test")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Attendez une minute" in refused.text


def test_who_is_right_is_never_slowed_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 2)
    assert [Browser(world.app).log_in("agent@lune.test").status_code for _ in range(5)] == [303] * 5


def test_the_language_follows_the_browser_and_then_the_choice(world: World) -> None:
    browser = Browser(world.app, "en-GB")
    assert '<html lang="en">' in browser.get("/login").text
    assert browser.post("/login/language", token_from="/login", language="fr", next="/login").location == "/login"
    assert '<html lang="fr">' in browser.get("/login").text


def test_a_member_of_two_workspaces_chooses_and_keeps_the_choice(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        from datetime import UTC, datetime

        staff.create(
            workspace_id=world.theirs.workspace_id,
            email="agent@lune.test",
            password=PASSWORD,
            role="viewer",
            place=None,
            now=datetime.now(UTC),
        )
        session.flush()
    browser = world.log_in("agent")
    assert browser.get("/console/alerts").location == "/console/workspaces"
    chosen = browser.post("/console/workspaces", token_from="/console/workspaces", workspace="rival")
    assert chosen.status_code == 303
    page = browser.get("/console/alerts").text
    assert "Rivale" in page
    assert "customer-ada" not in page
    assert browser.post("/console/workspaces", workspace="nobodys").status_code == 404


def test_nothing_of_a_page_can_be_framed_kept_or_scripted(world: World) -> None:
    browser = world.log_in("agent")
    for path in ("/login", "/console/alerts", "/console/nowhere", "/console/responses"):
        headers = (Browser(world.app) if path == "/login" else browser).get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"


def test_no_script_or_style_stands_in_a_page(world: World) -> None:
    page = world.log_in("agent").get(f"/console/alerts/{world.ours.stories['ada'].alert}").text
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_the_style_and_the_script_are_there_for_everybody(world: World) -> None:
    page = Browser(world.app).get("/login").text
    style = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert style
    answer = Browser(world.app).get(style[1])
    assert answer.mimetype == "text/css"
    assert Browser(world.app).get("/static/console.css").status_code == 404


def test_the_front_door_leads_to_the_console(world: World) -> None:
    answer = Browser(world.app).get("/")
    assert (answer.status_code, answer.location) == (302, "/console/")
