"""Whatever comes in by whatever door, and however it breaks: no address and no word of a customer stands in the log."""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.routing import Rule

from tests.builders import NPS, WHY, House, answer
from tests.web.console.conftest import World, template, world  # noqa: F401 (fixtures)
from vocapp import logs
from vocapp.adapters.mail.outgoing import MailBlocked
from vocapp.models import db, transaction
from vocapp.services import keys

WHO = "leak.zz9"
ADDRESS = f"{WHO}@secret.test"
VERBATIM = "Quetzalcoatl m'a livré"
PHONE = "+33 6 11 22 33 99"
NEVER = (WHO, "secret.test", "Quetzalcoatl", "11 22 33 99", "11223399", "11%2022", "11+22")
QUERY = {"email": ADDRESS, "q": VERBATIM, "search": ADDRESS, "phone": PHONE, "cursor": ADDRESS}
BODY = {
    "email": ADDRESS,
    "phone": PHONE,
    "first_name": VERBATIM,
    "note": VERBATIM,
    "nps": "2",
    "why": VERBATIM,
    "id": ADDRESS,
    "event": VERBATIM,
    "customer": {"external_id": ADDRESS, "email": ADDRESS},
    "password": VERBATIM,
    "customers": [{"external_id": ADDRESS, "email": ADDRESS}],
    "survey": VERBATIM,
    "agent": ADDRESS,
}
HEADERS = {"X-Request-ID": ADDRESS, "User-Agent": VERBATIM.encode().decode("latin-1"), "Referer": f"https://x/{WHO}"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Give what is logged, at the level that says most; afterwards all is as it was."""
    root, ours = logging.getLogger(), logging.getLogger("vocapp")
    before = root.handlers[:], root.level, ours.level, structlog.get_config()
    written = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", written)
        patch.setattr(sys, "excepthook", sys.excepthook)
        patch.setattr(threading, "excepthook", threading.excepthook)
        logs.configure("DEBUG")
    structlog.configure(cache_logger_on_first_use=False)
    yield written
    root.handlers[:], root.level, ours.level = before[0], before[1], before[2]
    structlog.configure(**before[3])
    root.setLevel(before[1])  # clears what loggers remember of levels
    ours.setLevel(before[2])


def clean(written: io.StringIO, *more: str) -> str:
    """Return what was logged, once nothing is in it that may not be."""
    text = written.getvalue()
    found = [line for line in text.splitlines() if any(word.lower() in line.lower() for word in (*NEVER, *more))]
    assert not found, "\n".join(found[:10])
    return text


def paths(app: Flask) -> list[tuple[Rule, str, str]]:
    asked = []
    for rule in app.url_map.iter_rules():
        path, number = (re.sub(r"<[^<>]+>", value, rule.rule) for value in (quote(ADDRESS), "1"))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            asked += [(rule, method, one) for one in {path, number}]
    return asked


def knock_everywhere(app: Flask, staffed: World) -> int:
    """Send addresses and words to every route, as path, query, form, JSON and headers, with a key and with a login."""
    with app.app_context(), transaction():
        key = keys.create(workspace_id=staffed.ours.workspace_id, name="All", scopes=(), now=datetime.now(UTC))
    machine, owner = app.test_client(), staffed.log_in("owner").client
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', owner.get("/console/alerts").text)
    n = 0
    for rule, method, path in paths(app):
        if rule.rule == "/logout":
            continue
        common: dict[str, Any] = {"method": method, "query_string": QUERY, "headers": HEADERS}
        if path.startswith(("/api/", "/v1/", "/webhooks/")):
            bearer = {**HEADERS, "Authorization": f"Bearer {key}"}
            machine.open(path, **(common | {"headers": bearer}), **({} if method == "GET" else {"json": BODY})).close()
            n += 1
        form = {name: value for name, value in BODY.items() if isinstance(value, str)}
        if token:
            form["csrf_token"] = token[1]
        owner.open(path, **common, **({} if method == "GET" else {"data": form})).close()
        n += 1
    return n


@pytest.fixture
def everywhere(app: Flask, world: World) -> Flask:  # noqa: F811
    app.testing = False  # errors are answered and logged, as in production
    return app


def test_no_route_logs_what_it_is_given(everywhere: Flask, world: World, log: io.StringIO) -> None:  # noqa: F811
    n = knock_everywhere(everywhere, world)
    lines = [line for line in clean(log).splitlines() if "event='request'" in line]
    assert len(lines) >= n, "a line for each"
    assert all(re.search(r"request_id='[0-9a-f]{16}'", line) for line in lines)
    rules = {rule.rule for rule in everywhere.url_map.iter_rules()} | {"other"}
    assert {re.search(r"route='([^']*)'", line)[1] for line in lines} <= rules  # type: ignore[index]
    assert all(re.search(r"status=\d{3}\b", line) and re.search(r"ms=[\d.]+", line) for line in lines)


@pytest.mark.parametrize("kind", [IntegrityError, OperationalError, RuntimeError])
def test_no_route_logs_what_breaks_it(
    everywhere: Flask,
    world: World,  # noqa: F811
    log: io.StringIO,
    kind: type[Exception],
) -> None:
    words = f"duplicate key: ({ADDRESS}, {VERBATIM}, {PHONE})"

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if armed and "staff" not in statement and "api_keys" not in statement and "sessions" not in statement:
            raise kind(words, {}, Exception(words)) if kind is not RuntimeError else RuntimeError(words)

    armed = False
    with everywhere.app_context():
        engines = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", fail)
    try:
        with everywhere.app_context(), transaction():
            key = keys.create(workspace_id=world.ours.workspace_id, name="K", scopes=(), now=datetime.now(UTC))
        owner, machine = world.log_in("owner").client, everywhere.test_client()
        armed = True
        for _, method, path in paths(everywhere):
            content = {} if method == "GET" else {"json": BODY} if path.startswith("/api/") else {"data": {"why": WHO}}
            client = machine if path.startswith("/api/") else owner
            client.open(path, method=method, headers={"Authorization": f"Bearer {key}"}, **content).close()
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", fail)
    text = clean(log)
    assert re.search(r"route='[^']+' status=50[03]", text), "something did break"
    assert re.search(r"level='warning' event='request'", text)


def test_a_survey_is_opened_and_answered_and_followed_up_without_a_word_of_it(
    app: Flask, client: Any, log: io.StringIO
) -> None:
    house = House(app)
    house.survey(questions=[NPS, WHY])
    ada = house.customer(ADDRESS, email=ADDRESS, phone=PHONE, first_name=VERBATIM)
    link = house.link(house.invite(ADDRESS))
    preferences = house.link(ada, "preferences")
    answer(client, link, {"nps": "2", "why": VERBATIM})
    client.get(link, query_string={"why": VERBATIM})
    client.get(preferences)
    client.get(house.link(house.invite(ADDRESS, channel="link", event_id=ADDRESS), "unsubscribe"))
    house.work()
    text = clean(log, link[3:], preferences.rpartition("/")[2])
    assert text.count("route='/s/<token>' status=200") >= 3


def test_jobs_that_fail_do_not_log_what_they_failed_on(app: Flask, log: io.StringIO) -> None:
    house = House(app)
    house.survey(questions=[NPS, WHY])
    customer = house.customer("zz", email=ADDRESS, first_name=VERBATIM)
    house.mailer.failures = [MailBlocked(f"535 <{ADDRESS}>: who is that?"), RuntimeError(ADDRESS)]  # type: ignore[list-item]
    house.event(customer, "e-1")
    for _ in range(2):
        try:
            house.work("EventAccepted", "InvitationDue")
        except Exception:
            logging.getLogger("vocapp.worker").exception("job could not be run")
    clean(log)


def test_the_last_words_of_a_process_are_its_kind_and_place(log: io.StringIO) -> None:
    try:
        int(ADDRESS)
    except ValueError as error:
        logs._last_words(type(error), error, error.__traceback__)
    assert "builtins.ValueError at test_the_last_words" in clean(log)
