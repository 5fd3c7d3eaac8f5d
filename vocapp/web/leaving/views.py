"""`/reports/TOKEN`: opening it changes nothing, whoever opens it; a POST leaves at once (RFC 8058), without a login."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from vocapp.models import database_now, transaction
from vocapp.models.again import run_again
from vocapp.services import report_subscriptions
from vocapp.services.report_subscriptions import Leaving
from vocapp.web import body as bodies
from vocapp.web.leaving.words import words_for
from vocapp.web.limits import failures
from vocapp.web.respond.brand import Brand, page_headers, style_element
from vocapp.web.respond.pages import render_closed
from vocapp.web.respond.templating import template
from vocapp.web.respond.trouble import answer_kindly, send_plain
from vocapp.web.respond.views_of import language_of_stranger
from vocapp.web.tokens import invitation_of

blueprint = Blueprint("leaving", __name__)
answer_kindly(blueprint)


@blueprint.before_request
def _bound_form() -> None:
    if request.method == "POST":
        bodies.bound_form(request)


@blueprint.get("/reports/<token>")
def show(token: str) -> Response:
    return _page(token)


@blueprint.post("/reports/<token>")
def leave(token: str) -> Response:
    """RFC 8058: at once, no login, no redirect, no cookie; the same again changes nothing more."""
    subscription_id = invitation_of(current_app, "report", token)

    def once() -> None:
        with transaction():
            report_subscriptions.leave_by_link(subscription_id=subscription_id, now=database_now())

    if request.form.get("List-Unsubscribe") == "One-Click":
        run_again(once)
    return _page(token)


def _page(token: str) -> Response:
    found = report_subscriptions.find_leaving(subscription_id=invitation_of(current_app, "report", token))
    if found is None:
        failures.count(request)
        return send_plain(render_closed("not_found", language_of_stranger()), 404)
    brand = Brand(found.workspace_name)
    response = Response(_html(found, brand), mimetype="text/html")
    response.headers.update(page_headers(brand))
    return response


def _html(found: Leaving, brand: Brand) -> str:
    words = words_for(found.language)
    report = words.reports[found.kind].format(place=found.place_name or words.company)
    heading, sentence = words.done if found.left else words.ask
    return template("message.html" if found.left else "unsubscribe.html").render(
        language=words.language,
        direction="",
        style=style_element(None),
        brand=brand,
        state="unsubscribed" if found.left else "unsubscribe",
        w=words,
        heading=heading,
        paragraphs=(sentence.format(report=report, workspace=found.workspace_name),),
        path=request.path,
        link=None,
        link_own="",
        own="",
    )
