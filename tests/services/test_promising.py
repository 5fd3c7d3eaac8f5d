"""What is promised to unhappy customers is made within the room there is, kept or apologised for, and told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from tests.builders import House
from tests.conftest import NOW
from tests.erased import erase
from tests.promised import Customer, apologise, company, open_alerts, slots, sweep
from tests.services.test_hearing_back import hear
from tests.services.test_hearing_back import said as told
from vocapp.adapters.mail import MailDeferred, MailOutcomeUnknown, MailRefused
from vocapp.domain.promises import PromiseRefused, SlotTaken
from vocapp.models import Alert, Contact, LedgerEntry, Promise, Response, Workspace, db
from vocapp.models import Customer as Person
from vocapp.services import promising
from vocapp.services.calling_back import NotMoved

HOUR = timedelta(hours=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The same way on PostgreSQL: many at once (`test_promises_through_a_year.py`), and before the doctor's eyes."""
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    return company(app, NOW)


def status(ada: Customer) -> list[str]:
    return [one.status for one in ada.promises]


def test_a_promise_takes_a_place_and_the_alert_is_due_when_the_customer_was_told(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    slot = ada.offered(NOW)[2]
    ada.choose(slot, NOW)
    assert slots(house) == {slot: (1, 2)}
    assert (ada.alert.due_at, ada.history()) == (slot + 2 * HOUR, ["opened", "promised"])
    [response] = house.rows(Response)
    assert response.callback_wish["how"] == "phone"
    ada.choose(slot, NOW)  # a double click
    assert slots(house) == {slot: (1, 2)}


def test_a_full_slot_is_not_offered_and_not_promised(house: House) -> None:
    people = [Customer.complain(house, name, now=NOW) for name in ("ada", "bea", "cid")]
    slot = people[0].offered(NOW)[0]
    for one in people[:2]:
        one.choose(slot, NOW)
    assert slot not in people[2].offered(NOW)
    with pytest.raises(SlotTaken):
        people[2].choose(slot, NOW)
    assert slots(house) == {slot: (2, 2)}
    assert people[2].promises == []


def test_another_time_frees_the_first_one(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    first, second = ada.offered(NOW)[:2]
    for slot in (second, first, second):
        ada.choose(slot, NOW)
    assert {start: taken for start, (taken, _) in slots(house).items()} == {first: 0, second: 1}
    assert sorted(status(ada)) == ["cancelled", "cancelled", "made"]
    for slot in (first, second, first, second, first):
        ada.choose(slot, NOW)
    with pytest.raises(PromiseRefused):
        ada.choose(second, NOW)


def test_an_alert_that_opens_later_finds_what_was_promised(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW, alerted=False)
    ada.choose(ada.offered(NOW)[0], NOW)
    open_alerts(house, NOW)
    assert ada.promises[0].alert_id == ada.alert.id
    assert ada.history() == ["opened", "promised"]


def test_who_wants_no_call_is_not_called(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    ada.choose(ada.offered(NOW)[0], NOW)
    ada.decline(NOW)
    ada.decline(NOW)
    assert status(ada) == ["cancelled", "declined"]
    assert [taken for taken, _ in slots(house).values()] == [0]
    with pytest.raises(NotMoved, match="does not want a call"):
        ada.call(NOW)
    ada.call(NOW, via="email")
    ada.resolve(NOW)
    assert ada.alert.status == "resolved"


@pytest.mark.parametrize("outcome", ["reached", "voicemail"])
def test_a_call_in_its_slot_keeps_the_promise(house: House, outcome: str) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    slot = ada.offered(NOW)[0]
    ada.choose(slot, NOW)
    ada.call(slot + HOUR, outcome)
    assert status(ada) == ["kept"]
    sweep(house, slot + 9 * HOUR)
    assert status(ada) == ["kept"]
    assert "promise_kept" in ada.history()


def test_what_is_promised_is_not_resolved_away(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    slot = ada.offered(NOW)[-1]
    ada.choose(slot, NOW)
    for hours in range(3):
        ada.call(NOW + hours * HOUR / 4, "no_answer")
    with pytest.raises(NotMoved, match="a callback is promised"):
        ada.resolve(NOW + HOUR)
    ada.call(NOW + HOUR)  # reached before its time: nothing is left to keep
    ada.resolve(NOW + HOUR)
    assert status(ada) == ["kept"]


def test_a_missed_promise_is_apologised_for_by_mail_once(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    slot = ada.offered(NOW)[0]
    ada.choose(slot, NOW)
    later = slot + 3 * HOUR
    for _ in range(2):
        sweep(house, later)
    [entry] = house.rows(LedgerEntry, LedgerEntry.kind == "recovery")
    assert (status(ada), entry.made) == (["missed"], False)
    for _ in range(2):
        apologise(house, later)
    [mail] = house.mailer.sent
    assert (status(ada), mail.to_address) == (["apologised"], "ada@example.test")
    assert "mardi 10\u00a0mars entre 11\u00a0h et 13\u00a0h" in " ".join(mail.text.split(" ")).replace("\n", " ")
    assert "/callback/" in mail.text
    assert "List-Unsubscribe-Post" in mail.headers
    for hidden in ("ada@example.test", str(ada.promises[0].customer_id)):
        assert hidden not in mail.text + (mail.html or "")
    assert ada.history() == ["opened", "promised", "promise_missed", "apologised"]
    [entry] = house.rows(LedgerEntry, LedgerEntry.kind == "recovery")
    assert entry.made


@pytest.mark.parametrize(
    ("why", "fields", "policy"),
    [
        ("no_consent", {"consent": None}, {}),
        ("no_address", {"email": None}, {}),
        ("cap", {}, {"cap": 0}),
    ],
)
def test_where_no_mail_may_go_the_apology_is_owed_to_whoever_is_reached(
    app: Flask, why: str, fields: dict[str, Any], policy: dict[str, Any]
) -> None:
    house = company(app, NOW, policy={**policy, "legal_bases": {"surveys": "legitimate_interest"}})
    ada = Customer.complain(house, "ada", now=NOW, **{key: fields[key] for key in fields if key != "consent"})
    slot = ada.offered(NOW)[0]
    ada.choose(slot, NOW)
    if why == "no_consent":
        with house.writing() as session:
            session.query(Person).update({"unsubscribed_at": NOW})
        why = "unsubscribed"
    sweep(house, slot + 3 * HOUR)
    assert (status(ada), ada.promises[0].reason) == (["owed"], why)
    assert not [one for one in house.rows(LedgerEntry) if one.kind == "recovery"]
    ada.call(slot + 4 * HOUR)
    assert status(ada) == ["apologised"]
    assert ada.history()[-1] == "apologised"
    assert house.mailer.sent == []


def test_who_is_reached_too_late_is_apologised_to_in_person(house: House) -> None:
    ada, bea = (Customer.complain(house, name, now=NOW) for name in ("ada", "bea"))
    slot = ada.offered(NOW)[0]
    for one in (ada, bea):
        one.choose(slot, NOW)
    ada.call(slot + 3 * HOUR)
    sweep(house, slot + 3 * HOUR)
    bea.call(slot + 3 * HOUR)
    apologise(house, slot + 4 * HOUR)
    assert (status(ada), status(bea), house.mailer.sent) == (["apologised"], ["apologised"], [])
    assert [one.kind for one in house.rows(LedgerEntry) if one.kind == "recovery"] == []


def test_a_mail_that_fails_is_tried_again_owed_or_never_sent_twice(house: House) -> None:
    people = [Customer.complain(house, name, now=NOW) for name in ("ada", "bea")]
    slot = people[0].offered(NOW)[0]
    for one in people:
        one.choose(slot, NOW)
    later = slot + 3 * HOUR
    sweep(house, later)
    house.mailer.failures = [MailDeferred("later"), MailOutcomeUnknown("cut off")]
    apologise(house, later)
    apologise(house, later + HOUR)
    assert sorted(status(people[0]) + status(people[1])) == ["apologised", "owed"]
    assert len(house.mailer.attempts) == 3
    cid = Customer.complain(house, "cid", now=later)
    cid.choose(next_day := cid.offered(later)[0], later)
    sweep(house, next_day + 3 * HOUR)
    house.mailer.failures = [MailRefused("no such mailbox")]
    apologise(house, next_day + 3 * HOUR)
    assert (status(cid), cid.promises[0].reason) == (["owed"], "refused")


def test_who_asks_not_to_be_called_is_let_go(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    slot = ada.offered(NOW)[0]
    ada.choose(slot, NOW)
    house.attribute(ada.alert.customer_id, "do_not_call", True)
    sweep(house, NOW + HOUR / 2)
    assert (status(ada), ada.promises[0].reason) == (["cancelled"], "do_not_call")
    assert slots(house) == {slot: (0, 2)}
    with pytest.raises(PromiseRefused):
        ada.choose(slot, NOW)
    ada.choose(slot, NOW, "email")


def test_a_number_that_was_missing_is_given_with_the_choice(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW, phone=None)
    slot = ada.offered(NOW)[0]
    with pytest.raises(PromiseRefused, match="number"):
        ada.choose(slot, NOW)
    ada.choose(slot, NOW, number="+33699887766")
    ada.choose(slot, NOW, number="+33611223344")  # the same time, called elsewhere
    assert [row.phone for row in house.rows(Person)] == ["+33611223344"]


def test_a_number_is_given_while_others_tell_of_the_same_customer(house: House, monkeypatch: Any) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    slot = ada.offered(NOW)[0]
    asked = promising.promise_slots.load

    def and_others_write(**which: Any) -> Any:
        """Let an import come between what was read and what is written."""
        theirs = {"first_name": "2026-03-01T00:00:00.000000Z"}
        db.session.execute(update(Person).values(core_observed_at=theirs).execution_options(synchronize_session=False))
        return asked(**which)

    monkeypatch.setattr(promising.promise_slots, "load", and_others_write)
    ada.choose(slot, NOW, number="+33699887766")
    [row] = house.rows(Person)
    assert row.core_observed_at.keys() >= {"first_name", "phone"}


def test_promises_from_other_hours_take_their_room_from_the_new_ones(house: House) -> None:
    ada, bea = (Customer.complain(house, name, now=NOW) for name in ("ada", "bea"))
    monday = datetime(2026, 3, 16, 8, 0, tzinfo=NOW.tzinfo)
    ada.choose(monday, NOW)
    bea.choose(monday, NOW)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        team = {**workspace.settings["callback_team"], "week": {"mon": ["10:00-14:00"]}}
        workspace.settings = {**workspace.settings, "callback_team": team}
    cid = Customer.complain(house, "cid", now=NOW)
    assert monday + HOUR not in cid.offered(NOW)
    with pytest.raises(SlotTaken):
        cid.choose(monday + HOUR, NOW)
    cid.choose(monday + 3 * HOUR, NOW)


def test_nothing_is_promised_about_what_is_over(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    slot = ada.offered(NOW)[0]
    ada.call(NOW)
    ada.resolve(NOW)
    assert ada.offered(NOW) == []
    with pytest.raises(PromiseRefused):
        ada.choose(slot, NOW)
    assert [alert.status for alert in house.rows(Alert)] == ["resolved"]


def test_an_erased_persons_promises_are_freed_or_stay_without_the_person(house: House) -> None:
    ada, bea = (Customer.complain(house, name, now=NOW) for name in ("ada", "bea"))
    first, second = ada.offered(NOW)[:2]
    ada.choose(first, NOW)
    bea.choose(second, NOW)
    bea.call(second + HOUR)
    known = {one.id for one in house.rows(Promise)}
    for name in ("ada", "bea"):
        erase(house, name, at=second + HOUR)
    assert {start: taken for start, (taken, _) in slots(house).items()} == {first: 0, second: 1}
    [left] = house.rows(Promise)
    assert left.id not in known
    assert (left.language, left.reason, left.made_at, left.settled_at) == ("", None, left.ends_at, left.ends_at)
    assert (left.status, left.starts_at) == ("kept", second)
    assert (left.customer_id, left.invitation_id, left.response_id, left.alert_id) == (None, None, None, None)
    sweep(house, second + 9 * HOUR)


def test_the_apology_that_a_report_is_about_is_looked_up_and_not_looked_for(house: House) -> None:
    ids = "id in (x'00', x'01') or provider_id in ('a', 'b')"
    with house.reading() as session:
        plan = session.execute(text(f"explain query plan select invitation_id from promises where {ids}")).all()
    assert not [step for *_, step in plan if step.startswith("SCAN")]


def test_what_the_provider_tells_of_an_apology_is_heeded(house: House) -> None:
    people = [Customer.complain(house, name, now=NOW) for name in ("ada", "bea")]
    slot = people[0].offered(NOW)[0]
    for one in people:
        one.choose(slot, NOW)
    later = slot + 3 * HOUR
    sweep(house, later)
    apologise(house, later)
    ada, bea = people
    hear(house, told("bounced", ada.promises[0].id), told("complained", bea.promises[0].id), at=later)
    assert (status(ada), ada.promises[0].reason, status(bea)) == (["owed"], "bounced", ["apologised"])
    assert {one.suppressed_reason for one in house.rows(Contact) if one.suppressed_at} == {"bounce", "complaint"}
    ada.call(later)
    hear(house, told("bounced", ada.promises[0].id), at=later)
    assert status(ada) == ["apologised"]
