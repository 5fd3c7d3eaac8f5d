"""What a customer says of their mail while an event about them comes in: both are taken, and nobody says it twice.

The event locks the customer and then looks at the address, the preference locks the address and then the customer.
PostgreSQL undoes one of the two: the preference, which has waited longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event as Signal
from typing import Any

import pytest
from sqlalchemy import text

from tests.builders import NO_RESTS, House
from tests.rig.waiting import wait_until
from tests.watching import at_once, swapped
from vocapp.app import add_doors, create_app
from vocapp.models import Customer, Event, db
from vocapp.services import intake_statements

PATIENCE = 60


@pytest.fixture
def crowd(make_settings: Any, postgres_url: str) -> Iterator[House]:
    """A house on PostgreSQL, with its doors."""
    app = add_doors(create_app(make_settings(database_url=postgres_url)))
    yield House(app, policy=NO_RESTS)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


class Held:
    """The statement with which an event looks at the address: it waits until the other one waits for the customer."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self.reached, self.may_go_on = Signal(), Signal()

    def run(self, connection: Any, **parameters: Any) -> Any:
        if not self.reached.is_set():
            self.reached.set()
            assert self.may_go_on.wait(PATIENCE)
        return self._statement.run(connection, **parameters)


@pytest.mark.parametrize(
    ("purpose", "form", "kept"),
    [
        ("preferences", {"do": "frequency", "frequency": "monthly"}, lambda ada: ada.frequency == "monthly"),
        ("unsubscribe", {"List-Unsubscribe": "One-Click"}, lambda ada: ada.unsubscribed_at is not None),
    ],
)
def test_what_stands_in_the_way_of_an_event_is_said_once_more(
    crowd: House, purpose: str, form: dict[str, str], kept: Any
) -> None:
    crowd.survey()
    crowd.customer()
    page = crowd.link(crowd.invite(), purpose)
    key = crowd.api_key("ingest")
    held = Held(intake_statements.ENSURE_CONTACTS)

    def tell() -> int:
        person = {"external_id": "ada", "first_name": "Adèle"}
        event = {"id": "e1", "event": "order.paid", "occurred_at": datetime.now(UTC).isoformat(), "customer": person}
        client = crowd.app.test_client()
        return client.post("/api/v1/events", json=event, headers={"Authorization": f"Bearer {key}"}).status_code

    def choose() -> int:
        assert held.reached.wait(PATIENCE)
        return crowd.app.test_client().post(page, data=form).status_code

    def meet() -> None:
        wait_until(lambda: somebody_waits(crowd), PATIENCE, every=0.01)
        held.may_go_on.set()

    with swapped(intake_statements, "ENSURE_CONTACTS", held):
        assert at_once(tell, choose, meet) == [202, 200, None]
    [ada] = crowd.rows(Customer)
    assert ada.first_name == "Adèle"
    assert kept(ada)
    assert [event.key for event in crowd.rows(Event)] == ["e1"]


def somebody_waits(house: House) -> bool:
    """Say whether a connection to this database waits for a row that another one holds."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with house.reading() as session:
        return bool(session.scalar(text(waiting)))
