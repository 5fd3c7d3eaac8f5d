"""The value page: each figure with its n and interval, of whom it says it is, and nothing that nobody can know yet."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.web.console.conftest import PASSWORD, World
from vocapp.domain.boards import Goals
from vocapp.domain.cohorts import Size, cohorts_of
from vocapp.models import Customer, db, transaction
from vocapp.services import intake_events, staff, staging, workspaces
from vocapp.web.console.dashboards.worth import _verdict
from vocapp.web.console.words import words_in

WEEKS = 9


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def bought(now: datetime, of: int, week: int) -> dict[str, Any]:
    return {
        "id": f"order {of} {week}",
        "event": "Order Completed",
        "occurred_at": (now - timedelta(weeks=week)).isoformat(),
        "customer": {"external_id": f"buyer-{of}"},
        "properties": {"order_id": f"{of}-{week}", "total": 50 + 10 * of},
    }


def test_it_gives_n_and_interval_and_no_churn_of_the_young_and_says_whose_its_figures_are(world: World) -> None:
    now, workspace_id = datetime.now(UTC), world.ours.workspace_id
    orders = [bought(now, of, week) for of in range(12) for week in range(WEEKS)]
    with world.app.app_context(), transaction():
        intake_events.take_events(workspace_id=workspace_id, documents=orders, secret=b"secret", now=now)
        known = db.session.query(Customer).filter_by(workspace_id=workspace_id).all()
        staging.follow(workspace_id=workspace_id, ids=[one.id for one in known])
        buyer = next(one.id for one in known if one.external_id == "buyer-3")
    for language in ("fr", "en"):
        words, browser = words_in(language), world.log_in("owner", language)
        reply = browser.get("/console/dashboards/value?period=12m")
        assert reply.status_code == 200
        text = html.unescape(reply.text)
        shown = text.replace("\u202f", " ").replace("\u00a0", " ")
        assert words.count("orders_n", 12 * WEEKS) in text
        assert "105" in shown  # the basket of 12 customers: 50 to 160
        assert words["not_known_yet"] in text
        assert words["going_on"] in text
        assert words["worth_belongs"] in text
        assert "0\u202f%" not in text.partition('id="cohorts"')[2].partition("</table>")[0].replace("100", "")
        specs = [json.loads(one) for one in re.findall(r"data-spec>(.*?)</div>", reply.text, re.DOTALL)]
        assert sum(specs[0]["values"]) == pytest.approx(12 * WEEKS * 105)
        assert specs[1]["values"][-1] == 12
        assert words["stages_counting"] not in text
        page = html.unescape(browser.get(f"/console/customers/{buyer}").text)
        assert words["worth_life"] in page
        assert page.count(words["stage_names"]["customer"]) >= 1
        money = browser.get("/console/dashboards/value?period=12m&csv=revenue")
        assert "chiffre-d-affaires" in money.headers["Content-Disposition"] or language == "en"
        rows = list(csv.DictReader(io.StringIO(money.text.removeprefix("\ufeff"))))
        assert sum(float(row["revenue"]) for row in rows) == pytest.approx(12 * WEEKS * 105)
        assert {row["average_basket"] for row in rows if int(row["customers"]) < 10} <= {""}
    assert world.log_in("viewer").get("/console/dashboards/value").status_code == 403


def test_who_may_not_see_it_is_told_why_and_gets_no_file_of_it_either(world: World) -> None:
    with world.app.app_context(), transaction():
        workspace_id, now = world.ours.workspace_id, datetime.now(UTC)
        staff.create(
            workspace_id=workspace_id, email="lead@lune.test", password=PASSWORD, role="analyst", place="south", now=now
        )
    for role in ("viewer", "south"):
        for language in ("fr", "en"):
            browser, why = world.log_in(role, language), words_in(language)["value_readers"]
            for asked in ("", "?csv=revenue", "?csv=cohorts"):
                refused = browser.get(f"/console/dashboards/value{asked}")
                assert refused.status_code == 403
                assert why in html.unescape(refused.text)
    lead = html.unescape(world.log_in("lead", "fr").get("/console/dashboards/value").text)
    assert words_in("fr")["only_place"].format(place="South") in lead
    assert words_in("fr")["worth_part"] in lead


def test_a_period_that_lies_ahead_is_shown_empty(world: World) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=40)).date()
    asked = f"period=days&from={ahead}&to={ahead + timedelta(days=4)}"
    assert world.log_in("owner").get(f"/console/dashboards/value?{asked}").status_code == 200


def test_churn_is_shown_however_long_it_takes_to_lapse(world: World) -> None:
    now, workspace_id = datetime.now(UTC), world.ours.workspace_id
    orders = [bought(now, of, 184) for of in range(12)]  # 1,288 days ago
    orders += [bought(now, 100 + week, week) for week in range(0, 180, 4)]
    with world.app.app_context(), transaction():
        workspaces.change_settings(workspace_id=workspace_id, changes={"value": {"lapsed_after_days": 1200}}, now=now)
        intake_events.take_events(workspace_id=workspace_id, documents=orders, secret=b"secret", now=now)
        known = [one.id for one in db.session.query(Customer).filter_by(workspace_id=workspace_id)]
        staging.follow(workspace_id=workspace_id, ids=known)
    text = html.unescape(world.log_in("owner", "en").get("/console/dashboards/value").text)
    rows = text.partition('id="cohorts"')[2].partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    lapsed = [row.split("<td>")[3] for row in rows if "<td>" in row]
    assert lapsed[0].startswith("100")
    assert len(rows) < 36
    left_out = re.findall(r"Not shown here: first purchases from (\w+ \d+) to (\w+ \d+)", text)
    assert len(left_out) == 1
    file = world.log_in("owner", "en").get("/console/dashboards/value?csv=cohorts").text
    months = [line.split(",")[0] for line in file.splitlines()[1:]]
    assert len(months) > len(lapsed), "what the page leaves out, and says so, the file has"
    assert months == sorted(months)


def test_it_says_so_while_customers_are_still_being_counted(world: World) -> None:
    now, workspace_id = datetime.now(UTC), world.ours.workspace_id
    with world.app.app_context(), transaction():
        orders = [bought(now, of, 1) for of in range(2)]
        intake_events.take_events(workspace_id=workspace_id, documents=orders, secret=b"secret", now=now)
        first, *others = [one.id for one in db.session.query(Customer).filter_by(workspace_id=workspace_id)]
        staging.follow(workspace_id=workspace_id, ids=[first])
    browsers = {language: world.log_in("owner", language) for language in ("fr", "en")}

    def are_counting() -> set[bool]:
        pages = {one: html.unescape(browsers[one].get("/console/dashboards/value").text) for one in browsers}
        return {words_in(one)["stages_counting"] in pages[one] for one in pages}

    assert are_counting() == {True}
    with world.app.app_context(), transaction():
        staging.follow(workspace_id=workspace_id, ids=others)
    assert are_counting() == {False}


def test_a_month_that_goes_on_has_no_verdict() -> None:
    today = datetime(2026, 3, 10, tzinfo=UTC).date()
    active = [("2026-01", "2026-01", 40, 1), ("2026-01", "2026-02", 2, 1), ("2026-01", "2026-03", 2, 1)]
    [cohort] = cohorts_of({"2026-01": Size(40, 0, 1)}, active, today=today, lapsed_after_days=365)
    cells = cohort.document()["months"]
    assert [_verdict(Goals(retention=60), cell) for cell in cells] == ["reached", "missed", None]
