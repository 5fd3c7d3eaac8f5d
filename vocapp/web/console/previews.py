"""A survey as a customer would get it: its mail and its pages, made by the very code that makes the real ones.

Each part stands in a frame of its own that may do nothing: no script, no form, no way out. Looking changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, cast
from uuid import UUID

from flask import Response, abort, current_app, request
from markupsafe import escape

from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.config import EXTENSION, Settings
from vocapp.domain.survey import Survey
from vocapp.models import database_now
from vocapp.services import senders
from vocapp.services.browsing import brands, samples, surveys
from vocapp.services.composing import InvitationLinks, compose_invitation
from vocapp.services.houses import house_of
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.surveys import title_of

WALK = "vocapp.console.walk"
"""Where the application keeps what sends somebody made up through a survey."""

LAYOUTS = ("steps", "page")
WIDTHS = ("narrow", "wide")


class Walk(Protocol):
    """One made-up person's way through a survey; the customers' door has it made."""

    @property
    def pages(self) -> Sequence[Sequence[str]]: ...
    @property
    def first_page(self) -> tuple[str, ...]: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def page(self, number: int) -> str: ...
    def thanks(self) -> str: ...


class Looked(NamedTuple):
    """What is looked at: a version of a survey, and how."""

    seen: surveys.Seen
    survey: Survey
    version: int
    language: str
    layout: str
    mood: str
    width: str
    brand: brands.Brand | None
    """As which brand it is shown; None: as the workspace."""
    settings: Mapping[str, Any]
    """Cut to that brand."""
    walk: Walk

    @property
    def address(self) -> dict[str, Any]:
        """What stands in an address to come back to this."""
        return {
            "key": self.seen.key,
            "version": self.version,
            "language": self.language,
            "layout": self.layout,
            "mood": self.mood,
            "width": self.width,
            "brand": self.brand.key if self.brand else "",
        }


@blueprint.get("/console/surveys/<key>/preview")
def preview(key: str) -> Response:
    looked = _looked(key)
    mail = _mail(looked)
    response = frame.page(
        "preview.html",
        section="surveys",
        looked=looked,
        title=title_of(looked.seen),
        mail=mail,
        moods=samples.MOODS,
        layouts=LAYOUTS,
        widths=WIDTHS,
        brands=brands.list_brands(scope=guard.scope()),
        versions=surveys.list_versions(workspace_id=guard.scope().workspace_id, key=key),
    )
    response.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return response


@blueprint.get("/console/surveys/<key>/preview/<part>")
def preview_part(key: str, part: str) -> Response:
    """One part alone, for its frame: `mail`, `thanks`, or the number of a page."""
    return _part(_looked(key), part)


def part_under(settings: Mapping[str, Any], *, key: str, part: str) -> Response:
    """Return one part alone under settings that are not kept, for a frame beside their form. Raises 404."""
    return _part(_looked(key, settings), part)


def framed_note(text: str) -> Response:
    """Return a sentence in the place of a part that can't be shown."""
    note = _framed(f'<!doctype html><html lang="{frame.language()}"><p>{escape(text)}</p></html>', "default-src 'none'")
    note.status_code = 422
    return note


def _part(looked: Looked, part: str) -> Response:
    if part == "mail":
        mail = _mail(looked)
        if mail is None:
            abort(404)
        html = (mail.html or "").replace(_survey_url(), "#")  # in a preview, nothing leads anywhere
        own = _settings().public_url
        return _framed(html, f"default-src 'none'; style-src 'unsafe-inline'; img-src data: https: 'self' {own}")
    if part != "thanks" and not (part.isascii() and part.isdigit() and int(part) < len(looked.walk.pages)):
        abort(404)
    html = looked.walk.thanks() if part == "thanks" else looked.walk.page(int(part))
    policy = looked.walk.headers["Content-Security-Policy"]
    return _framed(html, re.sub(r"; (form-action|frame-ancestors) [^;]*", "", policy))


def _survey_url() -> str:
    return f"{_settings().public_url}/s/…"


def _settings() -> Settings:
    found: Settings = current_app.extensions[EXTENSION]
    return found


def _framed(html: str, policy: str) -> Response:
    response = frame.send_headers(Response(html, mimetype="text/html"))
    response.headers["Content-Security-Policy"] = f"{policy}; form-action 'none'; frame-ancestors 'self'; sandbox"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _looked(key: str, tried: Mapping[str, Any] | None = None) -> Looked:
    """Read what the address asks for; what it leaves out is as most customers would see it. Raises 404.

    `tried`: settings cut to a brand that are not kept; None: those that are.
    """
    workspace_id = guard.scope().workspace_id
    seen = surveys.find_survey(workspace_id=workspace_id, key=key)
    if seen is None:
        abort(404)
    version = request.args.get("version", seen.drafted.published_version or 0, type=int)
    survey = surveys.load(workspace_id=workspace_id, seen=seen, version=version)
    if survey is None:
        abort(404)
    usual = frame.language() if frame.language() in survey.languages else survey.default_language
    language = filters.one_of("language", survey.languages or (survey.default_language,), usual)
    layout = filters.one_of("layout", LAYOUTS, survey.layout)
    mood = filters.one_of("mood", samples.MOODS, "low")
    survey = replace(survey, layout=cast("Any", layout))
    brand = _brand() if tried is None else None
    settings = brands.seen_as(scope=guard.scope(), brand=brand) if tried is None else tried
    walk: Callable[..., Walk] = current_app.extensions[WALK]
    return Looked(
        seen,
        survey,
        version,
        language,
        layout,
        mood,
        filters.one_of("width", WIDTHS, "narrow"),
        brand,
        settings,
        walk(
            survey,
            language=language,
            first_name=samples.FIRST_NAME,
            last_name=samples.LAST_NAME,
            attributes=samples.attributes(survey, language),
            properties=samples.properties(survey, language),
            answers=samples.answers(survey, cast("samples.Mood", mood), language),
            workspace_name=guard.membership().workspace_name,
            settings=settings,
            now=database_now(),
        ),
    )


def _brand() -> brands.Brand | None:
    """Return the brand that is asked for, if it may be seen; of who sees a part, the one by which it stands."""
    choices, asked = brands.list_brands(scope=guard.scope()), request.args.get("brand")
    if asked is None:
        return brands.nearest(scope=guard.scope(), brands=choices)
    return next((one for one in choices if one.key == asked), None)


def _mail(looked: Looked) -> OutgoingMail | None:
    """Return the invitation as it would go; None where this survey, with this sender, can have none."""
    ours, public_url = _settings().mail_from, _settings().public_url
    name = (looked.settings.get("brand") or {}).get("name") or guard.membership().workspace_name
    try:
        mail = compose_invitation(
            survey=looked.survey,
            first_page=looked.walk.first_page,
            facts=looked.walk.facts,
            language=looked.language,
            to_address=samples.EMAIL,
            to_name=samples.FIRST_NAME,
            invitation_id=UUID(int=0),
            links=InvitationLinks(survey_url=_survey_url(), unsubscribe_url="#"),
            sender=senders.line_of(looked.settings, ours),
            house=house_of(looked.settings, name, public_url),
        )
    except MailError:
        return None
    return senders.addressed(mail, looked.settings)
