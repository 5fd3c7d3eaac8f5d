"""The customers' voice: every response, newest first."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, request

from vocapp.models import read_singly
from vocapp.services import staff
from vocapp.services.browsing import feed, personas
from vocapp.web.console import cursors, filters, frame, guard
from vocapp.web.console.blueprint import blueprint

TONES = ("detractor", "passive", "promoter")


@blueprint.get("/console/responses")
def responses() -> Response:
    read_singly()
    language, scope = frame.language(), guard.scope()
    choices = filters.place_choices(scope)
    surveys = feed.list_surveys(workspace_id=scope.workspace_id, language=language)
    place = filters.chosen_place(choices)
    survey = filters.one_of("survey", tuple(key for key, _ in surveys), "")
    tone = filters.one_of("category", TONES, "")
    before = cursors.read_feed(request.args.get("before"))
    found = feed.list_feed(
        scope=staff.narrowed(scope, place=place),
        survey=survey or None,
        tone=cast("Any", tone or None),
        before=before,
        language=language,
    )
    kept = {key: value for key, value in (("survey", survey), ("category", tone), ("place", place)) if value}
    return frame.page(
        "responses.html",
        section="responses",
        voices=found.voices,
        next=cursors.write_feed(found.next) if found.next else None,
        is_first=before is None,
        kept=kept,
        surveys=surveys,
        places=choices,
        place_names={choice.key: choice.label.strip() for choice in choices},
        chosen={"survey": survey, "category": tone, "place": place or ""},
        tones=TONES,
        personas=personas.list_personas(workspace_id=scope.workspace_id, language=language),
    )
