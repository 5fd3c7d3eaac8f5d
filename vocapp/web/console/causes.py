"""What callbacks came to: the causes, the times, who is content afterwards, by team and, for its head, by agent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from vocapp.domain.callback_figures import figures, figures_by, groups_beside, pareto
from vocapp.models import database_now
from vocapp.services import callback_report, staff, workspaces
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint

PERIODS = ("7", "30", "90", "365")
"""In days, today included."""
USUAL = {"days": "30", "level": "cause"}
LEVELS = ("cause", "group")


@blueprint.get("/console/causes")
def causes() -> Response:
    scope, member, language = guard.scope(), guard.membership(), frame.language()
    choices = filters.place_choices(scope)
    chosen = {
        "days": filters.one_of("days", PERIODS, USUAL["days"]),
        "level": filters.one_of("level", LEVELS, USUAL["level"]),
        "place": filters.chosen_place(choices) or "",
    }
    zone, span = ZoneInfo(member.timezone), timedelta(days=int(chosen["days"]))
    now = database_now()
    today = now.astimezone(zone).date()
    first = today + timedelta(days=1) - span
    since, until = _midnight(first, zone), _midnight(today + timedelta(days=1), zone)
    within = staff.narrowed(scope, place=chosen["place"] or None)
    known = callback_report.list_resolutions(scope=within, since=_midnight(first - span, zone), until=until)
    found = [one for one in known if one.at >= since]
    dues = callback_report.list_dues(scope=within, since=_midnight(first - span, zone), until=until, now=now)
    due = [one for one in dues if one.at >= since]
    found_before = [one for one in known if one.at < since]
    due_before = [one for one in dues if one.at < since]

    def mine(ones: Iterable[Any]) -> list[Any]:
        return [one for one in ones if member.sees_team or one.by == guard.me().email]

    listed = workspaces.resolutions_of(workspace_id=scope.workspace_id)
    say = listed.group if chosen["level"] == "group" else listed.cause
    return frame.page(
        "causes.html",
        section="alerts",
        first=first,
        today=today,
        told=figures(found, due),
        before=figures(found_before, due_before),
        opened=callback_report.count_opened(scope=within, since=since, until=until),
        bars=[(say(one.key, language), one) for one in pareto(found, groups=chosen["level"] == "group")],
        teams=groups_beside(
            figures_by(found, due, lambda one: one.team), figures_by(found_before, due_before, lambda one: one.team)
        ),
        agents=groups_beside(
            figures_by(mine(found), mine(due), lambda one: one.by),
            figures_by(mine(found_before), mine(due_before), lambda one: one.by),
        ),
        chosen=chosen,
        kept=filters.kept(chosen, USUAL),
        periods=PERIODS,
        levels=LEVELS,
        places=choices,
        place_names={choice.key: choice.label.strip() for choice in choices},
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
