"""What was promised stands above the queue, in its rows, on the alert's page, and and how the word is kept."""

from __future__ import annotations

import html as markup
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import House
from tests.promised import Customer, company, sweep
from tests.web.console.conftest import PASSWORD, Browser
from vocapp.models import Alert, Promise, Workspace, new_id
from vocapp.services import staff

ALWAYS = {
    "week": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "holidays": "none",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(client: FlaskClient) -> House:
    house = company(client.application, datetime.now(UTC), **ALWAYS)
    with house.writing():
        for role in ("owner", "agent", "viewer"):
            staff.create(
                workspace_id=house.id,
                email=f"{role}@maison.test",
                role=role,
                password=PASSWORD,
                place=None,
                now=house.now,
            )
    return house


def browse(house: House, role: str = "agent") -> Browser:
    browser = Browser(house.app, "fr")
    assert browser.log_in(f"{role}@maison.test").status_code == 303
    return browser


def said(reply: Any) -> str:
    words = re.sub(r"<(style|script)\b.*?</\1>", "", reply.text, flags=re.DOTALL)
    return " ".join(markup.unescape(re.sub(r"<[^>]+>", " ", words)).split())


def history(house: House, *statuses: str) -> None:
    """Let so many promises have come due, a day ago."""
    yesterday = house.now - timedelta(days=1)
    with house.writing() as session:
        for status in statuses:
            session.add(
                Promise(
                    workspace_id=house.id,
                    id=new_id(),
                    language="fr",
                    means="phone",
                    starts_at=yesterday - timedelta(hours=2),
                    ends_at=yesterday,
                    status=status,
                    made_at=yesterday,
                )
            )


def test_a_promise_stands_above_the_queue_in_its_row_and_on_its_page(house: House) -> None:
    ada = Customer.complain(house, "ada", now=house.now)
    ada.choose(ada.offered(house.now)[0], house.now)
    browser = browse(house)
    queue = said(browser.get("/console/alerts"))
    assert "Promis entre" not in queue
    assert re.search(r"Promis \w+ \d+(er)? \w+ entre \d+ h", queue)
    assert "Promis pour maintenant" not in queue
    with house.writing() as session:
        session.execute(update(Promise).values(starts_at=house.now + timedelta(minutes=30)))
    worse = Customer.complain(house, "bea", now=house.now)
    with house.writing() as session:
        session.execute(update(Alert).where(Alert.id == worse.alert.id).values(priority=27))
    for sort in ("urgent", "due"):
        shown = browser.get(f"/console/alerts?sort={sort}")
        assert "Promis pour maintenant" in said(shown)
        rows = re.findall(r'href="/console/alerts/([0-9a-f-]{36})" data-open-row', shown.text)
        assert rows == [str(ada.alert.id), str(worse.alert.id)]
    page = browser.get(f"/console/alerts/{ada.alert.id}")
    assert "Promis à ce client : un appel," in said(page)
    assert "Rappel promis au client" in said(page)


def test_a_broken_word_is_told_to_whoever_calls_and_kept_by_the_right_means(house: House) -> None:
    ada = Customer.complain(house, "ada", now=house.now, email=None)
    bea = Customer.complain(house, "bea", now=house.now)
    for one, means in ((ada, "phone"), (bea, "email")):
        one.choose(one.offered(house.now)[0], house.now, means)
    with house.writing() as session:
        session.execute(update(Promise).where(Promise.means == "phone").values(ends_at=house.now - timedelta(hours=1)))
        session.execute(update(Promise).where(Promise.means == "email").values(starts_at=house.now))
    sweep(house, house.now)
    browser = browse(house)
    assert "commencez par présenter nos excuses" in said(browser.get(f"/console/alerts/{ada.alert.id}"))
    path = f"/console/alerts/{bea.alert.id}"
    browser.post(f"{path}/claim", token_from=path)
    assert '<option value="email" selected>Par e-mail</option>' in browser.get(path).text
    browser.post(f"{path}/contact", token_from=path, outcome="voicemail", via="email")
    assert [one.status for one in bea.promises] == ["made"], "a voicemail is no e-mail"
    browser.post(f"{path}/contact", token_from=path, outcome="no_answer", via="phone")
    assert [one.status for one in bea.promises] == ["made"], "who phones has not written"
    browser.post(f"{path}/contact", token_from=path, outcome="no_answer", via="email")
    assert [one.status for one in bea.promises] == ["kept"]


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (["kept"] * 3 + ["owed"], "3 tenus sur 4 trop peu pour un pourcentage"),
        (["kept"] * 9 + ["missed"], "9 tenus sur 10 (90\u202f%)"),
        (["cancelled"], None),
    ],
)
def test_everybody_sees_how_the_word_is_kept_and_no_share_of_a_few(
    house: House, due: list[str], words: str | None
) -> None:
    history(house, *due)
    browser = browse(house, "viewer")
    for path in ("/console/", "/console/alerts"):
        shown = said(browser.get(path))
        assert ("Rappels promis" in shown) is (words is not None)
        assert words is None or words.replace("\u202f", " ") in shown.replace("\u202f", " ")


def test_who_calls_and_when_is_set_in_the_console(house: House) -> None:
    browser, path = browse(house, "owner"), "/console/settings/callbacks"
    page = browser.get(path)
    assert page.status_code == 200
    given = {
        "agents": "3",
        "calls_per_hour": "2",
        "mon": "09:00-12:30, 14:00-18:00",
        "tue": "09:00-17:00",
        "holidays": "fr",
        "closed": "2026-12-24\n2026-12-31",
        "absences": "2026-08-03 2026-08-14 2",
    }
    assert browser.post(path, token_from=path, **given).status_code == 303
    with house.reading() as session:
        team = session.get_one(Workspace, house.id).settings["callback_team"]
    assert (team["agents"], team["week"]["mon"], team["week"]["wed"]) == (3, ["09:00-12:30", "14:00-18:00"], [])
    assert team["absences"] == [{"from": "2026-08-03", "to": "2026-08-14", "agents": 2}]
    for wrong in ({"agents": "many"}, {"mon": "9-12"}, {"closed": "Noël"}, {"absences": "2026-08-03"}):
        refused = browser.post(path, token_from=path, **{**given, **wrong})
        assert refused.status_code == 422, wrong
        assert f'id="{next(iter(wrong))}-error"' in refused.text
    assert browse(house, "agent").get(path).status_code == 403
