"""The console: where staff take alerts, call back, and listen. Sessions and CSRF are this door's alone."""

from __future__ import annotations

from flask import Flask

from vocapp.web.console import alerts, assets, auth, customers, errors, guard, home, mails, queue, responses
from vocapp.web.console.blueprint import blueprint

__all__ = ["add_to"]

_VIEWS = (alerts, assets, auth, customers, home, mails, queue, responses)
"""Each registers its routes with the blueprint when it is imported."""


def add_to(app: Flask) -> None:
    """Register the staff's pages, their guard and their errors."""
    guard.add_to(app)
    if not blueprint._got_registered_once:  # noqa: SLF001 - several applications in one process share the blueprint
        guard.stand_before(blueprint)
        errors.add_to(blueprint)
    app.register_blueprint(blueprint)
