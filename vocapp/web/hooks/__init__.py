"""Where providers call us: each proves who it is by a signature over the raw body."""

from __future__ import annotations

from flask import Blueprint, Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from vocapp.web import problems
from vocapp.web.hooks import sendgrid


def add_to(app: Flask) -> None:
    """Register every hook, with the refusals of machines."""
    blueprint = Blueprint("hooks", __name__, url_prefix="/webhooks")
    blueprint.add_url_rule("/sendgrid/events", view_func=sendgrid.take_events, methods=["POST"])
    blueprint.register_error_handler(problems.Problem, problems.answer)
    blueprint.register_error_handler(DBAPIError, problems.of_database)
    blueprint.register_error_handler(PoolTimeout, problems.of_database)
    blueprint.register_error_handler(HTTPException, problems.of_http)
    blueprint.register_error_handler(Exception, problems.of_anything)
    app.register_blueprint(blueprint)
