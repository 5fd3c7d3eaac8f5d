"""What a customer's links open: `/s/TOKEN` and `/unsubscribe/TOKEN`. Opening changes nothing; only a POST does."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request

from vocapp.models import database_now, transaction
from vocapp.models.again import run_again
from vocapp.services import responding, unsubscribing
from vocapp.services.responding import Sitting
from vocapp.services.unsubscribing import Unsubscriber
from vocapp.web import body as bodies
from vocapp.web.limits import failures
from vocapp.web.respond import pages, turns
from vocapp.web.respond.door import NOBODY
from vocapp.web.respond.trouble import answer_kindly
from vocapp.web.respond.turns import Page
from vocapp.web.respond.views_of import brand_of, language_of_stranger, preferences_path
from vocapp.web.tokens import invitation_of

blueprint = Blueprint("respond", __name__)
answer_kindly(blueprint)
log = structlog.get_logger()


@blueprint.before_request
def _bound_form() -> None:
    if request.method == "POST":
        bodies.bound_form(request)


@blueprint.get("/s/<token>")
def show_survey(token: str) -> Response:
    sitting = _sitting(token)
    return _reply(turns.look(sitting, path=request.path, asked=request.args) if sitting else None)


@blueprint.post("/s/<token>")
def answer_survey(token: str) -> Response:
    sitting = _sitting(token)
    return _reply(turns.answer(sitting, path=request.path, form=request.form) if sitting else None)


@blueprint.post("/s/<token>/visit")
def note_visit(token: str) -> Response:
    """Note that a person is at the page, as `visit.js` tells; the same for every link, be there anybody or not."""
    responding.note_visit(invitation_id=invitation_of(current_app, "survey", token))
    return Response(status=204, headers={"Cache-Control": "no-store"})


@blueprint.get("/unsubscribe/<token>")
def ask_unsubscribe(token: str) -> Response:
    invitation_id = invitation_of(current_app, "unsubscribe", token)
    found = unsubscribing.find(invitation_id=invitation_id)
    if found is None:
        return _not_found()
    return _way_out("ask", found, invitation_id)


@blueprint.post("/unsubscribe/<token>")
def unsubscribe(token: str) -> Response:
    """RFC 8058: at once, no login, no redirect, no cookie; the same again changes nothing more."""
    invitation_id = invitation_of(current_app, "unsubscribe", token)
    if request.form.get("List-Unsubscribe") != "One-Click":
        return ask_unsubscribe(token)

    def once() -> Unsubscriber | None:
        with transaction():
            return unsubscribing.unsubscribe(invitation_id=invitation_id, now=database_now())

    found = run_again(once)  # an event about the same person may stand in the way; nobody clicks twice
    if found is None:
        return _not_found()
    return _way_out("done", found, invitation_id)


def _way_out(step: Literal["ask", "done"], found: Unsubscriber, invitation_id: UUID) -> Response:
    brand, url = brand_of(found), preferences_path(invitation_id)
    html = pages.render_unsubscribe(step, found.language, path=request.path, brand=brand, preferences_url=url)
    return _send(html, brand)


def _sitting(token: str) -> Sitting | None:
    if NOBODY in request.environ:
        return None
    return responding.open_sitting(invitation_id=invitation_of(current_app, "survey", token))


def _not_found() -> Response:
    """Say that there is nothing, and count it against the caller's address. Raises TooManyRequests."""
    failures.count(request)
    return _send(pages.render_closed("not_found", language_of_stranger()), None, status=404)


def _reply(page: Page | None) -> Response:
    return _not_found() if page is None else Response(page.html, page.status, dict(page.headers))


def _send(html: str, brand: Any, status: int = 200) -> Response:
    response = Response(html, status=status, mimetype="text/html")
    response.headers.update(pages.page_headers(brand))
    return response
