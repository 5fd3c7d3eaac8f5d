"""What callbacks came to: causes, times, who was content afterwards."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from vocapp.domain.callback_figures import METRICS, figures, figures_by, groups_beside, pareto
from vocapp.domain.rules import Fault
from vocapp.services import callback_report, staff
from vocapp.web.api.days import USUAL_DAYS, LatelyQuery, day_of
from vocapp.web.api.frame import Call, Routes
from vocapp.web.api.metrics import IntervalOut
from vocapp.web.problems import refusal

routes = Routes("callback figures", "What callbacks came to, with how sure each figure is.")

MOST_DAYS: Final = 731
_GROUPS: Final = {"team": lambda one: one.team, "agent": lambda one: one.by, "outcome": lambda one: one.outcome}


class AlertMetricQuery(LatelyQuery):
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})
    group_by = fields.String(validate=validate.OneOf(tuple(_GROUPS)))


class ShareOut(Schema):
    share = fields.Float(required=True, allow_none=True, metadata={"description": "In percent; null under ten."})
    hits = fields.Integer(required=True)
    n = fields.Integer(required=True)
    interval = fields.Nested(IntervalOut, required=True, allow_none=True)


class CauseOut(ShareOut):
    key = fields.String(required=True, metadata={"description": "As `delivery.late`; or a text of its own."})
    cumulative = fields.Float(
        required=True, allow_none=True, metadata={"description": "With all that are more frequent, in percent."}
    )


class TimesOut(Schema):
    n = fields.Integer(required=True)
    median_seconds = fields.Integer(required=True, allow_none=True, metadata={"description": "Null under ten."})
    p90_seconds = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Within which nine of ten were done; null under ten."}
    )


class ChangeOut(Schema):
    n = fields.Integer(required=True)
    before = fields.Float(required=True, allow_none=True, metadata={"description": "The mean; null under ten."})
    after = fields.Float(required=True, allow_none=True)


_BEFORE = (
    "Of as many days before. What was called lately had less time to be opened again (`opened_again`), to be asked "
    "(`asked`) and to be answered (`recovered`): the console tells no earlier `opened_again`."
)


class CallbackFiguresOut(Schema):
    resolved = fields.Integer(required=True, metadata={"description": "Resolutions: an alert may be resolved again."})
    spoken_to = fields.Integer(required=True)
    unreachable = fields.Integer(required=True)
    not_called = fields.Integer(required=True)
    elsewhere = fields.Integer(required=True, metadata={"description": "By another tool, whose books say no more."})
    first_contact = fields.Nested(
        TimesOut, required=True, metadata={"description": "By the wall clock, where the customer was reached."}
    )
    resolution = fields.Nested(TimesOut, required=True)
    in_time = fields.Nested(
        ShareOut,
        required=True,
        metadata={
            "description": "First tried, or settled without a call, by when they were due: of those that came "
            "due in this time, tried by now or not."
        },
    )
    opened_again = fields.Nested(ShareOut, required=True)
    asked = fields.Integer(required=True, metadata={"description": "To whom a recovery survey was sent."})
    recovered = fields.Nested(
        ShareOut, required=True, metadata={"description": "Content afterwards, of those who answered that survey."}
    )
    content_before = fields.Nested(
        ShareOut, required=True, metadata={"description": "Of the same people, when the alert was opened."}
    )
    changes = fields.Dict(
        keys=fields.String(validate=validate.OneOf(METRICS)),
        values=fields.Nested(ChangeOut),
        required=True,
        metadata={"description": "By metric, of those who gave it both before and after."},
    )


class CallbackGroupOut(CallbackFiguresOut):
    key = fields.String(
        required=True, allow_none=True, metadata={"description": "null: the central team; nobody; not yet."}
    )
    before = fields.Nested(CallbackFiguresOut, required=True, metadata={"description": _BEFORE})


class CallbacksBeforeOut(CallbackFiguresOut):
    opened = fields.Integer(required=True)


class AlertMetricsOut(CallbackFiguresOut):
    since = fields.Date(data_key="from", required=True)
    until = fields.Date(data_key="to", required=True)
    opened = fields.Integer(required=True, metadata={"description": "Alerts opened in this time."})
    still_open = fields.Integer(required=True, metadata={"description": "Of these, now: in `in_time` at most."})
    before_from = fields.Date(required=True)
    before = fields.Nested(CallbacksBeforeOut, required=True, metadata={"description": _BEFORE})
    causes = fields.List(fields.Nested(CauseOut), required=True, metadata={"description": "The most frequent first."})
    cause_groups = fields.List(
        fields.Nested(CauseOut), required=True, metadata={"description": "The same by the first level of the list."}
    )
    groups = fields.List(fields.Nested(CallbackGroupOut), metadata={"description": "With `group_by`."})


@routes.get(
    "/metrics/alerts", scopes=("export",), by_place=True, query=AlertMetricQuery, answers={200: AlertMetricsOut}
)
def get_alert_metrics(call: Call) -> Any:
    """Read what callbacks came to: causes as a Pareto, times to first contact and to resolution, share recovered.

    A resolution counts on the day it was made, whether somebody tried in time on the day that they were
    to. Under ten there are only counts.
    """
    zone = call.bearer.timezone
    until = day_of(call.query.get("until"), zone) or call.now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    since = day_of(call.query.get("since"), zone) or until - timedelta(days=USUAL_DAYS)
    if until - since > timedelta(days=MOST_DAYS):
        raise refusal([Fault("/from", f"in the query: at most {MOST_DAYS} days before `to`")])
    if until < since:
        raise refusal([Fault("/to", "in the query: is a day before `from`")])
    call.question()  # what there is not is refused
    scope = staff.narrowed(call.scope, place=call.query.get("place"))
    before_from = since - (until - since)
    begins, middle, ends = (_midnight(day, zone) for day in (before_from, since, until))
    whole: dict[str, Any] = {"scope": scope, "since": begins, "until": ends}
    known, known_dues = callback_report.list_resolutions(**whole), callback_report.list_dues(**whole, now=call.now)
    found, dues = [one for one in known if one.at >= middle], [one for one in known_dues if one.at >= middle]
    opened = callback_report.count_opened(scope=scope, since=middle, until=ends)
    found_before = [one for one in known if one.at < middle]
    dues_before = [one for one in known_dues if one.at < middle]
    document = {
        "from": since,
        "to": until,
        "opened": opened.n,
        "still_open": opened.still_open,
        **figures(found, dues).document(),
        "before_from": before_from,
        "before": {
            "opened": callback_report.count_opened(scope=scope, since=begins, until=middle).n,
            **figures(found_before, dues_before).document(),
        },
        "causes": [one.document() for one in pareto(found)],
        "cause_groups": [one.document() for one in pareto(found, groups=True)],
    }
    if "group_by" in call.query:
        which = _GROUPS[call.query["group_by"]]
        groups = groups_beside(figures_by(found, dues, which), figures_by(found_before, dues_before, which))
        document["groups"] = [
            {"key": key, **one.document(), "before": was.document()} for key, (one, was) in groups.items()
        ]
    return document


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
