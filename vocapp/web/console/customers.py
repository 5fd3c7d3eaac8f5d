"""Customers: the list, finding one, and one as a whole.

A search is a POST: neither addresses nor names stand in a URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask import Response, abort, current_app, request

from vocapp.domain.sentiment import LABELS
from vocapp.models import database_now, read_singly
from vocapp.services import alert_parts, staff, staging, workspaces
from vocapp.services.browsing import people, personas, segments, surveys
from vocapp.services.staff import Scope
from vocapp.web.console import charts, contact_words, cursors, filters, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.formats import Formats
from vocapp.web.console.segments.views import said as text_of

TONES = ("detractor", "passive", "promoter")
MOST_STAGES = 12
"""Of a life, the newest."""


@blueprint.get("/console/customers")
def customers() -> Response:
    _needs_names()
    read_singly()
    scope = guard.scope()
    known = personas.list_personas(workspace_id=scope.workspace_id, language=frame.language())
    choices = filters.place_choices(scope)
    chosen = {
        "place": filters.chosen_place(choices) or "",
        "category": filters.one_of("category", TONES, ""),
        "sentiment": filters.one_of("sentiment", LABELS, ""),
        "persona": filters.one_of("persona", tuple(known), ""),
    }
    before = cursors.read_id(request.args.get("before"))
    found = people.list_customers(
        scope=staff.narrowed(scope, place=chosen["place"] or None),
        wanted=people.CustomerFilter(
            tone=cast("Any", chosen["category"] or None),
            sentiment=chosen["sentiment"] or None,
            persona=chosen["persona"] or None,
        ),
        before=before,
    )
    return frame.page(
        "customers.html",
        section="customers",
        query="",
        found=None,
        listed=found.customers,
        next=cursors.write_id(found.next) if found.next else None,
        is_first=before is None,
        chosen=chosen,
        kept=filters.kept(chosen),
        places=choices,
        tones=TONES,
        sentiments=LABELS,
        personas=known,
    )


@blueprint.post("/console/customers")
def search_customers() -> Response:
    _needs_names()
    query = request.form.get("q", "").strip()[: people.LONGEST_QUERY]
    if not query:
        return customers()
    secret = current_app.config["SECRET_KEY"].encode()
    found = people.search(scope=guard.scope(), query=query, secret=secret)
    return frame.page("customers.html", section="customers", query=query, found=found)


@blueprint.get("/console/customers/<customer_id>")
def customer(customer_id: str) -> Response:
    scope, language, now = guard.scope(), frame.language(), database_now()
    before = cursors.read_moment(request.args.get("before"))
    story = people.find_story(scope=scope, customer_id=row_id(customer_id), before=before, now=now, language=language)
    if story is None:
        abort(404)
    choices = filters.place_choices(scope)
    formats = Formats(frame.words(), guard.membership().timezone, now)
    timeline = story.timeline
    known = surveys.list_words(workspace_id=scope.workspace_id, language=language)
    return frame.page(
        "customer.html",
        section="customers" if guard.membership().sees_names else "responses",
        story=story,
        called_elsewhere=alert_parts.is_called_elsewhere(
            workspace_id=scope.workspace_id, customer_id=row_id(customer_id), places=scope.places
        ),
        charts=charts.over_time(story.scores),
        contact=contact_words.sentence(story.profile["contact"], frame.words(), formats),
        personas=personas.list_personas(workspace_id=scope.workspace_id, language=language),
        titles=known.titles,
        chosen_words=known.choices,
        next=cursors.write_moment(timeline.next) if timeline.next else None,
        is_first=before is None,
        segments=_segments(scope, story.profile["segments"]),
        life=staging.life_of(scope=scope, customer_id=row_id(customer_id), today=formats.day_of(now))[:MOST_STAGES],
        resolutions=workspaces.resolutions_of(workspace_id=scope.workspace_id),
        place_names={choice.key: choice.label.strip() for choice in choices},
    )


def _segments(scope: Scope, belongs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, datetime]]:
    """Return (key, name, since) of the segments that somebody belongs to, of those that one may see."""
    names = segments.list_names(scope=scope, keys=[one["key"] for one in belongs])
    return [(one["key"], text_of(names[one["key"]]), one["since"]) for one in belongs if one["key"] in names]


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
