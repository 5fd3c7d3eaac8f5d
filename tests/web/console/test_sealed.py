"""What a person may not see: another workspace, another place, names where the role has none."""

from __future__ import annotations

import re

import pytest

from tests.web.console.conftest import Browser, World
from vocapp.models import Alert, new_id, transaction
from vocapp.services.browsing.queue import list_root_causes
from vocapp.services.staff import Scope

MOVES = ("claim", "release", "contact", "resolve", "reopen")


def test_another_workspaces_ids_are_as_unknown_as_any(world: World) -> None:
    browser, theirs = world.log_in("owner"), world.theirs.stories["zoe"]
    for kind, row_id in (("alerts", theirs.alert), ("customers", theirs.customer), ("customers", theirs.response)):
        foreign, unknown = browser.get(f"/console/{kind}/{row_id}"), browser.get(f"/console/{kind}/{new_id()}")
        assert foreign.status_code == unknown.status_code == 404
        assert _still(foreign.text) == _still(unknown.text)
    assert browser.get("/console/alerts/no-id").status_code == 404


@pytest.mark.parametrize("move", MOVES)
def test_nobody_moves_another_workspaces_alert(world: World, move: str) -> None:
    browser = world.log_in("owner")
    token = browser.token()
    fields = {"csrf_token": token, "outcome": "reached", "root_cause": "x"}
    foreign = browser.post(f"/console/alerts/{world.theirs.stories['zoe'].alert}/{move}", **fields)
    unknown = browser.post(f"/console/alerts/{new_id()}/{move}", **fields)
    assert foreign.status_code == unknown.status_code == 404
    assert _still(foreign.text) == _still(unknown.text)


def test_lists_and_searches_hold_nothing_of_another_workspace(world: World) -> None:
    browser = world.log_in("owner")
    pages = [
        browser.get(path).text for path in ("/console/alerts?status=all", "/console/responses", "/console/alerts/pulse")
    ]
    pages += [browser.post("/console/customers", q=q).text for q in ("Zoe", "customer-zoe", "zoe@client-rivale.test")]
    assert not [page for page in pages if "Lovelace-zoe" in page or "alert(&#39;zoe" in page]


def test_causes_are_proposed_from_within_the_members_places(world: World) -> None:
    ours, theirs = world.ours, world.theirs
    with world.app.app_context(), transaction() as session:
        for company, person, cause in ((ours, "ada", "retard"), (ours, "bo", "vol"), (theirs, "zoe", "panne")):
            session.get_one(Alert, (company.workspace_id, company.stories[person].alert)).root_cause = cause
    with world.app.app_context():
        everywhere, south = Scope(ours.workspace_id), Scope(ours.workspace_id, ("south", "nice"))
        assert list_root_causes(scope=everywhere) == ["retard", "vol"]
        assert list_root_causes(scope=south) == ["retard"]


def test_an_agent_of_a_region_sees_its_stores_only(world: World) -> None:
    browser = world.log_in("south")
    queue, feed = browser.get("/console/alerts?status=all").text, browser.get("/console/responses").text
    for page in (queue, feed):
        assert "Lovelace-ada" in page
        assert "Lovelace-bo" not in page
        assert "Lovelace-cy" not in page
    assert browser.get("/console/alerts/pulse").json.keys() == {"open", "mark"}
    assert browser.get("/console/alerts/pulse").json["open"] == 1
    ours = world.ours.stories
    assert browser.get(f"/console/alerts/{ours['ada'].alert}").status_code == 200
    for person in ("bo", "cy"):
        assert browser.get(f"/console/alerts/{ours[person].alert}").status_code == 404
        assert browser.get(f"/console/customers/{ours[person].customer}").status_code == 404
        assert browser.post(f"/console/alerts/{ours[person].alert}/claim").status_code == 404
        assert world.alert(ours[person].alert).status == "new"
        assert f"customer-{person}</td>" not in browser.post("/console/customers", q=f"customer-{person}").text


def test_a_filter_does_not_widen_what_one_sees(world: World) -> None:
    browser = world.log_in("south")
    for path in ("/console/alerts?status=all&place=", "/console/responses?place="):
        for place in ("lyon", "brand", "nowhere"):
            assert "Lovelace-bo" not in browser.get(path + place).text


def test_a_filter_by_place_takes_what_is_below(world: World) -> None:
    browser = world.log_in("owner")
    for path in ("/console/alerts", "/console/responses"):
        south = browser.get(f"{path}?place=south").text
        assert "Lovelace-ada" in south
        assert "Lovelace-bo" not in south


def test_a_viewer_listens_without_knowing_who_speaks(world: World) -> None:
    browser, ada = world.log_in("viewer"), world.ours.stories["ada"]
    paths = (
        "/console/alerts",
        "/console/responses",
        f"/console/alerts/{ada.alert}",
        f"/console/customers/{ada.customer}",
    )
    for path in paths:
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "A. L." in answer.text
        for secret in ("Lovelace", "customer-ada", "ada@client", "+33199001234", "Ville-ada", "ORDER-ada", "tel:"):
            assert secret not in answer.text, (path, secret)
    assert browser.get("/console/customers").status_code == 403
    assert browser.post("/console/customers", q="customer-ada").status_code == 403


