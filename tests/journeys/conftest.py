"""Installations that the stories share: each is started once, and its stories keep out of each other's way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.installations import Embedded, Production, production
from tests.journeys.story import publish, survey
from tests.rig.postgres import Postgres
from tests.rig.run import Run


@pytest.fixture(scope="session")
def embedded(run: Run) -> Iterator[Embedded]:
    """Give vocapp in one process tree, with the survey `story` published."""
    made = Embedded(run)
    publish(made.api, survey())
    yield made
    assert made.product.stop() in {0, 15}


@pytest.fixture(scope="session")
def on_servers(run: Run, postgres: Postgres) -> Iterator[Production]:
    """Give vocapp as separate processes on PostgreSQL and Redis, with the survey `story` published."""
    del postgres  # asked for, so that it is missed in good order where it can't be had
    with production(run) as made:
        made.bring_up()
        publish(made.api, survey())
        yield made
