"""What the provider tells of a message: in any order, any number of times, too early, or of nobody's message."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.services.sending_by_hand import begin, claim, confirm, fact, invited, prepare, send, stands
from tests.watching import at_once, statements
from vocapp import jobs
from vocapp.adapters.mail import MailDeferred
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.domain.delivery import Report
from vocapp.jobs import mail_reports
from vocapp.models import (
    Consent,
    Contact,
    Customer,
    Fact,
    Invitation,
    LedgerEntry,
    MailReport,
    Signal,
    database_now,
    db,
)
from vocapp.services import hearing_back, sending, suppressing
from vocapp.services.documents.customers import customer_documents

pytestmark = pytest.mark.both_databases

MINUTE = timedelta(minutes=1)


def said(kind: Any, mail_id: UUID | None, **more: Any) -> Report:
    suppresses = {"bounced": "bounce", "dropped": "bounce", "complained": "complaint"}.get(kind)
    return Report(**{"key": uuid4().hex, "kind": kind, "at": NOW, "mail_id": mail_id, "suppresses": suppresses, **more})


def take_in(house: House, *reports: Report, at: Any = NOW) -> hearing_back.Taken:
    with house.writing():
        return hearing_back.take_in(reports=reports, told_by="sendgrid", secret=house.secret, now=at)


def apply(house: House, at: Any = NOW) -> None:
    """Do what the job does for every open batch."""
    with house.reading() as session:
        due = [one.id for one in session.query(Fact).filter(Fact.kind == "MailReported", Fact.done_at.is_(None))]
    for fact_id in due:
        last = None
        while True:
            with house.writing():
                last = hearing_back.apply_some(fact_id=fact_id, after=last, now=at)
            if last is None:
                break
        with house.writing():
            hearing_back.conclude(fact_id=fact_id, now=at)


def hear(house: House, *reports: Report, at: Any = NOW) -> None:
    take_in(house, *reports, at=at)
    apply(house, at)


def sent(house: House, name: str = "ada", **customer: Any) -> UUID:
    invitation_id, fact_id = invited(house, name=name, **customer)
    assert send(house, fact_id, NOW) is not None
    return invitation_id


def outcomes(house: House) -> list[tuple[str, str | None]]:
    with house.reading() as session:
        return [(one.kind, one.outcome) for one in session.query(MailReport).order_by(MailReport.id)]


def contact_of(house: House, external_id: str = "ada") -> dict[str, Any]:
    [customer] = house.rows(Customer, Customer.external_id == external_id)
    with house.reading():
        return customer_documents(workspace_id=house.id, ids=[customer.id], now=NOW)[customer.id]["contact"]


# ── what each means


@pytest.mark.parametrize(
    ("kind", "stand", "reason"),
    [
        ("processed", ("sent", None), None),
        ("deferred", ("sent", None), None),
        ("delivered", ("sent", None), None),
        ("blocked", ("failed", "blocked"), None),
        ("bounced", ("failed", "bounced"), "suppressed_bounce"),
        ("dropped", ("failed", "dropped"), "suppressed_bounce"),
        ("complained", ("sent", None), "suppressed_complaint"),
        ("unsubscribed", ("cancelled", "unsubscribed"), "unsubscribed"),
        ("unwanted", ("failed", "dropped"), "unsubscribed"),
    ],
)
def test_a_report_changes_the_message_and_who_may_be_written_to(
    house: House, kind: str, stand: tuple[str, str | None], reason: str | None
) -> None:
    invitation_id = sent(house)
    hear(house, said(kind, invitation_id))
    assert stands(house, invitation_id) == stand
    contact = contact_of(house)
    assert (contact["allowed"], contact["reason"]) == (reason is None, reason)
    assert stands(house, house.invite("ada", channel="email"))[0] == ("suppressed" if reason else "scheduled")
    assert outcomes(house) == [(kind, "applied")]


@pytest.mark.parametrize(("kind", "own"), [("unsubscribed", True), ("unwanted", False)])
def test_who_unsubscribed_themselves_said_so_and_whom_a_list_of_the_provider_holds_did_not(
    house: House, kind: str, own: bool
) -> None:
    hear(house, said(kind, sent(house)))
    [no] = house.rows(Consent, Consent.granted.is_(False))
    assert (no.purpose, no.own) == ("surveys", own)


def test_an_apology_that_came_back_is_an_alert_once(house: House) -> None:
    invitation_id = sent(house)
    [ada] = house.rows(Customer)
    event_id = house.event(ada.id, "refund-1", name="order.refunded")
    with house.writing() as session:
        session.execute(update(Invitation).values(kind="recovery", occasion="refund-1"))
    hear(house, said("delivered", invitation_id))
    assert house.rows(Signal) == []
    for _ in range(2):
        hear(house, said("bounced", invitation_id))
    assert [(one.event_id, one.kinds) for one in house.rows(Signal)] == [(event_id, ["other"])]
    assert len(house.rows(Fact, Fact.kind == "SignalRaised")) == 1


def test_a_dead_address_is_dead_for_everybody_who_shares_it_and_for_what_is_queued(house: House) -> None:
    invitation_id = sent(house)
    house.customer("ben", email="ADA@example.test")
    queued, fact_id = invited(house, name="ben")
    assert stands(house, queued) == ("scheduled", None)
    hear(house, said("bounced", invitation_id))
    assert send(house, fact_id, NOW) is None
    assert stands(house, queued) == ("suppressed", "suppressed_bounce")
    assert contact_of(house, "ben")["reason"] == "suppressed_bounce"


def test_another_workspace_keeps_writing_to_the_address(app: Flask, house: House) -> None:
    other = House(app, "autre", now=NOW, policy=NO_RESTS)
    theirs = sent(other)
    invitation_id = sent(house)
    hear(house, said("bounced", invitation_id))
    assert contact_of(other)["allowed"]
    assert stands(other, theirs) == ("sent", None)


def test_a_report_that_names_another_address_than_its_message_suppresses_nobody(app: Flask, house: House) -> None:
    other = House(app, "autre", now=NOW, policy=NO_RESTS)
    theirs = sent(other, email="ben@example.test")
    sent(house)
    hear(house, said("bounced", theirs, address="ada@example.test"), said("bounced", None, address="ada@example.test"))
    assert contact_of(house)["allowed"]
    assert contact_of(other)["allowed"]
    assert stands(other, theirs) == ("sent", None)
    assert outcomes(house) == [("bounced", "aside")] * 2


@pytest.mark.parametrize("written", ["ADA@Example.TEST", "ada@example.test"])
def test_the_address_is_compared_as_it_is_meant(house: House, written: str) -> None:
    invitation_id = sent(house)
    hear(house, said("bounced", invitation_id, address=written))
    assert not contact_of(house)["allowed"]


def test_an_address_of_other_letters_comes_back_in_those_of_the_wire(house: House) -> None:
    invitation_id = sent(house, email="ada@exämple.test")
    hear(house, said("bounced", invitation_id, address="ada@xn--exmple-cua.test"))
    assert contact_of(house)["reason"] == "suppressed_bounce"


def test_without_an_id_of_ours_the_providers_own_does(house: House) -> None:
    invitation_id = sent(house)
    hear(house, said("bounced", None, provider_id=f"fake-{invitation_id}"))
    assert stands(house, invitation_id) == ("failed", "bounced")


# ── order and number


def test_the_state_is_the_same_in_any_order_and_however_often(app: Flask) -> None:
    """Each told 46 times, shuffled: as after once, in order."""
    told = [("processed", 0), ("deferred", 1), ("delivered", 2), ("bounced", 3), ("complained", 4)]
    chance = random.Random(7)
    states = []
    for number in range(6):
        house = House(app, f"house-{number}", now=NOW, policy=NO_RESTS)
        invitation_id = sent(house)
        reports = [said(kind, invitation_id, at=NOW - minute * MINUTE) for kind, minute in told]
        often = reports if number == 0 else chance.sample(reports * 46, len(reports) * 46)
        for start in range(0, len(often), 1 if number == 0 else 46):
            take_in(house, *often[start : start + (1 if number == 0 else 46)])
            if chance.random() < 0.5:
                apply(house)
        apply(house)
        invitation = house.invitation(invitation_id)
        [contact] = house.rows(Contact)
        state = (invitation.status, invitation.reason, invitation.delivery, invitation.sent_at)
        against = (contact.suppressed_at, contact.suppressed_reason, contact.suppressed_by)
        states.append((*state, *against, *(entry.made for entry in house.rows(LedgerEntry))))
    assert len(set(states)) == 1
    assert states[0] == ("failed", "bounced", "bounced", NOW, NOW, "complaint", "sendgrid", True)


def test_delivered_is_never_written_over_a_bounce(house: House) -> None:
    invitation_id = sent(house)
    hear(house, said("bounced", invitation_id))
    hear(house, said("delivered", invitation_id))
    assert house.invitation(invitation_id).delivery == "bounced"
    assert stands(house, invitation_id) == ("failed", "bounced")


def test_the_same_report_again_is_counted_and_changes_nothing(house: House) -> None:
    report = said("bounced", sent(house))
    assert take_in(house, report, report) == (1, 1)
    apply(house)
    with house.writing():
        suppressing.lift(workspace_id=house.id, keys=[one.key for one in house.rows(Contact)])
    before = house.dump()
    assert take_in(house, report, at=NOW + timedelta(days=1)) == (0, 1)
    assert house.dump() == before


# ── before our own commit, and after none


def test_what_comes_while_the_call_is_under_way_proves_that_it_left(house: House) -> None:
    invitation_id, fact_id = invited(house)
    [prepared] = prepare(house, [fact_id], NOW)
    assert begin(house, prepared, NOW) is not None
    hear(house, said("processed", invitation_id))
    assert stands(house, invitation_id) == ("sent", None)
    confirm(house, prepared, "sg-1", NOW)  # and now our own commit
    assert house.invitation(invitation_id).provider_id == "sg-1"
    assert [step["status"] for step in house.invitation(invitation_id).decisions] == ["scheduled", "sending", "sent"]


def test_a_bounce_that_is_quicker_than_our_commit_stands_after_it(house: House) -> None:
    invitation_id, fact_id = invited(house)
    mail = claim(house, fact_id, NOW)
    hear(house, said("bounced", invitation_id))
    house.mailer.failures = []
    assert mail is not None
    with house.writing():
        sending.give_back(
            fact_id=fact_id, workspace_id=house.id, invitation_id=invitation_id, error=MailDeferred("late"), now=NOW
        )
    assert stands(house, invitation_id) == ("failed", "bounced")
    assert fact(house, fact_id).done_at == NOW


@pytest.mark.parametrize(("kind", "stand"), [("processed", ("sent", None)), ("bounced", ("failed", "bounced"))])
def test_an_unknown_outcome_is_resolved(app: Flask, kind: str, stand: tuple[str, str | None]) -> None:
    house = House(app, now=NOW, policy=NO_RESTS)
    mailer = FakeMailer(tells=None)
    invitation_id, fact_id = invited(house)
    claim(house, fact_id, NOW, mailer)
    send(house, fact_id, NOW + 2 * MINUTE, mailer)
    assert stands(house, invitation_id) == ("unknown", "worker_lost")
    hear(house, said(kind, invitation_id), at=NOW + 3 * MINUTE)
    assert stands(house, invitation_id) == stand
    assert house.invitation(invitation_id).sent_at == NOW
    assert mailer.attempts == []


def test_what_was_believed_not_to_have_left_and_did_is_not_sent_again(house: House) -> None:
    """A gateway answered 500, and passed the message on all the same."""
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailDeferred("500")]
    send(house, fact_id, NOW)
    hear(house, said("delivered", invitation_id))
    assert send(house, fact_id, NOW + 10 * MINUTE) is None
    assert stands(house, invitation_id) == ("sent", None)
    assert [entry.made for entry in house.rows(LedgerEntry)] == [True]


def test_a_report_ahead_of_what_it_is_about_waits_for_it(house: House) -> None:
    invitation_id, fact_id = invited(house)
    hear(house, said("delivered", invitation_id))  # handed over, as far as our rows tell, never
    assert stands(house, invitation_id) == ("scheduled", None)
    [waiting] = [one for one in rows_of_all(house, Fact) if one.kind == "MailReported"]
    assert waiting.done_at is None
    assert NOW < waiting.due_at <= NOW + timedelta(seconds=5)
    assert send(house, fact_id, NOW + timedelta(seconds=1)) is not None
    apply(house, NOW + timedelta(seconds=4))
    assert house.invitation(invitation_id).delivery == "delivered"
    assert outcomes(house) == [("delivered", "applied")]


def test_a_report_about_nothing_of_ours_is_put_aside_in_the_end(house: House) -> None:
    hear(house, said("bounced", uuid4(), address="ada@example.test"), said("processed", None, provider_id="sg-x"))
    assert {outcome for _, outcome in outcomes(house)} == {None}
    apply(house, NOW + hearing_back.PATIENCE)
    assert {outcome for _, outcome in outcomes(house)} == {"aside"}
    assert all(one.done_at is not None for one in rows_of_all(house, Fact))


def test_thousands_are_taken_in_a_handful_of_statements(house: House) -> None:
    reports = [said("delivered", uuid4(), address=f"p{number}@example.test") for number in range(5000)]
    with statements(house.app) as said_to_it:
        assert take_in(house, *reports) == (5000, 0)
    assert len([one for one in said_to_it if not one.startswith(("BEGIN", "select pg_"))]) <= 5


def test_batches_that_are_applied_at_once_come_to_the_same_end(crowd: House) -> None:
    chance = random.Random(11)
    with crowd.reading():
        now = database_now()
    ids = []
    for number in range(12):
        invitation_id, fact_id = invited(crowd, name=f"p{number}")
        send(crowd, fact_id, now)
        ids.append(invitation_id)
    reports = [said(kind, one, at=now) for one in ids for kind in ("processed", "delivered", "bounced", "unsubscribed")]
    for _ in range(5):
        take_in(crowd, *[replace(one, key=uuid4().hex) for one in chance.sample(reports, len(reports))], at=now)
    batches = [one.id for one in rows_of_all(crowd, Fact) if one.kind == "MailReported"]
    jobs.bind(crowd.app, most_attempts={})

    def work(fact_id: int) -> None:
        for _ in range(10):  # as the relay would: again, where two stood in each other's way
            with suppress(jobs.JobFailed):
                mail_reports.apply([fact_id])
                return
        raise AssertionError("never through")

    at_once(*[partial(work, fact_id) for fact_id in batches])
    assert {outcome for _, outcome in outcomes(crowd)} == {"applied"}
    assert {crowd.invitation(one).delivery for one in ids} == {"bounced"}
    assert all(one.suppressed_at and one.unsubscribed_at for one in crowd.rows(Contact))


def test_no_address_is_kept(house: House) -> None:
    take_in(house, said("bounced", uuid4(), address="ada@example.test", detail="gone"))
    assert "ada@" not in str(house.dump()["mail_reports"])


def rows_of_all(house: House, model: Any) -> list[Any]:
    with house.reading():
        found = list(db.session.query(model))
        db.session.expunge_all()
    return found


def test_invitations_by_link_are_none_of_the_providers(house: House) -> None:
    house.survey()
    house.customer("ada")
    by_link = house.invite("ada")
    hear(house, said("bounced", by_link))
    assert house.rows(Invitation)[0].status == "sent"
    assert contact_of(house)["allowed"]
