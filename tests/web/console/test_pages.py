"""Every page of the console in a browser: axe finds nothing, nothing is cut off, nothing complains."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.rig.browser import Visitor
from tests.rig.looking import faults_of
from tests.web.console import crowd
from tests.web.console.conftest import PASSWORD, World, company_of
from vocapp.models import Alert, Customer, Membership, Response, Verbatim, database_now, db, new_id, transaction
from vocapp.models.bulk import insert_many
from vocapp.services import notifiers, segmenting
from vocapp.services.verbatims import indexing, tagging

NO_PAGE = {
    "/console/alerts/pulse", "/console/dashboards/figures", "/console/surveys/<key>/preview/<part>",
    "/console/reports/<kind>/pdf",
}  # fmt: skip
"""Answers to a script, a file, and the inside of a frame, which is the customers' own page."""

LOOKS: dict[str, dict[str, Any]] = {
    "fr-1280": {"locale": "fr-FR", "viewport": {"width": 1280, "height": 900}},
    "en-360": {"locale": "en-GB", "viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}
NARROWEST = 320
EVERY_LOOK = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
"""Else axe looks at each page in one of the looks, by turns: they share their colours and their parts."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_any_page_and_none_is_wider_than_a_phone(
    world: World, address: str, new_visitor: Callable[..., Visitor], look: str
) -> None:
    crowd.fill(world, 12)
    arguments = _arguments(world)
    crowd.remember(world, arguments["customer_id"], 8)
    visitor = _staff(new_visitor, address, "owner@lune.test", **LOOKS[look])
    turn = list(LOOKS).index(look)
    found = {
        path: _faults(visitor, address + path, audited=EVERY_LOOK or number % len(LOOKS) == turn)
        for number, path in enumerate(_paths(world, arguments))
    }
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert len(found) >= 12
    page = visitor.page
    page.emulate_media(media="print")
    page.goto(f"{address}/console/dashboards")
    assert page.is_visible(".on-paper"), "what the filters say is printed"
    page.goto(f"{address}/console/verbatims/{arguments['verbatim_id']}")
    printed = page.locator("main > *:visible")
    assert printed.count() == 1, "of a verbatim the card alone: who said it stands beside"
    assert "on-paper" in (printed.get_attribute("class") or "")
    for path in ("dashboards", "verbatims"):
        page.goto(f"{address}/console/{path}")
        for gone in ("form.search", ".filters", ".off-paper", "button"):
            assert not any(one.is_visible() for one in page.locator(gone).all()), (path, gone)
    assert not visitor.complaints


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_company_that_has_nothing_yet_say_what_to_do(
    world: World, address: str, new_visitor: Callable[..., Visitor], look: str
) -> None:
    with world.app.app_context():
        company_of("empty", "Vide", "vide.test", [])
    visitor = _staff(new_visitor, address, "owner@vide.test", **LOOKS[look])
    for path in (
        "", "alerts", "responses", "customers", "mails", "alerts?status=closed", "surveys?state=draft",
        "settings/notifiers", "settings/links", "segments", "verbatims", "verbatims/tags", "reports",
    ):  # fmt: skip
        assert _faults(visitor, f"{address}/console/{path}") == [], path
        assert visitor.page.locator(".empty").count() == 1, path


@pytest.mark.parametrize("n", [40, 400])
def test_an_agent_works_through_the_queue_by_keyboard(
    world: World, address: str, new_visitor: Callable[..., Visitor], n: int
) -> None:
    crowd.fill(world, n)
    visitor = _staff(new_visitor, address, "agent@lune.test", **LOOKS["fr-1280"])
    page = visitor.page
    _keep(page, f"home-{n}")
    page.goto(f"{address}/console/alerts?status=new")
    _keep(page, f"queue-{n}")
    rows = page.locator("[data-row]")
    waiting = len(world.ours.stories) + sum(crowd.STATES[number % len(crowd.STATES)] == "new" for number in range(n))
    assert rows.count() == min(waiting, 50)
    for key in "jjjk":
        page.keyboard.press(key)
    names = page.locator("[data-open-row]")
    assert page.evaluate("document.activeElement.textContent") == names.nth(1).text_content()
    page.keyboard.press("c")
    page.wait_for_selector("#note")
    assert page.locator("h1").text_content() == names_of(visitor, address, "me")[0]
    page.goto(f"{address}/console/alerts?status=new")
    pages = 1
    while page.locator("a[rel=next]").count():
        with page.expect_navigation():
            page.keyboard.press("n")
        pages += 1
    assert pages == -(-(waiting - 1) // 50)
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert not visitor.complaints


def test_the_lists_work_without_a_script(world: World, address: str, new_visitor: Callable[..., Visitor]) -> None:
    crowd.fill(world, 40)
    visitor = _staff(new_visitor, address, "agent@lune.test", java_script_enabled=False)
    page = visitor.page
    page.goto(f"{address}/console/alerts")
    assert page.is_visible("#by-assignee"), "there is room for the filters"
    assert not page.is_visible(".fold summary")
    page.set_viewport_size({"width": 360, "height": 740})
    first = page.locator("[data-open-row]").first.bounding_box()
    assert first is not None
    assert first["y"] < 480, "on a phone the callbacks come first"
    bar = page.locator("header.side").bounding_box()
    assert bar is not None
    assert bar["height"] <= 56, "the menu is one bar"
    assert page.locator(".waiting [aria-current=page] .count").is_visible()
    assert not page.is_visible("header nav")
    page.click(".menu summary")
    assert page.locator("header nav a[aria-current=page]").inner_text().startswith("Rappels")
    page.keyboard.press("Tab")
    page.click("header nav >> text=Enquêtes")
    assert page.inner_text(".menu summary").endswith("Enquêtes")
    page.go_back()
    page.click("text=Plus de 3 jours")
    assert not page.is_visible("#by-assignee")
    page.click(".fold summary")
    page.select_option("#by-assignee", "none")
    page.click(".filters button")
    assert re.search(r"assignee=none.*age=older", page.url)
    assert page.inner_text(".fold summary") == "Filtrer et trier · 1 choix"
    page.click("[data-claim] >> nth=0")
    assert "vous vous occupez de ce rappel" in (page.text_content("[role=status]:not([hidden])") or "")
    page.goto(f"{address}/console/surveys")
    page.click("[data-open-row] >> nth=0")
    page.click("text=Voir l’aperçu")
    page.frame_locator("iframe >> nth=1").get_by_text("Nous recommander").wait_for()
    page.select_option("#by-language", "en")
    page.click(".filters button")
    page.frame_locator("iframe >> nth=1").get_by_text("Recommend us?").wait_for()
    assert not visitor.complaints


def names_of(visitor: Visitor, address: str, assignee: str) -> list[str]:
    page = visitor.context.new_page()
    page.goto(f"{address}/console/alerts?assignee={assignee}&status=claimed&age=")
    found = [text.strip() for text in page.locator("[data-open-row]").all_text_contents()]
    page.close()
    return found


def _staff(new_visitor: Callable[..., Visitor], address: str, email: str, **look: Any) -> Visitor:
    visitor = new_visitor(**look)
    page = visitor.page
    page.goto(f"{address}/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/console/")
    return visitor


def _arguments(world: World) -> dict[str, Any]:
    """What stands in the paths of the pages about one thing."""
    with world.app.app_context():
        customer_id = db.session.scalar(select(Customer.id).where(Customer.external_id == "crowd-0"))
        alert_id = db.session.scalar(select(Alert.id).where(Alert.customer_id == customer_id))
    with world.app.app_context(), transaction():
        notifier, _ = notifiers.create(
            workspace_id=world.ours.workspace_id, kind="webhook", target="https://hooks.lune.test/x", secret=b"s",
            given={"name": "Bureau", "kinds": ["detractor"], "digest_minutes": 15}, by="test", now=database_now(),
        )  # fmt: skip
        unhappy = {"name": "Unhappy", "when": {"<=": [{"var": "scores.nps"}, 6]}}
        segmenting.put(workspace_id=world.ours.workspace_id, key="unhappy", definition=unhappy, now=database_now())
        joined = {"id": new_id(), "segment_key": "unhappy", "customer_id": customer_id, "joined_at": database_now()}
        insert_many(Membership, [{"workspace_id": world.ours.workspace_id, **joined}])
        notifiers.try_out(row=notifier, by="test", now=database_now())
        notifier_id = notifier.id
        verbatim_id = _lay_out(world.ours.workspace_id)
    return {
        "customer_id": customer_id, "alert_id": alert_id, "key": "delivery", "rest": "nowhere",
        "notifier_id": notifier_id, "segment_key": "unhappy", "verbatim_id": verbatim_id,
        "kind": "weekly",
    }  # fmt: skip


def _lay_out(workspace_id: int) -> UUID:
    """Lay out what was said, with a tag by rule on it; return one."""
    now = database_now()
    ids = db.session.scalars(select(Response.id).where(Response.workspace_id == workspace_id)).all()
    tagging.make(workspace_id=workspace_id, name="À suivre de près", rule={"category": "detractor"}, by="a", now=now)
    tagging.tag_by_rules(
        workspace_id=workspace_id, numbers=indexing.lay_out(workspace_id=workspace_id, ids=ids), now=now
    )
    return db.session.scalars(select(Verbatim.id).where(Verbatim.workspace_id == workspace_id)).first()


def _paths(world: World, arguments: dict[str, Any]) -> list[str]:
    """Return the path of every page that there is, with something to see on it."""
    rules = [rule for rule in world.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages = [rule for rule in rules if rule.rule.startswith("/console") and rule.rule not in NO_PAGE]
    return sorted(
        re.sub(r"<(?:\w+:)?(\w+)>", lambda name: str(arguments[name[1]]), rule.rule)
        for rule in pages
        if rule.arguments <= arguments.keys()
    )


def _faults(visitor: Visitor, url: str, *, audited: bool = True) -> list[str]:
    """Return what axe finds on a page that is `audited`, and whether a very narrow screen has to be moved sideways."""
    page = visitor.page
    page.goto(url)
    faults = faults_of(page, audited=audited)
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": NARROWEST, "height": 740})
    faults += faults_of(page, audited=False)
    page.set_viewport_size(size)
    return faults


def _keep(page: Any, name: str) -> None:
    """Take a picture for who wants to look: `VOCAPP_SCREENSHOTS=DIR`."""
    if folder := os.environ.get("VOCAPP_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
