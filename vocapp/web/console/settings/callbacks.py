"""Who calls back, and when: what may be promised to customers, and what is."""

from __future__ import annotations

import re
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from vocapp.domain.callback_team import DAYS, CallbackTeam, write_week
from vocapp.domain.holidays import CALENDARS
from vocapp.models import database_now, transaction
from vocapp.services import workspaces
from vocapp.services.browsing import promises
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form, number_in

EXAMPLE = "09:00-12:30, 14:00-18:00"
_NUMBERS = {"agents": (0, 1000), "calls_per_hour": (1, 60)}
_FIELDS = (*_NUMBERS, *DAYS, "holidays", "closed", "absences")
_CODES = {"agents": "number", "calls_per_hour": "number", "holidays": "choose", "closed": "days"}


@blueprint.get("/console/settings/callbacks")
@frame.owners
def settings_callbacks() -> Response:
    team = _kept()
    form = Form.of(
        {
            "agents": team.agents,
            "calls_per_hour": team.calls_per_hour,
            **{day: ", ".join(spans) for day, spans in write_week(team.week).items()},
            "holidays": team.holidays,
            "closed": "\n".join(sorted(day.isoformat() for day in team.closed)),
            "absences": "\n".join(f"{one.first} {one.last} {one.agents}" for one in team.absences),
        }
    )
    return _page(form, team)


@blueprint.post("/console/settings/callbacks")
@frame.owners
def save_callbacks() -> ResponseReturnValue:
    form = Form.sent(*_FIELDS)
    wanted = _read(form)
    if not form.errors:
        try:
            with transaction():
                workspaces.change_settings(
                    workspace_id=guard.membership().workspace_id,
                    changes={"callback_team": wanted},
                    by=guard.me().email,
                    now=database_now(),
                )
            return frame.saved("settings_saved", "console.settings_callbacks")
        except WorkspaceRefused as refused:
            for fault in refused.faults:
                part, _, inside = fault.pointer.removeprefix("/callback_team/").partition("/")
                field = (inside or DAYS[0]) if part == "week" else part
                low, high = _NUMBERS.get(field, (0, 0))
                form.refuse(
                    field, "hours" if part == "week" else _CODES.get(part, part), low=low, high=high, example=EXAMPLE
                )
    return _page(form, _kept(), status=422)


def _read(form: Form) -> dict[str, Any]:
    absences = []
    for line in form["absences"].splitlines():
        parts = line.split()
        if len(parts) == 3:
            absences.append({"from": parts[0], "to": parts[1], "agents": number_in(parts[2])})
        elif parts:
            form.refuse("absences", "absences")
    return {
        **{name: number_in(form[name]) for name in _NUMBERS},
        "week": {day: [one.strip() for one in form[day].split(",") if one.strip()] for day in DAYS},
        "holidays": form["holidays"],
        "closed": re.findall(r"\S+", form["closed"]),
        "absences": absences,
    }


def _kept() -> CallbackTeam:
    document = workspaces.settings_document(workspace_id=guard.membership().workspace_id)
    return CallbackTeam.read(document["callback_team"])


def _page(form: Form, team: CallbackTeam, *, status: int = 200) -> Response:
    member = guard.membership()
    return frame.page(
        "callbacks.html",
        "callbacks",
        status=status,
        form=form,
        days=DAYS,
        example=EXAMPLE,
        calendars=tuple(CALENDARS),
        offers=team.agents > 0,
        load=promises.load_of(
            workspace_id=member.workspace_id,
            zone=member.timezone,
            language=frame.words().language,
            now=database_now(),
        ),
    )
