"""Figures by adviser, each from a smallest number of answers on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from vocapp.domain.rules import Fault
from vocapp.services import advising, staff
from vocapp.web.api.days import DayOrTime, day_of
from vocapp.web.api.frame import Call, Routes
from vocapp.web.problems import refusal

USUAL_DAYS = 90

routes = Routes("metrics", "Figures that say how sure they are: null under ten answers.")


class AdviserQuery(Schema):
    metric = fields.String(load_default="nps", validate=validate.OneOf(("nps", "csat", "ces")))
    since = DayOrTime(
        data_key="from",
        metadata={"type": "string", "description": f"First day that counts; {USUAL_DAYS} days before `to` by default."},
    )
    until = DayOrTime(data_key="to", metadata={"type": "string", "description": "First day that no longer counts."})
    survey = fields.String()
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})


class OtherAdvisersOut(Schema):
    advisers = fields.Integer(required=True)
    responses = fields.Integer(required=True)


class AdvisersOut(Schema):
    since = fields.Date(data_key="from", required=True)
    until = fields.Date(data_key="to", required=True)
    metric = fields.String(required=True)
    smallest = fields.Integer(
        required=True,
        metadata={"description": "Answers from which on one is named: `advisers` in the settings."},
    )
    advisers = fields.List(
        fields.Dict(),
        required=True,
        metadata={
            "description": "`agent` with the figure, what it was `before` (in as much time) and its `change`, "
            "each null where there were too few answers; the most answers first."
        },
    )
    others = fields.Nested(
        OtherAdvisersOut,
        required=True,
        allow_none=True,
        metadata={"description": "Those with fewer answers, together; null where there are not two of them."},
    )


@routes.get(
    "/metrics/advisers",
    scopes=("export",),
    by_place=True,
    query=AdviserQuery,
    answers={200: AdvisersOut},
    refuses=(422,),
)
def get_advisers(call: Call) -> Any:
    """Read a metric by adviser (`agent` of the events), named from a smallest number of answers on.

    By default ten answers; at most a year. Completed responses count, on the day on which they were completed. A survey
    or a place that there is not is refused; to a key of a place, what is elsewhere and what is nowhere are alike.
    """
    zone = call.bearer.timezone
    until = day_of(call.query.get("until"), zone) or call.now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    since = day_of(call.query.get("since"), zone) or until - timedelta(days=USUAL_DAYS)
    if until - since > timedelta(days=advising.MOST_DAYS):
        raise refusal([Fault("/from", f"in the query: at most {advising.MOST_DAYS} days before `to`")])
    if until < since:
        raise refusal([Fault("/to", "in the query: is a day before `from`")])
    call.question()  # what there is not is refused
    scope = staff.narrowed(call.scope, place=call.query.get("place"))
    metric = call.query["metric"]
    found = advising.figures_by_adviser(
        scope=scope, metric=metric, since=since, until=until, survey=call.query.get("survey")
    )
    return {"from": since, "to": until, "metric": metric, **found}
