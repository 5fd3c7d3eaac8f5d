"""One's own reports in the console: subscribed and left in one click, and seen before they go."""

from __future__ import annotations

import re

import pytest

from tests.web.console.conftest import Browser, World
from vocapp.models import ReportSubscription, db


def kept(world: World) -> list[tuple[str, str, str, bool]]:
    with world.app.app_context():
        rows = db.session.query(ReportSubscription).order_by(ReportSubscription.id)
        return [(one.kind, one.place, one.language, one.left_at is None) for one in rows]


def subscribe(browser: Browser, **fields: str):
    given = {"kind": "weekly", "place": "", "language": "fr", "timezone": "Europe/Paris", **fields}
    return browser.post("/console/reports", "/console/reports", **given)


def test_subscribed_and_left_in_one_click(world: World) -> None:
    browser = world.log_in("viewer")
    assert "Vous n’êtes abonné à aucun rapport" in browser.get("/console/reports").text
    assert subscribe(browser).status_code == 303
    page = browser.get("/console/reports").text
    assert "Chaque lundi" in page
    assert "08:00" in page
    assert kept(world) == [("weekly", "", "fr", True)]
    leave = re.search(r'action="(/console/reports/[^"]+/leave)"', page)[1]
    stranger = world.log_in("agent")
    assert stranger.post(leave, "/console/reports").status_code == 404  # another's is nobody's
    assert browser.post(leave, "/console/reports").status_code == 303
    assert kept(world) == [("weekly", "", "fr", False)]


def test_the_next_one_is_told_by_the_clock_it_goes_by_and_zones_are_in_order(world: World) -> None:
    browser = world.log_in("viewer")
    assert subscribe(browser, timezone="America/Chicago").status_code == 303
    page = browser.get("/console/reports").text
    assert re.search(r"<time[^>]*>lundi [^<]*08:00</time> · America/Chicago", page)
    zones = re.findall(r'<option value="([^"]+)">', page.partition('<datalist id="zones">')[2])
    assert zones == sorted(zones)
    assert {"Europe/Paris", "Asia/Kolkata", "UTC"} <= set(zones)
    assert not {"GMT-0", "CST6CDT", "Europe/Kiev", "US/Central"} & set(zones)


def test_only_ones_own_part(world: World) -> None:
    browser = Browser(world.app)
    browser.log_in("south@lune.test")
    assert subscribe(browser, place="lyon").status_code == 422
    wrong = subscribe(browser, timezone="Mars/Olympus")
    assert wrong.status_code == 422
    assert "Europe/Paris" in wrong.text
    assert subscribe(browser, place="nice", kind="monthly").status_code == 303
    assert kept(world) == [("monthly", "nice", "fr", True)]
    assert browser.get("/console/reports/weekly?place=lyon").status_code == 404
    assert browser.get("/console/reports/weekly?place=nice").status_code == 200
    assert browser.get("/console/reports/daily").status_code == 404


@pytest.mark.parametrize(("language", "said"), [("fr", "Les chiffres"), ("en", "The figures")])
def test_the_report_is_seen_as_it_would_go(world: World, language: str, said: str) -> None:
    browser = world.log_in("owner", language)
    reply = browser.get("/console/reports/weekly")
    assert said in reply.text
    assert " style=" not in reply.text  # the console's policy excuses none
    nonce = re.search(r"style-src 'nonce-([^']+)'", reply.headers["Content-Security-Policy"])[1]
    assert f'<style nonce="{nonce}">' in reply.text
    paper = browser.get("/console/reports/monthly/pdf")
    assert paper.data.startswith(b"%PDF-")
    assert paper.headers["Content-Disposition"].startswith('attachment; filename="maison-lune-')
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
