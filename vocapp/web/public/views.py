"""`/d/TOKEN`: what a link shows of the published figures.

A link that is unknown, altered, taken back or over is answered with one and the same 404.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from vocapp.models import database_now
from vocapp.services import public_figures, public_links
from vocapp.services.public_figures import Filter
from vocapp.web.limits import failures
from vocapp.web.public import pages
from vocapp.web.respond.trouble import answer_kindly, send_plain
from vocapp.web.respond.views_of import brand_of
from vocapp.web.tokens import invitation_of

LONGEST = 200
"""Characters that are read of a filter."""

blueprint = Blueprint("public", __name__)
answer_kindly(blueprint)


@blueprint.get("/d/<token>")
def show(token: str) -> Response:
    now = database_now()
    opened = public_links.find(link_id=invitation_of(current_app, "dashboard", token), now=now)
    if opened is None:
        return _not_found()
    chosen = Filter(**{name: request.args[name][:LONGEST] for name in Filter._fields if name in request.args})
    board = public_figures.read(opened=opened, chosen=chosen)
    brand = brand_of(opened)
    html = pages.render(opened, board, brand=brand, path=f"/d/{token}", language=_language())
    response = Response(html, mimetype="text/html")
    response.headers.update(pages.sheet.headers(brand))
    response.headers["Vary"] = "Accept-Language"
    return response


def _not_found() -> Response:
    """Say that there is nothing, and count it against the caller's address. Raises TooManyRequests."""
    failures.count(request)
    return send_plain(pages.render_not_found(_language()), 404)


def _language() -> str:
    asked = request.args.get("lang")
    return asked if asked in pages.LANGUAGES else request.accept_languages.best_match(pages.LANGUAGES) or "fr"
