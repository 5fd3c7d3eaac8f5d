"""Views: a search kept under a name, one's own or everybody's."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.models import database_now, transaction
from vocapp.services.verbatims import views
from vocapp.services.verbatims.views import ViewRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.settings.forms import Form
from vocapp.web.console.verbatims.asking import asked, may_shape
from vocapp.web.console.verbatims.lists import show_list


@blueprint.post("/console/verbatims/views")
def save_view() -> ResponseReturnValue:
    """Keep what is asked for under a name."""
    form, this = Form.sent("name", "shared"), asked(request.form)
    try:
        with transaction():
            views.save(
                workspace_id=guard.scope().workspace_id,
                user_id=guard.me().id,
                name=form["name"],
                filters=this.kept,
                shared=form["shared"] == "yes" and may_shape(guard.membership()),
                by=guard.me().email,
                now=database_now(),
            )
    except ViewRefused as refused:
        return show_list(this, status=422, error=refused.code, typed=form["name"])
    flash("view_saved")
    return redirect(this.address(), 303)


@blueprint.post("/console/verbatims/views/<view_id>")
def remove_view(view_id: str) -> ResponseReturnValue:
    """Remove a view."""
    with transaction():
        done = views.remove(
            workspace_id=guard.scope().workspace_id,
            user_id=guard.me().id,
            view_id=row_id(view_id),
            may_all=may_shape(guard.membership()),
        )
    if not done:
        abort(404)
    flash("view_removed")
    return redirect(url_for("console.verbatims"), 303)
