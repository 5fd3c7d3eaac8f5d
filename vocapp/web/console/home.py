"""The first page: how it stands today, and what needs whoever is looking."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, abort
from flask.typing import ResponseReturnValue

from vocapp.models import database_now
from vocapp.services.browsing import mails, overview, promises, queue
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint

ANYWHERE = ("GET", "POST", "PUT", "PATCH", "DELETE")


@blueprint.get("/console/", strict_slashes=False)
def home() -> Response:
    scope, member, me = guard.scope(), guard.membership(), guard.me()
    language, now = frame.language(), database_now()
    zone = ZoneInfo(member.timezone)
    today = now.astimezone(zone).date()
    midnight, midnight_before = (datetime.combine(day, time(), zone) for day in (today, today - timedelta(days=1)))
    owns = member.role == "owner"
    choices = filters.place_choices(scope)
    return frame.page(
        "home.html",
        section="home",
        today=today,
        answered=overview.answered(scope=scope, today=today),
        alerts=overview.alert_counts(scope=scope, email=me.email, now=now),
        sent=overview.mail_counts(scope=scope, today_from=midnight, yesterday_from=midnight_before),
        kept_word=promises.shares(workspace_id=scope.workspace_id, now=now),
        needs=queue.needs_of(scope=scope, email=me.email, now=now, language=language),
        failed=mails.list_failed(scope=scope, since=midnight - timedelta(days=6)) if owns else [],
        dead=overview.dead_letters(workspace_id=scope.workspace_id) if owns and scope.places is None else None,
        place_names={choice.key: choice.label.strip() for choice in choices},
    )


@blueprint.route("/console/<path:rest>", methods=ANYWHERE)
def nowhere(rest: str) -> ResponseReturnValue:
    """An address of the console that nobody serves."""
    del rest
    abort(404)
