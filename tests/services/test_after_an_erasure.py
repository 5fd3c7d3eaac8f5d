"""What comes after an erasure: files, the API, other people at the same address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.erased import (
    QUESTIONS,
    erase,
    take,
    zoraide,
)
from vocapp.models import (
    Contact,
    Customer,
    Invitation,
)


@pytest.fixture
def house(app: Flask) -> House:
    return House(app, policy=NO_RESTS)


def test_a_file_does_not_bring_her_back_but_the_api_may_make_her_anew(house: House) -> None:
    zoraide(house)
    erase(house)
    assert take(house, "c-zoraide", from_file=True) == {}
    assert take(house, "c-other", from_file=True, email="ZORAIDE.K@example.test") == {}, "another number, her address"
    assert list(take(house, "c-zoraide", email="zoraide.k@example.test")) == ["c-zoraide"]
    # from now on she is a customer again, whom files may tell of
    assert list(take(house, "c-zoraide", from_file=True, email="zoraide.k@example.test")) == ["c-zoraide"]


def test_only_a_consent_given_since_lets_anything_go_to_the_address(house: House) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    brother = house.customer("brother", email="zoraide.k@example.test")
    erase(house)
    again = take(house, "c-zoraide", email="zoraide.k@example.test")["c-zoraide"].id
    house.consent(again, granted=True, at=house.now - timedelta(days=1))  # what the file of yesterday says
    for number, customer_id in enumerate((again, brother)):
        house.event(customer_id, f"later-{number}")
    house.work()
    assert {(one.status, one.reason) for one in house.rows(Invitation)} == {("suppressed", "no_consent")}
    house.consent(again, granted=True)
    house.event(again, "much-later")
    house.work()
    assert [mail.to_address for mail in house.mailer.sent] == ["zoraide.k@example.test"]


def test_no_legal_basis_replaces_that_consent(app: Flask) -> None:
    house = House(app, policy={"legal_bases": {"surveys": "legitimate_interest"}})
    house.survey(questions=QUESTIONS)
    zoraide(house)
    erase(house)
    again = house.customer("c-zoraide", email="zoraide.k@example.test", consent=None)
    house.event(again, "later")
    house.work()
    assert [(one.status, one.reason) for one in house.rows(Invitation)] == [("suppressed", "no_consent")]


def test_the_address_is_blocked_in_its_own_workspace_only(app: Flask) -> None:
    ours, theirs = House(app), House(app, "theirs")
    zoraide(ours)
    zoraide(theirs)
    erase(ours)
    assert len(theirs.rows(Customer)) == 1
    assert [one.erased_at for one in theirs.rows(Contact)] in ([], [None])
    assert take(theirs, "c-zoraide", from_file=True)
