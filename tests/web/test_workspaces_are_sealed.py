"""Whoever works in one workspace finds nothing of another: every route is attacked with the other's ids.

The table names every door of the application. A new route fails the first test until it has a line here: how somebody
with a key or a session of workspace A would use it with what belongs to B. Every attack must come out exactly like the
same attack with names that nobody has, change nothing of B, and, where it is refused, nothing at all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, make_url, select

from tests.builders import BUYS_FOR, NPS, WHY, House, answer, survey_document
from tests.conftest import settings_of_tests
from tests.rig.keeping import Kept, KeptPostgres, KeptSqlite, Row
from tests.web.attacking import Attack, act, get, see, send
from tests.web.attacks_on_pages import PAGES
from tests.web.attacks_on_segments import EVERYBODY, SEGMENTS
from tests.web.attacks_on_settings import SETTINGS, desk, subscription_of, theme_of
from tests.web.attacks_on_verbatims import VERBATIMS, explored
from vocapp.app import add_doors, create_app
from vocapp.jobs.segments import follow_all
from vocapp.models import Alert, ApiKey, AuditEntry, Member, Response, StaffSession, database_now, db, feed
from vocapp.services import sessions, staff, surveying

SECRET = "zoraide"
"""Stands in all that B has; it must never be seen by A."""
PASSWORD = "une longue phrase"
LINES = "application/x-ndjson"
USED = "last_used_at"
"""Of a key: whatever it is used for changes it."""


EVENT = {"id": "a1", "event": "order.delivered", "occurred_at": "2026-03-10T08:00:00Z"}

ATTACKS: dict[str, list[Attack]] = {
    # an outside id is each workspace's own: A makes its own customer, place, survey, and B's stays
    "api.put_customer": [send("PUT", "/customers/{customer}", {"first_name": "Mine"}, 201)],
    "api.get_customer": [get("/customers/{customer}"), get("/customers/{customer_id}")],
    "api.delete_customer": [send("DELETE", "/customers/{customer}", None)],
    "api.get_erasure": [get("/erasures/{alert}")],
    "api.post_customers": [send("POST", "/customers", {"customers": [{"external_id": "{customer}"}]}, 200)],
    "api.post_events": [
        send("POST", "/events", {**EVENT, "id": "{event}", "customer": {"external_id": "a-own"}}, 202),
        send("POST", "/events", {**EVENT, "customer": {"external_id": "{customer}"}}, 202),
        send("POST", "/events", {**EVENT, "id": "a2", "customer": {"external_id": "a-own"}, "place": "{place}"}, 202),
    ],
    "api.put_place": [
        send("PUT", "/places/{place}", {"name": "Mine", "kind": "store"}, 201),
        send("PUT", "/places/a-new", {"name": "Mine", "kind": "store", "parent": "{place}"}, 422),
    ],
    "api.get_place": [get("/places/{place}")],
    "api.get_brand": [get("/places/{place}/brand")],
    "api.put_brand": [send("PUT", "/places/{place}/brand", {"name": "Mine"}, 404)],
    "api.list_places": [get("/places", 200), get("/places", 400, cursor="{places_cursor}")],
    "api.put_survey": [send("PUT", "/surveys/{survey}", survey_document("{survey}"), 201)],
    "api.get_survey": [get("/surveys/{survey}")],
    "api.list_surveys": [get("/surveys", 200), get("/surveys", 400, cursor="{surveys_cursor}")],
    "api.publish_survey": [send("POST", "/surveys/{survey}/publish", None)],
    "api.resume_survey": [send("POST", "/surveys/{survey}/resume", None)],
    "api.get_personas": [get("/personas", 200, 404)],
    "api.put_personas": [
        send("PUT", "/personas", {"personas": [{"key": "k", "name": "K", "criteria": []}]}, 200, 201, 422)
    ],
    "api.create_invitation": [
        send("POST", "/invitations", {"survey": "{survey}", "customer": {"external_id": "a-own"}}, 422),
        send("POST", "/invitations", {"survey": "a_survey", "customer": {"external_id": "{customer}"}}, 422),
        send(
            "POST",
            "/invitations",
            {"survey": "a_survey", "customer": {"external_id": "a-own"}, "channel": "link", "event_id": "{event}"},
            201,
        ),
    ],
    "api.list_invitations": [
        get("/invitations", 200),
        get("/invitations", 200, survey="{survey}"),
        get("/invitations", 200, customer="{customer}"),
        get("/invitations", 400, cursor="{invitations_cursor}"),
    ],
    "api.get_invitation": [get("/invitations/{invitation}")],
    "api.list_alerts": [
        get("/alerts", 200),
        get("/alerts", 200, place="{place}"),
        get("/alerts", 200, assignee="{agent}"),
        get("/alerts", 400, cursor="{alerts_cursor}"),
    ],
    "api.get_alert": [get("/alerts/{alert}")],
    **{f"api.{do}_alert": [send("POST", f"/alerts/{{alert}}/{do}", {"agent": "Eve"})] for do in ("claim", "assign")},
    "api.release_alert": [send("POST", "/alerts/{alert}/release", {})],
    "api.contact_alert": [send("POST", "/alerts/{alert}/contact", {"outcome": "reached"})],
    "api.resolve_alert": [send("POST", "/alerts/{alert}/resolve", {"root_cause": "x"})],
    "api.reopen_alert": [send("POST", "/alerts/{alert}/reopen", {})],
    "api.export_stream": [
        *(get(f"/export/{stream}", 200) for stream in feed.STREAMS),
        *(replace(get(f"/export/{stream}", 200), accept=LINES) for stream in ("customers", "responses", "alerts")),
        get("/export/responses", 400, cursor="{export_cursor}"),
    ],
    **{
        f"api.get_{metric}": [
            get(f"/metrics/{metric}", 200),
            get(f"/metrics/{metric}", 422, survey="{survey}"),
            get(f"/metrics/{metric}", 422, place="{place}", group_by="place"),
            get(f"/metrics/{metric}", 200, group_by="survey"),
        ]
        for metric in ("nps", "csat", "ces")
    },
    "api.get_settings": [get("/settings", 200)],
    "api.patch_settings": [send("PATCH", "/settings", {"workspace_id": "{workspace_id}"}, 422)],
    **{f"console.{page}": [see(page, 200)] for page in ("customers", "operation", "workspaces")},
    "console.search_customers": [act("customers", 200, q=q) for q in ("{customer}", "{email}", "{customer_id}")],
    "console.customer": [see("customers/{customer_id}"), see("customers/{response}")],
    "console.confirm_erasure": [see("customers/{customer_id}/erase")],
    "console.erase_customer": [act("customers/{customer_id}/erase", sure="yes")],
    "console.home": [see("", 200)],
    "console.alerts": [
        see("alerts", 200, status="all"),
        see("alerts", 200, place="{place}"),
        see("alerts", 200, assignee="{agent}"),
    ],
    "console.pulse": [see("alerts/pulse", 200)],
    "console.alert": [see("alerts/{alert}")],
    **{
        f"console.{move}": [act(f"alerts/{{alert}}/{move}", outcome="reached", root_cause="x")]
        for move in ("claim", "assign", "release", "contact", "resolve", "reopen")
    },
    "console.nowhere": [see("{alert}")],
    "console.replay": [act("operation/replay", 400, fact="{response}")],  # by number: web/console/test_operation.py
    "console.choose_workspace": [act("workspaces", workspace="{workspace}")],
    **SETTINGS,
    **PAGES,
    **SEGMENTS,
    **VERBATIMS,
}

OPEN_TO_ALL = {
    "respond.show_survey": "a token opens one invitation, whoever holds it: tests/web/test_survey_views.py",
    **dict.fromkeys(("respond.answer_survey", "respond.note_visit"), "the same"),
    **dict.fromkeys(("respond.ask_unsubscribe", "respond.unsubscribe", "public.show"), "the same"),
    **dict.fromkeys(("preferences.show", "preferences.change", "preferences.data", "callback.show"), "the same"),
    **dict.fromkeys(("leaving.show", "leaving.leave"), "the same: tests/web/test_reports_left.py"),
    "callback.choose": "the same: tests/web/test_callback_page.py",
    "health.alive": "says nothing of any workspace",
    "health.ready": "the same",
    "health.metrics": "sums of the whole installation, without a name",
    "hooks.take_events": "speaks for the provider of the whole installation: tests/web/test_sendgrid_webhook.py",
    "api_docs.show_openapi": "the same for everybody",
    "api_docs.show_docs": "the same for everybody",
    "logos.logo": "an image that every customer's page shows, called by what it holds: tests/web/test_brands.py",
    "console.asset": "files of the program",
    "console.front": "leads to the console",
    "console.login": "before any workspace",
    "console.log_in": "the same",
    "console.choose_language": "a cookie of the browser's own",
    "console.log_out": "ends the caller's own sessions",
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def app(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """One application for the whole table: an attack that changed what it should not is seen by itself."""
    from vocapp.models.migrating import upgrade

    folder = tmp_path_factory.mktemp("sealed")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'vocapp.db'}"
    else:
        url = request.getfixturevalue("postgres").create_database(f"sealed_{uuid4().hex}")
    upgrade(url)
    settings = settings_of_tests(folder, database_url=url)
    application = add_doors(create_app(settings))
    application.testing = True
    yield application
    with application.app_context():
        for engine in db.engines.values():
            engine.dispose()


@dataclass
class World:
    ours: House
    theirs: House
    key: str
    their_names: dict[str, str]
    console: FlaskClient
    csrf: str
    kept: Kept

    def put_back(self) -> None:
        """Undo what an attack made of A's own: the next one finds the same world."""
        self.kept.put_back()
        surveying.forget()


