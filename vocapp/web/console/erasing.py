"""Erasing a person: a page that says exactly what goes and what stays, and the act itself. For owners only."""

from __future__ import annotations

from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.models import database_now, transaction
from vocapp.models.again import run_again
from vocapp.services import erasing
from vocapp.services.browsing import people
from vocapp.services.browsing.names import Names
from vocapp.web.console import frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id


@blueprint.get("/console/customers/<customer_id>/erase")
def confirm_erasure(customer_id: str) -> Response:
    return _page(_person(customer_id))


@blueprint.post("/console/customers/<customer_id>/erase")
def erase_customer(customer_id: str) -> ResponseReturnValue:
    names = _person(customer_id)
    if request.form.get("sure") != "yes":
        return _page(names, status=422)

    def once() -> bool:
        with transaction():
            erasure = erasing.erase_by_id(
                workspace_id=guard.scope().workspace_id,
                customer_id=names.id,
                by=f"user:{guard.me().id}",
                secret=current_app.config["SECRET_KEY"].encode(),
                now=database_now(),
            )
            return erasure is not None

    if not run_again(once):
        abort(404)
    flash(frame.words()["erased_said"])
    return redirect(url_for("console.customers"), 303)


def _person(customer_id: str) -> Names:
    if not guard.membership().may_erase:
        abort(403)
    names = people.find_names(scope=guard.scope(), customer_id=row_id(customer_id))
    if names is None:
        abort(404)
    return names


def _page(names: Names, *, status: int = 200) -> Response:
    counts = erasing.outline(workspace_id=guard.scope().workspace_id, customer_id=names.id)
    return frame.page(
        "erase.html", status=status, section="customers", names=names, counts=counts, unconfirmed=status == 422
    )
