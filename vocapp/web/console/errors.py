"""What goes wrong, said kindly in the reader's language; never what broke inside."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from vocapp.web.console.frame import error_page, words

RETRY_SECONDS = "5"

log = structlog.get_logger()

_SAID = {400, 403, 404, 413, 429}


def add_to(blueprint: Blueprint) -> None:
    """Answer every error of the console's views with a page."""
    blueprint.register_error_handler(CSRFError, _stale)
    blueprint.register_error_handler(HTTPException, _refused)
    blueprint.register_error_handler(DBAPIError, _database_trouble)
    blueprint.register_error_handler(PoolTimeout, _database_trouble)
    blueprint.register_error_handler(Exception, _broken)


def _stale(_error: CSRFError) -> Response:
    return _page(400, "stale")


def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None and status < 400:
        return error.get_response()  # type: ignore[return-value]
    response = _page(status, str(status) if status in _SAID else "400" if status < 500 else "500")
    retry_after = dict(error.get_headers()).get("Retry-After")
    if retry_after:
        response.headers["Retry-After"] = retry_after
    return response


def _database_trouble(error: DBAPIError | PoolTimeout) -> Response:
    log.warning("database_trouble", error=type(getattr(error, "orig", None) or error).__name__)
    response = _page(503, "503")
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _broken(error: Exception) -> Response:
    log.error("console_failed", endpoint=request.endpoint, exc_info=error)
    return _page(500, "500")


def _page(status: int, key: str) -> Response:
    heading, sentence = words()["errors"][key]
    return error_page(status, heading, sentence)
