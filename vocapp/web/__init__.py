"""The doors that listen to HTTP, by audience: customers, staff, machines. Each has its guard, its errors, its templates."""

from __future__ import annotations

from flask import Flask


def mount(app: Flask) -> None:
    """Register every door: one line each. Imported here, so that jobs and commands do not pay for the pages."""
    from vocapp.web import api, errors

    errors.add_to(app)
    api.add_to(app)
