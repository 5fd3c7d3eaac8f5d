"""NPS, CSAT and CES with their sizes and intervals, from the exact counters."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from vocapp.domain.rules import Fault
from vocapp.models.summaries import PEOPLE
from vocapp.services import reporting
from vocapp.services.browsing import promises
from vocapp.services.comparing import before_of, score_beside
from vocapp.services.reporting import SCORE_GROUPS, TIMES, Metric
from vocapp.web.api.days import DayOrTime, day_of
from vocapp.web.api.frame import Call, Routes
from vocapp.web.problems import refusal

routes = Routes("metrics", "Figures that say how sure they are: null under ten answers.")


class MetricQuery(Schema):
    since = DayOrTime(
        data_key="from",
        metadata={
            "type": "string",
            "description": "First day that counts (the workspace's); of a time, the day it falls on.",
        },
    )
    until = DayOrTime(
        data_key="to", metadata={"type": "string", "description": "First day that no longer counts, or a time on it."}
    )
    survey = fields.String()
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})
    persona = fields.String(metadata={"description": "A persona's key: only what those of it answered."})
    segment = fields.String(
        metadata={
            "description": "A segment's key: only what those answered who belonged to it when they did. What is older "
            "than the segment, or was taken in from elsewhere, goes by who belonged to it when it was first counted. "
            "Of a segment that is the company's only, a key of a place is told nothing."
        }
    )
    group_by = fields.String(
        validate=validate.OneOf(SCORE_GROUPS),
        metadata={"description": "`persona` and `segment` not beside a persona or a segment. Segments may overlap."},
    )


class IntervalOut(Schema):
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    level = fields.Float(required=True)
    of = fields.String(metadata={"description": "Of CSAT and CES: the share that it is the interval of."})


class FigureChangeOut(Schema):
    value = fields.Float(required=True)
    interval = fields.Nested(IntervalOut, required=True)
    clear = fields.Boolean(required=True, metadata={"description": "The interval does not hold zero."})


def _change(*, required: bool = False) -> fields.Field[Any]:
    return fields.Nested(
        FigureChangeOut,
        required=required,
        allow_none=True,
        metadata={
            "description": "In points; null of under ten answers now or before, or without `before`. `clear`: no "
            "chance, with 95 in 100 (the whole compared alone, groups all together). A page of the console compares "
            "all that it shows, and so calls less clear."
        },
    )


def _before(of: type[Schema], *, required: bool = False) -> fields.Field[Any]:
    return fields.Nested(
        of,
        required=required,
        allow_none=True,
        metadata={
            "description": "Over as many days before; null where `from` or `to` is left out, or that is before 1900."
        },
    )


def _groups(of: type[Schema]) -> fields.Field[Any]:
    return fields.List(
        fields.Nested(of),
        metadata={
            "description": "With `group_by`: the same per `key`, also of those that had answers before only. Days, "
            "weeks and months stand beside one another, and are told without `before` and `change`."
        },
    )


class WholeOut(Schema):
    """What a score tells of the time before, besides what it was."""

    before_from = fields.Date(required=True, allow_none=True)
    change = _change(required=True)


class GroupOut(Schema):
    """One of several groups of a score."""

    key = fields.String(required=True, metadata={"description": "Empty: none was named."})
    change = _change()


class NpsFigureOut(Schema):
    nps = fields.Float(required=True, allow_none=True)
    promoters = fields.Integer(required=True)
    passives = fields.Integer(required=True)
    detractors = fields.Integer(required=True)
    responses = fields.Integer(required=True)
    interval = fields.Nested(IntervalOut, required=True, allow_none=True)


class NpsGroupOut(NpsFigureOut, GroupOut):
    before = _before(NpsFigureOut)


class NpsOut(NpsFigureOut, WholeOut):
    before = _before(NpsFigureOut, required=True)
    groups = _groups(NpsGroupOut)


class CsatFigureOut(Schema):
    top2 = fields.Float(required=True, allow_none=True, metadata={"description": "Share of 4 and 5, in percent."})
    mean = fields.Float(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    responses = fields.Integer(required=True)
    interval = fields.Nested(IntervalOut, required=True, allow_none=True)


class CsatGroupOut(CsatFigureOut, GroupOut):
    before = _before(CsatFigureOut)


class CsatOut(CsatFigureOut, WholeOut):
    before = _before(CsatFigureOut, required=True)
    groups = _groups(CsatGroupOut)


class CesFigureOut(Schema):
    top3 = fields.Float(required=True, allow_none=True, metadata={"description": "Share of 5, 6 and 7, in percent."})
    mean = fields.Float(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    responses = fields.Integer(required=True)
    interval = fields.Nested(IntervalOut, required=True, allow_none=True)


class CesGroupOut(CesFigureOut, GroupOut):
    before = _before(CesFigureOut)


class CesOut(CesFigureOut, WholeOut):
    before = _before(CesFigureOut, required=True)
    groups = _groups(CesGroupOut)


class KeptOut(Schema):
    due = fields.Integer(required=True)
    kept = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True, metadata={"description": "0 to 1; null under ten."})


class PromisesOut(KeptOut):
    days = fields.Integer(required=True)
    before = fields.Nested(KeptOut, required=True, metadata={"description": "Of as many days before."})


@routes.get("/metrics/nps", scopes=("export",), by_place=True, query=MetricQuery, answers={200: NpsOut}, refuses=(422,))
def get_nps(call: Call) -> Any:
    """Read the NPS: promoters (9–10) less detractors (0–6), in points."""
    return _metric(call, "nps")


@routes.get(
    "/metrics/csat", scopes=("export",), by_place=True, query=MetricQuery, answers={200: CsatOut}, refuses=(422,)
)
def get_csat(call: Call) -> Any:
    """Read customer satisfaction, from answers of 1 to 5."""
    return _metric(call, "csat")


@routes.get("/metrics/ces", scopes=("export",), by_place=True, query=MetricQuery, answers={200: CesOut}, refuses=(422,))
def get_ces(call: Call) -> Any:
    """Read the customer effort score, from answers of 1 to 7."""
    return _metric(call, "ces")


@routes.get("/metrics/promises", scopes=("export",), answers={200: PromisesOut})
def get_promises(call: Call) -> Any:
    """Read how many callbacks that were promised came due in the last thirty days, and how many were kept."""
    found = promises.shares(scope=call.scope, now=call.now)
    return {
        "days": found.days,
        "due": found.now.due,
        "kept": found.now.kept,
        "share": found.now.share,
        "before": {"due": found.before.due, "kept": found.before.kept, "share": found.before.share},
    }


def _metric(call: Call, metric: Metric) -> dict[str, Any]:
    named = [kind for kind in PEOPLE if kind in call.query]
    if len(named) > 1 or (named and call.query.get("group_by") in PEOPLE):
        raise refusal([Fault(f"/{named[-1]}", "names people twice: a persona, a segment, or groups of them")])
    since = day_of(call.query.get("since"), call.bearer.timezone)
    until = day_of(call.query.get("until"), call.bearer.timezone)
    if since is not None and until is not None and until < since:
        raise refusal([Fault("/to", "in the query: is a day before `from`")])
    question = call.question(
        since=since,
        until=until,
        people=(named[0], call.query[named[0]]) if named else None,
    )
    earlier, group_by = before_of(question), call.query.get("group_by")
    figure = {
        **score_beside(metric=metric, question=question)[""],
        "before_from": earlier.since if earlier else None,
    }
    if group_by in TIMES:
        figure["groups"] = reporting.figures_by(metric=metric, question=question, group_by=group_by)
    elif group_by is not None:
        groups = score_beside(metric=metric, question=question, group_by=group_by)
        figure["groups"] = [{"key": key, **one} for key, one in groups.items()]
    return figure
