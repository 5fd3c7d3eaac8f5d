"""What many rows cost on SQLite, counted in the steps of its machine: the same on every computer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.builders import House
from tests.watching import sqlite_steps
from vocapp.models import Event, new_id
from vocapp.models.bulk import insert_many
from vocapp.models.sql import Dialect, statement


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def event_row(house: House, customer_id: UUID, number: int) -> dict[str, Any]:
    return {
        "workspace_id": house.id,
        "id": new_id(),
        "key": f"e{number}",
        "name": "order.delivered",
        "occurred_at": house.now,
        "received_at": house.now,
        "customer_id": customer_id,
        "properties": {},
    }


def test_many_rows_are_looked_up_by_their_key_whatever_stands_beside_them(house: House) -> None:
    """A table that has just been filled has no statistics: nobody may go through all of it for each row."""
    ada = house.customer()
    with house.writing():
        insert_many(Event, [event_row(house, ada, n) for n in range(1000)])
    told = [{"id": str(event.id), "agent": "Ben"} for event in house.rows(Event)[:500]]
    with house.writing() as session:
        connection = session.connection()
        with sqlite_steps(connection) as steps:
            _name_agents.run(connection, workspace_id=house.id, rows=told)
    assert [event.agent for event in house.rows(Event)].count("Ben") == len(told)
    assert sum(steps) < 500 * len(told), "for each of the rows it went through all of the table"


@statement()
def _name_agents(d: Dialect) -> str:
    return (
        f"update events set agent = r.agent from {d.rows('rows', 'r', id='uuid', agent='text')} "
        "where events.workspace_id = :workspace_id and events.id = r.id"
    )
