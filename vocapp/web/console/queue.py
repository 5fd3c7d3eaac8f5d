"""The callback queue: what waits, how long, and taking an alert from the list."""

from __future__ import annotations

from typing import cast

from flask import Response, jsonify, request

from vocapp.models import database_now, read_singly
from vocapp.services import attempting, staff
from vocapp.services.browsing import promises, queue
from vocapp.web.console import cursors, filters, frame, guard
from vocapp.web.console.blueprint import blueprint


@blueprint.get("/console/alerts")
def alerts() -> Response:
    read_singly()
    scope, now = guard.scope(), database_now()
    beat = queue.beat_of(scope=scope)  # first: what changes while the page is made is seen at the next look
    choices = filters.place_choices(scope)
    place = filters.chosen_place(choices)
    colleagues = {filters.token_of(name): name for name in queue.list_assignees(scope=scope)}
    colleagues.pop(filters.token_of(guard.me().email), None)
    usual = "todo" if guard.membership().may_act else "open"
    chosen = {
        "status": filters.one_of("status", queue.STATUS_FILTERS, usual),
        "assignee": filters.one_of("assignee", ("me", "none", *colleagues), ""),
        "place": place or "",
        "sort": filters.one_of("sort", queue.SORTS, "urgent"),
        "age": filters.one_of("age", (*queue.PACES, *queue.AGES), ""),
    }
    assignee, age = chosen["assignee"], chosen["age"]
    if assignee in colleagues and chosen["status"] == "todo":  # what others have in hand is not to be done
        chosen["status"] = "open"
    wanted = queue.QueueFilter(
        status=chosen["status"],
        me=guard.me().email,
        central=guard.membership().place_key is None,
        assignee=guard.me().email if assignee == "me" else colleagues.get(assignee),
        unassigned=assignee == "none",
        age=age or None,
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
        no_calls=attempting.why_no_call(
            workspace_id=scope.workspace_id, alerts=[row.alert for row in found.rows], now=now
        ),
        due_promises=promises.list_due(scope=within, now=now, zone=zone, language=language) if after is None else [],
        kept_word=promises.shares(scope=within, now=now),
        counts=queue.count_alerts(scope=within, wanted=wanted, now=now),
        next=cursors.write_queue(found.next) if found.next else None,
        is_first=after is None,
        chosen=chosen,
        kept=filters.kept(chosen, {"status": usual, "sort": "urgent"}),
        beat=beat,
        statuses=queue.STATUS_FILTERS,
        sorts=queue.SORTS,
        ages=(*queue.PACES, *queue.AGES),
        colleagues=colleagues,
        places=choices,
        place_names={choice.key: choice.label.strip() for choice in choices},
    )


@blueprint.get("/console/alerts/pulse")
def pulse() -> Response:
    """Tell an open page how many alerts are open, and by a mark whether anything about them changed: 304 if not."""
    beat = queue.beat_of(scope=guard.scope())
    if request.if_none_match.contains(beat.mark):
        response = Response(status=304)
    else:
        response = jsonify(open=beat.open, mark=beat.mark)
    response.set_etag(beat.mark)
    return frame.send_headers(response)
