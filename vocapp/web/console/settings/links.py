"""Links that show published figures without a login: made with what they show, and taken back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from vocapp.config import EXTENSION
from vocapp.domain.links import make_token
from vocapp.models import database_now, new_id, transaction
from vocapp.services import public_links, publishing, surveying
from vocapp.services.browsing.voices import survey_title
from vocapp.services.public_links import FIGURES, LinkMade, LinkRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.frame import language
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form


@blueprint.get("/console/settings/links")
@frame.owners
def settings_links() -> Response:
    return _page(Form.of({}), figures=list(FIGURES))


@blueprint.post("/console/settings/links")
@frame.owners
def create_link() -> ResponseReturnValue:
    """The form brings the id that its link will have, so that the same form sent again makes no second one."""
    form = Form.sent("name", "id", "place", "ends_on")
    surveys, figures = request.form.getlist("survey"), request.form.getlist("figure")
    ends_on = _day(form)
    if not form.errors:
        try:
            with transaction():
                public_links.create(
                    workspace_id=guard.membership().workspace_id,
                    link_id=_id_of(form["id"]),
                    name=form["name"],
                    surveys=surveys,
                    figures=figures,
                    place=form["place"],
                    ends_on=ends_on,
                    by=guard.me().email,
                    now=database_now(),
                )
        except LinkMade:
            return frame.saved("link_made_before", "console.settings_links")
        except LinkRefused as refused:
            form.refuse(refused.field, refused.code)
    if form.errors:
        return _page(form, surveys=surveys, figures=figures, status=422)
    return frame.saved("link_made", "console.settings_links")


@blueprint.post("/console/settings/links/<link_id>/revoke")
@frame.owners
def revoke_link(link_id: str) -> ResponseReturnValue:
    with transaction():
        found = public_links.revoke(
            workspace_id=guard.membership().workspace_id,
            link_id=row_id(link_id),
            by=guard.me().email,
            now=database_now(),
        )
    if not found:
        abort(404)
    return frame.saved("link_revoked", "console.settings_links")


def _page(form: Form, *, surveys: list[str] | None = None, figures: list[str], status: int = 200) -> Response:
    workspace_id, settings = guard.membership().workspace_id, current_app.extensions[EXTENSION]
    secret = settings.secret_key.encode()
    found = public_links.list_links(workspace_id=workspace_id)
    options = frame.place_options(workspace_id)
    titles = [(one.key, survey_title(one, language())) for one in surveying.published(workspace_id=workspace_id)]
    today = public_links.today_in(workspace_id=workspace_id, now=database_now())
    return frame.page(
        "links.html",
        "links",
        status=status,
        form=form,
        links=sorted(found, key=lambda one: one.revoked_at is not None),
        urls={one.id: f"{settings.public_url}/d/{make_token(secret, 'dashboard', one.id)}" for one in found},
        today=today,
        next_on=publishing.next_on(today),
        surveys=titles,
        survey_names=dict(titles),
        chosen_surveys=surveys or [],
        figures=FIGURES,
        chosen_figures=figures,
        fresh_id=new_id(),
        places=options,
        place_names={key: label.strip() for key, label in options},
    )


def _day(form: Form) -> date | None:
    if not form["ends_on"].strip():
        return None
    try:
        return date.fromisoformat(form["ends_on"].strip())
    except ValueError:
        form.refuse("ends_on", "link_day")
        return None


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return new_id()
