"""The API for machines: one module per noun, one line each in MODULES. `frame.py` shows how a route is written."""

from __future__ import annotations

from flask import Blueprint, Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from vocapp.web import problems
from vocapp.web.api import (
    advisers,
    alert_rules,
    alerts,
    brands,
    callback_metrics,
    comparison,
    customers,
    drivers,
    events,
    export,
    frame,
    helpdesks,
    invitations,
    metrics,
    notifiers,
    openapi,
    past_answers,
    personas,
    places,
    responses,
    segments,
    settings,
    surveys,
    themes,
    values,
    verbatims,
)
from vocapp.web.api.frame import Route, Routes

PREFIX = "/api/v1"

MODULES: tuple[Routes, ...] = (
    customers.routes,
    events.routes,
    places.routes,
    brands.routes,
    surveys.routes,
    personas.routes,
    themes.routes,
    segments.routes,
    invitations.routes,
    responses.routes,
    verbatims.routes,
    past_answers.routes,
    alerts.routes,
    helpdesks.routes,
    alert_rules.routes,
    export.routes,
    metrics.routes,
    comparison.routes,
    drivers.routes,
    advisers.routes,
    callback_metrics.routes,
    values.routes,
    settings.routes,
    notifiers.routes,
)


class Anything(BaseConverter):
    """A path's end with whatever it holds: an outside id may have slashes in it."""

    regex = "(?s:.+)"
    part_isolating = False


def add_to(app: Flask) -> None:
    """Register every route, its documentation, and one form for every refusal."""
    app.url_map.converters.setdefault("anything", Anything)
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    for route in all_routes():
        frame.register(blueprint, route)
    blueprint.register_error_handler(problems.Problem, problems.answer)
    blueprint.register_error_handler(DBAPIError, problems.of_database)
    blueprint.register_error_handler(PoolTimeout, problems.of_database)
    blueprint.register_error_handler(HTTPException, problems.of_http)
    blueprint.register_error_handler(Exception, problems.of_anything)
    app.register_blueprint(blueprint)
    openapi.add_to(app, MODULES)


def all_routes() -> list[Route]:
    """Return every route of the API, in the order of the documentation."""
    return [route for module in MODULES for route in module.all]
