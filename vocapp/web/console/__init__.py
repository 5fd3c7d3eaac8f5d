"""The console: where staff take alerts, call back, and listen. Sessions and CSRF are this door's alone."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from vocapp.web.console import (
    alerts,
    assets,
    auth,
    causes,
    customers,
    dashboards,
    erasing,
    errors,
    frame,
    guard,
    home,
    mails,
    operation,
    previews,
    queue,
    ready_made,
    responses,
    segments,
    settings,
    surveys,
    switching,
    verbatims,
)
from vocapp.web.console.blueprint import blueprint

__all__ = ["add_to"]

_VIEWS = (
    alerts, assets, auth, causes, customers, dashboards, erasing, home, mails, operation, previews, queue, ready_made,
    responses, segments, settings, surveys, switching, verbatims,
)  # fmt: skip
"""Each registers its routes with the blueprint when it is imported."""


def add_to(app: Flask, *, walk: Callable[..., previews.Walk]) -> None:
    """Register the staff's pages, their guard and their errors.

    `walk` sends somebody made up through a survey: the customers' door knows how, and doors do not know each other.
    """
    app.extensions[previews.WALK] = walk
    guard.add_to(app)
    if not blueprint._got_registered_once:  # noqa: SLF001 - several applications in one process share the blueprint
        guard.stand_before(blueprint)
        errors.add_to(blueprint)
        blueprint.after_request(frame.finish)
    app.register_blueprint(blueprint)
