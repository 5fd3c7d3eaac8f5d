"""The one button that lets a survey go out by itself, or stops it; and what it will do, in words."""

from __future__ import annotations

from typing import NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.domain.triggers import RESOLVED
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.services import alert_rules, catalogue, switching
from vocapp.services.browsing.surveys import Seen
from vocapp.services.surveying import SurveyNotFound, SurveyRefused
from vocapp.web.console import guard, ready_made
from vocapp.web.console.blueprint import blueprint


class Switch(NamedTuple):
    """How a survey's switch stands, and what pressing it would do."""

    on: bool
    may: bool
    """Who looks may press it."""
    event: str
    ours: bool
    """It happens here: no tool sends this event."""
    has_come: bool
    next_version: int
    draft: str
    """What the draft that pressing it publishes is known by; empty where a version is in force."""
    draft_stays: bool
    by_rule: bool
    """An alert rule sends this survey as an apology."""


def switch_of(seen: Seen) -> Switch | None:
    """Return a survey's switch; None: no event asks for it."""
    trigger = seen.survey.trigger if seen.survey else None
    if trigger is None:
        return None
    member = guard.membership()
    version, ours = seen.drafted.published_version, trigger.event == RESOLVED
    settings = db.session.get_one(Workspace, member.workspace_id).settings
    rules = alert_rules.load(workspace_id=member.workspace_id, settings=settings).rules
    return Switch(
        on=version is not None and trigger.active,
        may=ready_made.may_take(member),
        event=trigger.event,
        ours=ours,
        has_come=ours or switching.has_come(workspace_id=member.workspace_id, event=trigger.event),
        next_version=(version or 0) + 1,
        draft=catalogue.digest(seen.drafted.draft) if version is None else "",
        draft_stays=version is not None and seen.drafted.changed,
        by_rule=any(rule.active and rule.then == "apology" and rule.survey == seen.key for rule in rules),
    )


@blueprint.post("/console/surveys/<key>/switch")
def switch_survey(key: str) -> ResponseReturnValue:
    """Publish the next version of a survey with its trigger active or not: for who may publish. Twice does no harm."""
    member = guard.membership()
    if not ready_made.may_take(member):
        abort(403)
    seen = request.form.get("version", "")
    try:
        with transaction():
            done = switching.switch(
                workspace_id=member.workspace_id,
                key=key,
                on=request.form.get("on") == "yes",
                seen_version=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None,
                seen_draft=request.form.get("draft"),
                by=guard.me().email,
                now=database_now(),
            )
    except SurveyNotFound:
        abort(404)
    except SurveyRefused:
        flash("survey_not_switched")
    else:
        flash(f"survey_{done}" if done in {"on", "off"} else f"survey_switched_{done or 'already'}")
    return redirect(url_for("console.survey", key=key), 303)
