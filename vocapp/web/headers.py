"""What every answer is sent with, whoever gives it.

Each audience's pages say for themselves what they may load (`console/frame.py`, `respond/brand.py`, `api/docs.py`);
what says nothing may load nothing. Added to the finished answer, outside Flask: a page of Werkzeug's own gets them too,
and the customers' pages pay a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from vocapp.config import EXTENSION, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

YEAR_SECONDS = 365 * 24 * 3600

EVERYWHERE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
    ),
)
WHERE_NOTHING_IS_SAID = (
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
)
OVER_TLS = (("Strict-Transport-Security", f"max-age={YEAR_SECONDS}"),)
"""Not for the domains below: they are not ours to decide about."""

Headers = list[tuple[str, str]]


def add_to(app: Flask) -> None:
    """Send every answer of the application with the headers above."""
    settings: Settings = app.extensions[EXTENSION]
    always = EVERYWHERE + WHERE_NOTHING_IS_SAID + (OVER_TLS if settings.over_tls else ())
    app.wsgi_app = _sent_with(always, app.wsgi_app)  # type: ignore[method-assign,assignment]


def _sent_with(always: tuple[tuple[str, str], ...], inside: WSGIApplication) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            said = {name for name, _ in headers}
            return start_response(status, [*headers, *(one for one in always if one[0] not in said)], exc_info)

        return inside(environ, start)

    return answer
