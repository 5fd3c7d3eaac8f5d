"""`/preferences/TOKEN`: opening it changes nothing, whoever opens it; each form is a POST that ends in the page as it
now stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Blueprint, Response, current_app, request

from vocapp.config import EXTENSION, Settings
from vocapp.models import database_now, transaction
from vocapp.models.again import run_again
from vocapp.services import disclosing, preferring
from vocapp.services.preferring import Preferences
from vocapp.web import body as bodies
from vocapp.web.limits import failures
from vocapp.web.preferences import look, pages
from vocapp.web.preferences.forms import Change, FormRefused, read
from vocapp.web.preferences.words import text_version, words_for
from vocapp.web.respond.pages import page_headers, render_closed
from vocapp.web.respond.trouble import answer_kindly, send_plain
from vocapp.web.respond.views_of import brand_of, language_of_stranger
from vocapp.web.tokens import invitation_of

blueprint = Blueprint("preferences", __name__)
answer_kindly(blueprint)
log = structlog.get_logger()


@blueprint.before_request
def _bound_form() -> None:
    if request.method == "POST":
        bodies.bound_form(request)


@blueprint.get("/preferences/<token>")
def show(token: str) -> Response:
    now = database_now()
    found = _find(token, now)
    return _not_found() if found is None else _page(found, token, now)


@blueprint.post("/preferences/<token>")
def change(token: str) -> Response:
    now = database_now()
    found = _find(token, now)
    if found is None:
        return _not_found()
    try:
        wanted = read(request.form, found, now)
    except FormRefused as refused:
        return _page(found, token, now, fault=str(refused), status=422)
    invitation_id, text = (
        found.invitation.id,
        text_version(found.language, wanted.what, informal=brand_of(found).informal),
    )

    def once() -> None:
        with transaction():
            _do(wanted, invitation_id, text, database_now())

    run_again(once)  # an event about the same person may stand in the way; nobody says it twice
    now = database_now()
    after = _find(token, now)
    return _not_found() if after is None else _page(after, token, now, done=wanted.what)


@blueprint.get("/preferences/<token>/data.json")
def data(token: str) -> Response:
    now = database_now()
    found = _find(token, now)
    if found is None:
        return _not_found()
    document = disclosing.own_data(found, now=now)
    raw = orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    response = Response(raw, mimetype="application/json")
    response.headers.update({**page_headers(None), "Content-Type": "application/json"})
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    name = words_for(found.language).file_name
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _do(wanted: Change, invitation_id: UUID, text: str, now: datetime) -> None:
    given: dict[str, Any] = {"invitation_id": invitation_id, **wanted.given}
    match wanted.what:
        case "pause":
            preferring.pause(**given, now=now)
        case "resume":
            preferring.resume(**given, now=now)
        case "frequency":
            preferring.limit(**given)
        case "subjects":
            preferring.choose_kinds(**given, text_version=text, now=now)
        case "language":
            preferring.choose_language(**given, now=now)
        case "stop":
            preferring.unsubscribe(**given, text_version=text, now=now)
        case "back":
            preferring.come_back(**given, text_version=text, now=now)


def _find(token: str, now: datetime) -> Preferences | None:
    return preferring.find(invitation_id=invitation_of(current_app, "preferences", token), now=now)


def _page(
    found: Preferences,
    token: str,
    now: datetime,
    *,
    done: str | None = None,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    brand = brand_of(found)
    settings: Settings = current_app.extensions[EXTENSION]
    html = pages.render(
        found,
        why=disclosing.why(found, opens_told=settings.opens_are_told),
        data=disclosing.own_data(found, now=now, most=pages.MOST_READ),
        brand=brand,
        path=f"/preferences/{token}",
        now=now,
        done=done,
        fault=fault,
        typed=request.form.get("until", "") if fault else "",
    )
    response = Response(html, status=status, mimetype="text/html")
    response.headers.update(look.headers(brand))
    return response


def _not_found() -> Response:
    """Say that there is nothing, and count it against the caller's address. Raises TooManyRequests."""
    failures.count(request)
    return send_plain(render_closed("not_found", language_of_stranger()), 404)
