"""A customer at the preference centre, with the link of a real mail: without JavaScript, by keyboard, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page as Window
from playwright.sync_api import expect

from tests.journeys.installations import Embedded
from tests.journeys.story import everything, exported, happened, link_for, publish, somebody, survey, wait_for_mail
from tests.rig.browser import Visitor
from tests.rig.looking import faults_of
from tests.rig.waiting import wait_until

NARROWEST = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 800}
NewVisitor = Callable[..., Visitor]


def test_without_javascript_a_pause_holds_and_ends_and_leaving_is_one_click(
    embedded: Embedded, new_visitor: NewVisitor
) -> None:
    rose = somebody("rose")
    embedded.api.post("/api/v1/events", happened(rose)).expect(202)
    link = _preferences_link(wait_for_mail(embedded, rose["email"]))
    page = new_visitor(java_script_enabled=False, viewport=NARROWEST).page
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos préférences")
    assert rose["email"] not in page.content()
    _fits(page)

    page.get_by_role("button", name="Deux semaines").click()
    expect(page.get_by_role("status")).to_contain_text("pause jusqu’au")
    assert _contact(embedded, rose)["reason"] == "paused"
    _fits(page)
    event = happened(rose)
    embedded.api.post("/api/v1/events", event).expect(202)
    assert _decided(embedded, rose, event) == ("suppressed", "paused")

    page.get_by_role("button", name="Reprendre dès maintenant").click()
    expect(page.get_by_role("status")).to_contain_text("votre pause est terminée")
    assert _contact(embedded, rose)["paused_until"] is None
    assert _decided(embedded, rose, event) == ("suppressed", "paused"), "the end of a pause releases nothing"

    page.get_by_role("button", name="Me désinscrire").click()
    expect(page.locator("body")).to_have_attribute("data-state", "stopped")
    assert _contact(embedded, rose)["unsubscribed_at"] is not None
    _fits(page)
    page.get_by_role("button", name="J’accepte de recevoir vos demandes d’avis").click()
    expect(page.locator("body")).to_have_attribute("data-state", "open")
    assert _contact(embedded, rose)["unsubscribed_at"] is None
    said = [line["data"] for line in exported(embedded.api, "consents")]
    mine = [one["granted"] for one in said if one["customer"]["external_id"] == rose["external_id"]]
    assert mine == [True, False, True]
    assert link.rpartition("/")[2] not in embedded.product.printed


def test_by_keyboard_fewer_mails_and_the_data_as_a_file(embedded: Embedded, new_visitor: NewVisitor) -> None:
    kim = somebody("kim", locale="en-GB")
    page = new_visitor(locale="en-GB", viewport=DESK).page
    page.goto(_beside(embedded, link_for(embedded.api, kim)))
    _tab_to(page, "frequency")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Once a month at most")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("once a month at most")
    assert _contact(embedded, kim)["frequency"] == "monthly"
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download all my data").click()
    assert waiting.value.suggested_filename == "my-data.json"
    assert kim["email"] not in waiting.value.path().read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(embedded: Embedded, new_visitor: NewVisitor, scheme: str) -> None:
    publish(embedded.api, {**survey(), "key": "story_two", "trigger": {"event": "story.second"}})
    lou = somebody("lou")
    link = _beside(embedded, link_for(embedded.api, lou))
    visitor = new_visitor(viewport=NARROWEST, color_scheme=scheme, bypass_csp=True)
    page = visitor.page
    page.goto(link)
    found = {"open": faults_of(page)}
    for do, state in (("pause", "paused"), ("resume", "open"), ("stop", "stopped"), ("back", "open")):
        page.locator(f"form:has(input[name=do][value={do}]) button").first.click()
        expect(page.get_by_role("status")).to_be_visible()
        expect(page.locator("body")).to_have_attribute("data-state", state)
        found[do] = faults_of(page)
    page.goto(link.replace("/preferences/", "/preferences/x"))
    found["not found"] = faults_of(page)
    assert {state: faults for state, faults in found.items() if faults} == {}
    assert not visitor.complaints


def _preferences_link(mail: Any) -> str:
    part = mail.get_body(("plain",))
    found = re.search(r"^http\S+/preferences/[\w-]{44}(?=\s*$)", part.get_content(), re.MULTILINE)
    assert found is not None
    return found[0]


def _beside(embedded: Embedded, link: str) -> str:
    """Return the preference centre's link that stands on the thanks of a survey's link."""
    person = embedded.person()
    page = person.get(link).expect(200)
    for _ in range(10):
        found = re.search(r'href="(/preferences/[^"]+)"', page.text)
        if found:
            return embedded.product.base_url + found[1]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        page = person.submit(link, {**hidden, **({"nps": "9"} if 'name="nps"' in page.text else {})}).expect(200)
    raise AssertionError("a survey without an end")


def _contact(embedded: Embedded, customer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = embedded.api.get(f"/api/v1/customers/{customer['external_id']}").expect(200).json()
    return found["contact"]


def _decided(embedded: Embedded, customer: dict[str, Any], event: dict[str, Any]) -> tuple[str, str | None]:
    """Wait for the decision about an event."""

    def look() -> dict[str, Any] | None:
        found = everything(embedded.api, "/api/v1/invitations", customer=customer["external_id"])
        return next((one for one in found if one["event_id"] == event["id"]), None)

    one = wait_until(look, 30, what="a decision")
    return one["status"], one["reason"]


def _tab_to(page: Window, name: str) -> None:
    for _ in range(20):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name}")


def _fits(page: Window) -> None:
    """Nothing stands out to the side."""
    for found in page.locator("main section, main button, main label, main h1, main input:not([type=hidden])").all():
        box = found.bounding_box()
        assert box is None or box["x"] + box["width"] <= NARROWEST["width"] + 0.5, box


pytestmark = pytest.mark.browser
