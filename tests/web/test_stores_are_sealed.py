"""Whoever works for one store reaches nothing of another, on whatever route: each is tried with the other's names.

The table is the application's own list of routes, so that a new one is tried as well: of the console, each is asked
with every id of the other store's, by each role of this one. What is seen must hold nothing of it; what is posted must
change nothing of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, select

from tests.builders import NPS, WHY, House, answer
from tests.rig.keeping import KeptSqlite
from tests.rig.passwords import make_passwords_cheap
from tests.said import lay_out
from tests.web.found import BOARD_TABLES, find_drivers_at, names_at
from tests.web.standing import PASSWORD, csrf_of, log_in, standing
from vocapp.jobs.segments import follow_all
from vocapp.models import Alert, Base, DriverReport, feed
from vocapp.services import calling_back, erasing, keys, places, staff, surveying

SECRET = "zoraide"
"""Stands in all that is of the other store; it must never be seen from this one."""
THERE = "there"
TABLES = [f"{page}?csv={name}" for page, name in BOARD_TABLES]
"""The other store's key, which who asks for it may be told again; its name they may not."""
UNGUARDED = {"console.front", "console.login", "console.log_in", "console.choose_language", "console.asset"}
ENDS_OR_LEAVES = {"console.log_out", "console.nowhere"}
FORM = {"outcome": "reached", "root_cause": "x", "q": "nobody", "sure": "yes", "role": "owner", "name": "x"}
FILTERS = ("place", "survey", "status", "category", "sentiment", "assignee", "q", "customer", "age", "before", "after")


@dataclass
class World:
    house: House
    there: dict[str, str]
    """Names of what is of the other store."""
    here: dict[str, str]
    staff: dict[str, FlaskClient]
    """By role, each with this store for their place."""
    key: str
    """Of the API, limited to this store."""
    both: str
    """The id of who was happy here, and unhappy there."""
    kept: KeptSqlite

    def put_back(self) -> None:
        self.kept.put_back()
        surveying.forget()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with standing(tmp_path_factory.mktemp("stores")) as application:
        yield application


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    house = House(app)
    with house.writing():
        for key, parent, kind in (
            ("brand", None, "brand"),
            ("here", "brand", "store"),
            ("here_till", "here", "team"),
            (THERE, "brand", "store"),
        ):
            places.put_place(
                workspace_id=house.id,
                key=key,
                name=SECRET if key == THERE else key.title(),
                kind=kind,
                parent_key=parent,
            )
    house.survey("visit", trigger=None, questions=[NPS, WHY])
    house.survey("other", trigger=None, questions=[NPS, WHY])
    client = app.test_client()
    both = house.customer("both", first_name="Ada", last_name="Lovelace")
    theirs = house.customer(f"{SECRET}-customer", first_name=SECRET, last_name=SECRET, phone="+33199001234")
    _tell(house, client, both, "both", "e-here", "visit", "here", {"nps": "9", "why": "parfait"})
    _tell(house, client, theirs, f"{SECRET}-customer", f"{SECRET}-e1", "other", THERE,
          {"nps": "0", "why": f"{SECRET} inadmissible"})  # fmt: skip
    unhappy = house.customer("unhappy", first_name="Bo", last_name="Boole")
    _tell(house, client, unhappy, "unhappy", "e-till", "visit", "here_till", {"nps": "1", "why": "inadmissible"})
    for external_id, person in (("both", both), ("unhappy", unhappy)):
        _tell(house, client, person, external_id, f"{SECRET}-{external_id}", "other", THERE,
              {"nps": "0", "why": f"{SECRET} inadmissible"})  # fmt: skip
    with house.app.app_context():
        follow_all(until=float("inf"))
    lay_out(house)
    with pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        with house.writing():
            _join(house, f"{SECRET}@there.test", "agent", THERE)
            for role in staff.ROLES:
                _join(house, f"{role}@here.test", role, "here")
        clerks = {role: log_in(app, f"{role}@here.test") for role in staff.ROLES}
    there = names_at(house, THERE)
    with house.writing():
        calling_back.claim(
            workspace_id=house.id, alert_id=next(one.id for one in house.rows(Alert) if str(one.id) == there["alert"]),
            agent=f"{SECRET}@there.test", now=house.now,
        )  # fmt: skip
    with house.writing():
        key = keys.create(workspace_id=house.id, name="till", scopes=(), place="here", now=house.now)
    database = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert database is not None
    kept = KeptSqlite(database)
    yield World(house, there, names_at(house, "here_till"), clerks, key, str(both), kept)
    kept.close()


