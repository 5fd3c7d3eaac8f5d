"""An application that a whole module of tests asks: over a SQLite file of its own, and with staff signed in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import settings_of_tests
from vocapp.app import add_doors, create_app
from vocapp.models import db
from vocapp.models.migrating import upgrade

PASSWORD = "une longue phrase"


@contextmanager
def standing(folder: Path) -> Iterator[Flask]:
    """Give the application with all its doors; the database is made in the folder."""
    url = f"sqlite:///{folder / 'vocapp.db'}"
    upgrade(url)
    application = add_doors(create_app(settings_of_tests(folder, database_url=url)))
    application.testing = True
    yield application
    with application.app_context():
        for engine in db.engines.values():
            engine.dispose()


def log_in(app: Flask, email: str) -> FlaskClient:
    """Sign a member of the staff in whose password is PASSWORD."""
    client = app.test_client()
    form = {"csrf_token": csrf_of(client, "/login"), "email": email, "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 303
    return client


def csrf_of(client: FlaskClient, path: str = "/console/alerts") -> str:
    """Return the token that forms of this browser carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found, path
    return html.unescape(found[1])
