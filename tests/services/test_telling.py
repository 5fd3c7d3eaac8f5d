"""The team is told of an alert: everybody once, nobody forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.unhappy import alerts_of, complain, make_customer, make_workspace
from vocapp import jobs
from vocapp.adapters.mail import MailBlocked, MailDeferred, MailOutcomeUnknown, MailRefused
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.jobs import alert as alert_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import AlertMove, Fact, transaction
from vocapp.pipeline import PIPELINE
from vocapp.services import halting, telling

RECIPIENTS = ["ana@vocapp.test", "ben@vocapp.test"]


@pytest.fixture
def mailer(app: Flask) -> FakeMailer:
    app.extensions[MAILER] = FakeMailer()
    return app.extensions[MAILER]


@pytest.fixture
def tell(app: Flask, db: Any, mailer: FakeMailer) -> Iterator[Callable[[], Fact]]:
    """Give a runner of the job as a worker has it; it returns the fact as it stands then."""

    def run() -> Fact:
        db.session.rollback()
        fact_id = db.session.scalars(select(Fact.id).where(Fact.kind == "AlertOpened")).one()
        db.session.rollback()
        alert_jobs.tell_the_team([fact_id])
        db.session.rollback()
        return db.session.get(Fact, fact_id, populate_existing=True)

    with _bound(app):
        yield run


def test_everybody_named_is_told_once(db: Any, mailer: FakeMailer, tell: Any, now: datetime) -> None:
    alert = _alert(now, alert_recipients=RECIPIENTS)
    assert tell().done_at is not None
    tell()
    assert [mail.to_address for mail in mailer.sent] == RECIPIENTS
    first = mailer.sent[0]
    assert first.message_id == telling.notice_id(alert.id, "ana@vocapp.test")
    assert "Colis cassé" in first.text
    assert "Colis" not in first.subject
    assert f"http://vocapp.test/console/alerts/{alert.id}" in first.text
    assert [line.action for line in _history(db)] == ["opened", "told", "told"]


def test_without_recipients_nothing_is_sent_and_the_fact_is_settled(
    mailer: FakeMailer, tell: Any, now: datetime
) -> None:
    _alert(now)
    assert tell().done_at is not None
    assert mailer.attempts == []


def test_what_is_deferred_comes_again_for_that_recipient_only(
    db: Any, mailer: FakeMailer, tell: Any, now: datetime
) -> None:
    _alert(now, alert_recipients=RECIPIENTS)
    mailer.failures = [None, MailDeferred("busy", retry_after=900)]
    fact = tell()
    assert fact.done_at is None
    assert fact.failed_at is None
    assert fact.due_at - now > timedelta(minutes=5)  # as the peer asked, not as we would
    assert tell().done_at is None
    assert len(mailer.attempts) == 2, "nobody is called before"
    _resume(fact.workspace_id, now)
    assert tell().done_at is not None
    assert [mail.to_address for mail in mailer.sent] == RECIPIENTS
    assert len({mail.message_id for mail in mailer.attempts[1:]}) == 1  # a repeat is known for one


@pytest.mark.parametrize("address", ["not an address", "ben@vocapp.test"])
def test_who_can_not_be_told_holds_back_nobody(
    db: Any, mailer: FakeMailer, tell: Any, now: datetime, address: str
) -> None:
    _alert(now, alert_recipients=[address, "ana@vocapp.test"])
    if "@" in address:
        mailer.failures = [MailRefused("no such mailbox")]
    assert tell().done_at is not None
    assert [mail.to_address for mail in mailer.sent] == ["ana@vocapp.test"]
    assert sorted(line.action for line in _history(db)) == ["not_told", "opened", "told"]


def test_refused_credentials_lose_nothing(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [MailBlocked("401")]
    fact = tell()
    assert (fact.done_at, fact.failed_at, fact.attempts) == (None, None, 0)
    _resume(fact.workspace_id, now)
    assert tell().done_at is not None
    assert len(mailer.sent) == 1


def test_an_unknown_outcome_is_tried_again_but_not_for_ever(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [MailOutcomeUnknown("reset") for _ in range(9)]
    for _ in range(2):
        assert tell().done_at is None
    assert tell().done_at is not None
    assert len({mail.message_id for mail in mailer.sent}) == 1


def test_what_certainly_did_not_go_is_no_unknown_outcome(db: Any, mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [MailDeferred("429"), MailDeferred("429"), MailOutcomeUnknown("timeout"), MailDeferred("429")]
    for _ in range(4):
        assert tell().done_at is None
    mailer.failures = [MailOutcomeUnknown("timeout")]
    assert tell().done_at is None
    mailer.failures = [MailOutcomeUnknown("timeout")]
    assert tell().done_at is not None
    assert [line.action for line in _history(db)] == ["opened", *["maybe_told"] * 3]


def test_unknown_outcomes_count_for_each_recipient_apart(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=RECIPIENTS)
    unknown, busy = MailOutcomeUnknown("timeout"), MailDeferred("429")
    # attempt by attempt another one comes first
    mailer.failures = [unknown, busy, busy, unknown, unknown, busy]
    for _ in range(3):
        assert tell().done_at is None
    mailer.failures = []
    assert tell().done_at is not None
    assert mailer.sent[-1].to_address == "ben@vocapp.test"


def test_a_hanging_provider_ends_the_job_between_two_recipients_and_the_others_come_next(
    mailer: FakeMailer, tell: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alert(now, alert_recipients=[*RECIPIENTS, "cleo@vocapp.test"])
    every_call_takes_all = {"monotonic": lambda: jobs.CALLING_SECONDS * len(mailer.attempts)}
    monkeypatch.setattr(alert_jobs, "calling_ends", partial(jobs.calling_ends, **every_call_takes_all))
    monkeypatch.setattr(alert_jobs, "in_time", partial(jobs.in_time, **every_call_takes_all))
    mailer.failures = [MailDeferred("timed out")]
    for calls in (1, 2, 3):
        assert tell().done_at is None
        assert len(mailer.attempts) == calls
    assert tell().done_at is not None
    assert mailer.attempts[1].to_address != mailer.attempts[0].to_address
    assert sorted(mail.to_address for mail in mailer.sent) == [*RECIPIENTS, "cleo@vocapp.test"]


def test_an_alert_is_never_given_up() -> None:
    assert PIPELINE["AlertOpened"].most_attempts is None
    assert PIPELINE["SignalRaised"].most_attempts is None


def test_a_workers_death_after_the_call_repeats_the_same_message(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        tell()
    assert tell().done_at is not None
    assert len({mail.message_id for mail in mailer.attempts}) == 1


def test_recipients_are_read_leniently_and_each_counts_once() -> None:
    given = {"alert_recipients": [" Ana@vocapp.test", "ana@VOCAPP.test", "", None, 7]}
    assert telling.recipients(given) == ["Ana@vocapp.test"]
    assert telling.recipients({}) == telling.recipients({"alert_recipients": "ana@vocapp.test"}) == []


def _resume(workspace_id: int, now: datetime) -> None:
    with transaction():
        halting.resume(workspace_id=workspace_id, now=now)


def _alert(now: datetime, **settings: Any) -> Any:
    workspace_id = make_workspace(now, **settings)
    with transaction():
        customer_id = make_customer(workspace_id, "C-1", now, first_name="Zoé")
    fact = complain(workspace_id, customer_id, now, nps=2, why="Colis cassé", place="store")
    alert_jobs.open_alerts([fact])
    [alert] = alerts_of(workspace_id)
    return alert


def _history(db: Any) -> list[AlertMove]:
    return list(db.session.scalars(select(AlertMove).order_by(AlertMove.at, AlertMove.id)))


@contextmanager
def _bound(app: Flask) -> Iterator[None]:
    before = jobs._bound
    jobs.bind(app, most_attempts={})
    yield
    jobs._bound = before
