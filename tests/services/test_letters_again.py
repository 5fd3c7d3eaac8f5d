"""An alert that is opened again and waits in vain again has a letter of its own; what is heard of letters later."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask

from tests.builders import House
from tests.conftest import NOW
from tests.erased import doctor
from tests.promised import Customer, claim_once, company, send_once
from tests.promised import sweep as mind
from tests.services.test_hearing_back import hear, said
from tests.services.test_letters import HOUR, MINUTE, letters, set_overflow, sweep
from vocapp.adapters.mail import MailDeferred, MailOutcomeUnknown
from vocapp.models import Alert, Fact, LedgerEntry, Letter
from vocapp.services import calling_back, reopening
from vocapp.services.apologising import APOLOGIES
from vocapp.services.letters import LETTERS

PHONE = "+33 1 84 80 00 00"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """As `test_promising.py`: nothing here is another's on PostgreSQL."""
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    house = company(app, NOW, policy={"cap": 2})
    set_overflow(house, help_phone=PHONE)
    return house


@pytest.mark.parametrize("by", ["the customer", "the team"])
def test_who_waits_in_vain_once_more_is_written_to_once_more(house: House, by: str) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    send_once(house, late, LETTERS)
    ada.call(late + HOUR)
    ada.resolve(late + HOUR)
    again = late + timedelta(days=8)
    open_again(house, ada.alert, again, by)
    assert [sweep(house, again + wait) for wait in (MINUTE, 29 * MINUTE)] == [0, 0]
    late = ada.alert.due_at + timedelta(days=4)
    assert [sweep(house, late), sweep(house, late + MINUTE)] == [1, 0]
    for _ in range(2):
        send_once(house, late, LETTERS)
    assert [(one.status, one.opening) for one in sorted(house.rows(Letter), key=lambda one: one.planned_at)] == [
        ("sent", 0),
        ("sent", 1),
    ]
    assert ada.history() == ["opened", "written", "claim", "contact", "resolve", "reopen", "written"]
    assert "letters_once" not in doctor(house)


def test_a_letter_that_waited_while_its_alert_was_settled_never_goes(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    ada.call(late)
    ada.resolve(late)
    open_again(house, ada.alert, late + MINUTE, "the team")
    send_once(house, late + HOUR, LETTERS)
    assert (letters(house), house.mailer.sent) == ([], [])
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    send_once(house, late, LETTERS)
    assert letters(house) == [("sent", None)]


def open_again(house: House, alert: Alert, now: Any, by: str) -> None:
    about: Any = {"workspace_id": house.id, "alert_id": alert.id, "now": now}
    with house.writing():
        if by == "the team":
            calling_back.reopen(note=None, by="Ana", **about)
        else:
            assert reopening.reopen(customer_id=alert.customer_id, beside={}, **about) == "reopened"


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        (("delivered",), ("sent", None)),
        (("processed", "deferred", "delivered"), ("sent", None)),
        (("delivered", "bounced"), ("dropped", "bounced")),
        (("unsubscribed",), ("sent", None)),
    ],
)
def test_a_letter_of_which_nobody_knew_whether_it_left_did_when_its_provider_tells_of_it(
    house: House, told: tuple[str, ...], stands: tuple[str, str | None]
) -> None:
    """In every order, and however often: as after once."""
    for number, order in enumerate(permutations(told)):
        name = f"c{number}"
        one = Customer.complain(house, name, now=NOW)
        late = one.alert.due_at + 25 * HOUR
        sweep(house, late)
        house.mailer.failures = [MailOutcomeUnknown("cut off")]
        send_once(house, late, LETTERS)
        [letter] = house.rows(Letter, Letter.customer_id == one.alert.customer_id)
        assert (letter.status, letter.reason) == ("unknown", "no_verdict")
        for kind in order:
            report = said(kind, letter.id, at=late + MINUTE)
            for again in (report, report, said(kind, letter.id, at=late + HOUR)):
                hear(house, again, at=late + HOUR)
        [letter] = house.rows(Letter, Letter.customer_id == one.alert.customer_id)
        [entry] = house.rows(LedgerEntry, LedgerEntry.id == letter.id)
        assert (letter.status, letter.reason, entry.made, entry.at) == (*stands, True, late)
        assert one.history().count("written") == 1
        assert sweep(house, late + HOUR) == 0
    send_once(house, late + HOUR, LETTERS)
    assert len(house.mailer.attempts) == number + 1


@pytest.mark.parametrize("what", ["under way", "believed to have failed", "never begun"])
def test_a_letter_that_still_waits_is_not_sent_again_once_its_provider_tells_of_it(house: House, what: str) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    late = ada.alert.due_at + 25 * HOUR
    sweep(house, late)
    if what == "under way":
        [fact] = house.rows(Fact, Fact.kind == "LetterDue")
        assert claim_once(house, late, LETTERS, fact.id) is not None
    elif what == "believed to have failed":
        house.mailer.failures = [MailDeferred("500")]
        send_once(house, late, LETTERS)
    [letter] = house.rows(Letter)
    hear(house, said("delivered", letter.id, at=late + MINUTE), at=late + MINUTE)
    assert letters(house) == [("waiting" if what == "never begun" else "sent", None)]
    called = len(house.mailer.attempts)
    send_once(house, late + HOUR, LETTERS)
    assert len(house.mailer.attempts) - called == (what == "never begun")
    assert letters(house) == [("sent", None)]
    assert ada.history() == ["opened", "written"]
    assert "letters_followed_up" not in doctor(house)


def test_an_apology_that_seemed_to_fail_is_not_sent_again_once_its_provider_tells_of_it(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    promised = ada.choose(ada.offered(NOW)[0], NOW)
    assert promised.ends_at is not None
    late = promised.ends_at + 2 * HOUR
    mind(house, late)
    house.mailer.failures = [MailDeferred("500")]
    send_once(house, late, APOLOGIES)
    hear(house, said("delivered", promised.id, at=late), at=late)
    send_once(house, late + HOUR, APOLOGIES)
    assert [one.status for one in ada.promises] == ["apologised"]
    assert len(house.mailer.attempts) == 1
