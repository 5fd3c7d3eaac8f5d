"""Drivers: what goes with low scores, as it was last looked at in the background."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from vocapp.domain.drivers import FEWEST, LIMITS
from vocapp.domain.rules import Fault
from vocapp.services import finding_drivers, surveying
from vocapp.services.finding_drivers import LOW, METRICS, MOST_ANSWERS
from vocapp.services.reporting import below
from vocapp.web.api.callback_metrics import ShareOut
from vocapp.web.api.comparison import MeasuredOut
from vocapp.web.api.days import DayOrTime, day_of
from vocapp.web.api.frame import Call, Reply, Routes
from vocapp.web.api.metrics import FigureChangeOut, IntervalOut
from vocapp.web.problems import refusal

routes = Routes("drivers", "What goes with a low score, how sure that is, and what it cannot say.")

METHOD: Final = (
    "Each level of each factor against all others of which it is known: Fisher's exact test, one-sided, and the "
    "interval of the difference (Newcombe 1998, method 10), both Bonferroni-corrected; ordered by the least share of "
    "all low scores in excess (Levin 1953); `goes_with` by Mantel and Haenszel within the driver before."
)


class DriversQuery(Schema):
    survey = fields.String(required=True)
    metric = fields.String(load_default="nps", validate=validate.OneOf(METRICS))
    place = fields.String(
        load_default="",
        metadata={"description": "Of this place and what is below it; left out, all that the key sees."},
    )


class DriversIn(DriversQuery):
    since = DayOrTime(
        data_key="from",
        load_default=None,
        allow_none=True,
        metadata={"type": "string", "description": "First day that counts; left out, a year back."},
    )
    until = DayOrTime(
        data_key="to",
        load_default=None,
        allow_none=True,
        metadata={"type": "string", "description": "First day that no longer counts; left out, up to now."},
    )


class DriverLevelOut(Schema):
    factor = fields.String(required=True)
    level = fields.String(required=True)


class GapOut(Schema):
    value = fields.Float(required=True)
    interval = fields.Nested(IntervalOut, required=True, metadata={"description": "All of them together hold."})


class DriverOut(DriverLevelOut):
    low = fields.Integer(required=True, metadata={"description": "Low scores among the answers with it."})
    n = fields.Integer(required=True, metadata={"description": f"Of {FEWEST} people at least."})
    share_low = fields.Float(required=True, metadata={"description": "In percent."})
    share_low_elsewhere = fields.Float(required=True)
    n_elsewhere = fields.Integer(required=True)
    difference = fields.Nested(GapOut, required=True, metadata={"description": "In percentage points."})
    share_of_all_low_at_least = fields.Float(
        required=True,
        metadata={"description": "Of all low scores, in percent, above what the others would have given."},
    )
    chance = fields.Float(required=True, metadata={"description": "Where it made no difference; before correction."})
    goes_with = fields.Nested(
        DriverLevelOut,
        required=True,
        allow_none=True,
        metadata={"description": "Which other leaves nothing sure of it."},
    )
    always_together = fields.Boolean(
        required=True,
        metadata={"description": "It always goes with that other where both are known: nothing can tell them apart."},
    )


class DriverLimitOut(Schema):
    key = fields.String(required=True)
    text = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class GroupOut(Schema):
    by = fields.String(required=True, validate=validate.OneOf(("persona", "segment")))
    key = fields.String(required=True)


class CrossedOut(MeasuredOut):
    by = fields.String(required=True, validate=validate.OneOf(("persona", "segment", "sentiment")))
    key = fields.String(required=True)
    others = fields.Nested(MeasuredOut, required=True, metadata={"description": "Everybody who does not belong to it."})
    apart = fields.Nested(
        FigureChangeOut, required=True, allow_none=True, metadata={"description": "All hold together."}
    )


class SecondsOut(Schema):
    median = fields.Float(required=True, allow_none=True)
    interval = fields.Nested(IntervalOut, required=True, allow_none=True)
    n = fields.Integer(required=True)


class ReachOut(Schema):
    sent = fields.Integer(required=True, metadata={"description": "Messages of this survey that left in these days."})
    within_days = fields.Integer(
        metadata={"description": "So long each message had to be answered: those below left as many days earlier."}
    )
    left_from = fields.String()
    left_to = fields.String(metadata={"description": "The first day that no longer counts."})
    delivered = fields.Integer(
        required=True,
        metadata={"description": "Messages whose time to be answered was over, less those told not to arrive."},
    )
    delivery_told = fields.Integer(
        required=True,
        metadata={"description": "Of how many the provider told anything; of none: delivery is not known."},
    )
    answered = fields.Nested(
        ShareOut, required=True, metadata={"description": "Who began to answer in time, of the delivered."}
    )
    completed = fields.Nested(ShareOut, required=True, metadata={"description": "Who came to the end, of those."})
    answered_of_visited = fields.Nested(
        ShareOut,
        required=True,
        metadata={"description": "Who began to answer, of those of whom a gesture told that they were at the page."},
    )


class DriversOut(Schema):
    survey = fields.String(required=True)
    metric = fields.String(required=True)
    place = fields.String(required=True)
    low_up_to = fields.Integer(required=True)
    wanted = fields.Boolean(required=True, metadata={"description": "It is going to be looked at (again)."})
    found_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "Null: not yet."})
    since = fields.String(data_key="from", required=True, allow_none=True, metadata={"description": "First answer."})
    until = fields.String(data_key="to", required=True, allow_none=True, metadata={"description": "Last answer."})
    answers = fields.Integer(
        required=True, metadata={"description": f"That were looked at: the newest {MOST_ANSWERS:,} at most."}
    )
    low = fields.Integer(required=True)
    looked_at = fields.Integer(required=True, metadata={"description": "Levels that were compared."})
    drivers = fields.List(
        fields.Nested(DriverOut), required=True, metadata={"description": "What weighs most first; none: nothing sure."}
    )
    groups = fields.List(
        fields.Nested(CrossedOut),
        required=True,
        metadata={
            "description": "By persona, sentiment and segment (as they belonged when they answered); these may "
            "overlap. A key of a place is told the segments that are open to it."
        },
    )
    groups_left_out = fields.List(
        fields.Nested(GroupOut),
        required=True,
        metadata={
            "description": "Personas and segments whose rule looks at a score: beside the others they would only "
            "repeat it."
        },
    )
    seconds = fields.Nested(
        SecondsOut,
        required=True,
        allow_none=True,
        metadata={"description": "From the first page sent to the last, of surveys of several pages."},
    )
    reach = fields.Nested(ReachOut, required=True, allow_none=True)
    method = fields.String(required=True)
    limits = fields.List(fields.Nested(DriverLimitOut), required=True, metadata={"description": "What it cannot say."})


@routes.get(
    "/metrics/drivers",
    scopes=("export",),
    by_place=True,
    query=DriversQuery,
    answers={200: DriversOut},
    refuses=(422,),
)
def get_drivers(call: Call) -> Any:
    """Read what goes with low scores, as last looked at; with it who felt how, how long it took, who was reached.

    Every survey that is answered often enough is looked at once a day; POST asks for it sooner, or for other days. A
    key of a place reads what was found there and below; what was found in the whole company is not for it.
    """
    call.question()  # what there is not is refused
    return _document(call, call.query, _place(call, call.query["place"]))


@routes.post(
    "/metrics/drivers",
    scopes=("export",),
    by_place=True,
    body=DriversIn,
    answers={202: DriversOut},
    refuses=(422,),
    example={"survey": "post_delivery", "metric": "csat", "from": "2026-01-01"},
)
def want_drivers(call: Call) -> Any:
    """Have the drivers of a survey looked for, within a minute. What was found before is read until then."""
    asked, place = call.body, _place(call, call.body["place"])
    versions = surveying.published_versions(workspace_id=call.workspace_id)
    if asked["survey"] not in versions:
        raise refusal([Fault("/survey", "must be the key of a published survey")])
    if place is None or (place and not below(workspace_id=call.workspace_id, place=place)):
        raise refusal([Fault("/place", "is no place of this workspace")])
    finding_drivers.want(
        workspace_id=call.workspace_id,
        survey=asked["survey"],
        metric=asked["metric"],
        place=place,
        since=day_of(asked["since"], call.bearer.timezone),
        until=day_of(asked["until"], call.bearer.timezone),
        now=call.now,
    )
    return Reply(_document(call, asked, place), 202)


def _place(call: Call, asked: str) -> str | None:
    """Return the place that is asked about: a key of a place has its own where none is named; None: it sees no such."""
    place = asked or call.bearer.place or ""
    return place if call.bearer.place is None or call.scope.within(place) else None


def _document(call: Call, asked: Any, place: str | None) -> dict[str, Any]:
    report = None
    if place is not None:
        report = finding_drivers.find_report(
            scope=call.scope, survey=asked["survey"], metric=asked["metric"], place=place
        )
    found = report.findings if report is not None else {}
    return {
        "survey": asked["survey"],
        "metric": asked["metric"],
        "place": asked["place"] or place,
        "low_up_to": LOW[asked["metric"]],
        "wanted": report is not None and report.wanted_at is not None,
        "found_at": report.found_at if report is not None else None,
        "from": found.get("since"),
        "to": found.get("until"),
        "answers": found.get("answers", 0),
        "low": found.get("low", 0),
        "looked_at": found.get("looked_at", 0),
        "drivers": [{"always_together": False, **one} for one in found.get("drivers", [])],
        "groups": found.get("groups", []),
        "groups_left_out": found.get("groups_left_out", []),
        "seconds": found.get("seconds"),
        "reach": found.get("reach"),
        "method": METHOD,
        "limits": [{"key": key, "text": dict(text)} for key, text in LIMITS.items()],
    }
