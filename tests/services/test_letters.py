"""More alerts than hands: whom nobody can call in time is written to, once, and with a way to be helped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.builders import House
from tests.conftest import NOW
from tests.erased import doctor, erase
from tests.promised import Customer, claim_once, company, send_once
from vocapp.adapters.mail import MailDeferred, MailOutcomeUnknown
from vocapp.models import AlertMove, Contact, Fact, LedgerEntry, Letter, Workspace
from vocapp.models import Customer as Person
from vocapp.services import calling_back, overflowing, promising
from vocapp.services.inviting import lock_contacts
from vocapp.services.letters import LETTERS

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SOON = NOW + 31 * MINUTE


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """As `test_promising.py`: nothing here is another's on PostgreSQL."""
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    """A team of one who makes a call an hour: of thirteen who are due within a working day, three wait in vain."""
    return company(app, NOW, policy={"cap": 2})


def crowd(house: House, number: int = 13, **fields: Any) -> list[Customer]:
    return [Customer.complain(house, f"c{n}", now=NOW, **fields) for n in range(number)]


def set_overflow(house: House, **overflow: Any) -> None:
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "overflow": overflow}


def sweep(house: House, now: Any) -> int:
    with house.reading():
        found = overflowing.list_to_write(now=now)
    for one in found:
        with house.writing():
            overflowing.write(**one._asdict(), now=now)
    return len(found)


def letters(house: House) -> list[tuple[str, str | None]]:
    return [(one.status, one.reason) for one in house.rows(Letter)]


def test_whom_nobody_can_call_in_time_is_written_to_once(house: House) -> None:
    people = crowd(house)
    assert sweep(house, NOW + 10 * MINUTE) == 0  # they may be choosing a time at this moment
    found = sweep(house, SOON)
    assert found == 3
    assert sweep(house, SOON + MINUTE) == 0
    for _ in range(2):
        send_once(house, SOON + MINUTE, LETTERS)
    assert letters(house) == [("sent", None)] * found
    assert len(house.mailer.sent) == found
    assert [entry.made for entry in house.rows(LedgerEntry, LedgerEntry.kind == "recovery")] == [True] * found
    told = [one for one in people if one.history() == ["opened", "written"]]
    assert len(told) == found
    assert {one.alert.status for one in told} == {"new"}
    mail = next(one for one in house.mailer.sent if one.to_address == f"{told[0].name}@example.test")
    assert mail.subject == "Nous ne vous avons pas oublié"
    assert house.link(told[0].invitation_id, "callback") in mail.text
    assert house.link(told[0].invitation_id, "unsubscribe") in mail.headers["List-Unsubscribe"]
    told[0].choose(told[0].offered(SOON)[0], SOON + HOUR)  # and the way leads somewhere
    assert told[0].history()[-1] == "promised"
    assert {one for one in doctor(house) if one.startswith(("letters", "histories"))} == set()


def test_the_letter_says_what_the_workspace_offers_in_the_customers_language(house: House) -> None:
    [ada] = crowd(house, 1, locale="en-GB")
    late = ada.alert.due_at + 25 * HOUR
    set_overflow(house, help_url="https://maison.test/help", help_phone="+44 20 7946 0000")
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "sender": {"reply_to": "care@maison.test"}}
    sweep(house, late)
    send_once(house, late, LETTERS)
    mail = house.mailer.sent[0]
    assert (mail.subject, mail.language) == ("We have not forgotten you", "en")
    for words in ("https://maison.test/help", "+44 20 7946 0000", "reply to this message", "Choose a time"):
        assert words in mail.text
        assert words in (mail.html or "")


@pytest.mark.parametrize("what", ["off", "no way"])
def test_nothing_goes_where_it_is_off_or_where_there_is_nothing_to_offer(house: House, what: str) -> None:
    crowd(house, 1)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        more = {"overflow": {"on": False}} if what == "off" else {"callback_team": {"agents": 0}}
        workspace.settings = {**workspace.settings, **more}
    for hours in (1, 60):
        sweep(house, NOW + hours * HOUR)
    assert (letters(house), house.mailer.sent) == ([], [])


def test_who_is_overdue_by_the_margin_is_written_to_whoever_is_there(house: House) -> None:
    [ada] = crowd(house, 1)
    set_overflow(house, margin_minutes=60)
    due = ada.alert.due_at
    assert [sweep(house, at) for at in (NOW + HOUR, due + 59 * MINUTE, due + 61 * MINUTE)] == [0, 0, 1]
    send_once(house, due + 61 * MINUTE, LETTERS)
    assert ada.history() == ["opened", "written"]


