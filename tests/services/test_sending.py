"""One invitation, one message: whatever dies when, whatever the person says meanwhile, never a third in a week."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.services.sending_by_hand import claim, fact, invited, prepare, send, stands
from tests.watching import at_once
from vocapp import jobs
from vocapp.adapters.mail import (
    MailBlocked,
    MailDeferred,
    MailOutcomeUnknown,
    MailRefused,
)
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.adapters.mail.files import FilesMailer
from vocapp.jobs import mail as mail_jobs
from vocapp.models import Contact, Customer, Fact, LedgerEntry, database_now
from vocapp.services import halting, preparing, unsubscribing

pytestmark = pytest.mark.both_databases

MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)


def test_an_invitation_is_marked_before_the_call_and_confirmed_after_it(house: House) -> None:
    invitation_id, fact_id = invited(house)
    mail = send(house, fact_id, NOW)
    assert mail is not None
    assert mail.to_address == "ada@example.test"
    assert "List-Unsubscribe-Post" in mail.headers
    invitation = house.invitation(invitation_id)
    assert [step["status"] for step in invitation.decisions] == ["scheduled", "sending", "sent"]
    assert (invitation.marked_at, invitation.sent_at, invitation.provider_id) == (NOW, NOW, f"fake-{invitation_id}")
    assert fact(house, fact_id).done_at == NOW
    assert send(house, fact_id, NOW + MINUTE) is None
    assert len(house.mailer.sent) == 1


# ── what dies when


def test_who_died_before_the_mark_left_nothing(house: House) -> None:
    invitation_id, fact_id = invited(house)
    before = house.dump()
    assert prepare(house, [fact_id], NOW)
    assert house.dump() == before
    assert stands(house, invitation_id) == ("scheduled", None)
    assert send(house, fact_id, NOW) is not None


def test_who_died_before_the_call_is_found_out_by_a_back_end_that_can_tell(house: House) -> None:
    invitation_id, fact_id = invited(house)
    assert claim(house, fact_id, NOW) is not None  # and no call: the worker is gone
    assert send(house, fact_id, NOW + timedelta(seconds=30)) is None  # it may still be under way
    assert fact(house, fact_id).due_at == NOW + timedelta(seconds=60)
    assert send(house, fact_id, NOW + 2 * MINUTE) is not None
    assert stands(house, invitation_id) == ("sent", None)
    assert len(house.mailer.sent) == 1


def test_who_died_after_the_call_is_found_out_too_and_nothing_goes_twice(house: House) -> None:
    invitation_id, fact_id = invited(house)
    mail = claim(house, fact_id, NOW)
    assert mail is not None
    house.mailer.send(mail)
    assert send(house, fact_id, NOW + 2 * MINUTE) is None
    invitation = house.invitation(invitation_id)
    assert (invitation.status, invitation.sent_at) == ("sent", NOW)
    assert len(house.mailer.attempts) == 1
    assert fact(house, fact_id).done_at is not None


@pytest.mark.parametrize("called", [False, True])
def test_where_no_back_end_can_tell_it_stays_unknown_and_takes_its_place(app: Flask, called: bool) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 1})
    mailer = FakeMailer(tells=None)
    invitation_id, fact_id = invited(house)
    mail = claim(house, fact_id, NOW, mailer)
    assert mail is not None
    if called:
        mailer.send(mail)
    assert send(house, fact_id, NOW + 2 * MINUTE, mailer) is None
    assert stands(house, invitation_id) == ("unknown", "worker_lost")
    assert len(mailer.attempts) == int(called)
    again, _ = invited_again(house)
    assert stands(house, again) == ("suppressed", "cap")


def test_a_file_is_written_once_whenever_the_worker_dies(house: House, tmp_path: Path) -> None:
    mailer = FilesMailer(tmp_path / "outbox", now=lambda: NOW)
    _, fact_id = invited(house)
    mail = claim(house, fact_id, NOW, mailer)
    assert mail is not None
    assert send(house, fact_id, NOW + 2 * MINUTE, mailer) is not None
    mailer.send(mail)  # the one that was believed dead
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


def test_two_workers_with_one_fact_call_once(crowd: House) -> None:
    _, fact_id = invited(crowd)
    with crowd.reading():
        now = database_now()
    mails = at_once(*[lambda: send(crowd, fact_id, now)] * 6)
    assert sum(mail is not None for mail in mails) == 1
    assert len(crowd.mailer.attempts) == 1


# ── what the provider says


def invited_again(house: House) -> tuple[UUID, list[Fact]]:
    invitation_id = house.invite(channel="email")
    return invitation_id, house.rows(Fact, Fact.subject_id == invitation_id)


def test_a_deferred_message_comes_again_after_the_wait_it_was_given(house: House) -> None:
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailDeferred("busy", retry_after=30)]
    send(house, fact_id, NOW)
    invitation = house.invitation(invitation_id)
    assert (invitation.status, invitation.reason, invitation.marked_at) == ("scheduled", "provider_deferred", None)
    assert fact(house, fact_id).due_at == invitation.send_at == NOW + timedelta(seconds=30)
    assert [(entry.made, entry.at) for entry in house.rows(LedgerEntry)] == [(False, invitation.send_at)]
    send(house, fact_id, NOW + timedelta(seconds=30))
    assert stands(house, invitation_id) == ("sent", None)
    assert [entry.made for entry in house.rows(LedgerEntry)] == [True]


def test_a_blocked_account_makes_all_wait_and_loses_nothing(house: House) -> None:
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailBlocked("no such key")]
    send(house, fact_id, NOW)
    assert fact(house, fact_id).due_at == NOW + halting.TRIED_AGAIN_AFTER
    send(house, fact_id, NOW + halting.TRIED_AGAIN_AFTER)
    assert stands(house, invitation_id) == ("sent", None)


def test_a_refused_message_takes_no_place_in_the_week(app: Flask) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 1})
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailRefused("no such mailbox")]
    send(house, fact_id, NOW)
    assert stands(house, invitation_id) == ("failed", "refused")
    assert house.rows(LedgerEntry) == []
    again, [due] = invited_again(house)
    send(house, due.id, NOW)
    assert stands(house, again) == ("sent", None)


def test_a_message_without_a_verdict_is_never_sent_again_and_takes_its_place(app: Flask) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 1})
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailOutcomeUnknown("reset")]
    send(house, fact_id, NOW)
    assert stands(house, invitation_id) == ("unknown", "no_verdict")
    assert send(house, fact_id, NOW + 2 * MINUTE) is None
    again, _ = invited_again(house)
    assert stands(house, again) == ("suppressed", "cap")


# ── what the policy says at the moment of sending


def test_quiet_hours_are_looked_at_when_it_goes(app: Flask) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "quiet_from": "20:00", "quiet_to": "08:00"})
    invitation_id, fact_id = invited(house, timezone="Europe/Paris")
    late = NOW.replace(hour=21)  # 22:00 in Paris: the queue was slow
    assert send(house, fact_id, late) is None
    assert stands(house, invitation_id) == ("scheduled", "quiet_hours")
    assert fact(house, fact_id).due_at == NOW.replace(day=11, hour=7)
    assert send(house, fact_id, NOW.replace(day=11, hour=7)) is not None


def test_what_is_no_longer_hot_is_dropped_when_it_would_go(house: House) -> None:
    house.survey()
    [invitation_id] = house.decide(house.event(house.customer(), "e1"))
    [due] = house.rows(Fact, Fact.subject_id == invitation_id)
    assert send(house, due.id, NOW + timedelta(hours=49)) is None
    assert stands(house, invitation_id) == ("dropped", "hot_window")
    assert house.rows(LedgerEntry) == []


def test_an_invitation_by_hand_is_dropped_too_where_its_survey_names_no_hot_window(house: House) -> None:
    house.survey(trigger=None)
    invitation_id, fact_id = invited(house)
    assert send(house, fact_id, NOW + timedelta(hours=49)) is None
    assert stands(house, invitation_id) == ("dropped", "hot_window")


def test_what_was_said_between_the_decision_and_the_sending_counts(house: House) -> None:
    for block, stand in {
        "consent": ("suppressed", "no_consent"),
        "pause": ("suppressed", "paused"),
        "bounce": ("suppressed", "suppressed_bounce"),
        "unsubscribe": ("cancelled", "unsubscribed"),
    }.items():
        invitation_id, fact_id = invited(house, name=block)
        _say(house, block, invitation_id)
        assert send(house, fact_id, NOW + MINUTE) is None
        assert stands(house, invitation_id) == stand
    assert house.mailer.attempts == []
    assert house.rows(LedgerEntry) == []


def _say(house: House, block: str, invitation_id: UUID) -> None:
    invitation = house.invitation(invitation_id)
    if block == "consent":
        house.consent(invitation.customer_id, granted=False, at=NOW + timedelta(seconds=1))
    elif block == "unsubscribe":
        with house.writing():
            unsubscribing.unsubscribe(invitation_id=invitation_id, now=NOW)
    else:
        with house.writing() as session:
            contact = session.get_one(Contact, (house.id, invitation.contact_key))
            if block == "pause":
                contact.paused_until = NOW + WEEK
            else:
                contact.suppressed_at, contact.suppressed_reason = NOW, "bounce"


def test_an_address_that_changes_while_its_lock_is_waited_for_is_taken_up_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation_id, fact_id = invited(house)
    other = house.invitation(invited(house, name="ben")[0]).contact_key
    lock = preparing.lock_contacts

    def slow(*, workspace_id: int, keys: list[str]) -> dict[str, Contact]:
        found = lock(workspace_id=workspace_id, keys=[other])  # the lock of an address that was theirs a moment ago
        return dict.fromkeys(keys, found[other])

    monkeypatch.setattr(preparing, "lock_contacts", slow)
    assert send(house, fact_id, NOW) is None
    assert stands(house, invitation_id) == ("scheduled", None)
    monkeypatch.undo()
    mail = send(house, fact_id, NOW)
    assert mail is not None
    assert mail.to_address == "ada@example.test"


def test_a_new_address_is_the_one_that_is_written_to_and_that_counts(app: Flask) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 1})
    invitation_id, fact_id = invited(house)
    other = house.customer("ben", email="new@example.test")
    with house.writing() as session:
        ada = session.get_one(Customer, (house.id, house.invitation(invitation_id).customer_id))
        ada.email = "new@example.test"
        ada.contact_key = session.get_one(Customer, (house.id, other)).contact_key
    mail = send(house, fact_id, NOW)
    assert mail is not None
    assert mail.to_address == "new@example.test"
    assert stands(house, house.invite("ben", channel="email")) == ("suppressed", "cap")


@pytest.mark.parametrize(
    ("breaks", "becomes", "next_one"), [("claim", "failed", "scheduled"), ("call", "unknown", "suppressed")]
)
def test_an_invitation_whose_job_fails_for_ever_is_given_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch, breaks: str, becomes: str, next_one: str
) -> None:
    """A fault of ours: what was never called blocks no place; what may have left keeps the one it took."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    house = House(app, policy={**NO_RESTS, "cap": 1})
    invitation_id, fact_id = invited(house)
    monkeypatch.setattr(jobs, "_bound", None)
    jobs.bind(house.app, most_attempts={"vocapp.jobs.mail.send": 1})
    monkeypatch.setattr(*(mail_jobs.sending, "begin", broken) if breaks == "claim" else (house.mailer, "send", broken))
    with pytest.raises(jobs.JobFailed):
        mail_jobs.send([fact_id])
    assert stands(house, invitation_id) == (becomes, "given_up")
    assert fact(house, fact_id).failed_at is not None
    assert [entry.made for entry in house.rows(LedgerEntry)] == ([] if breaks == "claim" else [True])
    assert stands(house, house.invite("ada", channel="email"))[0] == next_one
