"""The keys of the API: made and shown once, then known by name, scopes and last use; taken back."""

from __future__ import annotations

from uuid import UUID

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from vocapp.models import database_now, new_id, transaction
from vocapp.services import keys, places
from vocapp.services.intake_values import ValueRefused, read_line
from vocapp.services.keys import SCOPES, KeyMade
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form


@blueprint.get("/console/settings/keys")
@frame.owners
def settings_keys() -> Response:
    return _page(Form.of({}))


@blueprint.post("/console/settings/keys")
@frame.owners
def create_key() -> ResponseReturnValue:
    """Show the new key on the page that answers: it is kept nowhere from which a redirect could fetch it.

    The form brings the id that its key will have, so that the same form sent again makes no second one.
    """
    form, scopes = Form.sent("name", "all", "id", "place"), request.form.getlist("scope")
    form.needs("name")
    try:
        name = read_line(form["name"])
    except ValueRefused:
        name = None
        form.refuse("name", "line")
    if not scopes and not form["all"]:
        form.refuse("scopes", "scopes")
    if set(scopes) - set(SCOPES):
        form.refuse("scopes", "choose")
    place = form["place"] or None
    if place is not None and places.find_place(workspace_id=guard.membership().workspace_id, key=place) is None:
        form.refuse("place", "choose")
    if form.errors or name is None:
        return _page(form, chosen=scopes, status=422)
    try:
        with transaction():
            key = keys.create(
                workspace_id=guard.membership().workspace_id,
                name=name,
                scopes=() if form["all"] else scopes,
                now=database_now(),
                key_id=_id_of(form["id"]),
                by=guard.me().email,
                place=place,
            )
    except KeyMade:
        return frame.saved("key_made_before", "console.settings_keys")
    return _page(Form.of({}), made=key, made_name=name)


@blueprint.post("/console/settings/keys/<key_id>/revoke")
@frame.owners
def revoke_key(key_id: str) -> ResponseReturnValue:
    with transaction():
        found = keys.revoke(
            workspace_id=guard.membership().workspace_id,
            key_id=row_id(key_id),
            now=database_now(),
            by=guard.me().email,
        )
    if not found:
        abort(404)
    return frame.saved("key_revoked", "console.settings_keys")


def _page(
    form: Form,
    *,
    chosen: list[str] | None = None,
    made: str | None = None,
    made_name: str | None = None,
    status: int = 200,
) -> Response:
    options = frame.place_options(guard.membership().workspace_id)
    found = keys.list_keys(workspace_id=guard.membership().workspace_id)
    return frame.page(
        "keys.html",
        "keys",
        status=status,
        form=form,
        keys=sorted(found, key=lambda key: key.revoked_at is not None),
        scopes=SCOPES,
        chosen=chosen or [],
        made=made,
        made_name=made_name,
        fresh_id=new_id(),
        places=options,
        place_names={key: label.strip() for key, label in options},
    )


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return new_id()