@pytest.mark.parametrize("what", ["claimed", "tried", "promised", "declined", "off the phone"])
def test_nobody_is_written_to_whom_somebody_cares_for_and_nothing_is_left_behind(house: House, what: str) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    assert sweep(house, late) == 1
    assert letters(house) == [("waiting", None)]
    about: Any = {"workspace_id": house.id, "alert_id": ada.alert.id, "now": late}
    if what == "promised":
        ada.choose(ada.offered(late)[0], late)
    elif what == "declined":
        ada.decline(late)
    else:
        with house.writing():
            calling_back.claim(agent="Ana", **about)
            if what == "tried":
                calling_back.contact(outcome="voicemail", note=None, by="Ana", **about)
            if what == "off the phone":
                calling_back.contact(outcome="reached", note=None, by="Ana", **about)
            if what != "claimed":
                calling_back.release(by="Ana", **about)
    send_once(house, late, LETTERS)
    assert (letters(house), house.mailer.sent) == ([], [])
    assert house.rows(LedgerEntry, LedgerEntry.kind == "recovery") == []
    if what != "claimed":
        assert sweep(house, late + HOUR) == 0


def test_who_may_not_be_written_to_is_not_and_the_agent_reads_why(house: House) -> None:
    ada, bea, cid, dan = (Customer.complain(house, name, now=NOW) for name in ("ada", "bea", "cid", "dan"))
    house.consent(ada.alert.customer_id, granted=False)
    with house.writing() as session:
        keys = {one.external_id: one.contact_key for one in session.scalars(select(Person))}
        lock_contacts(workspace_id=house.id, keys=keys.values())
        session.execute(update(Contact).where(Contact.key == keys["bea"]).values(unsubscribed_at=NOW))
        session.execute(
            update(Contact).where(Contact.key == keys["cid"]).values(suppressed_reason="bounce", suppressed_at=NOW)
        )
        session.execute(update(Person).where(Person.external_id == "dan").values(paused_until=NOW + timedelta(days=3)))
    late = ada.alert.due_at + 25 * HOUR
    assert sweep(house, late) == 4
    send_once(house, late + timedelta(days=3), LETTERS)
    assert house.mailer.sent == []
    reasons = {
        one.name: next(
            line.details["why"] for line in house.rows(AlertMove, AlertMove.alert_id == one.alert.id)
            if line.action == "not_written"
        )
        for one in (ada, bea, cid, dan)
    }  # fmt: skip
    assert reasons == {"ada": "no_consent", "bea": "unsubscribed", "cid": "suppressed_bounce", "dan": "paused"}
    assert house.rows(LedgerEntry, LedgerEntry.kind == "recovery") == []


def test_a_letter_waits_for_the_cap_and_goes_with_the_address_it_then_has(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    [key] = [one.contact_key for one in house.rows(Person)]
    with house.writing() as session:
        for number in range(2):
            session.add(
                LedgerEntry(
                    workspace_id=house.id, id=ada.invitation_id if number else ada.alert.id, contact_key=key,
                    at=NOW - timedelta(days=4, hours=number), kind="invitation", survey_key="post_delivery",
                    priority=50, made=True,
                )
            )  # fmt: skip
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    send_once(house, late, LETTERS)
    assert house.mailer.sent == []
    send_once(house, NOW + timedelta(days=3, minutes=1), LETTERS)
    assert letters(house) == [("sent", None)]


def test_whatever_dies_it_goes_once(house: House) -> None:
    ada, _ = (Customer.complain(house, name, now=NOW) for name in ("ada", "bea"))
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    house.mailer.failures = [MailDeferred("later"), MailOutcomeUnknown("cut off")]
    send_once(house, late, LETTERS)
    send_once(house, late + HOUR, LETTERS)
    send_once(house, late + 2 * HOUR, LETTERS)
    assert sorted(letters(house), key=str) == [("sent", None), ("unknown", "no_verdict")]
    assert len(house.mailer.attempts) == 3
    cid = Customer.complain(house, "cid", now=late)
    later = cid.alert.due_at + 25 * HOUR
    sweep(house, later)
    [fact] = house.rows(Fact, Fact.kind == "LetterDue", Fact.done_at.is_(None))
    house.mailer.tells = None
    assert claim_once(house, later, LETTERS, fact.id) is not None  # and the worker is gone
    send_once(house, later + HOUR, LETTERS)
    assert max(letters(house), key=str) == ("unknown", "worker_lost")
    assert len(house.mailer.attempts) == 3
    assert sweep(house, later + HOUR) == 0


def test_an_erased_person_leaves_no_letter(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    erase(house, "ada")
    send_once(house, late, LETTERS)
    assert (house.rows(Letter), house.mailer.sent) == ([], [])


def test_a_promise_made_meanwhile_is_no_letters_business(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    with house.reading():
        [found] = overflowing.list_to_write(now=late)
        assert promising.find(invitation_id=ada.invitation_id, now=late) is not None
    ada.choose(ada.offered(late)[0], late)
    with house.writing():
        overflowing.write(**found._asdict(), now=late)
    assert letters(house) == []
