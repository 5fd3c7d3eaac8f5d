"""Limits of mails in the settings, and the page of mails that goes by them."""

from __future__ import annotations

from html import unescape

import pytest

from tests.days import day_of
from tests.web.console.changing import journal, save, workspace
from tests.web.console.conftest import World
from vocapp.domain.mail_health import LIMITS
from vocapp.models import Tally, db, transaction
from vocapp.web.console.words import LANGUAGES, settings_words_in


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_limits_are_set_and_the_page_of_mails_goes_by_them(world: World) -> None:
    with world.app.app_context(), transaction():
        for bucket, n in (("sent", 2000), ("complained", 1)):
            db.session.add(
                Tally(
                    workspace_id=world.ours.workspace_id, survey_key="delivery", survey_version=1,
                    day=day_of(), place="nice", channel="email", counted=[["@mail", bucket]], n=n,
                )
            )  # fmt: skip
    browser = world.log_in("owner")
    page = unescape(browser.get("/console/dashboards/mail?period=28").text)
    assert "À surveiller dès 0,08\u00a0%, trop élevé au-delà de 0,1\u00a0%" in page
    assert page.count("à surveiller</span>") == 0
    assert "non mesuré" in page
    assert save(browser, "/mail-limits", complained="0,02 %", complained_over="0.03").status_code == 303
    assert workspace(world).settings["mail_limits"] == {"complained": 0.02, "complained_over": 0.03}
    assert 'value="0,02"' in browser.get("/console/settings/mail-limits").text
    [change] = journal(world)
    assert (change.action, change.after) == ("mail_limits.changed", {"complained": 0.02, "complained_over": 0.03})
    page = unescape(browser.get("/console/dashboards/mail?period=28").text)
    assert "À surveiller dès 0,02\u00a0%" in page
    assert page.count("à surveiller</span>") == 1
    for wrong in (
        {"complained": "x"},
        {"unsubscribed": "0"},
        {"complained_held": "101"},
        {"complained": "3"},
        {"undelivered_over": "1"},
    ):
        assert save(browser, "/mail-limits", **wrong).status_code == 422, wrong
    assert save(browser, "/mail-limits", complained_held="101").status_code == 422
    assert world.log_in("analyst").get("/console/settings/mail-limits").status_code == 403
    for words in map(settings_words_in, LANGUAGES):
        assert set(LIMITS) <= words["audited"].keys()


def test_opens_are_measured_only_where_an_owner_says_so(world: World) -> None:
    browser = world.log_in("owner")
    page = unescape(browser.get("/console/settings/mail-limits").text)
    assert 'name="measured" value="yes" aria-describedby="opens-help">' in page
    assert "Ici, elles restent non mesurées" in page  # mail goes into files
    assert 'name="opened"' not in page
    assert save(browser, "/mail-limits", measured="yes").status_code == 303
    assert workspace(world).settings["mail_opens"] == {"measured": True}
    page = unescape(browser.get("/console/settings/mail-limits").text)
    assert 'aria-describedby="opens-help" checked>' in page
    assert 'name="opened_over"' in page
    assert save(browser, "/mail-limits", measured="yes", opened="20", opened_over="30").status_code == 422
    assert save(browser, "/mail-limits", opened="30").status_code == 303
    assert workspace(world).settings["mail_opens"] == {}
    assert [change.action for change in journal(world)][:2] == ["mail_opens.changed", "mail_limits.changed"]
