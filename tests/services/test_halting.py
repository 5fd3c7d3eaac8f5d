"""When the mail provider takes nothing: it is not called, nothing is lost, nothing is counted, and the order stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.services.sending_by_hand import ACCOUNT, fact, invited, send, stands
from vocapp import jobs
from vocapp.adapters.mail import MailBlocked, MailDeferred, MailRefused
from vocapp.jobs import mail as mail_jobs
from vocapp.models import Fact, LedgerEntry, MailHalt
from vocapp.models.outbox import lease
from vocapp.services import halting, sending

pytestmark = pytest.mark.both_databases

SECOND = timedelta(seconds=1)
NAMES = ("ada", "ben", "cleo", "dan", "eve")


def due_in_order(house: House, at: Any) -> list[int]:
    """Lease as the relay does."""
    with house.writing():
        return [one.id for one in lease(now=at, limit=50, seconds=30, kinds=["InvitationDue"])]


def send_all(house: House, at: Any, **more: Any) -> list[str]:
    """Do what a round of the relay and a worker do; return who was called."""
    before = len(house.mailer.attempts)
    for fact_id in due_in_order(house, at):
        send(house, fact_id, at, **more)
    return [mail.to_address.partition("@")[0] for mail in house.mailer.attempts[before:]]


def halts(house: House) -> list[tuple[str, int]]:
    with house.reading():
        return [(halt.reason, halt.workspace_id) for halt in halting.list_halts(now=NOW)]


def everybody(house: House) -> dict[str, tuple[UUID, int]]:
    return {name: invited(house, name=name) for name in NAMES}


# ── 429


def test_nobody_is_called_before_the_time_that_a_429_names(house: House) -> None:
    people = everybody(house)
    house.mailer.failures = [None, MailDeferred("429", retry_after=30)]
    assert send_all(house, NOW) == ["ada", "ben"]
    assert halts(house) == [("asked_to_wait", halting.EVERYBODY)]
    for seconds in (1, 10, 29):
        assert send_all(house, NOW + seconds * SECOND) == []
    assert send_all(house, NOW + 31 * SECOND) == ["ben", "cleo", "dan", "eve"], "in their order"
    for invitation_id, fact_id in people.values():
        assert stands(house, invitation_id) == ("sent", None)
        assert (house.invitation(invitation_id).attempts, fact(house, fact_id).attempts) == (0, 0)
    assert [entry.made for entry in house.rows(LedgerEntry)] == [True] * 5
    assert halts(house) == []


def test_another_workspace_waits_too_for_it_is_the_same_account(app: Flask, house: House) -> None:
    other = House(app, "autre", now=NOW, policy=NO_RESTS)
    _, ours = invited(house)
    _, theirs = invited(other)
    house.mailer.failures = [MailDeferred("429", retry_after=30)]
    send(house, ours, NOW)
    assert send(other, theirs, NOW + SECOND) is None
    assert fact(other, theirs).due_at >= NOW + 30 * SECOND


def test_the_cap_is_not_touched_by_waiting(app: Flask) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 1})
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailDeferred("429", retry_after=30)] * 3
    for turn in range(3):
        send(house, fact_id, NOW + 30 * turn * SECOND)
    assert [entry.made for entry in house.rows(LedgerEntry)] == [False]
    assert send(house, fact_id, NOW + 90 * SECOND) is not None
    assert stands(house, invitation_id) == ("sent", None)


# ── 500


def test_five_failures_and_a_success_make_one_mail_with_growing_pauses(house: House) -> None:
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailDeferred("SendGrid answered 500")] * 5
    at, pauses = NOW, []
    for _ in range(5):
        send(house, fact_id, at)
        pauses.append((fact(house, fact_id).due_at - at).total_seconds())
        at = fact(house, fact_id).due_at
    send(house, fact_id, at)
    assert len(house.mailer.sent) == 1
    assert stands(house, invitation_id) == ("sent", None)
    assert house.invitation(invitation_id).attempts == 5
    assert fact(house, fact_id).attempts == 0
    assert all(0.75 * 2**n <= pause <= 1.25 * 2**n for n, pause in enumerate(pauses, 1))
    assert halts(house) == [], "one message's trouble stops no other"


def test_pauses_are_spread_and_bounded() -> None:
    first = {sending.back_off(UUID(int=number), 3) for number in range(50)}
    assert len(first) == 50
    assert all(timedelta(seconds=6) <= pause <= timedelta(seconds=10) for pause in first)
    assert sending.back_off(UUID(int=1), 1000) <= timedelta(seconds=375)


def test_a_mail_put_off_many_times_is_not_given_up_at_its_first_exception(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation_id, fact_id = invited(house)
    house.mailer.failures = [MailDeferred("busy")] * 25
    at = NOW
    for _ in range(25):
        send(house, fact_id, at)
        at = fact(house, fact_id).due_at
    monkeypatch.setattr(jobs, "_bound", None)
    jobs.bind(house.app, most_attempts={"vocapp.jobs.mail.send": 20})

    def broken(**_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broke:
        broke.setattr(mail_jobs.preparing, "prepare", broken)
        with pytest.raises(jobs.JobFailed):
            mail_jobs.send([fact_id])
    assert (fact(house, fact_id).failed_at, fact(house, fact_id).attempts) == (None, 1)
    assert stands(house, invitation_id)[0] == "scheduled"


# ── 400 and 401


def test_a_refused_mail_fails_with_its_reason_and_the_next_goes(house: House) -> None:
    everybody(house)
    house.mailer.failures = [MailRefused("SendGrid answered 400: bad content")]
    assert send_all(house, NOW) == list(NAMES)
    assert send_all(house, NOW + timedelta(hours=1)) == []
    [failed] = [one for one in house.rows(Fact) if one.error]
    invitation = house.invitation(failed.subject_id)
    assert (invitation.status, invitation.reason) == ("failed", "refused")
    assert invitation.decisions[-1]["detail"] == failed.error == "SendGrid answered 400: bad content"


def test_a_401_stops_the_workspace_and_no_other(app: Flask, house: House) -> None:
    people = everybody(house)
    house.mailer.failures = [MailBlocked("SendGrid answered 401")]
    assert send_all(house, NOW) == ["ada"]
    assert halts(house) == [("turned_away", house.id)]
    other = House(app, "autre", now=NOW, policy=NO_RESTS)
    theirs, their_fact = invited(other)
    assert send(other, their_fact, NOW) is not None
    assert stands(other, theirs) == ("sent", None)
    calls = len(house.mailer.attempts)
    for minute in range(1, 5):
        assert send_all(house, NOW + minute * timedelta(minutes=1)) == []
    assert len(house.mailer.attempts) == calls
    assert {stands(house, one)[0] for one, _ in people.values()} == {"scheduled"}
    assert [fact(house, one).attempts for _, one in people.values()] == [0] * 5


def test_one_message_tries_now_and_then_and_frees_the_others(house: House) -> None:
    everybody(house)
    house.mailer.failures = [MailBlocked("401"), MailBlocked("401")]
    assert send_all(house, NOW) == ["ada"]
    assert send_all(house, NOW + halting.TRIED_AGAIN_AFTER + SECOND) == ["ada"], "only one"
    later = NOW + 2 * halting.TRIED_AGAIN_AFTER + 2 * SECOND
    assert sorted(send_all(house, later) + send_all(house, later + SECOND)) == sorted(NAMES)
    assert halts(house) == []


def test_another_key_is_another_account_and_goes_at_once(house: House) -> None:
    everybody(house)
    house.mailer.failures = [MailBlocked("401")]
    assert send_all(house, NOW) == ["ada"]
    with house.writing():
        assert halting.follow_account(account="another account", now=NOW + SECOND) == 1
    assert sorted(send_all(house, NOW + 2 * SECOND, account="another account")) == sorted(NAMES)
    with house.writing():
        assert halting.follow_account(account="another account", now=NOW + 3 * SECOND) == 0


def test_resuming_by_hand_frees_what_waits_in_its_order_and_nothing_that_is_planned_later(house: House) -> None:
    everybody(house)
    house.mailer.failures = [MailBlocked("401")]
    send_all(house, NOW)
    house.customer("fay")
    planned = house.invite("fay", channel="email", now=NOW + timedelta(hours=5))
    [later] = house.rows(Fact, Fact.subject_id == planned)
    with house.writing():
        assert halting.resume(workspace_id=house.id, now=NOW + SECOND) == 1
    assert send_all(house, NOW + 2 * SECOND) == list(NAMES)
    assert fact(house, later.id).due_at == later.due_at


def test_what_a_halt_tells_is_kept_from_its_beginning(house: House) -> None:
    _, fact_id = invited(house)
    house.mailer.failures = [MailBlocked("401: key revoked"), MailBlocked("401: account closed")]
    send(house, fact_id, NOW)
    send(house, fact_id, NOW + halting.TRIED_AGAIN_AFTER)
    with house.reading() as session:
        [halt] = halting.list_halts(now=NOW, workspace_id=house.id)
        assert session.query(MailHalt).one().account == ACCOUNT
    assert (halt.since, halt.detail) == (NOW, "401: account closed")
    assert halt.tried_again_at == NOW + 2 * halting.TRIED_AGAIN_AFTER
