"""Themes: what customers write about, and how."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from vocapp.domain.rules import Fault
from vocapp.services import theme_figures, theming
from vocapp.services.reporting import GROUPS
from vocapp.services.theming import ThemesRefused
from vocapp.web.api.comparison import BesideOut
from vocapp.web.api.days import USUAL_DAYS, LatelyQuery, day_of
from vocapp.web.api.frame import Call, Routes
from vocapp.web.problems import refusal

routes = Routes("themes", "What customers write about, found by words, each mention with its own sentiment.")

MOST_DAYS: Final = 3660


class ThemeIn(Schema):
    key = fields.String(required=True, metadata={"description": "One of a theme that ships takes its place."})
    name = fields.Raw(required=True, metadata={"description": "A text, or one per language."})
    words = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Language → words; none at all ends a theme that ships."},
    )
    no_mention = fields.Dict(
        data_key="except",
        allow_none=True,
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Language → words in a row that are no mention, although words of it stand there."},
    )


class ThemesIn(Schema):
    themes = fields.List(fields.Nested(ThemeIn), required=True)


class ThemesOut(ThemesIn):
    version = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: the workspace has no themes of its own."}
    )


class ThemesInForceOut(ThemesOut):
    shipped = fields.List(
        fields.Nested(ThemeIn), required=True, metadata={"description": "Those that every workspace has."}
    )


class ThemeMetricQuery(LatelyQuery):
    survey = fields.String()
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})
    channel = fields.String()
    group_by = fields.String(validate=validate.OneOf(GROUPS))


class MentionsOut(Schema):
    negative = fields.Integer(required=True)
    neutral = fields.Integer(required=True)
    positive = fields.Integer(required=True)


class _ThemeOut(Schema):
    key = fields.String(required=True)
    name = fields.Dict(
        required=True, allow_none=True, metadata={"description": "By language; null for one that is no more."}
    )
    mentions = fields.Nested(MentionsOut, required=True, metadata={"description": "Responses."})


class ThemeFigureOut(_ThemeOut):
    mentioned = fields.Nested(BesideOut, required=True, metadata={"description": "Of the verbatims, in percent."})
    negative = fields.Nested(BesideOut, required=True, metadata={"description": "Of the mentions, in percent."})
    balance = fields.Nested(BesideOut, required=True, metadata={"description": "Positive less negative, in points."})


class ThemeGroupOut(Schema):
    key = fields.String(required=True, metadata={"description": "Empty: none was named."})
    verbatims = fields.Integer(required=True)
    verbatims_before = fields.Integer(metadata={"description": "Not of days, weeks and months."})
    themes = fields.List(
        fields.Nested(ThemeFigureOut),
        required=True,
        metadata={
            "description": "Days, weeks and months stand beside one another: they are told without what was before."
        },
    )


class ThemeMetricsOut(Schema):
    since = fields.Date(data_key="from", required=True)
    until = fields.Date(data_key="to", required=True)
    before_from = fields.Date(required=True)
    units = fields.Dict(required=True)
    verbatims = fields.Integer(required=True, metadata={"description": "Responses with words that were understood."})
    verbatims_before = fields.Integer(required=True)
    themes = fields.List(
        fields.Nested(ThemeFigureOut), required=True, metadata={"description": "The most frequent first."}
    )
    groups = fields.List(
        fields.Nested(ThemeGroupOut), metadata={"description": "With `group_by`; also who had verbatims before only."}
    )


@routes.get("/themes", scopes=("surveys",), answers={200: ThemesInForceOut})
def get_themes(call: Call) -> Any:
    """Read the workspace's own themes, and those that ship."""
    return {**_own(call), "shipped": theming.ready_made_definition()["themes"]}


@routes.put(
    "/themes",
    scopes=("surveys",),
    body=ThemesIn,
    read_by_view=True,
    answers={200: ThemesOut},
    example={
        "themes": [
            {
                "key": "workshop",
                "name": {"fr": "Atelier", "en": "Workshop"},
                "words": {"fr": ["atelier", "cours de couture"], "en": ["workshop"]},
                "except": {"en": ["workshop manual"]},
            }
        ]
    },
)
def put_themes(call: Call) -> Any:
    """Replace the workspace's own themes: the next version, looked for in what is written from now on."""
    # GET's document can be put back as it came
    definition = {name: value for name, value in call.body.items() if name not in {"version", "shipped"}}
    try:
        theming.put(workspace_id=call.workspace_id, definition=definition, now=call.now, by=call.by)
    except ThemesRefused as refused:
        raise refusal(refused.faults) from refused
    return _own(call)


@routes.get(
    "/metrics/themes",
    scopes=("export",),
    by_place=True,
    query=ThemeMetricQuery,
    answers={200: ThemeMetricsOut},
    refuses=(422,),
)
def get_theme_metrics(call: Call) -> Any:
    """Read what was written about, how often and how, with number, interval, and what it was before.

    Figures of under ten responses are null.
    """
    zone = call.bearer.timezone
    until = day_of(call.query.get("until"), zone) or call.now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    since = day_of(call.query.get("since"), zone) or until - timedelta(days=USUAL_DAYS)
    if not 0 < (until - since).days <= MOST_DAYS:
        raise refusal([Fault("/to", f"must be a day after `from`, and at most {MOST_DAYS} days after it")])
    return theme_figures.theme_figures(
        question=call.question(),
        since=since,
        until=until,
        group_by=call.query.get("group_by"),
    )


def _own(call: Call) -> dict[str, Any]:
    version, own = theming.find_own(workspace_id=call.workspace_id)
    return {"version": version, "themes": own}
