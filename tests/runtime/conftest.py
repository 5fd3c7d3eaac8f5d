from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from vocapp.models import Workspace, transaction
from vocapp.models.outbox import announce_many


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def plain_workspace(app):
    """A workspace and nothing else: what the outbox needs."""
    with app.app_context(), transaction() as session:
        workspace = Workspace(
            key="default", name="W", timezone="UTC", default_language="en", settings={}, created_at=datetime.now(UTC)
        )
        session.add(workspace)
        session.flush()
        return workspace.id


@pytest.fixture
def announced(app, plain_workspace):
    """Announce facts of a kind that are due now."""

    def announce(kind, count):
        with app.app_context(), transaction():
            subjects = [uuid4() for _ in range(count)]
            announce_many(kind, subjects, workspace_id=plain_workspace, due_at=datetime.now(UTC))

    return announce
