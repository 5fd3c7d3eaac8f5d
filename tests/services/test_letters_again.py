"""An alert that is opened again and waits in vain again has a letter of its own; what is heard of letters later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.builders import House
from tests.conftest import NOW
from tests.erased import doctor
from tests.promised import Customer, company, send_once
from tests.services.test_letters import HOUR, MINUTE, letters, set_overflow, sweep
from vocapp.models import Alert, Letter
from vocapp.services import calling_back, reopening
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
