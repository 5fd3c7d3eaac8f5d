"""A brand's own name, logo, colour, sender and voice, on the page of its place."""

from __future__ import annotations

import base64
from dataclasses import asdict, replace

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from vocapp.config import EXTENSION
from vocapp.domain.colours import DARK_PAPER, LIGHT_PAPER
from vocapp.models import Place, Workspace, database_now, transaction
from vocapp.services import brands, places, workspaces
from vocapp.services.brands import BrandRefused, Look
from vocapp.services.documents.brands import shade
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame, voices
from vocapp.web.console.settings.forms import Form

_FIELDS = ("name", "accent", "sender_name", "sender_address", "reply_to", "remove_logo")


@blueprint.get("/console/settings/places/<key>/brand")
@frame.owners
def settings_brand(key: str) -> Response:
    place = _find(key)
    kept = _kept(place)
    return _page(place, Form.of({**asdict(kept), **voices.values_of(kept.voice or {})}))


@blueprint.post("/console/settings/places/<key>/brand")
@frame.owners
def save_brand(key: str) -> ResponseReturnValue:
    place = _find(key)
    form, look = _sent(place)
    file = request.files.get("logo")
    try:
        with transaction():
            content = file.read(brands.MOST_BYTES + 1) if file else b""
            if content:
                logo_url = brands.keep_logo(workspace_id=place.workspace_id, content=content, now=database_now())
                look = replace(look, logo_url=logo_url)
            brands.change_look(
                workspace_id=place.workspace_id,
                place=key,
                look=look,
                default_sender=current_app.extensions[EXTENSION].mail_from,
                by=guard.me().email,
                now=database_now(),
            )
    except BrandRefused as refused:
        part, _, where = refused.field.partition(".")
        if part == "voice":
            voices.refuse(form, where)
        else:
            form.refuse(refused.field, refused.code, most=brands.MOST_BYTES // 1000)
        return _page(place, form, status=422)
    return frame.saved("settings_saved", "console.settings_brand", key=key)


@blueprint.post("/console/settings/places/<key>/brand/preview/<part>")
@frame.owners
def try_brand(key: str, part: str) -> Response:
    """Show a part of a survey as the form has the brand, in a frame beside it; nothing is kept."""
    place, workspace = _find(key), _workspace()
    return voices.tried(workspace, part, lambda: brands.tried(workspace=workspace, place=key, look=_sent(place)[1]))


def _sent(place: Place) -> tuple[Form, Look]:
    """Return the form and what it says; the logo is the one that is kept, unless it is to go."""
    kept = _kept(place)
    languages = voices.languages_of(_workspace(), kept.voice or {})
    form = Form.sent(*_FIELDS, *voices.names_of(languages))
    return form, Look(
        logo_url=None if form["remove_logo"] else kept.logo_url,
        name=form["name"],
        accent=form["accent"],
        sender_name=form["sender_name"],
        sender_address=form["sender_address"].strip(),
        reply_to=form["reply_to"].strip(),
        voice=voices.voice_in(form, languages),
    )


def _page(place: Place, form: Form, *, status: int = 200) -> Response:
    kept = _kept(place)
    found = brands.find_logo(digest=kept.logo_url.removeprefix(brands.LOGOS)) if kept.logo_url else None
    shades = [shade(kept.accent, paper) for paper in (LIGHT_PAPER, DARK_PAPER)] if kept.accent else []
    page = frame.page(
        "brand.html",
        "places",
        status=status,
        place=place,
        form=form,
        logo=f"data:{found[0]};base64,{base64.b64encode(found[1]).decode()}" if found else None,
        most=brands.MOST_BYTES // 1000,
        shades=[one["shown"] for one in shades],
        ratios=[one["ratio"] for one in shades],
        colour=kept.accent,
        **voices.about(_workspace(), form, kept.voice or {}),
    )
    return voices.framing(page)


def _kept(place: Place) -> Look:
    return brands.look_of(settings=_workspace().settings, place=place.key)


def _workspace() -> Workspace:
    return workspaces.get_workspace(key=guard.membership().workspace_key)


def _find(key: str) -> Place:
    place = places.find_place(workspace_id=guard.membership().workspace_id, key=key)
    if place is None or place.kind != "brand":
        abort(404)
    return place
