"""The doctor finds promises above the room there was, and promises that nobody remembers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.builders import House
from tests.erased import doctor
from tests.promised import Customer, apologise, company, sweep
from vocapp.models import CallbackSlot, Fact, Promise

ALWAYS = {
    "week": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "holidays": "none",
}
DAYS_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)


@pytest.fixture
def house(app: Flask) -> House:
    return company(app, DAYS_AGO, **ALWAYS)


def broken(house: House) -> set[str]:
    house._now = datetime.now(UTC)
    return {one for one in doctor(house) if one.startswith(("promises", "histories"))}


def test_what_was_kept_apologised_for_or_declined_is_in_order(house: House) -> None:
    kept, missed, declined = (Customer.complain(house, name, now=DAYS_AGO) for name in ("ada", "bea", "cid"))
    slots = kept.offered(DAYS_AGO)
    for one in (kept, missed, declined):
        one.choose(slots[["ada", "bea", "cid"].index(one.name)], DAYS_AGO)
    declined.decline(DAYS_AGO)
    declined.call(DAYS_AGO + timedelta(minutes=1), via="email", outcome="no_answer")
    declined.resolve(DAYS_AGO + timedelta(minutes=2))
    kept.call(slots[0] + timedelta(minutes=5))
    kept.resolve(slots[0] + timedelta(minutes=6))
    sweep(house, slots[2] + timedelta(hours=4))
    apologise(house, slots[2] + timedelta(hours=5))
    assert sorted(one.status for one in house.rows(Promise)) == ["apologised", "cancelled", "declined", "kept"]
    assert broken(house) == set()


def test_what_is_broken_by_hand_is_found(house: House) -> None:
    ada = Customer.complain(house, "ada", now=DAYS_AGO)
    slot = ada.offered(DAYS_AGO)[0]
    ada.choose(slot, DAYS_AGO)
    assert broken(house) == {"promises_followed_up"}  # nobody's clock has come by
    sweep(house, house.now)
    assert broken(house) == set()
    with house.writing() as session:
        session.execute(update(CallbackSlot).values(taken=2))
        session.execute(update(Fact).where(Fact.kind == "ApologyDue").values(done_at=house.now))
    assert broken(house) == {"promises_within_room", "promises_followed_up"}
