"""What customers are worth, where they stand, and how many of those who began in one month still buy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from babel.numbers import format_compact_currency
from flask import Response

from vocapp.domain.boards import Goals, span_after, span_start
from vocapp.domain.currencies import to_major
from vocapp.services import purchasing, staging, valuing
from vocapp.services.dashboards import Asked
from vocapp.web.console import frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.dashboards import views, worth_places, worth_tables
from vocapp.web.console.dashboards.drawing import Writer
from vocapp.web.console.formats import Formats

MONTHS_SHOWN: Final = 12
"""After that of the first purchase."""
NEWEST_COHORTS: Final = 24
COHORTS_OF_KNOWN_CHURN: Final = 12
"""Which are shown besides, however long it takes to lapse."""
ACTIVE: Final = ("customer", "regular", "ambassador")


class Between(NamedTuple):
    """Cohorts that a page leaves out between those it shows."""

    after: str
    """The month of the one above them."""
    first: str
    last: str


@blueprint.get("/console/dashboards/value", endpoint="dashboard_value")
def value() -> Response:
    """Show revenue and baskets of the period and place; and of whoever first bought there, stages and cohorts.

    Who works for a part of the company sees no more than that, whatever the address says.
    """
    if not views.may_see_value():
        words = frame.words()
        return frame.error_page(403, words["board_parts"]["value"], words["value_readers"])
    wanted, workspace_id, now = views.want(), guard.scope().workspace_id, guard.now()
    asked, formats = wanted.asked, views.formats_here()
    today = formats.day_of(now)
    own = guard.membership().place_key
    place = asked.place or own
    question = valuing.Question(workspace_id=workspace_id, since=asked.since, until=asked.until, place=place)
    earlier = valuing.Question(
        workspace_id=workspace_id, since=asked.before_since, until=asked.before_until, place=place
    )
    figure = valuing.figure(question=question)
    spans = _spans(asked, valuing.figures_by(question=question, group_by=asked.span), today)
    stages = staging.figures(
        workspace_id=workspace_id,
        since=asked.since,
        until=asked.until,
        now=now,
        group_by=asked.span,
        place=place,
        to_a_part=own is not None,
    )
    stage_keys = tuple(stages["at_end"])
    lapse = purchasing.settings_of(workspace_id=workspace_id)[0].lapsed_after_days
    since = today - timedelta(days=lapse + 31 * MONTHS_SHOWN)  # some of which each can have lapsed
    several = len(wanted.places) > 1
    found = valuing.cohorts(workspace_id=workspace_id, since=since, until=None, now=now, place=place, by_place=several)
    rows = worth_places.rows_of(wanted, formats, found.get("groups", ()))
    cohorts, left_out = _cohorts_shown(found["cohorts"], today)
    goals, writer = views.goals_here(), Writer(formats)
    return views.page(
        "value.html",
        wanted,
        part="value",
        writer=writer,
        whole=lambda minor: worth_places.whole(formats, minor, figure["currency"]),
        now=figure,
        before=valuing.figure(question=earlier),
        spans=spans,
        revenue=_revenue(writer, formats, asked, spans, figure["currency"]),
        stages=stages,
        stage_keys=stage_keys,
        moved={stage: _moved(stages["moves"], stage) for stage in stage_keys},
        of_a_place=place is not None,
        to_a_part=own is not None,
        counting=not found["complete"],
        place_rows=rows[: worth_places.MOST_SHOWN],
        all_place_rows=len(rows),
        worth_ranges=worth_places.ranges(formats, rows, found["currency"]),
        worth_since=found["from"],
        active=_active(writer, formats, asked, stages["groups"]),
        cohorts=cohorts,
        left_out=left_out,
        tables=worth_tables.tables(
            formats.words,
            asked,
            spans=spans,
            stages=stages,
            moved=_moved,
            found=found,
            months=MONTHS_SHOWN,
            rows=rows,
        ),
        months_shown=MONTHS_SHOWN,
        lapsed_after_days=found["lapsed_after_days"],
        verdict_of=lambda cell: _verdict(goals, cell),
        goals=goals,
        month_of=lambda month: date.fromisoformat(f"{month}-01"),
    )


def _spans(asked: Asked, groups: Sequence[dict[str, Any]], today: date) -> list[tuple[date, dict[str, Any]]]:
    """Return each day, week or month of the period with its figure, also those in which nobody bought."""
    by_key = {one["key"]: one for one in groups}
    spans, start = [], span_start(asked.since, asked.span)
    while start < asked.until and start <= today:
        key = valuing.key_of(asked.span, start)
        spans.append((max(start, asked.since), by_key.get(key, _NOTHING)))
        start = span_after(start, asked.span)
    return spans


def _cohorts_shown(cohorts: Sequence[dict[str, Any]], today: date) -> tuple[list[dict[str, Any]], Between | None]:
    """Return the newest cohorts after the last ones of which churn is known, and which are left out between them."""
    newest = cohorts[-NEWEST_COHORTS:]
    known = [one for one in cohorts if one["churn"]["known_on"] <= today][-COHORTS_OF_KNOWN_CHURN:]
    older = [one for one in known if one["month"] < newest[0]["month"]]
    left = [one["month"] for one in cohorts if older and older[-1]["month"] < one["month"] < newest[0]["month"]]
    return [*older, *newest], Between(older[-1]["month"], left[0], left[-1]) if left else None


_NOTHING: Final = {
    "revenue_minor": 0,
    "orders": 0,
    "customers": 0,
    "average_basket_minor": None,
    "average_basket_orders": 0,
    "average_basket_interval": None,
}


def _revenue(
    writer: Writer, formats: Formats, asked: Asked, spans: Sequence[tuple[date, dict[str, Any]]], currency: str
) -> dict[str, Any] | None:
    """Return revenue over time as bars; None: there was none."""
    amounts = [float(to_major(one["revenue_minor"], currency)) for _, one in spans]
    if not any(amounts):
        return None
    return {
        "kind": "bars",
        "labels": [writer.span(start, asked.span) for start, _ in spans],
        "values": amounts,
        "said": [
            format_compact_currency(one, currency, locale=formats.locale, fraction_digits=1 if one >= 1000 else 0)
            for one in amounts
        ],
        "tips": [
            f"{writer.whole_span(start, asked.span, (asked.since, asked.until))}"
            f"\n{formats.money(one['revenue_minor'], currency)}"
            f"\n{formats.words.count('orders_n', one['orders'], formats.number(one['orders']))}"
            for start, one in spans
        ],
    }


def _active(writer: Writer, formats: Formats, asked: Asked, groups: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return those who buy (customers, regulars, ambassadors) at the end of each span as bars; None: nobody does."""
    counts = [sum(one["stages"].get(stage, 0) for stage in ACTIVE) for one in groups]
    if not any(counts):
        return None
    starts = [span_start(one["on"], asked.span) for one in groups]
    return {
        "kind": "bars",
        "labels": [writer.span(start, asked.span) for start in starts],
        "values": counts,
        "said": [formats.number(n) for n in counts],
        "tips": [
            f"{formats.short_date(one['on'])}\n"
            + "\n".join(
                formats.words["named_n"].format(
                    name=formats.words["stage_names"][stage], n=formats.number(one["stages"][stage])
                )
                for stage in one["stages"]
            )
            for one in groups
        ],
    }


def _moved(moves: Sequence[dict[str, Any]], stage: str) -> tuple[int, int]:
    """Return how many moves led to a stage, and away from it."""
    came = sum(one["n"] for one in moves if one["after"] == stage)
    return came, sum(one["n"] for one in moves if one["before"] == stage)


def _verdict(goals: Goals, cell: dict[str, Any]) -> str | None:
    """Say what is sure of a cohort's retention against its goal; nothing of a month that is still going on."""
    share = cell["retention"]
    if goals.retention is None or share["interval"] is None or not cell["complete"]:
        return None
    low, high = share["interval"]["low"], share["interval"]["high"]
    if low >= goals.retention:
        return "reached"
    return "missed" if high < goals.retention else "open"
