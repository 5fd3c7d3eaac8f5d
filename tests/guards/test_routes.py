"""Every route has its guard: what is not public by contract gives a stranger nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from vocapp.app import add_doors, create_app
from vocapp.config import Settings

PUBLIC = (
    "/s/",
    "/p/",
    "/unsubscribe/",
    "/preferences/",
    "/callback/",
    "/reports/",
    "/d/",
    "/login",
    "/static/",
    "/logos/",
    "/healthz",
    "/readyz",
    "/metrics",
)
PUBLIC_API = ("/api/openapi.json", "/api/docs")
SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture
def app(make_settings: type[Settings], sqlite_url: str) -> Flask:
    return add_doors(create_app(make_settings(database_url=sqlite_url)))


def test_a_stranger_gets_nothing_from_the_machines_doors(app: Flask) -> None:
    open_doors = [
        f"{method} {rule.rule}: {status}"
        for rule, method in _doors(app, "/api/", "/v1/", "/webhooks/")
        if not rule.rule.startswith(PUBLIC_API) and (status := _knock(app, rule, method)) not in {400, 401, 403}
    ]
    assert not open_doors


def test_a_stranger_is_sent_away_from_the_console(app: Flask) -> None:
    open_doors = [
        f"{method} {rule.rule}: {status}"
        for rule, method in _doors(app, "/console")
        # 400, 415: no CSRF token or no form, said before anything is looked at
        if (status := _knock(app, rule, method)) not in {302, 303, 400, 401, 403, 415}
    ]
    assert not open_doors


def test_no_other_door_is_open(app: Flask) -> None:
    known = (*PUBLIC, "/api/", "/v1/", "/webhooks/", "/console", "/logout")
    assert not [rule.rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(known) and rule.rule != "/"]


def _doors(app: Flask, *prefixes: str) -> list[tuple[Rule, str]]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(prefixes)]
    return [(rule, method) for rule in rules for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]


def _knock(app: Flask, rule: Rule, method: str) -> int:
    values = dict.fromkeys(rule.arguments, "00000000-0000-0000-0000-000000000000")
    try:
        with app.test_request_context():
            path = app.url_map.bind("vocapp.test").build(rule.endpoint, values, method=method)
    except ValueError:  # an integer in the path
        path = app.url_map.bind("vocapp.test").build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method=method)
    body = {"json": {}} if method not in SAFE else {}
    return app.test_client().open(path, method=method, **body).status_code
