"""A workspace that stands empty, and a machine with a key to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.web.api.calling import Machine
from vocapp.models import transaction
from vocapp.services import workspaces


@pytest.fixture
def empty_workspace_id(db: Any, now: datetime) -> int:
    with transaction():
        return workspaces.create(key="empty", now=now)[0].id


@pytest.fixture
def new_machine(client: FlaskClient, empty_workspace_id: int, now: datetime) -> Callable[..., Machine]:
    """Give a maker of callers: `new_machine(["ingest"])`."""

    def make(scopes: Sequence[str] = (), workspace_id: int = empty_workspace_id, place: str | None = None) -> Machine:
        return Machine(client, workspace_id, now, scopes, place=place)

    return make


@pytest.fixture
def caller(new_machine: Callable[..., Machine]) -> Machine:
    """Give a machine that may do everything in the empty workspace."""
    return new_machine()


@pytest.fixture
def statements(db: Any) -> Callable[[], Any]:
    """Give a context manager that lists the statements run meanwhile, on every engine."""

    @contextmanager
    def watching() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)

        for engine in db.engines.values():
            event.listen(engine, "before_cursor_execute", note)
        yield seen
        for engine in db.engines.values():
            event.remove(engine, "before_cursor_execute", note)

    return watching
