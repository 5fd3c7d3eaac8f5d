"""The short way to a survey page: plain WSGI in front of Flask, for the one thing that thousands do at once.

It serves a link that we made, opened or answered as browsers do it, with the same functions as Flask's view. Whatever
is out of the ordinary (a link that leads nowhere, another method, an odd body, trouble of any kind) goes on to Flask.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from flask import Flask
from werkzeug.datastructures import MultiDict

from vocapp.services import responding
from vocapp.web import body as bodies
from vocapp.web.observing import ROUTE
from vocapp.web.respond import turns
from vocapp.web.respond.turns import Page
from vocapp.web.tokens import invitation_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/s/"
RULE = "/s/<token>"
"""As Flask calls it, for the log and the metrics."""

NOBODY = "vocapp.nobody"
"""In the environment: a link that leads to nobody. Flask need not look again, which takes time that tells."""

_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class SurveyDoor:
    """Mount with `app.wsgi_app = SurveyDoor(app, app.wsgi_app)`."""

    def __init__(self, app: Flask, beyond: WSGIApplication) -> None:
        self._app = app
        self.beyond = beyond

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self.beyond(environ, start_response)
        environ[ROUTE] = RULE
        try:
            with self._app.app_context():
                page = self._page(environ, path)
        except Exception as error:  # noqa: BLE001 (whatever it is, Flask has a page for it)
            return self._told(error, environ)(environ, start_response)
        if page is None:
            return self.beyond(environ, start_response)
        sent = page.html.encode()
        start_response(_STATUS[page.status], [*page.headers.items(), ("Content-Length", str(len(sent)))])
        return (sent,)

    def _page(self, env: WSGIEnvironment, path: str) -> Page | None:
        """Return the page, or None where Flask is to look at the request."""
        method, query = env["REQUEST_METHOD"], env.get("QUERY_STRING", "")
        if method not in ("GET", "POST") or not query.isascii():
            return None
        invitation_id = invitation_of(self._app, "survey", path[len(PREFIX) :])
        form = None
        if method == "POST":
            form = _form(env)
            if form is None:
                return None
        sitting = responding.open_sitting(invitation_id=invitation_id)
        if sitting is None:
            env[NOBODY] = True
            return None
        if form is None:
            return turns.look(sitting, path=path, asked=_fields(query))
        return turns.answer(sitting, path=path, form=form)

    def _told(self, error: Exception, env: WSGIEnvironment) -> WSGIApplication:
        """Let Flask say what it says of any trouble behind this link."""
        with self._app.request_context(env):
            return self._app.make_response(self._app.handle_user_exception(error))


def _form(env: WSGIEnvironment) -> MultiDict[str, str] | None:
    """Read an ordinary form; None, with the body as it was, for anything else."""
    length = env.get("CONTENT_LENGTH") or ""
    if env.get("CONTENT_TYPE") != "application/x-www-form-urlencoded" or not length.isdecimal():
        return None
    if not 0 < int(length) <= bodies.MOST_BYTES:
        return None
    try:
        raw = env["wsgi.input"].read(int(length))
    except OSError:  # whoever sent it has gone: Flask finds it broken off
        raw = b""
    env["wsgi.input"] = BytesIO(raw)
    try:
        fields = _fields(raw.decode()) if len(raw) == int(length) else None
    except ValueError:
        return None
    return fields or None


def _fields(text: str) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote") if text else ())
