"""A batch of mails: judged at once, marked one by one; and of what anybody says in between, nothing is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.builders import NO_RESTS, NPS, House
from tests.conftest import NOW
from tests.erased import erase
from tests.many import many_events
from tests.services.sending_by_hand import ACCOUNT, begin, fact, invited, prepare, send, stands
from tests.watching import at_once, statements
from vocapp import jobs
from vocapp.adapters.mail import MailDeferred, OutgoingMail, Receipt
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.jobs import mail as mail_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import (
    Change,
    Customer,
    Fact,
    Invitation,
    LedgerEntry,
    MailHalt,
    Response,
    Workspace,
    database_now,
    new_id,
)
from vocapp.services import halting, preferring, sending, suppressing, unsubscribing
from vocapp.services.preparing import Prepared

pytestmark = pytest.mark.both_databases

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FOR_EACH = {True: 2, False: 4}
"""Statements for one mail more, on PostgreSQL: the lock and the mark, which notes the one before, too; on SQLite one by
one, with the BEGIN."""


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Flask], None]]:
    monkeypatch.setattr(jobs, "_bound", None)
    return lambda app: jobs.bind(app, most_attempts={})


@pytest.fixture
def live(app: Flask, bound: Callable[[Flask], None]) -> House:
    """A house whose jobs run, by the real clock."""
    bound(app)
    return House(app, policy=NO_RESTS)


def due(house: House, number: int) -> list[int]:
    """Let so many people be invited by mail; return the facts that this is due."""
    house.survey()
    house.decide(*many_events(house, number))
    return [one.id for one in house.rows(Fact, Fact.kind == "InvitationDue")]


# ── statements


def test_a_batch_of_forty_takes_the_statements_of_one_of_twenty_but_for_the_marks(
    app: Flask, bound: Callable[[Flask], None]
) -> None:
    bound(app)

    def said_for(number: int) -> list[str]:
        house = House(app, f"for-{number}", policy=NO_RESTS)
        facts = due(house, number + 1)
        mail_jobs.send(facts[:1])  # the survey's definition is read once
        with statements(app) as said:
            mail_jobs.send(facts[1:])
        assert {one.status for one in house.rows(Invitation)} == {"sent"}
        assert all(fact.done_at for fact in house.rows(Fact, Fact.kind == "InvitationDue"))
        return said

    few, many = said_for(20), said_for(40)
    each = FOR_EACH[app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql")]
    assert len(many) - len(few) == 20 * each, "\n".join(sorted(set(many), key=many.count)[-5:])
    assert len(few) - 20 * each < 30


@pytest.mark.parametrize("block", ["night", "no mails at all"])
def test_what_may_not_go_takes_the_same_statements_for_any_number(app: Flask, block: str) -> None:
    def said_for(number: int) -> list[str]:
        house = House(app, f"for-{number}", now=NOW, policy={**NO_RESTS, "quiet_from": "20:00", "quiet_to": "08:00"})
        facts = due(house, number)
        if block != "night":
            _change_policy(house, cap=0)
        with statements(app) as said:
            assert prepare(house, facts, NOW.replace(hour=21) if block == "night" else NOW) == []
        assert {one.status for one in house.rows(Invitation)} == {"scheduled" if block == "night" else "suppressed"}
        return said

    few, many = said_for(2), said_for(40)
    assert len(few) == len(many)


# ── what is said between the judgement and the mark


def _in_writing(service: Callable[..., object], **given: Any) -> Callable[[House, Invitation, datetime], None]:
    def change(house: House, one: Invitation, now: datetime) -> None:
        with house.writing():
            service(invitation_id=one.id, **{**given, **({"now": now} if "now" not in given else {})})

    return change


def _limit(house: House, one: Invitation, now: datetime) -> None:
    del now
    with house.writing():
        preferring.limit(invitation_id=one.id, frequency="monthly")


def _kind(house: House, one: Invitation, now: datetime) -> None:
    with house.writing():
        preferring.choose_kinds(invitation_id=one.id, shown=["delivery"], wanted=[], text_version="fr", now=now)


def _speaks_english(house: House, one: Invitation, now: datetime) -> None:
    with house.writing():
        preferring.choose_language(invitation_id=one.id, language="en", now=now)


def _bounces(house: House, one: Invitation, now: datetime) -> None:
    with house.writing():
        suppressing.suppress(workspace_id=house.id, keys=[one.contact_key], reason="bounce", by="x", now=now)


def _takes_consent_back(house: House, one: Invitation, now: datetime) -> None:
    house.consent(one.customer_id, granted=False, at=now)


def _moves(house: House, one: Invitation, now: datetime) -> None:
    del now
    ben = house.customer("ben")
    with house.writing() as session:
        key = session.get_one(Customer, (house.id, ben)).contact_key
        session.get_one(Customer, (house.id, one.customer_id)).contact_key = key


def _is_reached(house: House, one: Invitation, now: datetime) -> None:
    """By another mail of another worker, a link, or a call: all stand in the ledger."""
    with house.writing() as session:
        session.add(
            LedgerEntry(
                workspace_id=house.id, id=new_id(), contact_key=one.contact_key, at=now, kind="call",
                survey_key=None, priority=0, made=True,
            )
        )  # fmt: skip


def _is_erased(house: House, one: Invitation, now: datetime) -> None:
    with house.reading() as session:
        name = session.get_one(Customer, (house.id, one.customer_id)).external_id
    erase(house, name, at=now)


def _answers_already(house: House, one: Invitation, now: datetime) -> None:
    with house.writing() as session:
        session.add(
            Response(
                workspace_id=house.id, id=new_id(), invitation_id=one.id, customer_id=one.customer_id,
                survey_key=one.survey_key, survey_version=one.survey_version, channel="link", language="fr",
                status="partial", revision=1, pages=[["nps"]], position=0, answers={"nps": 9}, void=[],
                skipped_known=[], started_at=now, answered_at=now,
            )
        )  # fmt: skip


def _change_policy(house: House, one: Any = None, now: Any = None, *, cap: int = 0) -> None:
    del one, now
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        policy = {**workspace.settings["contact_policy"], "cap": cap}
        workspace.settings = {**workspace.settings, "contact_policy": policy}


def _is_halted(house: House, one: Invitation, now: datetime) -> None:
    """By a 429 that another worker was given."""
    del one
    with house.writing() as session:
        session.add(
            MailHalt(
                account=ACCOUNT, workspace_id=halting.EVERYBODY, reason="asked_to_wait", detail="429", since=now,
                until=now + MINUTE,
            )
        )  # fmt: skip


CHANGES: dict[str, Callable[[House, Invitation, datetime], None]] = {
    "unsubscribes": _in_writing(unsubscribing.unsubscribe),
    "pauses": _in_writing(preferring.pause, until=NOW + timedelta(days=9)),
    "wants less": _limit,
    "wants no such survey": _kind,
    "speaks English": _speaks_english,
    "bounces": _bounces,
    "takes consent back": _takes_consent_back,
    "moves": _moves,
    "is reached": _is_reached,
    "is erased": _is_erased,
    "answers": _answers_already,
    "staff change the policy": _change_policy,
    "the provider is busy": _is_halted,
}


def test_whatever_is_said_between_the_judgement_and_the_mark_nothing_goes_before_it_is_judged_anew(
    app: Flask,
) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 2})
    stays = _ready(house, "stays")
    for name, change in CHANGES.items():
        one = _ready(house, name.replace(" ", "-"))
        change(house, house.invitation(one.invitation_id), NOW)
        assert begin(house, one, NOW + SECOND) is None, name
        if name == "staff change the policy":
            _change_policy(house, cap=2)
        left = house.rows(Invitation, Invitation.id == one.invitation_id)
        assert not any(invitation.marked_at for invitation in left), name
        assert not house.rows(LedgerEntry, LedgerEntry.id == one.invitation_id, LedgerEntry.made), name
        with house.writing() as session:
            session.execute(update(MailHalt).values(until=NOW))
    assert begin(house, stays, NOW + SECOND) is not None, "what others say is no concern of hers"


def test_the_night_that_falls_between_the_judgement_and_the_mark_is_kept(app: Flask) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "quiet_from": "20:00", "quiet_to": "08:00"})
    one = _ready(house, "ada", timezone="Europe/Paris", now=NOW.replace(hour=18, minute=59, second=59))
    assert begin(house, one, NOW.replace(hour=19)) is None
    assert stands(house, one.invitation_id) == ("scheduled", None)


def test_of_two_mails_to_one_address_in_one_batch_the_second_is_judged_behind_the_first(app: Flask) -> None:
    house = House(app, now=NOW, policy=NO_RESTS)
    for name in ("ada", "ben"):
        house.survey()
        house.customer(name, email="both@example.test")
        house.invite(name, channel="email")
    first, second = prepare(house, [one.id for one in house.rows(Fact, Fact.kind == "InvitationDue")], NOW)
    _change_policy(house, cap=1)
    assert begin(house, first, NOW) is None, "the policy has changed"
    first, second = prepare(house, [first.fact_id, second.fact_id], NOW)
    assert begin(house, first, NOW) is not None
    assert begin(house, second, NOW) is None
    assert prepare(house, [second.fact_id], NOW + SECOND) == []
    assert stands(house, second.invitation_id) == ("suppressed", "cap")


def test_a_mark_waits_for_who_holds_the_address_and_sees_what_they_said(crowd: House) -> None:
    _, fact_id = invited(crowd)
    with crowd.reading():
        now = database_now()
    [one] = prepare(crowd, [fact_id], now)
    about_to_commit, marked = Signal(), []

    def mark() -> None:
        about_to_commit.wait(10)
        marked.append(begin(crowd, one, now))

    thread = Thread(target=mark)
    thread.start()
    with crowd.writing() as session:
        crowd_key = session.scalars(
            select(Customer.contact_key).where(Customer.workspace_id == crowd.id).with_for_update()
        ).one()
        suppressing.suppress(workspace_id=crowd.id, keys=[crowd_key], reason="bounce", by="x", now=now)
        session.flush()
        about_to_commit.set()
        thread.join(0.3)
        assert thread.is_alive()  # it waits for us
    thread.join(20)
    assert marked == [None]


# ── who dies in the middle


def test_of_a_batch_whose_worker_dies_one_message_is_in_doubt_and_all_others_end_as_they_should(house: House) -> None:
    mailer = FakeMailer(tells=None)
    facts = due(house, 5)
    prepared = prepare(house, facts, NOW, mailer)
    before: sending.Sent | None = None
    for one in prepared[:3]:
        mail = begin(house, one, NOW, before=before)
        assert mail is not None
        before = sending.Sent(one, mailer.send(mail).provider_message_id, NOW)
    # and here it is killed
    statuses = [house.invitation(one.invitation_id).status for one in prepared]
    assert statuses == ["sent", "sent", "sending", "scheduled", "scheduled"]
    assert [house.invitation(one.invitation_id).provider_id for one in prepared[:2]] == [
        f"fake-{one.invitation_id}" for one in prepared[:2]
    ]
    with house.writing():
        unsubscribing.unsubscribe(invitation_id=prepared[1].invitation_id, now=NOW)
    told_before = _told(house)
    later = NOW + 2 * MINUTE
    for fact_id in facts:
        send(house, fact_id, later, mailer)
    assert [stands(house, one.invitation_id) for one in prepared] == [
        ("sent", None), ("cancelled", "unsubscribed"), ("unknown", "worker_lost"), ("sent", None), ("sent", None)
    ]  # fmt: skip
    assert len(mailer.attempts) == 5
    assert len({mail.message_id for mail in mailer.attempts}) == 5
    assert all(fact(house, fact_id).done_at == later for fact_id in facts)
    customer = house.invitation(prepared[0].invitation_id).customer_id
    assert _told(house)[customer] > told_before[customer], "its readers hear of what the dead one could not tell"


def test_one_that_breaks_the_job_takes_nothing_back_of_those_before_it(live: House) -> None:
    facts = due(live, 5)

    class Breaking(FakeMailer):
        def send(self, mail: OutgoingMail) -> Receipt:
            if len(self.attempts) == 2:
                self.attempts.append(mail)
                raise ZeroDivisionError
            return super().send(mail)

    mailer = live.app.extensions[MAILER] = Breaking(tells=False)
    with pytest.raises(jobs.JobFailed):
        mail_jobs.send(facts)
    statuses = [live.invitation(one.subject_id).status for one in live.rows(Fact, Fact.id.in_(facts))]
    assert statuses == ["sent", "sent", "sending", "sent", "sent"]
    assert len({mail.message_id for mail in mailer.attempts}) == len(mailer.attempts) == 5


def test_a_provider_who_asks_to_wait_in_the_middle_of_a_batch_is_left_alone(live: House) -> None:
    facts = due(live, 5)
    live.mailer.failures = [None, None, MailDeferred("429", retry_after=30)]
    mail_jobs.send(facts)
    mail_jobs.send(facts)
    assert len(live.mailer.attempts) == 3
    found = [live.invitation(one.subject_id) for one in live.rows(Fact, Fact.id.in_(facts))]
    assert [one.status for one in found] == ["sent", "sent", "scheduled", "scheduled", "scheduled"]
    assert [one.attempts for one in found] == [0] * 5
    waiting = live.rows(Fact, Fact.id.in_(facts), Fact.done_at.is_(None))
    assert [one.error for one in waiting] == [halting.PARKED] * 3
    assert sum(entry.made for entry in live.rows(LedgerEntry)) == 2


def test_workers_with_the_same_batch_send_each_mail_once(crowd: House, bound: Callable[[Flask], None]) -> None:
    bound(crowd.app)
    facts = due(crowd, 12)
    at_once(*[lambda: mail_jobs.send(facts)] * 3)
    assert sorted(mail.message_id for mail in crowd.mailer.attempts) == sorted(one.id for one in crowd.rows(Invitation))
    assert {one.status for one in crowd.rows(Invitation)} == {"sent"}


def _ready(house: House, name: str, *, now: datetime = NOW, **customer: Any) -> Prepared:
    house.survey("other", trigger=None, questions=[NPS])
    _, fact_id = invited(house, name=name, **customer)
    [one] = prepare(house, [fact_id], now)
    return one


def _told(house: House) -> dict[UUID, tuple[int, int]]:
    return {one.row_id: (one.xid, one.number) for one in house.rows(Change, Change.stream == "customers")}
