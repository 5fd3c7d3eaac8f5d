"""A response left unfinished for a week is closed, and the profile shows its scores unless others were given since."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import CSAT, NPS, WHY, House, answer
from vocapp.models import Change, Customer, Response, database_now
from vocapp.services import closing

pytestmark = pytest.mark.both_databases

LONG = timedelta(days=8)


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.survey(questions=[NPS, WHY])
    house.survey("visit", questions=[CSAT, WHY])
    return house


def close_all(house: House) -> int:
    """Let a week pass over what is unfinished."""
    with house.writing() as session:
        for response in session.query(Response).filter_by(status="partial", counted_on=None):
            response.answered_at -= LONG
    with house.writing():
        return closing.close_partial_responses(workspace_id=house.id, now=database_now())


def nps_of(house: House) -> tuple[int | None, datetime | None]:
    [customer] = house.rows(Customer)
    return customer.nps_value, customer.nps_at


def told(house: House) -> int:
    """Return where the customer stands in the feed."""
    [line] = house.rows(Change, Change.stream == "customers")
    return int(line.number)


def test_the_profile_shows_the_score_when_it_counts_and_the_feed_tells_it(house: House, client: FlaskClient) -> None:
    house.customer()
    client.post(house.link(house.invite()), data={"_page": "0", "nps": "9"})
    [given] = house.rows(Response)
    before = told(house)
    assert nps_of(house) == (None, None)
    assert close_all(house) == 1
    assert nps_of(house) == (9, given.answered_at - LONG)
    assert told(house) > before


def test_a_score_given_since_stays_and_one_of_another_kind_is_added(house: House, client: FlaskClient) -> None:
    house.customer()
    client.post(house.link(house.invite()), data={"_page": "0", "nps": "2"})
    client.post(house.link(house.invite(survey="visit")), data={"_page": "0", "csat": "4"})
    answer(client, house.link(house.invite()), {"nps": "9"})
    given = nps_of(house)
    assert close_all(house) == 2
    assert nps_of(house) == given == (9, given[1])
    assert house.rows(Customer)[0].csat_value == 4