def _tell(
    house: House, client: FlaskClient, customer: Any, external_id: str, event: str, survey: str, place: str,
    answers: dict[str, str],
) -> None:  # fmt: skip
    """Let something happen at a place, and the customer say what they think of it."""
    name = f"{SECRET}-agent" if place == THERE else "Inès"
    house.event(customer, event, place=place, agent=name, properties={"order": event})
    path = house.link(house.invite(external_id, survey, event_id=event, place=place))
    answer(client, path, answers)
    house.work()


def _join(house: House, email: str, role: str, place: str) -> None:
    staff.create(workspace_id=house.id, email=email, password=PASSWORD, role=role, place=place, now=house.now)


def _pages(app: Flask, method: str) -> list[str]:
    """Return the paths of the console with their parameters, as the application has them."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
        and rule.endpoint not in UNGUARDED | ENDS_OR_LEAVES
        and method in (rule.methods or ())
    )


def _filled(path: str, names: dict[str, str]) -> list[str]:
    """Return a path with each of the names for each of its parameters."""
    if "<" not in path:
        return [path]
    return [re.sub(r"<[^>]+>", name, path) for name in names.values()]


@pytest.mark.parametrize("role", staff.ROLES)
def test_no_page_shows_anything_of_another_store(world: World, app: Flask, role: str) -> None:
    client, seen = world.staff[role], []
    for path in _pages(app, "GET"):
        for filled in _filled(path, world.there):
            replies = [client.get(filled)]
            if "<" not in path and replies[0].status_code == 200:
                replies += [client.get(filled, query_string=dict.fromkeys(FILTERS, one)) for one in _tried(world)]
            for reply in replies:
                if "<" in path and "/surveys/" not in path:
                    assert reply.status_code in {403, 404}, filled
                if SECRET in reply.text.lower():
                    seen.append((filled, reply.text[max(0, reply.text.lower().index(SECRET) - 200) :][:300]))
    assert not seen


def _tried(world: World) -> list[str]:
    return [world.there["place"], world.there["alert"], world.there["customer"]]


@pytest.mark.parametrize("role", staff.ROLES)
def test_who_was_in_both_stores_is_known_by_what_happened_here(world: World, role: str) -> None:
    client, seen = world.staff[role], {}
    for kind in ("customers", "alerts"):
        seen[kind] = client.get(f"/console/{kind}/{world.here[kind.removesuffix('s')]}")
    seen["happy"] = client.get(f"/console/customers/{world.both}")
    for reply in seen.values():
        assert reply.status_code == 200
        assert SECRET not in reply.text.lower()
    assert "0/10" not in seen["happy"].text
    if role == "viewer":
        return
    for kept, gone in (("category=promoter", "category=detractor"), ("sentiment=positive", "sentiment=negative")):
        assert world.both in client.get(f"/console/customers?{kept}").text
        assert world.both not in client.get(f"/console/customers?{gone}").text


def test_a_search_finds_nobody_of_another_store(world: World) -> None:
    client = world.staff["agent"]
    token = csrf_of(client)
    for query in (f"{SECRET}-customer", f"{SECRET}-customer@example.test", SECRET.title(), world.there["customer"]):
        reply = client.post("/console/customers", data={"csrf_token": token, "q": query})
        assert reply.status_code == 200
        assert world.there["customer"] not in reply.text.replace(html.escape(query), "")


@pytest.mark.parametrize("role", ["owner", "agent"])
def test_no_form_changes_anything_of_another_store(world: World, app: Flask, role: str) -> None:
    world.put_back()
    client = world.staff[role]
    token, before = csrf_of(client), _rows_of(world)
    for path in _pages(app, "POST"):
        for filled in _filled(path, world.there):
            form = {"csrf_token": token, **FORM, "place": THERE, "to": f"{SECRET}@there.test"}
            reply = client.post(filled, data=form)
            if "<" in path:
                assert reply.status_code in {403, 404}, filled
            assert SECRET not in reply.text.lower().replace(f"{SECRET}@there.test", ""), filled
    for _ in range(2):
        reply = client.post(
            f"/console/alerts/{world.here['alert']}/assign", data={"csrf_token": token, "to": f"{SECRET}@there.test"}
        )
        assert reply.status_code == 422
    after = _rows_of(world)
    own = {table: set(after.pop(table)) - set(before.pop(table)) for table in ("audit", "verbatim_views")}
    assert after == before
    # a file of what is seen here was written down, and a search of one's own kept
    assert all("verbatims.exported" in line and f"{role}@here.test" in line for line in own["audit"])
    assert len(own["audit"]) == len(own["verbatim_views"]) == 1
    world.put_back()


def _rows_of(world: World) -> dict[str, list[str]]:
    with world.house.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if table.name not in {"staff_sessions", "api_keys"}  # when they were used last
        }


# ── the API, with a key that sees this store


OPEN_TO_A_PLACE = {
    "list_places", "get_place", "list_responses", "get_response", "list_invitations", "get_invitation", "list_surveys",
    "get_survey", "list_alerts", "get_alert", "claim_alert", "assign_alert", "release_alert", "contact_alert",
    "resolve_alert", "reopen_alert", "export_stream", "get_nps", "get_csat", "get_ces", "get_alert_metrics",
    "get_advisers", "get_value", "get_cohorts", "get_stages", "get_theme_metrics", "list_verbatims", "get_verbatim",
    "list_tags", "put_verbatim_tag", "delete_verbatim_tag", "get_comparison", "get_drivers", "want_drivers",
}  # fmt: skip
"""What a key of one place may call; a new route is closed to it until it says that it keeps to the key's part."""
BODIES = {"contact_alert": {"outcome": "reached"}, "resolve_alert": {"root_cause": "x"}}


