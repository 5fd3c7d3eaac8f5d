"""The dashboard of advisers: what customers said of who served them, named from a smallest number of answers on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask import Response, abort, request

from vocapp.domain.boards import UNITS
from vocapp.services import advising, staff
from vocapp.services.reporting import Metric
from vocapp.web.console import frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.dashboards import tables, views
from vocapp.web.console.dashboards.drawing import SCALES, Writer

METRICS: Final[tuple[Metric, ...]] = ("nps", "csat", "ces")
MOST_SHOWN: Final = 200


@blueprint.get("/console/dashboards/advisers", endpoint="dashboard_advisers")
def advisers() -> Response:
    """Read from the answers of the period, a year at most, and of as much time before."""
    if not views.may_see_advisers():
        abort(403)
    wanted = views.want()
    asked = wanted.asked
    earliest = asked.until - timedelta(days=advising.MOST_DAYS)
    wanted = replace(wanted, asked=replace(asked, since=max(asked.since, earliest)))
    scope = staff.narrowed(guard.scope(), place=wanted.asked.place)
    chosen = [one for one in METRICS if one == request.args.get("metric")]
    tried = []
    for one in chosen or METRICS:  # without a choice, the first by which somebody can be named
        read = advising.read_advisers(
            scope=scope,
            metric=one,
            since=wanted.asked.since,
            until=wanted.asked.until,
            survey=wanted.asked.survey,
            before=(wanted.asked.before_since, wanted.asked.before_until),
        )
        tried.append((one, read))
        if read.named:
            break
    metric, found = tried[-1] if tried[-1][1].named else tried[0]
    words = frame.words()
    title = words["advisers_of"].format(figure=words["board_figures"][metric])
    return views.page(
        "advisers.html",
        wanted,
        part="advisers",
        metric=metric,
        metrics=METRICS,
        named=found.named[:MOST_SHOWN],
        more=len(found.named[MOST_SHOWN:]),
        others=found.others,
        smallest=found.smallest,
        tables={"advisers": tables.of_advisers(found.named, title, metric=metric)} if found.named else None,
        besides={"metric": metric},
        writer=Writer(views.formats_here()),
        scale=SCALES.get(metric, (0, 100)),
        in_points=UNITS.get(metric) == "points",
        may_set=guard.membership().role == "owner" and guard.membership().place_key is None,
    )