@pytest.fixture(scope="module")
def world(app: Flask, request: pytest.FixtureRequest) -> Iterator[World]:
    ours, theirs = House(app, "ours"), House(app, "theirs")
    client = app.test_client()
    for house, prefix in ((ours, "a"), (theirs, f"{SECRET}-b")):
        mine = "a_survey" if house is ours else "b_survey"
        house.survey(mine, title={"fr": f"{prefix} enquête"}, questions=[NPS, WHY, BUYS_FOR])
        house.place(f"{prefix}-place")
        for number in (1, 2):
            who = f"{prefix}-own" if number == 1 else f"{prefix}-{number}"
            house.event(house.customer(who, first_name=prefix), f"{prefix}-e{number}", place=f"{prefix}-place")
            path = house.link(house.invite(who, mine, event_id=f"{prefix}-e{number}"))
            answer(client, path, {"nps": "1", "why": f"{prefix} inadmissible", "buys_for": "gift"})
        house.work()
    with ours.writing():
        staff.create(
            workspace_id=ours.id, email="owner@ours.test", password=PASSWORD, role="owner", place=None, now=ours.now
        )
    with theirs.writing():
        staff.create(
            workspace_id=theirs.id, email=f"{SECRET}@b.test", password=PASSWORD, role="agent", place=None,
            now=theirs.now, by=f"{SECRET}-owner",
        )  # fmt: skip
    with theirs.writing():
        [member] = theirs.rows(Member)
        sessions.begin(user_id=member.user_id, browser=SECRET, replaces=None, now=database_now())
    console = app.test_client()
    console.post(
        "/login", data={"csrf_token": _csrf(console, "/login"), "email": "owner@ours.test", "password": PASSWORD}
    )
    names, csrf = _names_of(theirs, client), _csrf(console, "/console/alerts")
    key = ours.api_key()
    kept = _keep(make_url(app.config["SQLALCHEMY_DATABASE_URI"]), request)
    yield World(ours, theirs, key, names, console, csrf, kept)
    kept.close()


