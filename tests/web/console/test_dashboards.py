"""Dashboards: figures of one's own part only, each with its number and its table, renewed while the page is open."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from tests.days import day_of
from tests.watching import statements
from tests.web.console.conftest import World
from vocapp.domain.boards import Goals
from vocapp.domain.comparing import NpsSample
from vocapp.models import Place, Response, SegmentRow, Tally, Workspace, db, transaction
from vocapp.services import counting, dashboards, reporting, segmenting, workspaces
from vocapp.services.dashboards import Asked
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console.dashboards import views
from vocapp.web.console.words import words_in

ROLES = ("owner", "agent", "viewer")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def figures(browser: Any, **query: str) -> dict[str, Any]:
    reply = browser.get("/console/dashboards/figures?" + urlencode(query))
    assert reply.status_code == 200
    return json.loads(reply.text)


def test_each_role_has_its_first_page_and_every_part_of_it(world: World) -> None:
    for role in ROLES:
        browser = world.log_in(role)
        for path in ("", "/handling", "/mail", "/causes"):
            reply = browser.get(f"/console/dashboards{path}")
            assert reply.status_code == 200, (role, path)
            assert reply.text.count('aria-current="page"') >= 2
        assert browser.get("/console/dashboards/value").status_code == (200 if role == "owner" else 403)


def test_its_figures_are_those_of_the_rows_and_the_api_and_move_with_an_answer(world: World) -> None:
    with world.app.app_context(), transaction():
        counting.rebuild(workspace_id=world.ours.workspace_id)
    browser = world.log_in("owner")
    said = figures(browser)
    with world.app.app_context():
        workspace_id = world.ours.workspace_id
        rows = db.session.scalars(
            select(Response.nps).where(Response.workspace_id == workspace_id, Response.nps.is_not(None))
        ).all()
        nps = reporting.figure(metric="nps", question=reporting.Question(workspace_id=workspace_id))
        db.session.rollback()
    assert next(one["n"] for one in said["figures"] if one["key"] == "nps") == len(rows) == nps["responses"]
    assert said["answered_of_visited"]["value"] is None  # nobody was written to so long ago
    known = {"If-None-Match": f'"{said["mark"]}"'}
    assert browser.client.get("/console/dashboards/figures", headers=known).status_code == 304
    with world.app.app_context(), transaction():
        db.session.add(_answered(world, "nice", "10"))
    moved = browser.client.get("/console/dashboards/figures?mark=", headers=known)
    assert moved.status_code == 200
    assert json.loads(moved.text)["mark"] != said["mark"]


def test_a_store_sees_itself_and_a_charted_line_has_its_table(world: World) -> None:
    with world.app.app_context(), transaction():
        counting.rebuild(workspace_id=world.ours.workspace_id)
        for place, score in (("nice", "9"), ("lyon", "0")):
            for _ in range(11):
                db.session.add(_answered(world, place, score))
    south = world.log_in("south")
    assert {one["key"]: one["n"] for one in figures(south)["figures"]}["nps"] == 12  # ada's, too
    assert figures(south, place="lyon")["responses"] == figures(south)["responses"]  # not theirs: as if left out
    text = south.get("/console/dashboards?period=28&group=place&grain=day").text
    assert "Lyon" not in text
    assert text.count("data-chart") == text.count("data-spec") >= 2
    assert text.count("data-chart") - 1 <= text.count('class="behind"')
    everywhere = world.log_in("owner").get("/console/dashboards?group=store").text
    assert words_in("fr")["rank_one"].format(best=1, among=2) in everywhere


def test_places_stand_in_the_order_of_a_figure_or_of_what_one_chooses(world: World) -> None:
    """The best first; who lies surely above or below the whole is marked, and noise is not called a rank."""
    shops = {"alpha": ("9", 12), "beta": ("0", 40), "gamma": ("10", 60), "delta": ("7", 3), "zeta": ("8", 11)}
    with world.app.app_context(), transaction():
        for key, (score, n) in shops.items():
            db.session.add(Place(workspace_id=world.ours.workspace_id, key=key, name=key, kind="site", path=f"/{key}/"))
            tally = _answered(world, key, score)
            tally.n = n
            db.session.add(tally)
    owner = world.log_in("owner")

    def shown(sort: str = "") -> list[str]:
        page = owner.get(f"/console/dashboards?period=28&group=place{sort}").text
        return [one for one in re.findall(r'class="who"><strong>([^<]+)', page) if one in shops]

    assert shown() == shown("&sort=nonsense") == ["alpha", "gamma", "zeta", "beta", "delta"]
    assert shown("&sort=nps_up") == ["beta", "zeta", "alpha", "gamma", "delta"]
    assert shown("&sort=responses") == ["gamma", "beta", "alpha", "zeta", "delta"]
    assert shown("&sort=name_up") == sorted(shops, reverse=True)
    page = owner.get("/console/dashboards?period=28&group=place").text
    rows = dict(re.findall(r'class="who"><strong>(\w+)</strong>(.*?)</tr>', page, re.DOTALL))
    assert "▲ nettement au-dessus" in rows["gamma"]
    assert "▼ nettement au-dessous" in rows["beta"]
    assert "nettement" not in rows["delta"]
    assert re.search(r'aria-sort="descending"><a href="[^"]*&amp;sort=nps_up#compared"', page)
    heads = re.findall(r'columnheader"[^>]*><a [^>]*>(.*?)</a><span class="by-phone">(.*?)</span></th>', page)
    assert [re.sub("<.*", "", link) for link, _ in heads] == [name for _, name in heads], "named where no link is"
    assert len(heads) == 5
    kept = owner.get("/console/dashboards?period=28&group=place&sort=name_up").text
    assert '<input type="hidden" name="sort" value="name_up">' in kept, "the filters keep the order"
    assert 'name="sort"' not in page
    told = _rows_of(owner.get("/console/dashboards?period=28&group=place&sort=responses&csv=compared").text)
    assert [one["place"] for one in told if one["place"] in shops] == ["gamma", "beta", "alpha", "zeta", "delta"]


def test_what_a_long_table_and_its_chart_leave_out_is_said_and_one_click_away(world: World) -> None:
    shops = [f"kiosk-{number:03}" for number in range(views.MOST_ROWS + 5)]
    with world.app.app_context(), transaction():
        places = [
            Place(workspace_id=world.ours.workspace_id, key=key, name=key, kind="site", path=f"/{key}/")
            for key in shops
        ]
        db.session.add_all(places)
        for key in shops:
            tally = _answered(world, key, "9")
            tally.n = 10
            db.session.add(tally)
    browser = world.log_in("owner")
    first = browser.get("/console/dashboards?period=28&group=place").text
    assert "kiosk-000" in first
    told = re.search(r"Lignes 1 à 200 sur (\d+)", first)
    assert told is not None
    assert int(told[1]) >= len(shops)
    assert "Le graphique montre les 20 premières et les 20 dernières lignes" in first
    rest = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first)[-1])
    second = browser.get(rest).text
    assert f"Lignes 201 à {told[1]} sur {told[1]}" in second
    assert 'rel="prev"' in second
    listed = [page.partition("<tbody role")[2] for page in (first, second)]
    assert all(sum(f"<strong>{key}</strong>" in page for page in listed) == 1 for key in shops)
    for nonsense in ("0", "9", "-1", "x", "1" * 30, "²"):
        assert "Lignes 1 à 200" in browser.get(f"/console/dashboards?period=28&group=place&page={nonsense}").text


def test_personas_and_segments_are_compared_and_looked_at_alone(world: World) -> None:
    workspace_id = world.ours.workspace_id
    with world.app.app_context(), transaction():
        now = datetime.now(UTC)
        names = {"fr": "Habitués <b>", "en": "Regulars <b>"}
        segmenting.put(workspace_id=workspace_id, key="regulars", definition={"name": names, "when": False}, now=now)
        tally = _answered(world, "nice", "9")
        of_segment = [["@segment:promoter", "regulars"], ["@segment_csat:5", "regulars"]]
        tally.counted, tally.n = [*tally.counted, ["@csat", "5"], *of_segment], 12
        db.session.add(tally)
    owner, south = world.log_in("owner"), world.log_in("south")
    listed = owner.get("/console/dashboards?period=28&group=segment").text
    assert "Habitués &lt;b&gt;" in listed.partition("<tbody role")[2]
    assert words_in("fr")["people_help"]["segment"] in listed
    assert "<b>" not in listed.partition("<tbody role")[2].partition("</tbody>")[0]
    alone = {"people": "segment:regulars", "period": "28"}
    told = {one["key"]: one for one in figures(owner, **alone)["figures"]}
    assert {key: told[key]["n"] for key in ("nps", "csat", "answered")} == {"nps": 12, "csat": 12, "answered": 0}
    assert figures(south, **alone)["figures"] == list(told.values())
    assert {one["n"] for one in figures(owner, **alone, place="lyon")["figures"]} == {0}
    text = owner.get("/console/dashboards?" + urlencode(alone)).text
    assert words_in("fr")["people_only"].format(name="Habitués &lt;b&gt;") in text
    assert 'value="segment:regulars" selected' in text
    assert "people=segment%3Aregulars" in html.unescape(text).replace("segment:regulars", "segment%3Aregulars")
    with world.app.app_context(), transaction():
        db.session.get_one(SegmentRow, (workspace_id, "regulars")).company_only = True
    assert "Habitués" not in south.get("/console/dashboards?period=28&group=segment").text
    assert figures(south, **alone)["figures"] == figures(south, period="28")["figures"]
    assert figures(owner, people="segment:nobody", period="28")["figures"] == figures(owner, period="28")["figures"]
    assert owner.get("/console/dashboards/mail?" + urlencode(alone)).status_code == 200


def test_a_line_has_points_as_long_as_it_takes_for_figures_unless_the_address_names_them(world: World) -> None:
    today, zone = day_of(), {"fr": "Un point par mois", "en": "One point a month"}
    with world.app.app_context(), transaction():
        for day in range(0, 84, 2):  # three or four a week, more than ten a month; CSAT enough at any week
            tally = _answered(world, "lyon", "9")
            tally.day, tally.counted = today - timedelta(days=day), [["", "completed"], ["@nps", "9"]]
            often = _answered(world, "lyon", "9")
            often.day, often.counted, often.n = tally.day, [["", "completed"], ["@csat", "5"]], 9
            db.session.add_all([tally, often])
    owner = world.log_in("owner")
    page = html.unescape(owner.get("/console/dashboards?place=lyon").text)
    nps, csat = (page.partition(f'id="line-{key}"')[2].partition("</section>")[0] for key in ("nps", "csat"))
    assert zone["fr"] in nps
    assert zone["fr"] not in csat
    lines = {key: json.loads(re.findall(r"data-spec>(.*?)</div>", one, re.DOTALL)[0]) for key, one in
             (("nps", nps), ("csat", csat))}  # fmt: skip
    assert len(lines["csat"]["values"]) == 13
    assert 3 <= len(lines["nps"]["values"]) <= 5
    assert sum(one is not None for one in lines["nps"]["values"]) >= 2
    since = today - timedelta(days=today.weekday(), weeks=12)
    assert ", à partir du" in nps or since.day == 1, "a month that is not wholly in the period says so"
    by_week = html.unescape(owner.get("/console/dashboards?place=lyon&grain=week").text)
    assert zone["fr"] not in by_week
    assert 'value="week" selected' in by_week
    assert 'id="line-nps"' not in by_week, "no week has ten"
    assert words_in("fr")["undrawn"].format(figures=words_in("fr")["board_figures"]["nps"]) in by_week
    by_day = html.unescape(owner.get("/console/dashboards?period=28&place=lyon").text)
    assert "Un point par semaine" in by_day.partition('id="line-csat"')[2].partition("</section>")[0]
    for query in ("grain=hour", "period=12m&grain=day"):  # cannot be: as if left out
        usual = f'<option value="" selected>{words_in("fr")["grains"][""]}</option>'
        assert usual in owner.get(f"/console/dashboards?{query}").text


def test_a_line_shows_where_an_earlier_tools_answers_end(world: World) -> None:
    with world.app.app_context(), transaction():
        today = _answered(world, "lyon", "9").day
        for weeks, channel in ((6, "import"), (5, "import"), (4, "email"), (1, "email")):
            tally = _answered(world, "lyon", "9")
            tally.day, tally.channel, tally.n = today - timedelta(weeks=weeks), channel, 12
            db.session.add(tally)
    owner, word = world.log_in("owner"), words_in("fr")["earlier_tool"]
    query = "place=lyon&grain=week"
    page = html.unescape(owner.get(f"/console/dashboards?{query}").text)
    line = page.partition('id="line-nps"')[2].partition("</section>")[0]
    spec = json.loads(re.findall(r"data-spec>(.*?)</div>", line, re.DOTALL)[0])
    assert spec["earlier"] == len(spec["values"]) - 6
    assert line.count(f'<span class="chip">{word}</span>') == 1
    rows = _rows_of(owner.get(f"/console/dashboards?{query}&csv=line-nps").text)
    assert [one["earlier_tool"] for one in rows][-7:] == ["yes", "yes", "no", "no", "no", "no", "no"]
    own = html.unescape(owner.get(f"/console/dashboards?{query}&channel=email").text)
    assert word not in own.partition('id="line-nps"')[2].partition("</table>")[0].partition("<table")[2]


def test_each_table_is_had_as_csv_by_the_pages_own_address_and_says_no_more_than_it(world: World) -> None:
    evil = '=HYPERLINK("http://evil.test")'
    with world.app.app_context(), transaction():
        db.session.add(Place(workspace_id=world.ours.workspace_id, key="few", name=evil, kind="site", path="/few/"))
        for place, score, n, days in (
            ("nice", "9", 11, 0),
            ("lyon", "0", 12, 0),
            ("few", "7", 3, 0),
            ("nice", "0", 12, 30),
        ):
            tally, mailed = _answered(world, place, score), _answered(world, place, score)
            tally.n = mailed.n = n
            tally.day = mailed.day = tally.day - timedelta(days=days)
            mailed.counted = [["@mail", "due"]] if days else [["@mail", "due"], ["@mail", "answered"]]
            db.session.add_all([tally, mailed])
    owner, south = world.log_in("owner"), world.log_in("south")
    for browser, seen in ((owner, {"lyon", "nice", "few"}), (south, {"nice"})):
        page = html.unescape(browser.get("/console/dashboards?period=28&group=place").text)
        links = re.findall(r'href="([^"]+csv=[^"]+)"', page)
        assert len(links) == len(set(links)) == page.count('class="behind"') + 1
        for link in links:
            reply = browser.get(link)
            assert reply.content_type.startswith("text/csv"), link
            assert re.fullmatch(r'attachment; filename="[a-z0-9-]+-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv"',
                                reply.headers["Content-Disposition"]), link  # fmt: skip
            assert reply.headers["Cache-Control"] == "no-store"
        rows = _rows_of(browser.get(next(link for link in links if "csv=compared" in link)).text)
        assert {row["place"] for row in rows} - {""} == seen
        for row in rows:
            assert (row["nps"] == "") == (int(row["nps_n"]) < 10), "of too few there is no figure in the file, either"
        told = {row["place"]: row for row in rows}
        assert float(told["nice"]["nps"]) > 90
        assert (float(told["nice"]["nps_before"]), told["nice"]["nps_before_n"]) == (-100, "12")
        assert told["nice"]["nps_change"] == "up"
        [nice] = re.findall(r"<strong>Nice</strong>.*?</tr>", page, re.DOTALL)
        assert "avant\u00a0: \u2212100" in nice
        assert words_in("fr")["clear_up"] in nice
        if "few" in seen:
            assert (told["few"]["nps_before"], told["few"]["nps_change"]) == ("", "")
            assert told["few"]["name"] == f"'{evil}"
            assert (told["nice"]["rank_best"], told["lyon"]["rank_worst"]) == ("1", "2")
    assert "Lyon" not in south.get("/console/dashboards?period=28&group=place&place=lyon&csv=compared").text
    [survey] = _rows_of(south.get("/console/dashboards/mail?period=28&csv=surveys").text)
    assert (survey["answered_before"], survey["answered_before_n"], survey["answered_change"]) == ("0.0", "12", "up")
    assert "avant\u00a0: 0" in south.get("/console/dashboards/mail?period=28").text.partition('id="by-survey"')[2]
    weeks = _rows_of(owner.get("/console/dashboards?csv=responses").text)
    assert sum(int(row["responses"]) for row in weeks) >= 26
    assert {date.fromisoformat(row["from"]).weekday() for row in weeks} == {0}
    assert owner.get("/console/dashboards?csv=nothing").status_code == 404
    assert owner.get("/console/dashboards?csv=").status_code == 404
    for path in ("handling", "mail", "causes", "advisers"):
        assert owner.get(f"/console/dashboards/{path}?csv=compared").status_code == 404
    assert world.log_in("viewer").get("/console/dashboards/advisers?csv=advisers").status_code == 403


def _rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_page_asks_each_thing_once(world: World) -> None:
    browser = world.log_in("owner")
    for path, most in (("", 11), ("?group=region", 12), ("?group=segment", 12), ("/figures", 9)):
        with statements(world.app) as said:
            assert browser.get(f"/console/dashboards{path}").status_code == 200
        assert len(said) <= most, (path, said)
        assert len(said) == len(set(said)), path


def _answered(world: World, place: str, score: str) -> Tally:
    return Tally(
        workspace_id=world.ours.workspace_id,
        survey_key="delivery",
        survey_version=1,
        day=day_of(),
        place=place,
        channel="email",
        counted=[["", "completed"], ["@nps", score]],
    )


def test_what_stands_in_the_page_as_json_ends_no_element(world: World) -> None:
    with world.app.app_context(), transaction():
        workspace = db.session.get_one(Workspace, world.ours.workspace_id)
        workspace.name = "</script><b>x"
    text = world.log_in("owner").get("/console/dashboards").text
    for block in re.findall(r"<div hidden data-spec>(.*?)</div>", text, re.DOTALL):
        assert "<" not in block
        json.loads(block)


def test_nonsense_in_the_address_counts_as_left_out(world: World) -> None:
    browser = world.log_in("owner")
    plain = figures(browser)
    for query in (
        {"period": "x", "survey": "none", "place": "nowhere", "channel": "pigeon", "group": "customer"},
        {"period": "days", "from": "2026-02-30", "to": "x"},
        {"period": "days", "from": "9999-12-31", "to": "9999-12-31"},
        {"period": "days", "from": "2026-03-02", "to": "2026-03-01"},
    ):
        assert figures(browser, **query)["figures"] == plain["figures"], query


def test_goals_are_the_companys_own_and_colour_only_what_is_sure(world: World) -> None:
    on = {"workspace_id": world.ours.workspace_id}
    with world.app.app_context(), transaction():
        workspaces.change_settings(**on, changes={"goals": {"nps": 20, "seconds": 30}})
        db.session.add_all([_answered(world, "nice", "9") for _ in range(15)])
        with pytest.raises(WorkspaceRefused):
            workspaces.change_settings(**on, changes={"goals": {"nps": 101}})
        with pytest.raises(WorkspaceRefused):
            workspaces.change_settings(**on, changes={"goals": {"opens": 20}})
    text = world.log_in("owner", "en").get("/console/dashboards").text
    assert "goal reached (20)" in text
    sample = NpsSample(6, 4, 5)
    assert [Goals(nps=goal).verdict("nps", sample) for goal in (-90, 5, 95, None)] == [
        "reached",
        "open",
        "missed",
        None,
    ]


def test_a_board_of_nobody_holds_nothing(world: World) -> None:
    with world.app.app_context():
        asked = Asked(workspace_id=world.ours.workspace_id, since=_day(1), until=_day(8), seen=())
        assert dashboards.read(asked=asked).responses == 0
        db.session.rollback()


def _day(day: int) -> date:
    return date(2026, 11, day)