def test_an_analyst_sees_names_but_no_way_to_call(world: World) -> None:
    browser, ada = world.log_in("analyst"), world.ours.stories["ada"]
    for path in (f"/console/alerts/{ada.alert}", f"/console/customers/{ada.customer}"):
        page = browser.get(path).text
        assert "Lovelace-ada" in page
        assert "ada@client" not in page
        assert "+33199001234" not in page


def test_an_agent_sees_how_to_call(world: World) -> None:
    page = world.log_in("agent").get(f"/console/alerts/{world.ours.stories['ada'].alert}").text
    assert 'href="tel:+33199001234"' in page
    assert 'href="mailto:ada%40client-lune.test"' in page


@pytest.mark.parametrize("role", ["viewer", "analyst"])
@pytest.mark.parametrize("move", MOVES)
def test_who_only_reads_moves_nothing(world: World, role: str, move: str) -> None:
    browser, alert = world.log_in(role), world.ours.stories["ada"].alert
    assert f"/{move}" not in browser.get(f"/console/alerts/{alert}").text
    answer = browser.post(f"/console/alerts/{alert}/{move}", outcome="reached", root_cause="x")
    assert answer.status_code == 403
    assert "Votre rôle ne le permet pas" in answer.text
    assert world.alert(alert).status == "new"


def test_what_customers_write_stays_text(world: World) -> None:
    browser, ada = world.log_in("agent"), world.ours.stories["ada"]
    for path in (
        "/console/alerts",
        "/console/responses",
        f"/console/alerts/{ada.alert}",
        f"/console/customers/{ada.customer}",
    ):
        page = browser.get(path).text
        assert "&lt;script&gt;" in page
        assert "{{ 7*7 }}" in page
        assert "<script>" not in page


def test_a_search_is_not_in_any_address_and_finds_by_hash(world: World) -> None:
    browser = world.log_in("agent")
    assert 'method="post"' in browser.get("/console/customers").text
    for query in ("ADA@client-lune.test ", "customer-ada", "love", "Ada", "ada lovelace"):
        answer = browser.post("/console/customers", q=query)
        assert answer.status_code == 200
        assert "customer-ada" in answer.text, query
    for query in ("ada@client", "customer-ad", "%", "_da", "\x00", "x" * 1000, ""):
        answer = browser.post("/console/customers", q=query)
        assert answer.status_code == 200
        assert "customer-ada</td>" not in answer.text, query


def test_the_feed_does_not_repeat_an_address_that_was_answered(world: World) -> None:
    page = world.log_in("viewer").get(f"/console/alerts/{world.ours.stories['ada'].alert}").text
    assert "ada@client-lune.test" not in page


def test_an_address_of_nobody_is_a_kind_page_in_both_languages(world: World) -> None:
    assert "Cette page n’existe pas" in world.log_in("agent").get("/console/nowhere/at/all").text
    assert "This page does not exist" in world.log_in("agent", "en").get("/console/nowhere").text
    assert world.log_in("agent").post("/console/alerts/pulse").status_code == 404


def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    browser, alert = world.log_in("agent"), world.ours.stories["ada"].alert
    assert browser.post(f"/console/alerts/{alert}/claim", note="x" * 1_200_000).status_code == 413


def test_what_breaks_inside_is_not_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from vocapp.services.browsing import feed

    def broken(**_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(feed, "list_feed", broken)
    answer = world.log_in("agent").get("/console/responses")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Réessayez" in answer.text


def _still(page: str) -> str:
    """Return a page without what differs from one request to the next."""
    return re.sub(r'nonce="[^"]*"|name="csrf_token" value="[^"]*"', "", page)


def test_a_stranger_finds_no_door(world: World) -> None:
    browser = Browser(world.app)
    rules = [rule for rule in world.app.url_map.iter_rules() if rule.rule.startswith("/console")]
    assert len(rules) > 10
    for rule in rules:
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        assert browser.client.get(path).status_code == 303
        assert browser.client.post(path).status_code in {303, 405}


def test_lists_of_customers_and_surveys_go_by_place_and_keep_it_in_their_address(world: World) -> None:
    browser = world.log_in("owner")
    south = browser.get("/console/customers?place=south").text
    assert "Lovelace-ada" in south
    assert "Lovelace-bo" not in south
    assert '<option value="south" selected>' in south
    figures = browser.get("/console/surveys?place=lyon&state=published").text
    assert '<option value="lyon" selected>' in figures
    elsewhere = world.log_in("south").get("/console/customers?place=lyon").text
    assert "Lovelace-bo" not in elsewhere
