"""Houses that several of these stories share: one without rests, one for many at once on PostgreSQL; and a team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.rig.receiver import LOOPBACK, Receiver
from tests.told import Team
from tests.unhappy import make_workspace
from vocapp import jobs
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.app import create_app
from vocapp.config import EXTENSION
from vocapp.jobs.mail import MAILER


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


@pytest.fixture
def peer() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def team(app: Flask, db: Any, now: datetime) -> Iterator[Team]:
    app.extensions[MAILER] = FakeMailer()
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], webhook_allow_networks=LOOPBACK)
    before = jobs._bound
    jobs.bind(app, most_attempts={})
    yield Team(app, db, now, make_workspace(now))
    jobs._bound = before
