"""People with a browser: customers who answer, a machine that only looks, and an agent who calls back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from playwright.sync_api import Page as Window

from tests.guards.source import ROOT
from tests.journeys.installations import Embedded
from tests.journeys.story import (
    ANGRY,
    alerts_of,
    answer,
    happened,
    link_for,
    responses_of,
    score_links,
    somebody,
    wait_for_mail,
)
from tests.rig.browser import Visitor
from tests.rig.waiting import wait_until

SCREENSHOTS = ROOT / "var" / "screenshots"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
NewVisitor = Callable[..., Visitor]


def test_a_score_clicked_in_the_mail_is_preselected_and_still_to_be_sent(embedded: Embedded, visitor: Visitor) -> None:
    ada = somebody("ada")
    embedded.api.post("/api/v1/events", happened(ada)).expect(202)
    mail = wait_for_mail(embedded, ada["email"])
    page = visitor.page
    page.goto(score_links(mail)[3])
    expect(_choice(page, "nps", "3")).to_be_checked()
    assert responses_of(embedded.api, ada) == []
    _picture(page, "survey-preselected")
    _press_on(page)
    expect(page.locator("[name=why]")).to_be_visible()
    (response,) = responses_of(embedded.api, ada)
    assert (response["status"], response["answers"]) == ("partial", {"nps": 3})


def test_without_javascript_a_whole_survey_in_french_on_a_narrow_phone(
    embedded: Embedded, new_visitor: NewVisitor
) -> None:
    zoe = somebody("zoe")
    page = new_visitor(java_script_enabled=False, viewport=PHONE).page
    page.goto(link_for(embedded.api, zoe))
    assert page.locator("html").get_attribute("lang") == "fr"
    expect(page.get_by_role("radiogroup", name="Nous recommanderiez-vous")).to_be_visible()
    _picture(page, "survey-fr-360")
    _fits(page)
    _choose(page, "nps", "2")
    _press_on(page)
    page.get_by_label("Pourquoi cette note").fill(ANGRY)
    _fits(page)
    _press_on(page)
    _choose(page, "trouble", "late")
    _choose(page, "trouble", "damaged")
    _press_on(page)
    _choose(page, "buys_for", "gift")
    _press_on(page)
    _choose(page, "again", "no")
    _press_on(page)
    expect(page.locator("body")).to_have_attribute("data-state", "completed")
    expect(page.get_by_role("status")).to_contain_text("Merci beaucoup.")
    _picture(page, "thanks-fr-360")
    _fits(page)
    (response,) = responses_of(embedded.api, zoe)
    assert response["answers"] == {
        "nps": 2,
        "why": ANGRY,
        "trouble": ["late", "damaged"],
        "buys_for": "gift",
        "again": False,
    }


def test_by_keyboard_alone_a_whole_survey_in_english_at_a_desk(embedded: Embedded, new_visitor: NewVisitor) -> None:
    tom = somebody("tom", locale="en-GB")
    visitor = new_visitor(locale="en-GB", viewport=DESK)
    page = visitor.page
    page.goto(link_for(embedded.api, tom))
    assert page.locator("html").get_attribute("lang") == "en"
    _picture(page, "survey-en-1280")
    _tab_to(page, "nps")
    page.keyboard.press("Space")  # the first of the scale
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(_choice(page, "nps", "9")).to_be_checked()
    _picture(page, "survey-en-1280-focus")
    _enter(page)
    _tab_to(page, "why")
    page.keyboard.type("Fast and friendly.")
    _enter(page)
    _tab_to(page, "buys_for")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    _enter(page)
    _tab_to(page, "again")
    page.keyboard.press("Space")
    _enter(page)
    expect(page.locator("body")).to_have_attribute("data-state", "completed")
    _picture(page, "thanks-en-1280")
    (response,) = responses_of(embedded.api, tom)
    assert response["answers"] == {"nps": 9, "why": "Fast and friendly.", "buys_for": "gift", "again": True}
    assert "trouble" not in response["asked"], "nothing was wrong, and nobody asks what"
    assert visitor.complaints == []


def test_a_gesture_tells_once_that_somebody_is_there_and_opening_tells_nothing(
    embedded: Embedded, visitor: Visitor
) -> None:
    page, told = visitor.page, []
    page.on("request", lambda request: told.append(request.url) if request.url.endswith("/visit") else None)
    link = link_for(embedded.api, somebody("ida"))
    page.goto(link)
    page.wait_for_timeout(500)  # as a machine does that runs what stands on the page
    assert told == []
    with page.expect_response(f"{link}/visit") as reply:
        page.mouse.move(100, 100)
    assert reply.value.status == 204
    page.mouse.wheel(0, 200)
    page.keyboard.press("Tab")
    page.wait_for_timeout(200)
    assert told == [f"{link}/visit"]
    assert visitor.complaints == []


def test_going_back_shows_what_was_said_and_a_change_changes_the_way(embedded: Embedded, visitor: Visitor) -> None:
    max_, page = somebody("max"), visitor.page
    page.goto(link_for(embedded.api, max_))
    _choose(page, "nps", "1")
    _press_on(page)
    page.locator("[name=why]").fill("Rien ne va.")
    _press_on(page)
    expect(page.locator("[name=trouble]").first).to_be_attached()
    _go_back(page)
    expect(page.locator("[name=why]")).to_have_value("Rien ne va.")
    _go_back(page)
    expect(_choice(page, "nps", "1")).to_be_checked()
    _choose(page, "nps", "10")
    _press_on(page)
    page.locator("[name=why]").fill("Tout va, en fait.")
    _press_on(page)
    expect(page.locator("[name=trouble]")).to_have_count(0)
    _choose(page, "buys_for", "self")
    _press_on(page)
    _press_on(page)  # the last may be left empty
    expect(page.locator("body")).to_have_attribute("data-state", "completed")
    (response,) = responses_of(embedded.api, max_)
    assert response["answers"] == {"nps": 10, "why": "Tout va, en fait.", "buys_for": "self"}
    assert response["scores"]["nps"]["category"] == "promoter"
    assert len(response["asked"]) <= 6
    assert alerts_of(embedded.api, max_) == []


def test_who_closes_the_tab_after_the_first_question_goes_on_at_the_second(
    embedded: Embedded, new_visitor: NewVisitor
) -> None:
    lea = somebody("lea")
    link = link_for(embedded.api, lea)
    first = new_visitor(viewport=PHONE)
    first.page.goto(link)
    _choose(first.page, "nps", "8")
    _press_on(first.page)
    first.close()
    page = new_visitor(viewport=DESK).page  # later, at another machine
    page.goto(link)
    expect(page.locator("[name=why]")).to_be_visible()
    expect(page.locator("[name=nps]")).to_have_count(0)
    (response,) = responses_of(embedded.api, lea)
    assert (response["status"], response["answers"]) == ("partial", {"nps": 8})


def test_a_scanner_that_runs_javascript_and_opens_every_link_answers_nothing(
    embedded: Embedded, new_visitor: NewVisitor
) -> None:
    sam = somebody("sam")
    embedded.api.post("/api/v1/events", happened(sam)).expect(202)
    mail = wait_for_mail(embedded, sam["email"])
    unsubscribe = str(mail["List-Unsubscribe"]).strip("<>")
    scanner = new_visitor()
    for link in [*score_links(mail), unsubscribe]:
        embedded.person().request("HEAD", link).expect(200)
        scanner.page.goto(link, wait_until="networkidle")
    assert responses_of(embedded.api, sam) == []
    assert alerts_of(embedded.api, sam) == []
    profile = embedded.api.get(f"/api/v1/customers/{sam['external_id']}").json()
    assert profile["contact"]["unsubscribed_at"] is None

    person = new_visitor(viewport=PHONE)
    person.page.goto(score_links(mail)[7])
    _press_on(person.page)
    (response,) = responses_of(embedded.api, sam)
    assert response["answers"] == {"nps": 7}
    assert answer(embedded.person(), score_links(mail)[0], {"why": "Correct.", "again": "yes"}).state == "completed"
    (response,) = responses_of(embedded.api, sam)
    assert response["scores"]["nps"] == {"value": 7, "category": "passive"}
    assert alerts_of(embedded.api, sam) == []


def test_an_agent_logs_in_takes_the_alert_calls_and_resolves_it(embedded: Embedded, new_visitor: NewVisitor) -> None:
    ines = somebody("ines", last_name="Le Gall", phone="+33199000101")
    assert answer(embedded.person(), link_for(embedded.api, ines), {"nps": "0", "why": ANGRY}).state == "completed"
    (alert,) = wait_until(lambda: alerts_of(embedded.api, ines), 30, what="an alert")
    embedded.product.create_user("agent@maison-lune.test", "correct horse battery", role="agent")

    visitor = new_visitor(viewport=DESK)
    page = visitor.page
    page.goto(f"{embedded.product.base_url}/console/")
    page.locator("[name=email]").fill("agent@maison-lune.test")
    page.locator("[name=password]").fill("correct horse battery")
    _picture(page, "console-login")
    page.locator("main form button").first.click()
    expect(page.get_by_text("Le Gall").first).to_be_visible()
    _picture(page, "console-queue")
    page.get_by_role("link", name="Le Gall").first.click()
    expect(page.get_by_text("C'est une honte").first).to_be_visible()
    _picture(page, "console-alert")
    page.locator("form[action$='/claim'] button").first.click()
    contact = page.locator("form[action$='/contact']")
    _record(contact, "reached")
    _picture(page, "console-alert-claimed")
    resolve = page.locator("form[action$='/resolve']")
    expect(resolve).to_be_visible()
    resolve.locator("[name=root_cause]").select_option("delivery.late")
    resolve.locator("[name=remedy]").select_option("refund")
    resolve.locator("button").last.click()
    wait_until(lambda: _alert(embedded, alert["id"])["status"] == "resolved", 30, what="resolved")
    _picture(page, "console-alert-resolved")
    found = _alert(embedded, alert["id"])
    assert (found["root_cause"], found["remedy"]) == ("delivery.late", "refund")
    assert {"claim", "contact", "resolve"} <= {line["action"] for line in found["history"]}
    assert visitor.complaints == []


# ── what hands do


def _press_on(page: Window) -> None:
    page.locator("form[method=post] button[type=submit]").first.click()


def _go_back(page: Window) -> None:
    page.locator("form[method=post] a[href*='page=']").click()


def _choice(page: Window, key: str, value: str) -> Locator:
    return page.locator(f"input[name={key}][value='{value}']")


def _choose(page: Window, key: str, value: str) -> None:
    """Click where a person does: the input itself is drawn by its label."""
    page.locator("label").filter(has=_choice(page, key, value)).click()
    expect(_choice(page, key, value)).to_be_checked()


def _tab_to(page: Window, key: str) -> None:
    """Press Tab until a field of this question has the focus."""
    for _ in range(12):
        if page.evaluate("document.activeElement.name") == key:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {key}")


def _enter(page: Window) -> None:
    """Tab on to the button, and press it."""
    for _ in range(12):
        if page.evaluate("document.activeElement.type") == "submit":
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead to the button")


def _record(contact: Locator, outcome: str) -> None:
    """Note an outcome: its button is pressed as soon as it is there."""
    contact.locator(f"button[value={outcome}]").click()


def _fits(page: Window) -> None:
    """Nothing stands out to the side: the page is as wide as the phone."""
    box = page.locator("main").bounding_box()
    assert box is not None
    for found in page.locator("main label, main button, main textarea, main h1").all():
        inner = found.bounding_box()
        assert inner is None or (inner["x"] >= 0 and inner["x"] + inner["width"] <= PHONE["width"] + 0.5), inner


def _alert(embedded: Embedded, alert_id: str) -> dict[str, Any]:
    found: dict[str, Any] = embedded.api.get(f"/api/v1/alerts/{alert_id}").expect(200).json()
    return found


def _picture(page: Window, name: str) -> Path:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


pytestmark = pytest.mark.browser
