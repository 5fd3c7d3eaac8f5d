"""Sessions are for staff: on no other page is a cookie read, written, or looked for."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface

OF_STAFF = ("/console", "/login", "/logout")
"""What the paths of staff begin with; the guards of the routes check it."""


class SessionsOfStaff(SecureCookieSessionInterface):
    """A signed cookie on the staff's pages; elsewhere one empty session for everybody, which nothing can be put into.

    The cookie holds the token of a session whose row can be ended (`services/sessions.py`), the CSRF token, and what a
    page says once.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not request.path.startswith(OF_STAFF):
            return _NOBODYS
        return super().open_session(app, request)


_NOBODYS = NullSession()
