"""What customers are worth: everybody's value on a day, revenue by period, cohorts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from vocapp.domain.buyers import NEITHER
from vocapp.domain.comparing import as_long_before
from vocapp.domain.rules import Fault
from vocapp.domain.value import STAGES
from vocapp.services import staging, valuing
from vocapp.services.valuing import GROUPS
from vocapp.web.api.callback_metrics import ShareOut
from vocapp.web.api.comparison import RankOut
from vocapp.web.api.days import DayOrTime, day_of
from vocapp.web.api.frame import Call, Paging, Routes, page_of
from vocapp.web.api.metrics import IntervalOut
from vocapp.web.problems import refusal

routes = Routes(
    "values",
    "What purchases come to, from the events `Order Completed`, `Order Updated`, `Order Refunded` and "
    "`Order Cancelled` of Segment's e-commerce specification. An order that was cancelled, or given back whole, is no "
    "purchase. Amounts are whole numbers of the currency's smallest "
    "unit (cents).",
)

_DAYS_BACK = "Days from the first purchase to the last, as Fader and Hardie count recency; null without one."


_WHOSE = (
    "A place's key, with all that is below it: those whose first purchase was there, with all they bought anywhere. "
    "`-`: those who belong to no place. Left out, the whole company, or what the key sees of it."
)


class ValueOut(Schema):
    stage = fields.String(
        required=True,
        validate=validate.OneOf(STAGES),
        metadata={
            "description": "prospect: no purchase; regular: one in each of the last months (settings: "
            "`value.regular_months`); ambassador: a regular promoter; lapsed: none for `value.lapsed_after_days`."
        },
    )
    place = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where they first bought: cohorts and stages by place count them there."},
    )
    currency = fields.String(required=True, metadata={"description": "The only one that is counted."})
    orders = fields.Integer(required=True)
    revenue_minor = fields.Integer(required=True, metadata={"description": "Net of refunds."})
    refunded_minor = fields.Integer(required=True)
    average_basket_minor = fields.Integer(required=True, allow_none=True, metadata={"description": "By order, net."})
    lifetime_value_minor = fields.Integer(
        required=True, metadata={"description": "All revenue so far, net of refunds; nothing foretold."}
    )
    frequency = fields.Integer(required=True, metadata={"description": "Days with a purchase, less the first."})
    recency_days = fields.Integer(required=True, allow_none=True, metadata={"description": _DAYS_BACK})
    age_days = fields.Integer(
        required=True, allow_none=True, metadata={"description": "From the first purchase to today (T)."}
    )
    days_since_last = fields.Integer(required=True, allow_none=True)
    first_at = fields.AwareDateTime(required=True, allow_none=True)
    last_at = fields.AwareDateTime(required=True, allow_none=True)


class CustomerValueOut(ValueOut):
    external_id = fields.String(required=True)


class ValuesQuery(Paging):
    on = DayOrTime(
        metadata={"type": "string", "description": "As of the end of this day (the workspace's); left out, of today."}
    )


class PeriodQuery(Schema):
    since = DayOrTime(
        data_key="from", metadata={"type": "string", "description": "First day that counts (the workspace's)."}
    )
    until = DayOrTime(data_key="to", metadata={"type": "string", "description": "First day that no longer counts."})


class SalesQuery(PeriodQuery):
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})
    group_by = fields.String(validate=validate.OneOf(GROUPS))


class SalesFigureOut(Schema):
    revenue_minor = fields.Integer(
        required=True, metadata={"description": "Of the orders of this time, less what was given back of them since."}
    )
    refunded_minor = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    customers = fields.Integer(
        required=True, metadata={"description": "Different ones; who was erased is no longer among them."}
    )
    average_basket_minor = fields.Integer(
        required=True, allow_none=True, metadata={"description": "By order; null under ten customers."}
    )
    average_basket_orders = fields.Integer(
        required=True,
        metadata={"description": "Of how many orders the average basket is: those whose customer was not erased."},
    )
    average_basket_interval = fields.Nested(
        IntervalOut, required=True, allow_none=True, metadata={"description": "With customers as what is drawn."}
    )


class SalesGroupOut(SalesFigureOut):
    key = fields.String(required=True)
    before = fields.Nested(
        SalesFigureOut,
        allow_none=True,
        metadata={
            "description": "Over as many days before; null where `from` or `to` is left out, and of days, weeks and "
            "months, which stand beside one another."
        },
    )


class SalesOut(SalesFigureOut):
    currency = fields.String(required=True)
    not_counted = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Orders in other currencies, by currency: kept apart, never added."},
    )
    before = fields.Nested(
        SalesFigureOut,
        required=True,
        allow_none=True,
        metadata={"description": "Of as many days before; null where `from` or `to` is left out."},
    )
    groups = fields.List(
        fields.Nested(SalesGroupOut),
        metadata={"description": "With `group_by`; also places that had orders before only."},
    )


_OF_FEW = "null for a key of a place, where fewer than ten customers are in the cohort or belong to the place."


class CohortMonthOut(Schema):
    month = fields.Integer(required=True, metadata={"description": "Since that of the first purchase, which is 0."})
    retention = fields.Nested(ShareOut, required=True, metadata={"description": "Who bought in this month."})
    revenue_minor = fields.Integer(required=True, allow_none=True, metadata={"description": _OF_FEW})
    complete = fields.Boolean(required=True, metadata={"description": "false: the month is still going on."})


class ChurnOut(ShareOut):
    known_on = fields.Date(
        required=True,
        metadata={"description": "From when on each of the cohort can have lapsed; until then there is no share."},
    )


class CohortOut(Schema):
    month = fields.String(required=True, metadata={"description": "Of the first purchase, as 2026-03."})
    customers = fields.Integer(required=True)
    revenue_minor = fields.Integer(required=True, allow_none=True, metadata={"description": _OF_FEW})
    value_minor = fields.Integer(
        required=True, allow_none=True, metadata={"description": "By customer, so far; null under ten."}
    )
    value_interval = fields.Nested(IntervalOut, required=True, allow_none=True)
    churn = fields.Nested(ChurnOut, required=True, metadata={"description": "Who has lapsed."})
    months = fields.List(fields.Nested(CohortMonthOut), required=True)


class CohortsQuery(PeriodQuery):
    place = fields.String(metadata={"description": _WHOSE})
    group_by = fields.String(validate=validate.OneOf(("place",)))


class PlaceWorthOut(Schema):
    key = fields.String(required=True, metadata={"description": "Of the place; empty: of none."})
    customers = fields.Integer(required=True)
    revenue_minor = fields.Integer(
        required=True, allow_none=True, metadata={"description": f"All they bought so far, wherever. {_OF_FEW}"}
    )
    value_minor = fields.Integer(
        required=True, allow_none=True, metadata={"description": "By customer, so far; null under ten."}
    )
    value_interval = fields.Nested(IntervalOut, required=True, allow_none=True)
    bought_again = fields.Nested(ShareOut, required=True, metadata={"description": "On another day, whenever."})
    churn = fields.Nested(
        ShareOut, required=True, metadata={"description": "Who has lapsed, of the cohorts of which each can have."}
    )
    rank = fields.Nested(
        RankOut,
        required=True,
        allow_none=True,
        metadata={"description": "The ranks by `value_minor` that the intervals leave; null where there is none."},
    )


class CohortsOut(Schema):
    since = fields.Date(data_key="from", required=True)
    until = fields.Date(data_key="to", required=True)
    currency = fields.String(required=True)
    lapsed_after_days = fields.Integer(required=True)
    complete = fields.Boolean(
        required=True, metadata={"description": "false: some are not counted yet, as after an upgrade or an import."}
    )
    groups = fields.List(
        fields.Nested(PlaceWorthOut),
        metadata={"description": "With `group_by`: by place, all cohorts together; `rank` is among these."},
    )
    cohorts = fields.List(fields.Nested(CohortOut), required=True)


class StagesQuery(PeriodQuery):
    place = fields.String(metadata={"description": _WHOSE})
    group_by = fields.String(validate=validate.OneOf(("day", "week", "month")))


class MovesOut(Schema):
    before = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(STAGES),
        metadata={"description": "null: they became known in this time."},
    )
    after = fields.String(required=True, validate=validate.OneOf(STAGES))
    n = fields.Integer(required=True, metadata={"description": "Moves: who goes and comes back is several."})


class StagesOnOut(Schema):
    on = fields.Date(required=True, metadata={"description": "As of the end of this day."})
    stages = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class StagesOut(Schema):
    since = fields.Date(data_key="from", required=True, metadata={"description": "Tomorrow at the latest."})
    until = fields.Date(data_key="to", required=True, metadata={"description": "Tomorrow at the latest."})
    complete = fields.Boolean(
        required=True,
        metadata={"description": "false: some customers are not counted yet, as after an upgrade or an import."},
    )
    at_start = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Customers by stage as `from` began."},
    )
    at_end = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "As `to` begins."}
    )
    moves = fields.List(fields.Nested(MovesOut), required=True)
    groups = fields.List(fields.Nested(StagesOnOut), metadata={"description": "With `group_by`."})


@routes.get("/values", scopes=("export",), query=ValuesQuery, answers={200: page_of(CustomerValueOut)})
def list_values(call: Call) -> Any:
    """List what every customer was worth at the end of a day, by outside id.

    From the purchases as they are known now; the stage goes by the NPS given last.
    """
    found = valuing.list_values_on(
        workspace_id=call.workspace_id,
        day=day_of(call.query.get("on"), call.bearer.timezone) or _today(call),
        after=call.position() or "",
        limit=call.limit + 1,
    )
    shown = found[: call.limit]
    return call.page(
        [{"external_id": external_id, **value} for external_id, value in shown],
        shown[-1][0] if len(found) > len(shown) else None,
    )


@routes.get(
    "/metrics/value", scopes=("export",), by_place=True, query=SalesQuery, answers={200: SalesOut}, refuses=(422,)
)
def get_value(call: Call) -> Any:
    """Read revenue, orders, customers and the average basket of a time.

    An order counts on the workspace's day on which it was made; so do its refunds. Erasing people moves no sum.
    """
    since, until = (day_of(call.query.get(name), call.bearer.timezone) for name in ("since", "until"))
    if since is not None and until is not None and until < since:
        raise refusal([Fault("/to", "in the query: is a day before `from`")])
    question = valuing.Question(workspace_id=call.workspace_id, since=since, until=until, place=_place(call))
    figure, earlier = {**valuing.figure(question=question), "before": None}, None
    begins = as_long_before(since, until) if since and until else None
    if begins:
        earlier = replace(question, since=begins, until=since)
        was = valuing.figure(question=earlier)
        figure["before"] = {name: was[name] for name in SalesFigureOut().fields}
    if call.query.get("group_by") == "place":
        figure["groups"] = valuing.places_beside(question=question, earlier=earlier)
    elif "group_by" in call.query:
        figure["groups"] = valuing.figures_by(question=question, group_by=call.query["group_by"])
    return figure


@routes.get(
    "/metrics/cohorts", scopes=("export",), by_place=True, query=CohortsQuery, answers={200: CohortsOut}, refuses=(422,)
)
def get_cohorts(call: Call) -> Any:
    """Read who still buys, by the month of their first purchase: retention month by month, and churn.

    Of `from` and `to` the whole months count; left out, the last twelve. Under ten customers there are only counts.
    A customer belongs to one place, that of their first purchase: places add up to the company.

    A cohort is of one month and has no `before`: what it is compared with is the cohort of the month before, at the
    same age, which is the same entry of its `months`. Value, churn and who bought again grow with age, so that those of
    an earlier year, who had longer, say nothing of whether a place has become better: places have none either.
    """
    return valuing.cohorts(
        workspace_id=call.workspace_id,
        since=day_of(call.query.get("since"), call.bearer.timezone),
        until=day_of(call.query.get("until"), call.bearer.timezone),
        now=call.now,
        place=_place(call),
        by_place="group_by" in call.query,
        to_a_part=call.bearer.place is not None,
    )


@routes.get(
    "/metrics/stages", scopes=("export",), by_place=True, query=StagesQuery, answers={200: StagesOut}, refuses=(422,)
)
def get_stages(call: Call) -> Any:
    """Read how many customers stand in each stage, before and after a time, and every move between stages in it.

    Left out, `from` and `to` are the last twelve months. All customers of the company or the place are counted, so
    that there is no interval; while some still are to be (`complete` is false), these are the others. Who moves is told
    seconds after what moved them; segments on `value.stage` tell it of each (`/export/memberships`). Prospects belong
    to no place until they buy. A key of a place is told of ambassadors as of regulars: their score may have been given
    elsewhere.
    """
    today = _today(call)
    until = day_of(call.query.get("until"), call.bearer.timezone) or today + timedelta(days=1)
    since = day_of(call.query.get("since"), call.bearer.timezone) or _year_before(until)
    return staging.figures(
        workspace_id=call.workspace_id,
        since=since,
        until=until,
        now=call.now,
        group_by=call.query.get("group_by"),
        place=_place(call),
        to_a_part=call.bearer.place is not None,
    )


def _place(call: Call) -> str | None:
    """Return the place that is asked about, within what the key sees. Raises Problem (422) where there is none such."""
    if call.query.get("place") != NEITHER:
        call.question()
    return call.place()


def _year_before(until: date) -> date:
    """Return the first of the month a year before, also where there is a 29 February between."""
    return until.replace(day=1, year=until.year - 1)


def _today(call: Call) -> date:
    return call.now.astimezone(ZoneInfo(call.bearer.timezone)).date()
