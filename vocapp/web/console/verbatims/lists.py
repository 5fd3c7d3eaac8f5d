"""Looking at verbatims: a list by words and facets, and one with its tags and what is similar to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, request

from vocapp.domain.survey import Text
from vocapp.models import Place, Verbatim, database_now, read_singly
from vocapp.models.verbatims import asked_anew
from vocapp.services import places, quotable, theming
from vocapp.services.browsing import personas
from vocapp.services.verbatims import facets, searching, similar, tagging, views
from vocapp.services.verbatims.filters import VerbatimFilter
from vocapp.web.console import assets, cursors, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.segments.views import said
from vocapp.web.console.verbatims import files
from vocapp.web.console.verbatims.asking import Asked, asked, may_shape, may_tag
from vocapp.web.console.verbatims.offers import know, label_of, offers_of
from vocapp.web.console.verbatims.said import in_words, segments_in


@blueprint.get("/console/verbatims")
def verbatims() -> Response:
    return show_list(asked())


@blueprint.get("/console/verbatims/<verbatim_id>")
def verbatim(verbatim_id: str) -> Response:
    read_singly()
    scope, member = guard.scope(), guard.membership()
    this = asked()
    found = searching.find(scope=scope, verbatim_id=row_id(verbatim_id), language=frame.language(), wanted=this.wanted)
    if found is None:
        abort(404)
    context = quotable.context_of(workspace_id=scope.workspace_id, response_id=found.row.response_id)
    near = similar.list_similar(scope=scope, row=found.row)
    tags = tagging.list_tags(scope=scope) if may_tag(member) else []
    has = {tag.id for tag in found.tags}
    return page(
        "verbatim.html",
        one=found,
        told=quotable.make_quotable(found.row.text, person=found.customer, context=context).text,
        similar=searching.show(scope=scope, rows=near, wanted=VerbatimFilter(), language=frame.language()),
        others=[tag for tag in tags if tag.id not in has],
        may_tag=may_tag(member),
        may_shape=may_shape(member),
        kept=this.query,
        **_names(
            personas.list_personas(workspace_id=scope.workspace_id, language=frame.language()),
            theming.find_names(workspace_id=scope.workspace_id),
            places.list_places(workspace_id=scope.workspace_id),
        ),
    )


def show_list(this: Asked, *, status: int = 200, error: str | None = None, typed: str = "") -> Response:
    """Return the list; `error`: why a view could not be kept under the name that was `typed`."""
    read_singly()
    scope, member, me = guard.scope(), guard.membership(), guard.me()
    after = cursors.read_verbatim(request.args.get("after"))
    now = database_now()
    with asked_anew():
        counted = facets.count(scope=scope, wanted=this.wanted, zone=member.timezone, now=now)
        rows, end = searching.read_rows(
            scope=scope, wanted=this.wanted, by_rank=this.best_first, after=after, limit=searching.PAGE_SIZE
        )
    words = frame.words()
    known = know(scope=scope, words=words, named=counted.counts["segment"].keys() | segments_in(this.kept))
    return page(
        "verbatims.html",
        status=status,
        asked=this,
        kept=this.query,
        kept_words=in_words(this.kept, scope, known),
        not_valid=[label_of(name, this.kept, words) for name in this.not_valid],
        found=searching.show(scope=scope, rows=rows, wanted=this.wanted, language=frame.language()),
        total=counted.total,
        most_rows=files.MOST_ROWS,
        offers=offers_of(scope=scope, asked=this, facets=counted, words=words, known=known),
        next=cursors.write_verbatim(end) if end else None,
        is_first=after is None,
        views=views.list_views(scope=scope, user_id=me.id),
        me_id=me.id,
        tags=known.tags if may_tag(member) else [],
        may_tag=may_tag(member),
        may_shape=may_shape(member),
        error=error,
        typed=typed,
        **_names(known.personas, known.themes, known.places),
    )


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of the verbatims."""
    return frame.page(template, status=status, section="verbatims", verbatims_css=assets.url("verbatims.css"), **values)


def find_row(verbatim_id: str) -> Verbatim:
    """Return one row within the scope. Raises 404."""
    found = searching.find(scope=guard.scope(), verbatim_id=row_id(verbatim_id), language=frame.language())
    if found is None:
        abort(404)
    return found.row


def _names(
    drawn: Mapping[str, personas.PersonaSeen], themes: Mapping[str, Text], tree: Sequence[Place]
) -> dict[str, Any]:
    scope = guard.scope()
    return {
        "personas": drawn,
        "themes": {key: said(name) for key, name in themes.items()},
        "place_names": {place.key: place.name.strip() for place in tree if scope.within(place.key)},
    }
