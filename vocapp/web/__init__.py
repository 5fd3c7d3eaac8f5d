"""The doors that listen to HTTP, by audience: customers, staff, machines. Each has its guard, errors and templates."""

from __future__ import annotations

from flask import Flask

from vocapp.config import EXTENSION, Settings


def mount(app: Flask) -> None:
    """Register every door: one line each. Imported here, so that jobs and commands do not pay for the pages."""
    from vocapp.web import api, console, errors, headers, health, hooks, logos, observing
    from vocapp.web.callback import views as callback
    from vocapp.web.leaving import views as leaving
    from vocapp.web.preferences import views as preferences
    from vocapp.web.public import views as public
    from vocapp.web.respond import previewing
    from vocapp.web.respond import views as respond
    from vocapp.web.respond.door import SurveyDoor
    from vocapp.web.sessions import SessionsOfStaff

    app.session_interface = SessionsOfStaff()
    app.url_map.merge_slashes = False  # a redirect of the router's own repeats whatever host the caller named
    errors.add_to(app)
    app.register_blueprint(respond.blueprint)
    app.register_blueprint(preferences.blueprint)
    app.register_blueprint(callback.blueprint)
    app.register_blueprint(leaving.blueprint)
    app.register_blueprint(public.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(logos.blueprint)
    api.add_to(app)
    hooks.add_to(app)
    console.add_to(app, walk=previewing.walk)
    _believe_proxies(app)
    app.wsgi_app = SurveyDoor(app, app.wsgi_app)  # type: ignore[method-assign]
    headers.add_to(app)  # outside the doors: whoever answers, it is sent with them
    observing.add_to(app)  # the last


def _believe_proxies(app: Flask) -> None:
    """Take the caller's address and scheme from what our own proxies say of them, and from nobody else."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    settings: Settings = app.extensions[EXTENSION]
    n = settings.trusted_proxies
    if n > 0:
        # Links are made of PUBLIC_URL: what a proxy says of the host concerns nobody.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=0)  # type: ignore[method-assign]
