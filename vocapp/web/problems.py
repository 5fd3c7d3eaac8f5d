"""Refusals as machines read them: `application/problem+json` (RFC 9457).

A view raises `Problem(422, "…", errors=[Fault("/email", "is no address")])`; whatever else goes wrong under the API's
paths is turned into one here, so that no answer is a page of HTML and none tells what broke inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from vocapp.domain.rules import Fault

MIMETYPE = "application/problem+json"
MOST_ERRORS = 100
RETRY_SECONDS = "5"

log = structlog.get_logger()

_DETAILS = {
    400: "The request can't be read.",
    404: "There is nothing at this address.",
    405: "This address does not take this method; `Allow` names those it takes.",
    413: "The body is too large.",
    415: "The body must be JSON: `Content-Type: application/json`.",
    500: "Something broke on our side. Nothing was changed.",
}


class Problem(Exception):
    """A refusal to be answered as it stands. `errors` name the bad fields; `more` adds members to the document."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [
                {"pointer": fault.pointer, "detail": fault.detail} for fault in self.errors[:MOST_ERRORS]
            ]
        return {**self.more, **document}


def unprocessable(pointer: str, detail: str) -> Problem:
    """Make the refusal of one bad field."""
    return refusal([Fault(pointer, detail)])


def refusal(faults: Iterable[Fault]) -> Problem:
    """Make the refusal of bad fields: 422, each with its JSON pointer."""
    found = tuple(faults)
    detail = found[0].detail if len(found) == 1 else f"{len(found)} things in the request are not as they must be."
    if len(found) == 1 and found[0].pointer:
        detail = f"{found[0].pointer}: {detail}"
    return Problem(422, detail, errors=found)


def answer(problem: Problem) -> Response:
    """Write a problem as a response."""
    body = orjson.dumps(problem.document, option=orjson.OPT_UTC_Z)
    response = Response(body, status=problem.status, mimetype=MIMETYPE)
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def of_http(error: HTTPException) -> Response:
    """Write what routing, or a broken view, raised; headers that belong to it (`Allow`, `Retry-After`) stay."""
    status = error.code or 500
    if status not in _DETAILS and status >= 500:
        status = 500
    ours = {"content-type", "content-length"}
    headers = {name: value for name, value in error.get_headers() if name.lower() not in ours}
    return answer(Problem(status, _DETAILS.get(status) or HTTPStatus(status).phrase + ".", headers=headers))


def of_database(error: DBAPIError | PoolTimeout) -> Response:
    """Write that the database can't be reached (503) or refused what a view asked of it (500)."""
    if isinstance(error, DBAPIError) and not _away(error):
        return of_anything(error)
    log.warning("database_away", error=type(error).__name__)
    detail = "The database can't be reached just now. Nothing was stored; try again."
    return answer(Problem(503, detail, headers={"Retry-After": RETRY_SECONDS}))


def of_anything(error: Exception) -> Response:
    """Write that something broke, without a word about what; the log has it."""
    log.error("api_failed", endpoint=request.endpoint, exc_info=error)
    return answer(Problem(500, _DETAILS[500]))


def _away(error: DBAPIError) -> bool:
    from sqlalchemy.exc import InterfaceError, OperationalError

    return error.connection_invalidated or isinstance(error, InterfaceError | OperationalError)
