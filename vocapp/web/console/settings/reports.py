"""One's own reports by mail: subscribed and left in one click, and seen before, for everybody on the staff."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from vocapp.adapters.pdf import PdfMissing
from vocapp.config import EXTENSION, Settings
from vocapp.domain.report_times import KINDS
from vocapp.models import database_now, transaction
from vocapp.services import report_preview, report_subscriptions, staff
from vocapp.services.intake_values import list_zones
from vocapp.services.mail_words import our_language
from vocapp.services.report_subscriptions import LANGUAGES, SubscriptionRefused
from vocapp.web.console import filters, guard
from vocapp.web.console import frame as whole
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

_BODY = re.compile(r"(<body[^>]*>)(.*)</body>", re.DOTALL)
_STYLED = re.compile(r' style="([^"]*)"')


@blueprint.get("/console/reports")
def reports() -> Response:
    return _page(Form.of({"place": "", "language": whole.language(), "timezone": guard.membership().timezone}))


@blueprint.post("/console/reports")
def subscribe_report() -> ResponseReturnValue:
    form, member = Form.sent("kind", "place", "language", "timezone"), guard.membership()
    timezone = form["timezone"].strip()
    try:
        with transaction():
            report_subscriptions.subscribe(
                scope=guard.scope(),
                user_id=guard.me().id,
                kind=form["kind"],
                place=form["place"],
                language=form["language"],
                timezone=None if timezone == member.timezone else timezone,
                now=database_now(),
            )
    except SubscriptionRefused as refused:
        form.refuse(refused.field, refused.code)
        return _page(form, status=422)
    return frame.saved("report_subscribed", "console.reports")


@blueprint.post("/console/reports/<subscription_id>/leave")
def leave_report(subscription_id: str) -> ResponseReturnValue:
    with transaction():
        left = report_subscriptions.leave(
            workspace_id=guard.membership().workspace_id,
            user_id=guard.me().id,
            subscription_id=row_id(subscription_id),
            now=database_now(),
        )
    if not left:
        abort(404)
    return frame.saved("report_left", "console.reports")


@blueprint.get("/console/reports/<kind>")
def report_preview_page(kind: str) -> Response:
    """The mail itself, as it would go today; its inline styles, which mail clients need, become a sheet of the page."""
    html = report_preview.html(**_asked(kind))
    nonce = secrets.token_urlsafe(16)
    return whole.send_headers(Response(_as_page(html, nonce), mimetype="text/html"), nonce)


@blueprint.get("/console/reports/<kind>/pdf")
def report_pdf(kind: str) -> Response:
    """The same for a board, to be kept or printed."""
    asked = _asked(kind)
    try:
        name, content = report_preview.pdf(**asked)
    except PdfMissing:
        abort(404)
    response = whole.send_headers(Response(content, mimetype="application/pdf"))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(kind: str) -> dict[str, Any]:
    """Return which report is asked for: of all that is seen, or of a place in it."""
    place = request.args.get("place", "")
    scope = staff.narrowed(guard.scope(), place=place or None)
    if kind not in KINDS or (place and place not in (scope.places or ())):
        abort(404)
    settings: Settings = current_app.extensions[EXTENSION]
    return {
        "scope": scope,
        "place": place or guard.membership().place_key or "",
        "kind": kind,
        "language": our_language(request.args.get("language") or whole.language()),
        "timezone": guard.membership().timezone,
        "public_url": settings.public_url,
        "handles": guard.membership().may_act,
        "now": database_now(),
    }


def _as_page(html: str, nonce: str) -> str:
    """Move the inline styles of a mail of ours into its sheet: the console's policy excuses none in a page.

    What a customer wrote holds no quotation mark by now, so it can hold no style, either.
    """
    numbers: dict[str, int] = {}
    moved = _STYLED.sub(lambda found: f' data-s="{numbers.setdefault(found[1], len(numbers))}"', html)
    sheet = "".join(f'[data-s="{number}"]{{{style}}}' for style, number in numbers.items())
    page = moved.replace("<style>", f'<style nonce="{nonce}">{sheet}', 1)
    return _BODY.sub(r"\1<main>\2</main></body>", page, count=1)  # a mail has no landmarks, a page has


def _page(form: Form, *, status: int = 200) -> Response:
    scope, member = guard.scope(), guard.membership()
    choices = filters.place_choices(scope)
    return frame.page(
        "reports.html",
        "reports",
        status=status,
        form=form,
        subscriptions=report_subscriptions.list_subscriptions(
            scope=scope, user_id=guard.me().id, timezone=member.timezone
        ),
        places=choices,
        languages=LANGUAGES,
        zones=list_zones(),
        own_zone=member.timezone,
        kinds=KINDS,
    )
