"""How the machine is doing, for those who answer for it: queues, workers, what was given up, what the doctor found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.adapters import queue_watch
from vocapp.adapters.queue_watch import Seen, WorkerSeen
from vocapp.config import EXTENSION, Settings
from vocapp.models import database_now, transaction
from vocapp.services import halting, holding, replaying, staff
from vocapp.services.browsing import operation as standing
from vocapp.services.browsing.operation import Waiting
from vocapp.services.checking import recording
from vocapp.services.watching import LATE_SECONDS
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint

SILENT_AFTER = timedelta(seconds=45)
"""An idle worker gives a sign of life every five seconds."""
QUEUES = "VOCAPP_QUEUES"
"""In the application's configuration: queue → the kinds of facts that it works on."""
_LONGEST_ID = 18


class QueueState(NamedTuple):
    name: str
    depth: int | None
    """Jobs that wait; None: nobody can tell."""
    waiting: Waiting
    workers: list[WorkerSeen]


@blueprint.get("/console/operation")
def operation() -> Response:
    _needs_owner()
    workspace_id, now = guard.membership().workspace_id, guard.now()
    choices = filters.place_choices(guard.scope())
    place = filters.chosen_place(choices)
    settings: Settings = current_app.extensions[EXTENSION]
    kinds: dict[str, tuple[str, ...]] = current_app.config[QUEUES]
    seen = queue_watch.look(settings.redis_url, list(kinds))
    waiting = standing.list_waiting(workspace_id=workspace_id, now=now)
    queues = [_state(name, of, waiting, seen, now) for name, of in kinds.items()]
    kept = [one.within(workspace_id) for one in recording.list_kept()]
    dead = standing.list_dead(workspace_id=workspace_id)
    halts = halting.list_halts(workspace_id=workspace_id, now=now)
    looked_at = [one.looked_at for one in kept if one.looked_at is not None]
    oldest = min((one.waiting.oldest_due_at for one in queues if one.waiting.oldest_due_at), default=None)
    return frame.page(
        "operation.html",
        section="operation",
        seen=seen,
        queues=queues,
        oldest=oldest,
        late=oldest is not None and (now - oldest).total_seconds() > LATE_SECONDS,
        unmanned=[one.name for one in queues if seen is not None and not one.workers],
        halts=halts,
        holds=holding.list_holds(workspace_id=workspace_id),
        places=choices,
        place=place or "",
        place_names={choice.key: choice.label.strip() for choice in choices},
        troubles=standing.list_troubles(scope=staff.narrowed(guard.scope(), place=place), now=now),
        trouble_days=standing.TROUBLE_DAYS,
        retried=standing.list_retried(workspace_id=workspace_id),
        dead=dead,
        replays=standing.list_replays(workspace_id=workspace_id),
        kept=kept,
        wrong=[one for one in kept if one.status == "wrong"],
        unknown=[one for one in kept if one.status == "unknown"],
        looked_at=min(looked_at, default=None),
    )


@blueprint.post("/console/operation/replay")
def replay() -> ResponseReturnValue:
    """Take up one fact again, or all of a kind. What is not given up any more is left alone: twice does no harm."""
    _needs_owner()
    fact, kind = request.form.get("fact", ""), request.form.get("kind", "")
    on = {"workspace_id": guard.membership().workspace_id, "by": guard.me().email}
    with transaction():
        if fact.isascii() and fact.isdigit() and len(fact) <= _LONGEST_ID:
            n = replaying.replay_one(fact_id=int(fact), now=database_now(), **on)  # type: ignore[arg-type]
        elif kind in {each for of in current_app.config[QUEUES].values() for each in of}:
            n = replaying.replay_kind(kind=kind, now=database_now(), **on)  # type: ignore[arg-type]
        else:
            abort(400)
    flash("replayed" if n else "replayed_none")
    return redirect(url_for("console.operation", _anchor="dead"), 303)


def _state(
    name: str, kinds: tuple[str, ...], waiting: dict[str, Waiting], seen: Seen | None, now: datetime
) -> QueueState:
    own = [waiting[kind] for kind in kinds if kind in waiting]
    oldest = min((one.oldest_due_at for one in own if one.oldest_due_at), default=None)
    return QueueState(
        name=name,
        depth=seen.depths[name] if seen else None,
        waiting=Waiting(sum(one.due for one in own), sum(one.later for one in own), oldest),
        workers=[one for one in (seen.workers if seen else ()) if one.queue == name and not _is_silent(one, now)],
    )


def _is_silent(worker: WorkerSeen, now: datetime) -> bool:
    """A worker that was killed stays in Redis for a while; one at a long job gives no sign meanwhile."""
    if worker.last_sign_at is None:
        return True
    return not worker.busy and now - worker.last_sign_at > SILENT_AFTER


def _needs_owner() -> None:
    """For owners of the whole workspace: what is given up is not cut by places."""
    member = guard.membership()
    if member.role != "owner" or member.place_key is not None:
        abort(403)
