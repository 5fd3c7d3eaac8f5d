"""The places: the tree, a new one, and one with what hangs on it, to be renamed or moved."""

from __future__ import annotations

import re
import unicodedata

from flask import Response, abort
from flask.typing import ResponseReturnValue

from vocapp.models import Place, database_now, transaction
from vocapp.services import places
from vocapp.services.intake_values import ValueRefused, read_line
from vocapp.services.places import KINDS, PlaceRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

_FIELDS = ("key", "name", "kind", "parent")


@blueprint.get("/console/settings/places")
@frame.owners
def settings_places() -> Response:
    return _tree(Form.of({"kind": "store"}))


@blueprint.post("/console/settings/places")
@frame.owners
def add_place() -> ResponseReturnValue:
    form = Form.sent(*_FIELDS)
    key = form["key"].strip() or _key_of(form["name"])
    if not key and form["name"].strip():
        form.refuse("key", "place_key")
    if not _put(form, key, new=True):
        return _tree(form, status=422)
    return frame.saved("place_added", "console.settings_place", key=key)


@blueprint.get("/console/settings/places/<key>")
@frame.owners
def settings_place(key: str) -> Response:
    place = _find(key)
    return _one(place, Form.of({"name": place.name, "kind": place.kind, "parent": place.parent_key}))


@blueprint.post("/console/settings/places/<key>")
@frame.owners
def change_place(key: str) -> ResponseReturnValue:
    place, form = _find(key), Form.sent(*_FIELDS)
    if not _put(form, key, new=False):
        return _one(place, form, status=422)
    return frame.saved("settings_saved", "console.settings_place", key=key)


def _put(form: Form, key: str, *, new: bool) -> bool:
    """Make or change a place as a form says; False: the form says why not."""
    form.needs("name")
    if form["kind"] not in KINDS:
        form.refuse("kind", "choose")
    try:
        name = read_line(form["name"])
    except ValueRefused:
        name = None
        form.refuse("name", "line")
    if form.errors or name is None:
        return False
    workspace_id = guard.membership().workspace_id
    try:
        with transaction():
            if new and places.find_place(workspace_id=workspace_id, key=key) is not None:
                form.refuse("key", "place_taken")
                return False
            places.put_place(
                workspace_id=workspace_id,
                key=key,
                name=name,
                kind=form["kind"],
                parent_key=form["parent"] or None,
                by=guard.me().email,
                now=database_now(),
            )
    except PlaceRefused as refused:
        form.refuse(refused.field, refused.code)
        return False
    return True


def _tree(form: Form, *, status: int = 200) -> Response:
    workspace_id = guard.membership().workspace_id
    found = places.list_places(workspace_id=workspace_id)
    return frame.page(
        "places.html",
        "places",
        status=status,
        form=form,
        places=[(one, min(one.path.count("/") - 2, 8)) for one in found],
        kinds=KINDS,
        parents=frame.place_options(workspace_id),
    )


def _one(place: Place, form: Form, *, status: int = 200) -> Response:
    return frame.page(
        "place.html",
        "places",
        status=status,
        place=place,
        form=form,
        hanging=places.hanging_on(place),
        most=places.MOST_COUNTED,
        kinds=KINDS,
        parents=frame.place_options(place.workspace_id, but_below=place.path),
    )


def _find(key: str) -> Place:
    place = places.find_place(workspace_id=guard.membership().workspace_id, key=key)
    if place is None:
        abort(404)
    return place


def _key_of(name: str) -> str:
    """Make a key of a name: `Lyon Part-Dieu` becomes `lyon-part-dieu`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].rstrip("-")
