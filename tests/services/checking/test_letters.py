"""Letters that nobody will send, or that a history says went twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Insert, insert

from tests.builders import House
from tests.erased import doctor
from tests.promised import Customer, company
from tests.services.checking.conftest import Broken
from tests.services.checking.test_promises import ALWAYS, DAYS_AGO
from vocapp.jobs import sweep
from vocapp.models import Alert, AlertMove, Fact, LedgerEntry, Letter, Workspace, new_id
from vocapp.services import calling_back


def _letter(house: House, **given: Any) -> Insert:
    [alert, *_] = house.rows(Alert)
    row = {"workspace_id": house.id, "alert_id": alert.id, "customer_id": alert.customer_id, "planned_at": house.now}
    return insert(Letter).values(row | given)


def _entry(house: House, **given: Any) -> Insert:
    row = {"workspace_id": house.id, "contact_key": "k", "at": house.now, "kind": "recovery", "priority": 0}
    return insert(LedgerEntry).values(row | given)


def test_a_letter_without_its_fact_or_its_entry_is_found(broken: Broken, shared: House) -> None:
    one = new_id()
    waits, went = _letter(shared, id=one, status="waiting"), _letter(shared, id=one, status="sent")
    planned, made = _entry(shared, id=one, made=False), _entry(shared, id=one, made=True)
    fact = insert(Fact).values(workspace_id=shared.id, kind="LetterDue", subject_id=one, due_at=shared.now)
    assert broken(waits, planned) == {"letters_followed_up": 1}
    assert broken(waits, planned, fact) == {}
    assert broken(went, planned) == {"letters_followed_up": 1}
    assert broken(went, made) == {}
    assert broken(_letter(shared, id=one, status="dropped")) == {}


def test_two_are_found_where_the_alert_was_opened_once(broken: Broken, shared: House) -> None:
    [alert, *_] = shared.rows(Alert)
    row = {"workspace_id": shared.id, "alert_id": alert.id, "at": shared.now, "status": alert.status, "details": {}}

    def line(action: str) -> Insert:
        return insert(AlertMove).values(row | {"id": new_id(), "action": action})

    def went(opening: int) -> list[Insert]:
        one = new_id()
        return [_letter(shared, id=one, status="sent", opening=opening), _entry(shared, id=one, made=True)]

    first, second, written = went(0), went(1), [line("written"), line("written")]
    assert broken(*first, written[0]) == {}
    assert broken(*first, *written) == {"letters_once": 1}
    assert broken(*first, *second) == {"letters_once": 1}
    assert broken(line("reopen"), *first, *second, *written).get("letters_once") is None


def test_the_clock_and_the_worker_write_once_and_all_is_in_order(app: Flask) -> None:
    house = company(app, DAYS_AGO, **ALWAYS)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "overflow": {"on": True}}
    ada, bea = (Customer.complain(house, name, now=DAYS_AGO) for name in ("ada", "bea"))
    bea.call(DAYS_AGO + timedelta(minutes=5), outcome="no_answer")
    with house.writing():
        calling_back.release(workspace_id=house.id, alert_id=bea.alert.id, by="Ana", now=DAYS_AGO + timedelta(hours=1))
    for _ in range(2):
        house.work("LetterDue")  # binds the jobs to the application
        sweep.write_instead()
    house.work("LetterDue")
    sweep.write_instead()
    assert [mail.to_address for mail in house.mailer.sent] == ["ada@example.test"]
    assert (ada.history(), ada.alert.status) == (["opened", "written"], "new")
    assert "written" not in bea.history()
    house._now = datetime.now(UTC)
    assert {one for one in doctor(house) if one.startswith(("letters", "histories", "nobody"))} == set()
