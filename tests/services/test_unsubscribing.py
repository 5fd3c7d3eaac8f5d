"""A person says no: at once, for every survey, for all who share the address, and it is on record once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.services.sending_by_hand import invited, send
from tests.watching import at_once
from vocapp.adapters.mail import MailOutcomeUnknown
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.app import create_app
from vocapp.models import Change, Consent, Contact, Customer, Invitation, LedgerEntry, db, new_id
from vocapp.services import unsubscribing, watching
from vocapp.services.browsing import mails
from vocapp.services.finding_invitations import InvitationFilter, list_invitation_ids
from vocapp.services.staff import Scope


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


def test_what_left_before_they_said_no_still_counts_as_sent_and_is_found_so(app: Flask) -> None:
    house = House(app, now=NOW, policy={"cap": 9, **NO_RESTS})
    (sent, first), (unknown, second) = invited(house), invited(house, name="ben", email="ada@example.test")
    house.customer("cleo", email="ada@example.test")
    planned, link = house.invite("cleo", channel="email"), house.invite("cleo")
    send(house, first, NOW)
    send(house, second, NOW, FakeMailer([MailOutcomeUnknown("nobody knows")]))
    unsubscribe(house, sent)
    assert {one.status for one in house.rows(Invitation)} == {"cancelled"}
    with house.reading():
        assert watching.mails() == {"sent": 1, "unknown": 1, "cancelled": 1}
    assert found(house, "sent") == {sent, link}
    assert found(house, "unknown") == {unknown}
    assert found(house, "cancelled") == {sent, unknown, planned, link}
    assert found(house, "not_sent", by_staff_only=True) == {planned}


def found(house: House, status: str, *, by_staff_only: bool = False) -> set[UUID]:
    """List invitations by status, as the API and the console do."""
    with house.reading():
        wanted = mails.MailFilter(status=status)
        listed = {
            one.invitation.id for one in mails.list_mails(scope=Scope(house.id), wanted=wanted, before=None).mails
        }
        if not by_staff_only:
            asked = InvitationFilter(status=status)
            assert listed == set(list_invitation_ids(workspace_id=house.id, wanted=asked, before=None, limit=50))
        return listed


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