def _keep(url: URL, request: pytest.FixtureRequest) -> Kept:
    assert url.database is not None
    if url.get_backend_name() == "sqlite":
        return KeptSqlite(url.database)
    return KeptPostgres(request.getfixturevalue("postgres").conninfo(url.database))


def _names_of(house: House, client: FlaskClient) -> dict[str, str]:
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    [alert, *_] = house.rows(Alert)
    response = next(one for one in house.rows(Response) if one.customer_id == alert.customer_id)
    claimed = client.post(f"/api/v1/alerts/{alert.id}/claim", json={"agent": f"{SECRET}-agent"}, headers=bearer)
    assert claimed.status_code == 200
    names = {
        "notifier": client.post("/api/v1/notifiers", json=desk(SECRET), headers=bearer).json["id"],
        "customer": f"{SECRET}-b-own",
        "email": f"{SECRET}-b-own@example.test",
        "customer_id": str(alert.customer_id),
        "survey": "b_survey",
        "place": f"{SECRET}-b-place",
        "event": f"{SECRET}-b-e1",
        "agent": f"{SECRET}-agent",
        "alert": str(alert.id),
        "response": str(response.id),
        "invitation": str(response.invitation_id),
        "workspace": "theirs",
        "workspace_id": str(house.id),
        "user_id": str(house.rows(Member)[0].user_id),
        "key_id": str(house.rows(ApiKey)[0].id),
        "audit_id": str(house.rows(AuditEntry)[0].id),
        "subscription": subscription_of(house),
        "theme": theme_of(house, f"{SECRET}_theme"),
    }
    with house.reading() as session:
        names["session_id"] = str(session.scalars(select(StaffSession.id).where(StaffSession.browser == SECRET)).one())
    for key in (f"{SECRET}-segment", f"{SECRET}-segment-2"):
        segment = {"name": SECRET, "when": EVERYBODY}
        assert client.put(f"/api/v1/segments/{key}", json=segment, headers=bearer).status_code == 201
    names["segment"] = f"{SECRET}-segment"
    names |= explored(house, UUID(names["user_id"]), SECRET)
    with house.app.app_context():
        follow_all(until=float("inf"))
    for kind in ("responses", "alerts", "invitations", "surveys", "places", "segments", "verbatims", "export"):
        path = "export/responses" if kind == "export" else kind
        given = client.get(f"/api/v1/{path}?limit=1", headers=bearer).json
        names[f"{kind}_cursor"] = given["next_cursor"] or "none"
    assert names["responses_cursor"] != "none"
    assert names["export_cursor"] != "none"
    return names


