"""What a customer's page says when it can't be given: the same words behind every link, whatever went wrong."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, TooManyRequests

from vocapp.web.respond.pages import page_headers, render_refused, render_too_many, render_trouble
from vocapp.web.respond.views_of import language_of_stranger

RETRY_SECONDS = "5"

log = structlog.get_logger()


def answer_kindly(blueprint: Blueprint) -> None:
    """Give a blueprint of customers' pages its pages for trouble, for what can't be read and for too many requests."""
    for kind in (DBAPIError, PoolTimeout):
        blueprint.register_error_handler(kind, _database_trouble)
    blueprint.register_error_handler(HTTPException, _refused)
    blueprint.register_error_handler(Exception, _broken)


def send_plain(html: str, status: int) -> Response:
    """Answer with a page of our own words, of no company's colours."""
    response = Response(html, status=status, mimetype="text/html")
    response.headers.update(page_headers(None))
    return response


def _database_trouble(error: Exception) -> Response:
    """The database is away, or all its connections are taken: nothing was stored, and the page says so kindly."""
    log.warning("database_trouble", error=type(error).__name__)
    response = send_plain(render_trouble(language_of_stranger()), 503)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _refused(error: HTTPException) -> Response:
    if isinstance(error, TooManyRequests):
        response = send_plain(render_too_many(language_of_stranger()), 429)
        response.headers["Retry-After"] = "60"
        return response
    return send_plain(render_refused(language_of_stranger()), error.code or 400)


def _broken(error: Exception) -> Response:
    log.error("page_failed", endpoint=request.endpoint, exc_info=error)
    return send_plain(render_trouble(language_of_stranger()), 500)
