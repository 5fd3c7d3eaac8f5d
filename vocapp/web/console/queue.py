"""The callback queue: what waits, how long, and taking an alert from the list."""

from __future__ import annotations

from typing import cast

from flask import Response, jsonify, request

from vocapp.models import database_now
from vocapp.services import staff
from vocapp.services.browsing import promises, queue
from vocapp.web.console import cursors, filters, frame, guard
from vocapp.web.console.blueprint import blueprint

_LEFT_OUT = {"status": "open", "sort": "urgent"}


@blueprint.get("/console/alerts")
def alerts() -> Response:
    scope, now = guard.scope(), database_now()
    choices = filters.place_choices(scope)
    place = filters.chosen_place(choices)
    colleagues = {filters.token_of(name): name for name in queue.list_assignees(scope=scope)}
    colleagues.pop(filters.token_of(guard.me().email), None)
    chosen = {
        "status": filters.one_of("status", queue.STATUS_FILTERS, "open"),
        "assignee": filters.one_of("assignee", ("me", "none", *colleagues), ""),
        "place": place or "",
        "sort": filters.one_of("sort", queue.SORTS, "urgent"),
        "age": filters.one_of("age", ("late", *queue.AGES), ""),
    }
    assignee, age = chosen["assignee"], chosen["age"]
    wanted = queue.QueueFilter(
        status=chosen["status"],
        assignee=guard.me().email if assignee == "me" else colleagues.get(assignee),
        unassigned=assignee == "none",
        late=age == "late",
        age=age if age in queue.AGES else None,
        sort=cast("queue.Sort", chosen["sort"]),
    )
    within = staff.narrowed(scope, place=place)
    after = cursors.read_queue(request.args.get("after"))
    zone, language = guard.membership().timezone, frame.language()
    found = queue.list_alerts(scope=within, wanted=wanted, after=after, now=now, language=frame.language())
    return frame.page(
        "alerts.html",
        section="alerts",
        found=found,
        promised=promises.of_alerts(
            scope=scope, alert_ids=[row.alert.id for row in found.rows], zone=zone, language=language
        ),
        due_promises=promises.list_due(scope=within, now=now, zone=zone, language=language) if after is None else [],
        kept_word=promises.shares(workspace_id=scope.workspace_id, now=now),
        counts=queue.count_alerts(scope=within, wanted=wanted, now=now),
        next=cursors.write_queue(found.next) if found.next else None,
        is_first=after is None,
        chosen=chosen,
        kept=filters.kept(chosen, _LEFT_OUT),
        statuses=queue.STATUS_FILTERS,
        sorts=queue.SORTS,
        ages=("late", *queue.AGES),
        colleagues=colleagues,
        places=choices,
        place_names={choice.key: choice.label.strip() for choice in choices},
        newest=_newest(scope),
    )


@blueprint.get("/console/alerts/pulse")
def pulse() -> Response:
    """Tell an open page how many alerts wait, and whether there are new ones."""
    scope = guard.scope()
    response = jsonify(open=queue.count_open(scope=scope), newest=_newest(scope))
    return frame.send_headers(response)


def _newest(scope: staff.Scope) -> str:
    newest = queue.newest_opened_at(scope=scope)
    return newest.isoformat() if newest else ""
