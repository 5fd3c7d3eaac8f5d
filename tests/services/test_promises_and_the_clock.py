"""When an alert is due that something was promised about, how long a call is waited for, and an apology put off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.builders import House
from tests.conftest import NOW
from tests.erased import erase
from tests.promised import Customer, apologise, company, sweep
from vocapp.domain.promises import HELD_WITHIN, NOTED_WITHIN
from vocapp.models import AlertMove, LedgerEntry, Workspace, new_id
from vocapp.models import Customer as Person
from vocapp.services import calling_back
from vocapp.services.browsing import promises

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """As `test_promising.py`: nothing here is another's on PostgreSQL."""
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    return company(app, NOW)


def promised(house: House, name: str = "ada", nth: int = 0) -> tuple[Customer, datetime]:
    """Promise a call; return when its time is over, too."""
    one = Customer.complain(house, name, now=NOW)
    made = one.choose(one.offered(NOW)[nth], NOW)
    assert made.ends_at is not None
    return one, made.ends_at


def claim(one: Customer, now: datetime) -> None:
    with one.house.writing():
        calling_back.claim(workspace_id=one.house.id, alert_id=one.alert.id, agent="Ana", now=now)


@pytest.mark.parametrize("how", ["declined", "silenced"])
def test_what_is_no_longer_promised_is_due_as_soon_as_it_was_before(house: House, how: str) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    before = (ada.alert.due_at, ada.alert.ages_at, ada.alert.escalates_at)
    ada.choose(ada.offered(NOW)[-1], NOW)
    moved = (ada.alert.due_at, ada.alert.ages_at, ada.alert.escalates_at)
    assert all(late > early for late, early in zip(moved, before, strict=True))  # nobody is told before it is due
    if how == "declined":
        ada.decline(NOW)
    else:
        house.attribute(ada.alert.customer_id, "do_not_call", True)
        sweep(house, NOW)
    assert (ada.alert.due_at, ada.alert.ages_at, ada.alert.escalates_at) == before


def test_nobody_is_told_that_we_did_not_call_while_they_are_on_the_phone(house: House) -> None:
    ada, end = promised(house)
    claim(ada, end - MINUTE)
    sweep(house, end + NOTED_WITHIN + MINUTE)
    assert [one.status for one in ada.promises] == ["made"]
    with house.writing():
        about: Any = {"workspace_id": house.id, "alert_id": ada.alert.id, "by": "Ana", "note": None}
        calling_back.contact(outcome="reached", now=end + 25 * MINUTE, **about)
    assert [one.status for one in ada.promises] == ["kept"]


def test_a_call_is_not_waited_for_longer_than_an_hour_nor_one_begun_too_late(house: House) -> None:
    ada, end = promised(house)
    bea, _ = promised(house, "bea")
    claim(ada, end)
    with house.writing():  # who looks at it again and again
        calling_back.claim(workspace_id=house.id, alert_id=ada.alert.id, agent="Ana", now=end + 29 * MINUTE)
        calling_back.claim(workspace_id=house.id, alert_id=ada.alert.id, agent="Ana", now=end + 58 * MINUTE)
    sweep(house, end + HELD_WITHIN + MINUTE)
    assert [one.status for one in ada.promises] == ["missed"]
    bea.call(end + 20 * MINUTE)  # before the clock came by
    assert [one.status for one in bea.promises] == ["apologised"]


def test_an_apology_waits_for_what_passes_with_time(app: Flask) -> None:
    house = company(app, NOW, policy={"cap": 1})
    ada, end = promised(house)
    written_to = end - 3 * HOUR
    [person] = house.rows(Person)
    mail = LedgerEntry(workspace_id=house.id, id=new_id(), contact_key=person.contact_key, at=written_to, made=True)
    mail.kind, mail.survey_key, mail.priority = "invitation", "post_delivery", 0
    with house.writing() as session:
        session.add(mail)
    late = end + HOUR
    sweep(house, late)
    apologise(house, late)
    assert [one.status for one in ada.promises] == ["missed"]
    assert house.mailer.sent == []
    apologise(house, written_to + timedelta(days=7, minutes=1))
    assert [one.status for one in ada.promises] == ["apologised"]
    assert len(house.mailer.sent) == 1


@pytest.mark.parametrize(("days", "ends_as"), [(3, "apologised"), (8, "owed")])
def test_an_apology_waits_for_the_end_of_a_pause_but_no_longer_than_a_week(
    house: House, days: int, ends_as: str
) -> None:
    ada, end = promised(house)
    with house.writing() as session:
        session.execute(update(Person).values(paused_until=end + timedelta(days=days)))
    sweep(house, end + HOUR)
    apologise(house, end + timedelta(days=days, hours=1))
    assert [(one.status, one.reason) for one in ada.promises] == [(ends_as, "paused" if ends_as == "owed" else None)]


def test_who_was_reached_was_contacted_and_later_mails_see_it(house: House) -> None:
    ada, end = promised(house)
    ada.call(NOW, "no_answer")
    assert not house.rows(LedgerEntry, LedgerEntry.kind == "call")
    ada.call(end - HOUR)
    [entry] = house.rows(LedgerEntry, LedgerEntry.kind == "call")
    [person] = house.rows(Person)
    assert (entry.contact_key, entry.at, entry.made) == (person.contact_key, end - HOUR, True)
    assert entry.id in {one.id for one in house.rows(AlertMove, AlertMove.action == "contact")}
    erase(house, "ada", at=end + timedelta(days=8))
    assert not house.rows(LedgerEntry)


def test_a_slot_in_which_nobody_is_there_any_more_has_no_room(house: House) -> None:
    promised(house)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        team = {**workspace.settings["callback_team"], "week": {"tue": []}}
        workspace.settings = {**workspace.settings, "callback_team": team}
    with house.reading():
        [load] = promises.load_of(workspace_id=house.id, zone="Europe/Paris", language="fr", now=NOW)
    assert (load.taken, load.room) == (1, 0)
