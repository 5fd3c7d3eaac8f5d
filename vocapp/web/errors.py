"""What an address that nobody serves answers: each door's own form, chosen by the path.

A blueprint's handlers see the errors of its views only; a 404 or 405 of the routing belongs to no blueprint.
"""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from vocapp.web import problems

MACHINE_PATHS = ("/api/", "/v1/", "/webhooks/")


def add_to(app: Flask) -> None:
    """Answer errors under the API's paths as problem+json; leave the others to their doors, or as they come."""
    app.register_error_handler(HTTPException, _answer)


def _answer(error: HTTPException) -> ResponseReturnValue:
    if f"{request.path}/".startswith(MACHINE_PATHS) and error.code is not None and error.code >= 400:
        return problems.of_http(error)
    return error
