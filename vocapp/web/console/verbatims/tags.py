"""Tags: put to one verbatim or to all that are found, made, renamed, given a rule, removed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.models import database_now, transaction
from vocapp.services.verbatims import tagging
from vocapp.services.verbatims.filters import NAMES
from vocapp.services.verbatims.tagging import TagRefused
from vocapp.web.console import frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.settings.forms import Form
from vocapp.web.console.verbatims.asking import Asked, asked, may_shape, may_tag, needs
from vocapp.web.console.verbatims.lists import find_row, page
from vocapp.web.console.verbatims.said import in_words


@blueprint.post("/console/verbatims/<verbatim_id>/tags")
def tag_verbatim(verbatim_id: str) -> ResponseReturnValue:
    """Put a tag to one verbatim, or take it off; `make` makes a new one first."""
    needs(granted=may_tag(guard.membership()))
    row = find_row(verbatim_id)
    this = asked(request.form)
    refused = _change(None, [row.number], Form.sent("which", "do", "name"))
    if refused:
        flash(refused)
    query: dict[str, Any] = this.query
    return redirect(url_for("console.verbatim", verbatim_id=verbatim_id, **query), 303)


@blueprint.post("/console/verbatims/found/tags")
def tag_found() -> ResponseReturnValue:
    """Put a tag to all that is found, or take it off."""
    needs(granted=may_tag(guard.membership()))
    this = asked(request.form)
    flash(_change(this, [], Form.sent("which", "do", "name")) or "tags_changed")
    return redirect(this.address(), 303)


@blueprint.get("/console/verbatims/tags")
def verbatim_tags() -> Response:
    needs(granted=may_tag(guard.membership()))
    return _list(Form.of(asked().kept))


@blueprint.post("/console/verbatims/tags")
def make_tag() -> ResponseReturnValue:
    """Make a tag, by hand or by the search that the form carries."""
    needs(granted=may_shape(guard.membership()))
    form = Form.sent("name", *NAMES)
    kept = asked(request.form).kept
    try:
        with transaction():
            tagging.make(
                workspace_id=guard.scope().workspace_id,
                name=form["name"],
                rule=kept or None,
                by=guard.me().email,
                now=database_now(),
            )
    except TagRefused as refused:
        form.refuse("name", refused.code)
        return _list(form, status=422)
    flash("tag_made")
    return redirect(url_for("console.verbatim_tags"), 303)


@blueprint.post("/console/verbatims/tags/<tag_id>")
def change_tag(tag_id: str) -> ResponseReturnValue:
    """Rename a tag, take its rule away, or remove it from everything."""
    needs(granted=may_shape(guard.membership()))
    form = Form.sent("do", "name")
    try:
        with transaction():
            done = _changed(row_id(tag_id), form)
    except TagRefused as refused:
        form.refuse(f"name-{tag_id}", refused.code)
        return _list(form, status=422)
    if not done:
        abort(404)
    flash("tag_removed" if form["do"] == "remove" else "tag_saved")
    return redirect(url_for("console.verbatim_tags"), 303)


def _changed(tag_id: UUID, form: Form) -> bool:
    """Change a tag as a form says; False: there is none."""
    workspace_id, by, now = guard.scope().workspace_id, guard.me().email, database_now()
    if form["do"] == "remove":
        return tagging.remove(workspace_id=workspace_id, tag_id=tag_id, by=by, now=now)
    if form["do"] == "by_hand":
        return tagging.rule(workspace_id=workspace_id, tag_id=tag_id, filters=None, by=by, now=now) is not None
    return tagging.rename(workspace_id=workspace_id, tag_id=tag_id, name=form["name"], by=by, now=now) is not None


def _change(this: Asked | None, numbers: list[int], form: Form) -> str | None:
    """Put a tag to all that is found, or to some, or take it off; return why a new one can't be made so, in words."""
    scope, by, now = guard.scope(), guard.me().email, database_now()
    wanted = this.wanted if this else None
    try:
        with transaction():
            if form["do"] == "make":
                needs(granted=may_shape(guard.membership()))
                tag_id = tagging.make(workspace_id=scope.workspace_id, name=form["name"], by=by, now=now).id
            else:
                tag_id = row_id(form["which"])
            act = tagging.take_off if form["do"] == "off" else tagging.put
            done = act(scope=scope, tag_id=tag_id, wanted=wanted, numbers=numbers, by=by, now=now)
    except TagRefused as refused:
        return str(frame.words()["tag_errors"][refused.code])
    if done is None:
        abort(404)
    return None


def _list(form: Form, *, status: int = 200) -> Response:
    scope, member = guard.scope(), guard.membership()
    tags = tagging.count_tags(scope=scope)
    return page(
        "verbatim_tags.html",
        status=status,
        form=form,
        rows=[(one, in_words(one.rule, scope) if one.rule else None) for one in tags],
        kept=asked(form.values).kept,
        kept_words=in_words(asked(form.values).kept, scope),
        may_shape=may_shape(member),
    )
