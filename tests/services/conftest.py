"""Houses that several of these stories share: one without rests, and one for many at once on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from vocapp.app import create_app


@pytest.fixture
def house(app: Flask) -> House:
    return House(app, now=NOW, policy=NO_RESTS)


@pytest.fixture
def crowd(make_settings, postgres_url: str) -> Iterator[House]:
    from vocapp.models import db

    app = create_app(make_settings(database_url=postgres_url))
    yield House(app, policy=NO_RESTS)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