def _csrf(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found, path
    return html.unescape(found[1])


def test_every_route_has_its_attack_or_its_reason(app: Flask) -> None:
    doors = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert doors - ATTACKS.keys() - OPEN_TO_ALL.keys() == set(), (
        "a new route: say here how another's ids would be tried"
    )
    assert (ATTACKS.keys() | OPEN_TO_ALL.keys()) - doors == set(), "a route that is gone"
    assert not ATTACKS.keys() & OPEN_TO_ALL.keys()


@pytest.mark.parametrize(
    ("attack", "where"),
    [
        pytest.param(attack, endpoint, id=f"{endpoint}-{number}")
        for endpoint, attacks in ATTACKS.items()
        for number, attack in enumerate(attacks)
    ],
)
def test_anothers_ids_are_as_unknown_as_any(world: World, attack: Attack, where: str) -> None:
    unknown = {name: _unknown(name, value) for name, value in world.their_names.items()}
    world.put_back()
    used = _perform(world, attack, world.their_names)
    assert used.status_code in attack.statuses, used.text[:1000]
    changes = {table: change.rows(but=USED) for table, change in world.kept.changes().items()}
    assert {table: rows for table, rows in changes.items() if any(_is_theirs(world, row) for row in rows)} == {}
    if used.status_code >= 400:
        assert {table: rows for table, rows in changes.items() if rows} == {}
    told = _told(used, world.their_names)
    assert SECRET not in told
    world.put_back()
    assert told == _told(_perform(world, attack, unknown), unknown)


def test_a_key_of_another_workspace_sees_what_the_first_does_not(world: World, app: Flask) -> None:
    """The table would prove nothing if the names were wrong: their owner gets through with them."""
    world.put_back()
    bearer = {"Authorization": f"Bearer {world.theirs.api_key()}"}
    client = app.test_client()
    for path in ("customers/{customer}", "alerts/{alert}", "responses/{response}", "invitations/{invitation}",
                 "surveys/{survey}", "places/{place}", "verbatims/{verbatim}"):  # fmt: skip
        assert client.get(f"/api/v1/{path.format(**world.their_names)}", headers=bearer).status_code == 200
    for kind in ("customers", "responses", "alerts", "events"):
        assert SECRET in client.get(f"/api/v1/export/{kind}", headers=bearer).text
    assert world.kept.changes().keys() <= {"api_keys"}
    renamed = client.put(
        "/api/v1/customers/{customer}".format(**world.their_names), json={"first_name": "Ada"}, headers=bearer
    )
    assert renamed.status_code == 200
    changed = world.kept.changes()["customers"].rows(but=USED)
    assert [row["first_name"] for row in changed if _is_theirs(world, row)] == [f"{SECRET}-b", "Ada"]


def _unknown(name: str, value: str) -> str:
    if name == "workspace_id":
        return "999"
    if re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]{27}", value):
        return str(uuid4())
    if name.endswith("_cursor"):
        return "A" * len(value)
    if name == "survey":
        return "unknown_survey"
    return f"unknown-{name}" + ("@example.test" if name == "email" else "")


