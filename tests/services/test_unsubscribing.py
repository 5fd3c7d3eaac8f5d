"""A person says no: at once, for every survey, for all who share the address, and it is on record once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.watching import at_once
from vocapp.app import create_app
from vocapp.models import Change, Consent, Contact, Customer, Invitation, LedgerEntry, db, new_id
from vocapp.services import unsubscribing


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app, now=NOW, policy=NO_RESTS)
    house.survey()
    return house


def unsubscribe(house: House, invitation_id: Any) -> Any:
    with house.writing():
        return unsubscribing.unsubscribe(invitation_id=invitation_id, now=NOW)


def test_everything_open_is_taken_back_and_what_was_only_planned_leaves_the_ledger(house: House) -> None:
    house.customer()
    link, planned = house.invite(), house.invite(channel="email")
    unsubscribe(house, link)
    assert {one.id: (one.status, one.reason) for one in house.rows(Invitation)} == {
        link: ("cancelled", "unsubscribed"),
        planned: ("cancelled", "unsubscribed"),
    }
    assert [entry.id for entry in house.rows(LedgerEntry)] == [link]
    assert house.invitation(house.invite(channel="email")).reason == "unsubscribed"


def test_all_who_share_the_address_are_left_alone(house: House) -> None:
    for name in ("ada", "ben"):
        house.customer(name, email="both@example.test")
    house.customer("cleo")
    link = house.invite("ada")
    for name in ("ben", "cleo"):
        house.invite(name, channel="email")
    unsubscribe(house, link)
    statuses = {
        customer.external_id: one.status
        for one in house.rows(Invitation)
        for customer in house.rows(Customer)
        if customer.id == one.customer_id
    }
    assert statuses == {"ada": "cancelled", "ben": "cancelled", "cleo": "scheduled"}
    assert house.invitation(house.invite("ben")).reason == "unsubscribed"


def test_it_holds_for_the_address_it_was_sent_to_and_for_the_one_of_today(house: House) -> None:
    customer_id = house.customer()
    link = house.invite()
    other = house.customer("ben", email="new@example.test")
    house.invite("ben")
    with house.writing() as session:
        key = session.get_one(Customer, (house.id, other)).contact_key
        session.get_one(Customer, (house.id, customer_id)).contact_key = key
    unsubscribe(house, link)
    assert [contact.unsubscribed_at for contact in house.rows(Contact)] == [NOW, NOW]


def test_a_consent_given_elsewhere_does_not_undo_it(house: House) -> None:
    customer_id = house.customer()
    unsubscribe(house, house.invite())
    house.consent(customer_id, granted=True, at=NOW + timedelta(days=1))
    assert house.invitation(house.invite()).reason == "unsubscribed"


def test_an_unknown_invitation_is_nobodys(house: House) -> None:
    assert unsubscribe(house, new_id()) is None
    with house.reading():
        assert unsubscribing.find(invitation_id=new_id()) is None


def test_said_eight_times_at_once_it_is_on_record_once(make_settings: Any, postgres_url: str) -> None:
    app = create_app(make_settings(database_url=postgres_url))
    house = House(app, now=NOW, policy=NO_RESTS)
    house.survey()
    house.customer()
    link = house.invite()
    at_once(*[lambda: unsubscribe(house, link)] * 8)
    assert [consent.source for consent in house.rows(Consent)] == ["checkout", "unsubscribe"]
    assert len(house.rows(Change, Change.stream == "consents")) == 2
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
