"""The team and one's own account: who may come in, with which part, and whose sessions end."""

from __future__ import annotations

import re

import pytest

from tests.web.console.changing import journal, save, save_account, user_id
from tests.web.console.conftest import PASSWORD, Browser, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The pages are what is told of here; what they call is tried on both databases in its own tests."""
    return sqlite_url


def test_a_member_is_added_changed_disabled_and_let_in_again(world: World) -> None:
    browser = world.log_in("owner")
    page = save(browser, "/team", email="New@lune.test", password=PASSWORD, role="agent", place="south")
    assert page.status_code == 303
    theirs = Browser(world.app)
    assert theirs.log_in("new@lune.test").status_code == 303
    one = f"/team/{user_id(world, 'new')}"
    assert save(browser, one, role="viewer", place="").status_code == 303
    assert "A. L." in theirs.get("/console/alerts?status=all").text, "a viewer's mask, from the next click on"
    assert save(browser, f"{one}/disable").status_code == 303
    assert theirs.get("/console/alerts").status_code == 303, "the session is gone"
    theirs.log_in("new@lune.test")
    assert theirs.get("/console/alerts").status_code == 403
    assert save(browser, f"{one}/enable").status_code == 303
    assert theirs.get("/console/alerts").status_code == 200
    assert [(entry.action, entry.subject) for entry in journal(world)] == [
        (action, "new@lune.test") for action in ("member.added", "member.changed", "member.disabled", "member.enabled")
    ]
    assert journal(world)[1].before == {"role": "agent", "place": "south"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "agent@lune.test"}, "email"),
        ({"password": "short"}, "password"),
        ({"role": "boss"}, "role"),
        ({"place": "nowhere"}, "place"),
    ],
)
def test_who_can_not_be_added_is_told_beside_the_field(world: World, fields: dict[str, str], field: str) -> None:
    given = {"email": "new@lune.test", "password": PASSWORD, "role": "agent", "place": ""} | fields
    refused = save(world.log_in("owner"), "/team", **given)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert PASSWORD not in refused.text
    assert journal(world) == []


def test_the_last_owner_stays(world: World) -> None:
    browser, one = world.log_in("owner"), f"/team/{user_id(world, 'owner')}"
    for path, fields in ((one, {"role": "agent"}), (one, {"role": "owner", "place": "south"}), (f"{one}/disable", {})):
        refused = save(browser, path, **fields)
        assert refused.status_code == 422
        assert "au moins un responsable" in refused.text
    assert save(browser, "/team", email="b@lune.test", password=PASSWORD, role="owner").status_code == 303
    assert save(browser, f"/team/{user_id(world, 'b')}/disable").status_code == 303
    assert save(browser, one, role="agent").status_code == 422, "a disabled owner is none"
    assert save(browser, f"/team/{user_id(world, 'b')}/enable").status_code == 303
    left = save(browser, one, role="agent", place="")
    assert (left.status_code, left.location) == (303, "/console/account")
    assert browser.get("/console/settings").status_code == 403


def test_an_owner_gives_a_password_and_ends_sessions(world: World) -> None:
    browser, theirs = world.log_in("owner"), world.log_in("agent")
    one = f"/team/{user_id(world, 'agent')}"
    assert save(browser, f"{one}/password", password="short").status_code == 422
    assert theirs.get("/console/alerts").status_code == 200
    assert save(browser, f"{one}/password", password="une autre longue phrase").status_code == 303
    assert theirs.get("/console/alerts").status_code == 303
    assert theirs.log_in("agent@lune.test").status_code == 401
    assert theirs.log_in("agent@lune.test", "une autre longue phrase").status_code == 303
    assert save(browser, f"{one}/sessions").status_code == 303
    assert theirs.get("/console/alerts").status_code == 303
    lines = journal(world)
    assert [entry.action for entry in lines] == ["member.password_set", "member.sessions_ended"]
    assert "phrase" not in repr([(entry.before, entry.after) for entry in lines])


def test_nobody_opens_another_workspace_by_giving_a_password(world: World) -> None:
    browser = world.log_in("owner")
    joined = save(browser, "/team", email="agent@rivale.test", password="une autre longue phrase", role="viewer")
    assert joined.status_code == 303
    theirs = Browser(world.app)
    assert theirs.log_in("agent@rivale.test", "une autre longue phrase").status_code == 401
    assert theirs.log_in("agent@rivale.test").status_code == 303
    one = f"/team/{user_id(world, 'agent', 'rivale')}"
    refused = save(browser, f"{one}/password", password="une autre longue phrase")
    assert refused.status_code == 422
    theirs.post("/console/workspaces", token_from="/console/workspaces", workspace="rival")
    assert save(browser, f"{one}/sessions").status_code == 303
    assert save(browser, f"{one}/disable").status_code == 303
    assert theirs.get("/console/alerts").status_code == 200, "what they do elsewhere concerns nobody here"


def test_one_changes_ones_own_password_and_ends_ones_own_sessions(world: World) -> None:
    here, there, third = (world.log_in("viewer") for _ in range(3))
    page = here.get("/console/account").text
    assert page.count("/console/account/sessions/") == 2
    assert save_account(here, "password", current="wrong", password="une autre longue phrase").status_code == 422
    assert save_account(here, "password", current=PASSWORD, password="short").status_code == 422
    one = re.search(r'action="(/console/account/sessions/[^"]+)"', page)
    assert one
    assert here.post(one[1], token_from="/console/account").status_code == 303
    assert sorted(browser.get("/console/alerts").status_code for browser in (there, third)) == [200, 303]
    assert here.post(one[1], token_from="/console/account").status_code == 404
    assert save_account(here, "password", current=PASSWORD, password="une autre longue phrase").status_code == 303
    assert here.get("/console/alerts").status_code == 200
    assert [browser.get("/console/alerts").status_code for browser in (there, third)] == [303, 303]
    again = Browser(world.app)
    assert again.log_in("viewer@lune.test", "une autre longue phrase").status_code == 303
    assert save_account(here, "sessions").status_code == 303
    assert again.get("/console/alerts").status_code == 303


def test_nobody_ends_anothers_session_by_its_id(world: World) -> None:
    theirs = world.log_in("agent")
    world.log_in("agent")
    found = re.search(r'action="(/console/account/sessions/[^"]+)"', theirs.get("/console/account").text)
    assert found
    assert world.log_in("viewer").post(found[1], token_from="/console/account").status_code == 404


def test_an_owner_says_which_callbacks_are_handed_to_an_agent(world: World) -> None:
    browser = world.log_in("owner")
    one = f"/team/{user_id(world, 'agent')}"
    given = {"languages": "FR, en,, fr", "skills": "support.closed", "away": "yes"}
    assert save(browser, f"{one}/calls", **given).status_code == 303
    page = browser.get(f"/console/settings{one}").text
    assert 'value="fr, en"' in page
    assert re.search(r'name="away" value="yes" checked', page)
    [line] = journal(world)
    assert (line.action, line.after) == (
        "member.changed", {"languages": "fr, en", "skills": "support.closed", "away": True}
    )  # fmt: skip
    refused = save(browser, f"{one}/calls", skills="x" * 65)
    assert refused.status_code == 422
    assert "64 caractères" in refused.text
    assert "Rappels confiés" not in browser.get(f"/console/settings/team/{user_id(world, 'viewer')}").text