def test_what_a_key_of_one_store_may_call_is_written_down(world: World, app: Flask) -> None:
    seen = set()
    for route in _routes(app):
        reply = _call(world, route, re.sub(r"<[^>]+>", world.here["alert"], route.rule))
        if reply.status_code != 403:
            seen.add(route.endpoint.removeprefix("api."))
    assert seen - OPEN_TO_A_PLACE == set(), "say here that it keeps to the key's part, and try it below"
    assert OPEN_TO_A_PLACE - seen == set()
    world.put_back()


def test_a_key_of_one_store_is_told_nothing_of_another(world: World, app: Flask) -> None:
    """Every route that is open to it, with every name of the other store, in the path and as every filter it knows."""
    world.put_back()
    before, told = _rows_of(world), []
    filters = [{}, *({name: THERE} for name in ("place",)), {"group_by": "place"}, {"customer": f"{SECRET}-customer"}]
    for route in _routes(app):
        if route.endpoint.removeprefix("api.") not in OPEN_TO_A_PLACE:
            continue
        names = (
            world.there
            if "stream" not in route.rule
            else dict.fromkeys(feed.PLACED) | {one: one for one in feed.PLACED}
        )
        for path in _filled(route.rule, names):
            for query in filters:
                for accept in ("*/*", "application/x-ndjson"):
                    reply = _call(world, route, path, query, accept)
                    if "<" in route.rule and "stream" not in route.rule:
                        assert reply.status_code in {400, 404, 422}, (path, reply.text)
                    if SECRET in reply.text.lower() or any(world.there[one] in reply.text for one in HIDDEN):
                        told.append((path, query, reply.text[:500]))
    assert not told
    assert _rows_of(world) == before


HIDDEN = ("alert", "response", "invitation", "customer", "verbatim")


def test_a_key_of_one_store_reads_its_own_part(world: World, app: Flask) -> None:
    found = {
        path: _get(world, path).json["data"] for path in ("responses", "alerts", "invitations", "places", "verbatims")
    }
    assert {name: len(rows) for name, rows in found.items()} == {
        "responses": 2, "alerts": 1, "invitations": 2, "places": 2, "verbatims": 2,
    }  # fmt: skip
    [alert] = found["alerts"]
    assert alert["responses"] == [world.here["response"]]
    assert [move["action"] for move in alert["history"]] == ["opened"]  # that another answer joined it is not theirs
    assert _get(world, "metrics/nps").json["responses"] == 2
    assert _get(world, "metrics/nps?place=here_till").json["responses"] == 1
    assert _get(world, "metrics/nps?place=brand").json["responses"] == 0
    for stream, n in (("responses", 2), ("alerts", 1), ("events", 2)):
        assert len(_get(world, f"export/{stream}").json["data"]) == n
    for stream in set(feed.STREAMS) - set(feed.PLACED):
        assert _get(world, f"export/{stream}").status_code == 403


def test_a_file_of_a_table_holds_the_own_part_only(world: World) -> None:
    for client in world.staff.values():
        compared = set()
        for place in ("", "here", THERE, "brand"):
            for table in TABLES:
                reply = client.get(f"/console/dashboards{table}&period=12m&group=place&place={place}")
                assert reply.status_code in {200, 403, 404}, table
                assert SECRET not in reply.text.lower(), table
                assert f"\n{THERE}," not in reply.text, table
                compared |= {reply.text} if table == TABLES[0] and place != "here" else set()
        assert len(compared) == 1, "as if a place of others were left out of the address"


