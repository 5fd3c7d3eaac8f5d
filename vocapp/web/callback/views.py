"""`/callback/TOKEN`: opening it changes nothing, whoever opens it; each form is a POST that ends in the page as it now
stands.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, request

from vocapp.domain.promises import PromiseRefused, SlotTaken
from vocapp.models import database_now, transaction
from vocapp.models.again import run_again
from vocapp.services import promising
from vocapp.services.promising import Offer
from vocapp.web import body as bodies
from vocapp.web.callback import pages
from vocapp.web.callback.forms import FormRefused, read
from vocapp.web.limits import failures
from vocapp.web.respond.pages import render_closed
from vocapp.web.respond.trouble import answer_kindly, send_plain
from vocapp.web.respond.views_of import brand_of, language_of_stranger
from vocapp.web.tokens import invitation_of

blueprint = Blueprint("callback", __name__)
answer_kindly(blueprint)
log = structlog.get_logger()


@blueprint.before_request
def _bound_form() -> None:
    if request.method == "POST":
        bodies.bound_form(request)


@blueprint.get("/callback/<token>")
def show(token: str) -> Response:
    offer = _find(token)
    return _not_found() if offer is None else _page(offer, token)


@blueprint.post("/callback/<token>")
def choose(token: str) -> Response:
    offer = _find(token)
    if offer is None or offer.closed:
        return _not_found() if offer is None else _page(offer, token)
    try:
        choice = read(request.form, offer)
    except FormRefused as refused:
        return _page(offer, token, fault=str(refused), status=422)
    invitation_id = invitation_of(current_app, "callback", token)

    def once() -> None:
        with transaction():
            now = database_now()
            if choice is None:
                promising.decline(invitation_id=invitation_id, now=now)
            else:
                promising.promise(
                    invitation_id=invitation_id,
                    start=choice.start,
                    means=choice.means,
                    number=choice.number,
                    now=now,
                )

    fault, status = None, 200
    try:
        run_again(once)  # an event about the same person may stand in the way; nobody chooses twice
    except SlotTaken:
        fault, status = "taken", 409
    except PromiseRefused:
        fault, status = "unknown", 422
    after = _find(token)
    return _not_found() if after is None else _page(after, token, fault=fault, status=status)


def _find(token: str) -> Offer | None:
    return promising.find(invitation_id=invitation_of(current_app, "callback", token), now=database_now())


def _page(offer: Offer, token: str, *, fault: str | None = None, status: int = 200) -> Response:
    brand = brand_of(offer)
    if offer.closed:
        html, status = pages.render_closed(offer, brand=brand), 410
    else:
        typed = request.form if fault else None
        html = pages.render(offer, brand=brand, path=f"/callback/{token}", fault=fault, typed=typed)
    response = Response(html, status=status, mimetype="text/html")
    response.headers.update(pages.sheet.headers(brand))
    return response


def _not_found() -> Response:
    """Say that there is nothing, and count it against the caller's address. Raises TooManyRequests."""
    failures.count(request)
    return send_plain(render_closed("not_found", language_of_stranger()), 404)
