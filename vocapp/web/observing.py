"""Every request leaves a line in the log and a figure in the metrics, by whatever door it came.

Route, status, milliseconds and the request's id: never its path, its query or its body, which hold links, keys and what
people wrote. Outside all else, since the short way to a survey page does not pass through Flask.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, request

from vocapp.config import EXTENSION, Settings
from vocapp.logs import REQUEST_ID
from vocapp.web import latency

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROUTE = "vocapp.route"
"""Where in the environment of a request its route's rule stands, once somebody knows it."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_logger = logging.getLogger("vocapp.request")

log = structlog.get_logger("vocapp.request")


def add_to(app: Flask) -> None:
    """Observe every request to the application; the last to be added."""
    settings: Settings = app.extensions[EXTENSION]
    app.before_request(_name_route)
    app.wsgi_app = Observer(  # type: ignore[method-assign]
        app.wsgi_app, latency.prepare(app), believes_ids=settings.trusted_proxies > 0
    )


def _name_route() -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


class Observer:
    """WSGI around everything: takes the time, and tells when the answer is handed over whole."""

    def __init__(self, inside: WSGIApplication, latencies: latency.Latencies, *, believes_ids: bool) -> None:
        self._inside = inside
        self._latencies = latencies
        self._believes_ids = believes_ids

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        REQUEST_ID.set(self._id(environ))
        answered = 500  # until somebody says otherwise: nobody did if it breaks

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal answered
            answered = int(status[:3])
            if answered >= 500:  # whoever asks us about it can name the line in the log
                headers = [*headers, ("X-Request-ID", REQUEST_ID.get() or "")]
            return start_response(status, headers, exc_info)

        try:
            body = self._inside(environ, start)
        except BaseException:
            self._tell(environ, 500, began)
            raise
        if isinstance(body, tuple):
            self._tell(environ, answered, began)
            return body
        return _Body(body, lambda: self._tell(environ, answered, began))

    def _id(self, env: WSGIEnvironment) -> str:
        """Take over the id that our own proxy gave, where it can be nothing but an id; else make one."""
        given = env.get("HTTP_X_REQUEST_ID", "") if self._believes_ids else ""
        return given if _ID.fullmatch(given) else secrets.token_hex(8)

    def _tell(self, env: WSGIEnvironment, status: int, began: float) -> None:
        seconds = time.perf_counter() - began
        route, method = env.get(ROUTE, "other"), env["REQUEST_METHOD"]
        if method not in METHODS:
            method = "other"
        self._latencies.add(route, "GET" if method == "HEAD" else method, status, seconds)
        level = logging.WARNING if status >= 500 else logging.INFO
        if _logger.isEnabledFor(level):
            log.log(level, "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
        REQUEST_ID.set(None)


class _Body:
    """An answer under way: told when it ends, however it ends."""

    def __init__(self, inside: Iterable[bytes], ended: Callable[[], None]) -> None:
        self._inside = inside
        self._ended = ended

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inside)

    def close(self) -> None:
        try:
            close = getattr(self._inside, "close", None)
            if close is not None:
                close()
        finally:
            self._ended()
