"""Statements that go past SQLAlchemy on PostgreSQL: the same rows, the same errors, the same way back after a loss."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from tests.builders import House
from tests.watching import statements
from vocapp.models import autocommit
from vocapp.models.answering import find_visit
from vocapp.models.sql import Statement


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def invitation(app: Flask):
    house = House(app)
    house.survey()
    house.customer("c1")
    return house.invite("c1")


def test_both_ways_read_the_same(app: Flask, invitation) -> None:
    with app.app_context():
        quick = find_visit(autocommit(), invitation_id=invitation)
    with statements(app) as said, app.app_context():
        heard = find_visit(autocommit(), invitation_id=invitation)
    assert len(said) == 1
    assert quick._replace(now=None) == heard._replace(now=None)
    assert {name: type(value) for name, value in quick._asdict().items() if value is not None} == {
        name: type(value) for name, value in heard._asdict().items() if value is not None
    }


def test_no_row_is_none(app: Flask) -> None:
    with app.app_context():
        assert find_visit(autocommit(), invitation_id=uuid4()) is None


def test_a_refused_statement_is_sqlalchemys_error_with_its_state(app: Flask) -> None:
    broken = Statement(lambda _: "select 1 / cast(:n as int)", {})
    with app.app_context():
        with pytest.raises(DBAPIError) as refused:
            broken.first(autocommit(), n=0)
        assert refused.value.orig.sqlstate == "22012"
        assert not refused.value.connection_invalidated
        assert broken.first(autocommit(), n=1) == (1,)
