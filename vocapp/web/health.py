"""How the machine asks after us: alive, ready, and in figures."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vocapp.adapters import queue_watch
from vocapp.config import EXTENSION, Settings
from vocapp.models import autocommit, database_now
from vocapp.processes import LEAVING
from vocapp.services import watching
from vocapp.web import figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """This process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database answers; a queue that is away, or behind, is shown as degraded, and makes nothing unready.

    A process that is about to end says so first, so that a balancer sends it nothing new.
    """
    if current_app.extensions.get(LEAVING):
        return jsonify(status="leaving"), 503, {"Retry-After": "5"}
    try:
        with autocommit().connect() as connection:
            connection.execute(text("select 1"))
        behind = watching.seconds_behind(now=database_now())
    except (DBAPIError, PoolTimeout):
        return jsonify(status="unavailable", database="unreachable"), 503, {"Retry-After": "5"}
    settings: Settings = current_app.extensions[EXTENSION]
    if queue_watch.look(settings.redis_url, ()) is None:
        queue = "unreachable"
    else:
        queue = "late" if behind > watching.LATE_SECONDS else "ok"
    return jsonify(status="ok" if queue == "ok" else "degraded", database="ok", queue=queue)


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Prometheus' text: facts waiting and the oldest's age, mail by outcome, alerts by status, latency by route."""
    return Response(figures.write(), content_type=CONTENT_TYPE)


@blueprint.errorhandler(DBAPIError)
@blueprint.errorhandler(PoolTimeout)
def _unavailable(_error: DBAPIError | PoolTimeout) -> ResponseReturnValue:
    return Response("the database cannot be reached\n", 503, content_type=CONTENT_TYPE)
