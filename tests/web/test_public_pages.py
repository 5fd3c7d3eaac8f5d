"""Every page that asks for no login, in a browser as narrow as WCAG has it, by day and by night: axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import BUYS_FOR, NPS, WHY, House
from tests.promised import company
from tests.published import link_to, publish_some
from tests.rig.browser import Visitor
from tests.rig.looking import faults_of
from tests.rig.serving import served
from vocapp.models import Invitation

NARROWEST = {"width": 320, "height": 640}
ROUND_THE_CLOCK: dict[str, Any] = {
    "week": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "holidays": "none",
}
SEND = "form[method=post] button[type=submit], form[method=post] button:not([type])"
OTHERS = ("csat", "ces", "stars", "yes_no", "number", "date", "short_text", "email", "phone", "consent")
LIKES = {
    "key": "likes",
    "type": "multiple_choice",
    "text": {"fr": "Qu’aimez-vous ?", "en": "What do you like?"},
    "choices": [
        {"key": "tea", "text": {"fr": "Le thé", "en": "Tea"}},
        {"key": "jam", "text": {"fr": "La confiture", "en": "Jam"}},
    ],
}


def _question(kind: str) -> dict[str, Any]:
    return {"key": f"a_{kind}", "type": kind, "text": {"fr": f"Une question, {kind} ?", "en": f"A question, {kind}?"}}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(client: FlaskClient) -> House:
    return company(client.application, datetime.now(UTC), **ROUND_THE_CLOCK)


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with served(house.app) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_that_a_stranger_may_open(
    house: House, address: str, new_visitor: Callable[..., Visitor], scheme: str
) -> None:
    visitor = new_visitor(viewport=NARROWEST, color_scheme=scheme)
    page = visitor.page
    found: dict[str, list[str]] = {}

    def look(name: str, path: str | None = None) -> None:
        if path is not None:
            page.goto(address + path)
        found[name] = faults_of(page)

    house.survey("every_look", layout="page", questions=[NPS, BUYS_FOR, LIKES, WHY])
    house.survey("the_others", layout="page", questions=[_question(kind) for kind in OTHERS[:6]])
    house.survey("the_rest", layout="page", questions=[_question(kind) for kind in OTHERS[6:]])
    links = {}
    for key in ("every_look", "the_others", "the_rest"):
        house.customer(key)
        links[key] = house.link(house.invite(key, key))
    look("six questions", links["every_look"])
    page.click(SEND)
    page.wait_for_selector("[role=alert], .error, [aria-invalid]")
    look("an error")
    page.check("input[name=nps][value='2']")
    page.fill("textarea[name=why]", "Tout est arrivé cassé, deux semaines trop tard.")
    page.click(SEND)
    page.wait_for_selector("body[data-state=completed]")
    look("thanks, and a call is offered")
    look("used", links["every_look"])
    look("other questions", links["the_others"])
    look("the rest of them", links["the_rest"])
    look("no such link", links["the_rest"].replace("/s/", "/s/x"))
    done = next(one for one in house.rows(Invitation) if house.link(one.id) == links["every_look"])
    look("a call", house.link(done.id, "callback"))
    look("unsubscribe", house.link(done.id, "unsubscribe"))
    page.click("main button")
    page.wait_for_load_state("load")
    look("unsubscribed")
    publish_some(house, "every_look", ["paris"])
    look("a dashboard", link_to(house))
    look("no dashboard", "/d/nothing")
    look("login", "/login")
    page.goto(f"{address}/api/docs")
    found["the calls"] = faults_of(page, "section:first-of-type")  # the others come from the same few lines
    assert {name: faults for name, faults in found.items() if faults} == {}
