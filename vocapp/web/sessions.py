"""Sessions are for staff: nobody else carries their cookie, and nobody else pays for them."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class SessionsOfStaff(SecureCookieSessionInterface):
    """Makes no signer for a request without a session: most are customers' and machines'."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)
