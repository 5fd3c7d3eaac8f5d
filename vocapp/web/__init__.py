"""The doors that listen to HTTP, by audience: customers, staff, machines. Each has its guard, errors and templates."""

from __future__ import annotations

from flask import Flask


def mount(app: Flask) -> None:
    """Register every door: one line each. Imported here, so that jobs and commands do not pay for the pages."""
    from vocapp.web import api, console, errors, health
    from vocapp.web.respond import views as respond
    from vocapp.web.sessions import SessionsOfStaff

    app.session_interface = SessionsOfStaff()
    errors.add_to(app)
    app.register_blueprint(respond.blueprint)
    app.register_blueprint(health.blueprint)
    api.add_to(app)
    console.add_to(app)
