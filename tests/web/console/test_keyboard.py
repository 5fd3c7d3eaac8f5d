"""The console in a browser: the whole way by keyboard, without a script too, and no page complains."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.rig.browser import Visitor
from tests.web.console.conftest import PASSWORD, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_an_alert_is_taken_by_keyboard_alone(visitor: Visitor, address: str, world: World) -> None:
    page = visitor.page
    page.goto(f"{address}/login")
    page.wait_for_selector("#email:focus")  # the browser moves the focus there after the page has loaded
    for text in ("agent@lune.test", "\t", PASSWORD, "\n"):
        page.keyboard.press({"\t": "Tab", "\n": "Enter"}[text]) if text in "\t\n" else page.keyboard.type(text)
    page.wait_for_url("**/console/")
    page.goto(f"{address}/console/alerts")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-keys-list]", state="hidden")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.evaluate("document.activeElement.textContent")
    assert first == page.locator("[data-open-row]").first.text_content()
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 ~ .chips")
    page.wait_for_load_state()  # and with it the script that listens to the keys
    page.keyboard.press("c")
    page.wait_for_selector("#note")
    page.wait_for_load_state()
    assert page.locator("h1").text_content() == first
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_selector("#root_cause")  # who has reached the customer concludes: that comes first, and can be seen
    concludes = page.locator("[data-conclude]").bounding_box()
    assert concludes
    assert concludes["y"] + concludes["height"] < (page.viewport_size or {})["height"]
    page.wait_for_load_state()
    for key, field in (("r", "root_cause"), ("m", "resolve_note")):
        page.keyboard.press(key)
        page.wait_for_selector(f"#{field}:focus")
        page.keyboard.press("Escape")
    page.keyboard.press("1")  # another call: it is folded away, and its key opens it
    page.wait_for_selector("details[open] button[value=reached]:focus")
    assert {world.alert(story.alert).status for story in world.ours.stories.values()} == {"new", "contacted"}


def test_everything_works_without_a_script(new_visitor: Callable[..., Visitor], address: str) -> None:
    visitor = new_visitor(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = visitor.page
    page.goto(f"{address}/login")
    page.fill("#email", "agent@lune.test")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.click("[data-open-row] >> nth=0")  # from the first page
    page.click("[data-claim] >> nth=0")
    page.locator("#history").scroll_into_view_if_needed()
    call = page.locator("[data-call]")
    box = call.bounding_box()
    assert box, "on a phone the ways to reach the customer stay in sight"
    assert 0 <= box["y"] < 80
    page.fill("#note", "Rappeler demain")
    page.click("button[value=reached]")
    page.select_option("#root_cause", "delivery.late")
    page.select_option("#remedy", "refund")
    page.click("button.primary >> text=Conclure")
    assert "Le rappel est conclu" in (page.text_content("[role=status]:not([hidden])") or "")
    assert not visitor.complaints
