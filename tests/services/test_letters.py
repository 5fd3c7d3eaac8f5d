"""More alerts than hands: whom nobody can call in time is written to, once, and with a way to be helped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, select, update

from tests.builders import House
from tests.conftest import NOW
from tests.erased import doctor, erase
from tests.promised import Customer, claim_once, company, open_alerts, send_once
from tests.unhappy import complain
from vocapp.adapters.mail import MailDeferred, MailOutcomeUnknown
from vocapp.domain.overflow import LATEST
from vocapp.models import Alert, AlertMove, Contact, Fact, Invitation, LedgerEntry, Letter, Signal, Workspace, db
from vocapp.models import Customer as Person
from vocapp.services import calling_back, happenings, overflowing, promising
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
    house = company(app, NOW, policy={"cap": 2})
    set_overflow(house)
    return house


def crowd(house: House, number: int = 13, **fields: Any) -> list[Customer]:
    return [Customer.complain(house, f"c{n}", now=NOW, **fields) for n in range(number)]


def set_overflow(house: House, **overflow: Any) -> None:
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "overflow": {"on": True, **overflow}}


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def set_agents(house: House, agents: int) -> None:
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "callback_team": {"agents": agents, "calls_per_hour": 1}}


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
    assert mail.subject == "Votre demande n’est pas oubliée"
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


@pytest.mark.parametrize("what", ["never turned on", "off", "no way"])
def test_nothing_goes_where_it_is_off_or_where_there_is_nothing_to_offer(house: House, what: str) -> None:
    crowd(house, 1)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        more: dict[str, Any] = {
            "never turned on": {"overflow": {"help_phone": "+33 1 84 80 00 00"}},
            "off": {"overflow": {"on": False}},
            "no way": {"callback_team": {"agents": 0}},
        }
        workspace.settings = {**workspace.settings, **more[what]}
    for hours in (1, 60):
        with house.reading(), counted() as statements:
            assert overflowing.list_to_write(now=NOW + hours * HOUR) == []
        assert len([one for one in statements if one != "BEGIN"]) == 1
    assert letters(house) == []


def test_turned_off_what_is_planned_does_not_go_and_turned_on_it_is_planned_anew(house: House) -> None:
    [ada] = crowd(house, 1)
    late = ada.alert.due_at + 25 * HOUR
    assert sweep(house, late) == 1
    set_overflow(house, on=False)
    send_once(house, late, LETTERS)
    assert (letters(house), house.mailer.sent, ada.history()) == ([], [], ["opened"])
    set_overflow(house)
    assert sweep(house, late + HOUR) == 1


def test_a_letter_that_waited_too_long_never_goes(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    end = ada.alert.due_at + LATEST
    sweep(house, end - HOUR)
    send_once(house, end, LETTERS)
    assert letters(house) == [("dropped", "too_late")]
    assert (house.mailer.sent, ada.history()) == ([], ["opened", "not_written"])


def test_with_no_time_left_at_the_last_moment_it_is_planned_anew_when_there_is_one(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    set_agents(house, 0)
    send_once(house, late, LETTERS)
    assert (letters(house), ada.history(), sweep(house, late + HOUR)) == ([], ["opened"], 0)
    set_agents(house, 1)
    assert sweep(house, late + HOUR) == 1
    send_once(house, late + HOUR, LETTERS)
    assert ada.history() == ["opened", "written"]


def test_only_who_told_us_is_thanked_for_telling(house: House) -> None:
    customer_id = house.customer("ada", phone="+33612345678")
    with house.app.app_context():
        complain(house.id, customer_id, NOW - timedelta(days=100), nps=10)
    with house.writing() as session:
        session.execute(delete(Signal))
        session.execute(delete(Fact))
    event_id = house.event(customer_id, "order-7")
    with house.writing():
        unhappy = {event_id: happenings.Unhappy(customer_id, ("late",), None)}
        happenings.raise_signals(workspace_id=house.id, unhappy=unhappy, now=NOW, by_events=True)
    open_alerts(house, NOW)
    [alert] = house.rows(Alert)
    set_overflow(house, help_phone="+33 1 84 80 00 00")
    late = alert.due_at + 25 * HOUR
    sweep(house, late)
    send_once(house, late, LETTERS)
    [mail] = house.mailer.sent
    assert "Tout ne s’est pas passé comme prévu" in mail.text
    assert "Votre réponse" not in " ".join(mail.text.split())
    said = " ".join(mail.text.split())
    assert "et nous ne l’avons pas encore fait" in said
    assert "dans le délai" not in said


def test_who_wants_no_call_is_not_told_of_one_and_stands_before_nobody(house: House) -> None:
    people = crowd(house, 14)
    for one in people[:7]:
        one.decline(NOW)
    for one in people[7:13]:
        house.attribute(one.alert.customer_id, "do_not_call", True)
    assert sweep(house, SOON) == 0
    assert sweep(house, people[13].alert.due_at + 25 * HOUR) == 1
    house.attribute(people[13].alert.customer_id, "do_not_call", True)
    send_once(house, people[13].alert.due_at + 25 * HOUR, LETTERS)
    assert (letters(house), house.mailer.sent) == ([], [])


def test_who_cannot_be_helped_yet_does_not_stand_before_the_others(house: House) -> None:
    people = {one.alert.id: one for one in crowd(house, 4)}
    late = next(iter(people.values())).alert.due_at + 25 * HOUR
    with house.reading():
        ranks = [one.alert_id for one in overflowing.list_to_write(now=late)]
    assert len(ranks) == 4
    with house.writing() as session:
        for alert_id in ranks[:3]:
            own = Invitation.id == people[alert_id].invitation_id
            session.execute(update(Invitation).where(own).values(expires_at=NOW))
    with house.reading():
        assert [one.alert_id for one in overflowing.list_to_write(now=late, limit=1)] == ranks[3:]
    set_overflow(house, help_phone="+33 1 84 80 00 00")
    with house.reading():
        assert [one.alert_id for one in overflowing.list_to_write(now=late)] == ranks


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


def test_what_did_not_leave_and_is_no_longer_needed_takes_no_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    [fact] = house.rows(Fact, Fact.kind == "LetterDue", Fact.done_at.is_(None))
    assert claim_once(house, late, LETTERS, fact.id) is not None  # and the worker is gone
    with house.writing():
        calling_back.claim(agent="Ana", now=late, workspace_id=house.id, alert_id=ada.alert.id)
    monkeypatch.setattr(house.mailer, "left", lambda _: False)
    send_once(house, late + HOUR, LETTERS)
    assert letters(house) == []
    assert house.rows(LedgerEntry, LedgerEntry.kind == "recovery") == []


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
