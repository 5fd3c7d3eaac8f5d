"""The other dashboards: how callbacks go, the health of mails, what goes with low scores (`worth` has the value)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.domain.callback_figures import figures, pareto
from vocapp.domain.drivers import LIMITS
from vocapp.models import transaction
from vocapp.services import callback_report, dashboards, finding_drivers, holding, staff, surveying, workspaces
from vocapp.services.browsing import overview, promises
from vocapp.services.finding_drivers import LOW, METRICS, Report
from vocapp.services.reporting import below
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.dashboards import tables, views
from vocapp.web.console.dashboards.asking import Wanted
from vocapp.web.console.dashboards.drawing import Writer

MOST_CAUSES: Final = 12
MOST_DRIVERS: Final = 12
LOOKED_JUST_NOW: Final = timedelta(hours=1)


@blueprint.get("/console/dashboards/handling", endpoint="dashboard_handling")
def handling() -> Response:
    """How callbacks go: read from the histories of the alerts of the period."""
    wanted, scope, now = views.want(), guard.scope(), guard.now()
    since, until = _moments(wanted)
    within = staff.narrowed(scope, place=wanted.asked.place)
    before_since = datetime.combine(wanted.asked.before_since, time(), ZoneInfo(guard.membership().timezone))
    before_until = datetime.combine(wanted.asked.before_until, time(), ZoneInfo(guard.membership().timezone))
    known = callback_report.list_resolutions(scope=within, since=before_since, until=until)
    found = [one for one in known if one.at >= since]
    dues = callback_report.list_dues(scope=within, since=before_since, until=until, now=now)
    listed = workspaces.resolutions_of(workspace_id=scope.workspace_id)
    causes = [(listed.cause(one.key, frame.language()), one) for one in pareto(found)]
    return views.page(
        "handling.html",
        wanted,
        part="handling",
        told=figures(found, (one for one in dues if one.at >= since)),
        before=figures((one for one in known if one.at < before_until), (one for one in dues if one.at < before_until)),
        opened=callback_report.count_opened(scope=within, since=since, until=until),
        causes=causes[:MOST_CAUSES],
        tables={"causes": tables.of_causes(causes, frame.words()["causes_found"])} if found else None,
        alerts=overview.alert_counts(scope=within, email=guard.me().email, now=now),
        kept_word=promises.shares(scope=within, now=now),
    )


@blueprint.get("/console/dashboards/mail", endpoint="dashboard_mail")
def mail() -> Response:
    """The health of the mails against the warning signs, and by survey."""
    wanted = views.want()
    wanted = replace(wanted, asked=replace(wanted.asked, channel="email", people=None))  # others carry links
    board = dashboards.read(asked=wanted.asked, limits=views.limits_here())
    rows = board.rows["survey"]
    listed = list(zip(views.names_of("survey", rows, wanted), rows, strict=True))
    sent = board.now["mail_sent"] or board.now["mail_due"]
    return views.page(
        "mail.html",
        wanted,
        part="mail",
        board=board,
        writer=Writer(views.formats_here()),
        rows=listed,
        tables={"surveys": tables.of_surveys(listed, frame.words()["mails_by_survey"])} if sent else None,
        holds=holding.list_holds(workspace_id=guard.scope().workspace_id),
    )


@blueprint.get("/console/dashboards/causes", endpoint="dashboard_causes")
def causes() -> Response:
    """What goes with low scores, as it was looked for last, in the background."""
    wanted, language = views.want(), frame.language()
    surveys = tuple(wanted.surveys)
    metric = filters.one_of("metric", METRICS, "nps")
    place = _place(wanted)
    reports = finding_drivers.list_reports(scope=guard.scope(), metric=metric, place=place)
    survey = wanted.chosen["survey"] or next((one for one in surveys if one in reports), surveys[0] if surveys else "")
    report = reports.get(survey)
    found = report.findings if report is not None and report.found_at is not None else {}
    drivers = found.get("drivers", [])
    return views.page(
        "causes.html",
        wanted,
        part="causes",
        survey=survey,
        metric=metric,
        metrics=METRICS,
        lowest=LOW[metric],
        report=report,
        found=found,
        days=[date.fromisoformat(found[day]) for day in ("since", "until") if found.get(day)],
        drivers=drivers[:MOST_DRIVERS],
        tables={"drivers": tables.of_drivers(drivers, frame.words()["board_parts"]["causes"])} if drivers else None,
        besides={"metric": metric, "survey": survey},
        limits=[said[language] for said in LIMITS.values()],
        at=place,
        may_want=survey != "" and _may_want(report),
    )


@blueprint.post("/console/dashboards/causes", endpoint="ask_for_drivers")
def ask_for_drivers() -> ResponseReturnValue:
    """Have drivers looked for in the part that one sees, or at a place in it; a worker does it within a minute."""
    member, scope = guard.membership(), guard.scope()
    place = request.form.get("place", "") or member.place_key or ""
    survey, metric = request.form.get("survey", ""), request.form.get("metric", "")
    known = surveying.published_versions(workspace_id=scope.workspace_id)
    if place and not (scope.within(place) and below(workspace_id=scope.workspace_id, place=place)):
        abort(404)
    if survey in known and metric in METRICS:
        asked: dict[str, Any] = {"survey": survey, "metric": metric, "place": place}
        with transaction():
            if _may_want(finding_drivers.find_report(scope=scope, **asked)):
                finding_drivers.want(workspace_id=scope.workspace_id, now=guard.now(), **asked)
    return redirect(
        url_for(
            "console.dashboard_causes",
            survey=survey if survey in known else None,
            metric=metric if metric in METRICS else None,
            place=place or None,
        ),
        303,
    )


def _place(wanted: Wanted) -> str:
    """Say of which part drivers are shown: never of more than one may see. Empty: of the whole company."""
    return wanted.asked.place or guard.membership().place_key or ""


def _may_want(report: Report | None) -> bool:
    """Say whether it makes sense to look: nobody asked for it yet, and it was not looked for just now."""
    if report is None:
        return True
    return report.wanted_at is None and (report.found_at is None or report.found_at < guard.now() - LOOKED_JUST_NOW)


def _moments(wanted: Wanted) -> tuple[datetime, datetime]:
    """Return the period as moments, by the workspace's clock."""
    zone = ZoneInfo(guard.membership().timezone)
    since, until = (datetime.combine(day, time(), zone) for day in (wanted.asked.since, wanted.asked.until))
    return since, min(until, guard.now() + timedelta(days=1))
