"""Figures beside what they were before, and groups beside each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from vocapp.domain.rules import Fault
from vocapp.models.summaries import PEOPLE
from vocapp.services import comparing
from vocapp.services.reporting import SCORE_GROUPS
from vocapp.web.api.days import USUAL_DAYS, LatelyQuery, day_of
from vocapp.web.api.frame import Call, Routes
from vocapp.web.api.metrics import FigureChangeOut, IntervalOut
from vocapp.web.problems import refusal

routes = Routes("comparison", "Figures beside what they were before, and groups beside each other.")

MOST_DAYS: Final = 3660


class ComparisonQuery(LatelyQuery):
    measure = fields.String(
        load_default="nps",
        validate=validate.OneOf(comparing.MEASURES),
        metadata={
            "description": "nps in points; csat: share of 4 and 5; ces: share of 5 to 7; answered: share of the "
            "messages delivered that somebody began to answer within seven days, of those whose seven days were over "
            "in this time; answered_of_visited: the same of those at whose page a person was; completion: share of the "
            "responses begun that were completed (one left unfinished counts when it is closed), without past answers "
            "of an earlier tool, which tell of completed ones alone; seconds: median time from the first page to the "
            "last."
        },
    )
    survey = fields.String()
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})
    channel = fields.String()
    group_by = fields.String(
        validate=validate.OneOf(SCORE_GROUPS),
        metadata={
            "description": "day, week, month: each stands beside the one before. step: the event that leads to the "
            "survey; store, region, brand: with all below. persona, segment: of scores alone, since nobody knows the "
            "persona of who does not answer, and segments are looked at with an answer; segments may overlap, and are "
            "not ranked; a key of a place is told those that are open to it."
        },
    )


class MeasuredOut(Schema):
    value = fields.Float(required=True, allow_none=True, metadata={"description": "Null under ten answers."})
    interval = fields.Nested(IntervalOut, required=True, allow_none=True)
    n = fields.Integer(required=True)
    step = fields.List(
        fields.Integer(allow_none=True),
        metadata={"description": "Of seconds: the step in which the median lies; its end is null in the last one."},
    )


class BesideOut(MeasuredOut):
    before = fields.Nested(MeasuredOut, metadata={"description": "Over as many days before."})
    change = fields.Nested(
        FigureChangeOut,
        allow_none=True,
        metadata={
            "description": "Null of under ten now or before. All changes of a list are right together with 95 %."
        },
    )


class RankOut(Schema):
    best = fields.Integer(required=True, metadata={"description": "1 is the best rank of all."})
    worst = fields.Integer(required=True)
    among = fields.Integer(required=True)
    distinguishable = fields.Boolean(required=True, metadata={"description": "false: it may have any rank."})


class ComparedGroupOut(BesideOut):
    key = fields.String(required=True, metadata={"description": "Empty: none was named."})
    rank = fields.Nested(
        RankOut, allow_none=True, metadata={"description": "The ranks it may have; null under ten answers."}
    )


class RankingOut(Schema):
    distinguishable = fields.Boolean(
        required=True, metadata={"description": "false: no group is surely above or below another."}
    )
    method = fields.String(required=True)


class ComparisonOut(BesideOut):
    measure = fields.String(required=True)
    unit = fields.String(required=True)
    since = fields.Date(data_key="from", required=True)
    until = fields.Date(data_key="to", required=True)
    before_from = fields.Date(required=True)
    groups = fields.List(fields.Nested(ComparedGroupOut), metadata={"description": "With `group_by`."})
    order = fields.Nested(RankingOut, metadata={"description": "With groups that are not times."})


@routes.get(
    "/metrics/comparison",
    scopes=("export",),
    by_place=True,
    query=ComparisonQuery,
    answers={200: ComparisonOut},
    refuses=(422,),
)
def get_comparison(call: Call) -> Any:
    """Read a figure with its number and interval, what it was before, and whether that is a change.

    Groups come in the order that is surely known, each with the ranks that it may have: those that cannot be told
    apart share theirs. All ranks of one answer are right together with 95 %, and so are all changes of its groups.
    """
    zone = call.bearer.timezone
    today = call.now.astimezone(ZoneInfo(zone)).date()
    until = day_of(call.query.get("until"), zone) or today + timedelta(days=1)
    since = day_of(call.query.get("since"), zone) or until - timedelta(days=USUAL_DAYS)
    if not 0 < (until - since).days <= MOST_DAYS:
        raise refusal([Fault("/to", f"must be a day after `from`, and at most {MOST_DAYS} days after it")])
    if call.query["measure"] not in comparing.SCORES and call.query.get("group_by") in PEOPLE:
        raise refusal([Fault("/group_by", "of personas and segments only scores are counted")])
    return comparing.compare(
        comparison=comparing.Comparison(
            measure=call.query["measure"],
            question=call.question(),
            since=since,
            until=until,
            group_by=call.query.get("group_by"),
        )
    )