def _perform(world: World, attack: Attack, names: dict[str, str]) -> Any:
    path = _filled(attack.path, names)
    query = _filled(attack.query, names)
    if attack.path.startswith("/console"):
        given: dict[str, Any] = {}
        if attack.method != "GET":
            given["data"] = {"csrf_token": world.csrf, **_filled(attack.form, names)}
        return world.console.open(path, method=attack.method, query_string=query, **given)
    given = {} if attack.json is None else {"json": _filled(attack.json, names)}
    headers = {"Authorization": f"Bearer {world.key}", "Accept": attack.accept}
    return world.ours.app.test_client().open(path, method=attack.method, query_string=query, headers=headers, **given)


def _filled(shape: Any, names: dict[str, str]) -> Any:
    if isinstance(shape, str):
        return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), shape)
    if isinstance(shape, dict):
        return {key: _filled(value, names) for key, value in shape.items()}
    return [_filled(one, names) for one in shape] if isinstance(shape, list) else shape


def _told(reply: Any, names: dict[str, str]) -> str:
    """What was answered, without the names that the caller brought along and without what differs every time."""
    text = reply.text
    for name in sorted((name for name in names.values() if len(name) > 4), key=len, reverse=True):
        text = text.replace(html.escape(name), "NAME").replace(name, "NAME")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.:+Z]*", "TIME", text)
    text = re.sub(r'(nonce|name="csrf_token" value|"csrf")="[^"]*"', "TOKEN", text)
    # What the attack before did is said once, and "just now" may be a minute ago by now.
    text = re.sub(r'<p class="notice" role="status">[^<]*</p>|>[^<]*</time>', "", text)
    text = re.sub(r'/s/[\w-]{44}|"seq":"\d+"|"next_cursor":"[^"]*"', "TOKEN", text)
    return f"{reply.status_code} {text}"


def _is_theirs(world: World, row: Row) -> bool:
    return row.get("workspace_id", row.get("id")) == world.theirs.id
