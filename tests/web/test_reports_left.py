"""Leaving a report by the link in its mail: opening it changes nothing, its button ends it at once, without a login."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.altered import one_letter_off
from tests.builders import House
from vocapp.app import add_doors
from vocapp.domain.links import make_token
from vocapp.models import Member, ReportSubscription
from vocapp.services import places, report_subscriptions, staff
from vocapp.services.staff import Scope

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def house(app: Flask) -> House:
    house = House(add_doors(app))
    with house.writing():
        places.put_place(workspace_id=house.id, key="lyon", name="Lyon <Part-Dieu>", kind="store")
        staff.create(
            workspace_id=house.id, email="lea@m.test", password="une longue phrase", role="viewer", place=None,
            now=house.now,
        )  # fmt: skip
    return house


def subscribe(house: House, **fields: str) -> UUID:
    with house.writing():
        return report_subscriptions.subscribe(
            scope=Scope(house.id),
            user_id=house.rows(Member)[0].user_id,
            now=house.now,
            **{"kind": "weekly", "language": "fr", **fields},
        )


def link(house: House, subscription: UUID) -> str:
    return f"/reports/{make_token(house.secret, 'report', subscription)}"


@pytest.fixture
def client(house: House) -> FlaskClient:
    return house.app.test_client()


def left(house: House) -> list[bool]:
    return [one.left_at is not None for one in house.rows(ReportSubscription)]


def test_opening_changes_nothing_and_the_button_ends_it_at_once(house: House, client: FlaskClient) -> None:
    path = link(house, subscribe(house, place="lyon"))
    other = subscribe(house, kind="monthly", language="en")
    before = house.dump()
    for _ in range(3):
        page = client.get(path)
        assert client.head(path).status_code == 200
    assert page.status_code == 200
    assert 'lang="fr"' in page.text
    assert "Lyon &lt;Part-Dieu&gt;" in page.text
    assert client.post(path, data={}).status_code == 200  # a POST that does not say so is no wish to leave
    assert house.dump() == before
    for _ in range(2):  # the same again changes nothing more
        done = client.post(path, data=ONE_CLICK)
        assert done.status_code == 200
        assert 'data-state="unsubscribed"' in done.text
        assert "Set-Cookie" not in done.headers
    assert sorted(left(house)) == [False, True]
    english = client.post(link(house, other), data=ONE_CLICK).text
    assert "You will no longer get the monthly report about all that you look after" in english
    assert left(house) == [True, True]


def test_a_link_that_is_none_of_ours_is_nobodys(house: House, client: FlaskClient) -> None:
    subscription = subscribe(house)
    altered = one_letter_off(link(house, subscription))
    of_another_purpose = f"/reports/{make_token(house.secret, 'unsubscribe', subscription)}"
    for path in (altered, of_another_purpose, link(house, uuid4()), "/reports/x"):
        assert client.get(path).status_code == 404
        assert client.post(path, data=ONE_CLICK).status_code == 404
    assert left(house) == [False]
