"""In which segments somebody is, in the data that they take with them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import House
from tests.followed import follow
from vocapp.models import Customer, Membership
from vocapp.services import segmenting


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def test_who_takes_their_data_is_told_of_their_segments(house: House, client: FlaskClient) -> None:
    house.survey()
    ada = house.customer("ada", nps_value=2)
    link = house.link(house.invite("ada"), "preferences")
    with house.writing():
        for key, name in (("unhappy", {"fr": "Mécontents", "en": "Unhappy"}), ("few", "Low scores")):
            definition = {"name": name, "when": {"<=": [{"var": "scores.nps"}, 6]}}
            segmenting.put(workspace_id=house.id, key=key, definition=definition, now=house.now)
    with house.writing() as session:
        session.execute(update(Customer).where(Customer.id == ada).values(nps_at=house.now))
    follow(house)
    with house.writing() as session:
        session.execute(update(Membership).where(Membership.segment_key == "few").values(left_at=house.now))
    told = client.get(f"{link}/data.json").json["segments"]
    assert sorted((one["name"], one["until"] is None) for one in told) == [("Low scores", False), ("Mécontents", True)]