def test_what_goes_with_low_scores_is_read_of_the_own_part_only(world: World) -> None:
    """Of the whole company, the brand and the other store something was found; of this store something else."""
    world.put_back()
    find_drivers_at(world.house, "visit", {**dict.fromkeys(("", "brand", THERE), SECRET), "here": "inside"})
    own = _get(world, "metrics/drivers?survey=visit").json
    assert (own["place"], own["drivers"][0]["level"]) == ("here", "inside")
    for place in ("brand", THERE, "nowhere"):
        assert _get(world, f"metrics/drivers?survey=visit&place={place}").json["drivers"] == []
    assert [_get(world, f"metrics/comparison?place={one}").json["n"] for one in ("here", THERE)] == [2, 0]
    for client in world.staff.values():
        for place in ("", "here", THERE, "brand"):
            text = client.get(f"/console/dashboards/causes?survey=visit&place={place}").text.lower()
            assert ("inside" in text, SECRET in text) == (True, False)
            file = client.get(f"/console/dashboards/causes?survey=visit&place={place}&csv=drivers").text.lower()
            assert ("inside" in file, SECRET in file) == (True, False)
    api, clerk, token = world.house.app.test_client(), world.staff["viewer"], csrf_of(world.staff["viewer"])
    for place, outside in (("", False), ("here_till", False), (THERE, True), ("brand", True), ("nowhere", True)):
        asked = {"survey": "visit", "metric": "csat", "place": place}
        bearer = {"Authorization": f"Bearer {world.key}"}
        assert api.post("/api/v1/metrics/drivers", json=asked, headers=bearer).status_code == (422 if outside else 202)
        form = {**asked, "csrf_token": token, "metric": "ces"}
        assert clerk.post("/console/dashboards/causes", data=form).status_code == (404 if outside else 303)
    wanted = {(one.metric, one.place) for one in world.house.rows(DriverReport) if one.wanted_at is not None}
    assert wanted == {(metric, place) for metric in ("csat", "ces") for place in ("here", "here_till")}
    with world.house.writing():  # what was found at the store told of the till, too
        places.put_place(workspace_id=world.house.id, key="here_till", name="Till", kind="team", parent_key=THERE)
    assert {one.place for one in world.house.rows(DriverReport) if one.found_at is not None} == {""}
    world.put_back()


def test_the_feed_of_one_store_goes_on_page_by_page_and_tells_what_was_erased_there(world: World) -> None:
    world.put_back()
    seen, cursor = [], ""
    for _ in range(10):
        page = _get(world, f"export/events?limit=1{cursor}").json
        seen += page["data"]
        cursor = f"&cursor={page['next_cursor']}"
        if not page["has_more"]:
            break
    assert [one["id"] for one in seen] == ["e-here", "e-till"]
    for external_id in (f"{SECRET}-customer", "unhappy"):
        with world.house.writing():
            erasing.erase(
                workspace_id=world.house.id, external_id=external_id, by="x", secret=world.house.secret,
                now=world.house.now,
            )  # fmt: skip
    after = _get(world, f"export/events?{cursor[1:]}").json
    assert [(one["op"], one["id"]) for one in after["data"]] == [("delete", "e-till")]
    with world.house.writing():
        places.put_place(workspace_id=world.house.id, key="here_till", name="Till", kind="team", parent_key="brand")
    moved = _get(world, f"export/events?cursor={after['next_cursor']}")
    assert moved.status_code == 410  # what happened at the till went along with it
    assert [one["id"] for one in _get(world, "export/events").json["data"]] == ["e-here"]
    world.put_back()


def _routes(app: Flask) -> list[Any]:
    return [
        rule
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.endpoint)
        if rule.endpoint.startswith("api.")
    ]


def _call(world: World, route: Any, path: str, query: Any = None, accept: str = "*/*") -> Any:
    [method] = route.methods - {"HEAD", "OPTIONS"}
    body = {"agent": "Eve", **BODIES.get(route.endpoint.removeprefix("api."), {})}
    return world.house.app.test_client().open(
        path,
        method=method,
        query_string=query or {},
        headers={"Authorization": f"Bearer {world.key}", "Accept": accept},
        **({} if method == "GET" else {"json": body}),
    )


def _get(world: World, path: str) -> Any:
    bearer = {"Authorization": f"Bearer {world.key}"}
    return world.house.app.test_client().get(f"/api/v1/{path}", headers=bearer)
