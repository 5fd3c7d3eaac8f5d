"""Finding a customer, and one customer as a whole. A search is a POST: neither addresses nor names stand in a URL."""

from __future__ import annotations

from uuid import UUID

from flask import Response, abort, current_app, request

from vocapp.models import database_now
from vocapp.services.browsing import people
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint


@blueprint.get("/console/customers")
def customers() -> Response:
    _needs_names()
    return frame.page("customers.html", section="customers", query="", found=None)


@blueprint.post("/console/customers")
def search_customers() -> Response:
    _needs_names()
    query = request.form.get("q", "").strip()[: people.LONGEST_QUERY]
    secret = current_app.config["SECRET_KEY"].encode()
    found = people.search(scope=guard.scope(), query=query, secret=secret) if query else None
    return frame.page("customers.html", section="customers", query=query, found=found)


@blueprint.get("/console/customers/<customer_id>")
def customer(customer_id: str) -> Response:
    story = people.find_story(
        scope=guard.scope(), customer_id=row_id(customer_id), now=database_now(), language=frame.language()
    )
    if story is None:
        abort(404)
    choices = filters.place_choices(guard.scope())
    return frame.page(
        "customer.html",
        section="customers" if guard.membership().sees_names else "responses",
        story=story,
        place_names={choice.key: choice.label.strip() for choice in choices},
    )


def row_id(text: str) -> UUID:
    """Read an id in a path. Raises 404, as for one that nobody has."""
    try:
        return UUID(text)
    except ValueError:
        abort(404)


def _needs_names() -> None:
    """One searches for a person by what tells who it is: not for those who listen without names."""
    if not guard.membership().sees_names:
        abort(403)
