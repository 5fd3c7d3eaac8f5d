"""The first page: how it stands today, and what needs whoever is looking."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, abort
from flask.typing import ResponseReturnValue

from vocapp.models import read_singly
from vocapp.services import staff
from vocapp.services.browsing import beginnings, mails, overview, promises, queue
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint

ANYWHERE = ("GET", "POST", "PUT", "PATCH", "DELETE")


@blueprint.get("/console/", strict_slashes=False)
def home() -> Response:
    read_singly()
    scope, member, me = guard.scope(), guard.membership(), guard.me()
    language, now = frame.language(), guard.now()
    zone = ZoneInfo(member.timezone)
    today = now.astimezone(zone).date()
    midnight, midnight_before = (datetime.combine(day, time(), zone) for day in (today, today - timedelta(days=1)))
    owns = member.role == "owner"
    choices = filters.place_choices(scope)
    place = filters.chosen_place(choices)
    within = staff.narrowed(scope, place=place)
    sent = overview.mail_counts(scope=within, today_from=midnight, yesterday_from=midnight_before)
    begins = not sent.ever_answered and owns and member.place_key is None
    return frame.page(
        "home.html",
        section="home",
        today=today,
        places=choices,
        place=place or "",
        kept=filters.kept({"place": place or ""}),
        answered=overview.answered(scope=within, today=today),
        alerts=overview.alert_counts(scope=within, email=me.email, now=now),
        sent=sent,
        beginnings=beginnings.read_beginnings(workspace_id=scope.workspace_id) if begins else None,
        kept_word=promises.shares(scope=within, now=now),
        needs=queue.needs_of(scope=within, email=me.email, now=now, language=language),
        failed=mails.list_failed(scope=within, since=midnight - timedelta(days=6)) if owns else [],
        # what is given up is about the machine, and of no place
        dead=overview.dead_letters(workspace_id=scope.workspace_id) if owns and within.places is None else None,
        place_names={choice.key: choice.label.strip() for choice in choices},
    )


@blueprint.route("/console/<path:rest>", methods=ANYWHERE)
def nowhere(rest: str) -> ResponseReturnValue:
    """An address of the console that nobody serves."""
    del rest
    abort(404)
