"""Many rows in one statement, and views of the database that hold still: the same on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from tests.builders import House
from tests.watching import statements
from vocapp.models import Contact, Counter, Event, database_now, db, new_id, snapshot, transaction
from vocapp.models.bulk import insert_many


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def event_row(house: House, customer_id: Any, key: str, **fields: Any) -> dict[str, Any]:
    return {
        "workspace_id": house.id,
        "id": new_id(),
        "key": key,
        "name": "order.delivered",
        "occurred_at": datetime(2026, 3, 10, 9, 30, 0, 123456, tzinfo=UTC),
        "received_at": datetime(2026, 3, 10, 9, 31, tzinfo=UTC),
        "customer_id": customer_id,
        "place": None,
        "agent": None,
        "properties": {"n": 1, "text": "é “x” 'y' \\ 🎁", "list": [1, {"deep": None}], "none": None, "yes": True},
        **fields,
    }


def test_every_kind_of_column_comes_back_as_it_went_in(house: House) -> None:
    rows = [event_row(house, house.customer(), "e1", agent="O'Neil"), event_row(house, house.customer("ben"), "e2")]
    with statements(house.app) as said, house.writing():
        insert_many(Event, rows)
    assert len([text for text in said if text.lower().startswith("insert")]) == 1
    for stored, row in zip(house.rows(Event), rows, strict=True):
        assert {name: getattr(stored, name) for name in row} == row
    counter = {
        "workspace_id": house.id, "survey_key": "s", "survey_version": 1, "day": date(2026, 3, 10), "place": "",
        "channel": "link", "question": "@nps", "bucket": "9", "n": 3,
    }  # fmt: skip
    with house.writing():
        insert_many(Counter, [counter])
    assert [(one.day, one.n) for one in house.rows(Counter)] == [(date(2026, 3, 10), 3)]


def test_what_is_there_is_passed_over_only_where_it_may_be(house: House) -> None:
    row = {"workspace_id": house.id, "key": "k"}
    with house.writing():
        insert_many(Contact, [])
        insert_many(Contact, [row])
        insert_many(Contact, [row, {**row, "key": "l"}], passing_over=True)
    assert [contact.key for contact in house.rows(Contact)] == ["k", "l"]
    with pytest.raises(IntegrityError), house.writing():
        insert_many(Contact, [{**row, "key": "m"}, row])
    assert len(house.rows(Contact)) == 2


def test_a_snapshot_holds_still_while_others_write(house: House) -> None:
    with house.app.app_context(), snapshot() as session:
        before = session.query(Contact).count()
        with house.writing():
            insert_many(Contact, [{"workspace_id": house.id, "key": "late"}])
        assert session.query(Contact).count() == before
    assert len(house.rows(Contact)) == 1


def test_a_transaction_is_undone_by_any_exception_and_never_nested(house: House) -> None:
    with pytest.raises(KeyboardInterrupt), house.writing():  # noqa: PT012
        insert_many(Contact, [{"workspace_id": house.id, "key": "k"}])
        raise KeyboardInterrupt
    assert house.rows(Contact) == []
    with house.writing(), pytest.raises(RuntimeError, match="never commit"), transaction():
        pass


def test_the_databases_clock_is_aware_and_of_now(app: Flask) -> None:
    with app.app_context():
        assert abs((database_now() - datetime.now(UTC)).total_seconds()) < 60
        assert db.session.get_bind() is db.engine
