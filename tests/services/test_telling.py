"""The team is told of an alert: everybody once, nobody forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.unhappy import alerts_of, complain, make_customer, make_workspace
from vocapp import jobs
from vocapp.adapters.mail import MailBlocked, MailDeferred, MailOutcomeUnknown, MailRefused
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.domain import notices
from vocapp.jobs import alert as alert_jobs
from vocapp.jobs import tell as tell_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import AlertMove, Fact, Notice, transaction
from vocapp.pipeline import PIPELINE
from vocapp.services import halting, noticing

RECIPIENTS = ["ana@vocapp.test", "ben@vocapp.test"]


@pytest.fixture
def mailer(app: Flask) -> FakeMailer:
    app.extensions[MAILER] = FakeMailer()
    return app.extensions[MAILER]


@pytest.fixture
def tell(app: Flask, db: Any, mailer: FakeMailer) -> Iterator[Callable[[], list[Fact]]]:
    """Give a runner of the jobs as workers have them; it returns what is to be told as it stands then."""

    def run() -> list[Fact]:
        for kind, work in (("AlertOpened", alert_jobs.plan_notices), ("NoticeDue", tell_jobs.tell)):
            work(_facts(db, kind))
        return _all_facts(db)

    with _bound(app):
        yield run


def test_everybody_named_is_told_once(db: Any, mailer: FakeMailer, tell: Any, now: datetime) -> None:
    alert = _alert(now, alert_recipients=RECIPIENTS)
    assert done(tell())
    tell()
    assert [mail.to_address for mail in mailer.sent] == RECIPIENTS
    first = mailer.sent[0]
    assert first.message_id == _id_of(alert.id, "ana@vocapp.test")
    assert "Colis cassé" in first.text
    assert "Colis" not in first.subject
    assert f"http://vocapp.test/console/alerts/{alert.id}" in first.text
    assert [line.action for line in _history(db)] == ["opened", "told", "told"]


def test_without_recipients_nothing_is_sent_and_the_fact_is_settled(
    mailer: FakeMailer, tell: Any, now: datetime
) -> None:
    _alert(now)
    assert done(tell())
    assert mailer.attempts == []


def test_what_is_deferred_comes_again_for_that_recipient_only(
    db: Any, mailer: FakeMailer, tell: Any, now: datetime
) -> None:
    _alert(now, alert_recipients=RECIPIENTS)
    mailer.failures = [None, MailDeferred("busy", retry_after=900)]
    [_, fact] = tell()
    assert fact.done_at is None
    assert fact.failed_at is None
    assert fact.due_at - now > timedelta(minutes=5)  # as the peer asked, not as we would
    assert not done(tell())
    assert len(mailer.attempts) == 2, "nobody is called before"
    _resume(fact.workspace_id, now)
    assert done(tell())
    assert [mail.to_address for mail in mailer.sent] == RECIPIENTS
    assert len({mail.message_id for mail in mailer.attempts[1:]}) == 1  # a repeat is known for one


@pytest.mark.parametrize("address", ["not an address", "ben@vocapp.test"])
def test_who_can_not_be_told_holds_back_nobody(
    db: Any, mailer: FakeMailer, tell: Any, now: datetime, address: str
) -> None:
    _alert(now, alert_recipients=[address, "ana@vocapp.test"])
    if "@" in address:
        mailer.failures = [MailRefused("no such mailbox")]
    assert sorted(fact.failed_at is not None for fact in tell()) == [False, True]
    tell()
    assert [mail.to_address for mail in mailer.sent] == ["ana@vocapp.test"]
    assert sorted(line.action for line in _history(db)) == ["not_told", "opened", "told"]


def test_refused_credentials_lose_nothing(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [MailBlocked("401")]
    [fact] = tell()
    assert (fact.done_at, fact.failed_at, fact.attempts) == (None, None, 0)
    _resume(fact.workspace_id, now)
    assert done(tell())
    assert len(mailer.sent) == 1


def test_an_unknown_outcome_is_tried_again_but_not_for_ever(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [MailOutcomeUnknown("reset") for _ in range(9)]
    for _ in range(2):
        assert not done(tell())
    assert done(tell())
    assert len({mail.message_id for mail in mailer.sent}) == 1


def test_what_certainly_did_not_go_is_no_unknown_outcome(db: Any, mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [MailDeferred("429"), MailDeferred("429"), MailOutcomeUnknown("timeout"), MailDeferred("429")]
    for _ in range(4):
        assert not done(tell())
    mailer.failures = [MailOutcomeUnknown("timeout")]
    assert not done(tell())
    mailer.failures = [MailOutcomeUnknown("timeout")]
    assert done(tell())
    assert [line.action for line in _history(db)] == ["opened", *["maybe_told"] * 3]


def test_unknown_outcomes_count_for_each_recipient_apart(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=RECIPIENTS)
    unknown, busy = MailOutcomeUnknown("timeout"), MailDeferred("429")
    mailer.failures = [unknown, busy]
    assert not done(tell())
    for _ in range(2):
        mailer.failures = [unknown, unknown]
        assert not done(tell())
    mailer.failures = []
    assert done(tell())
    assert mailer.sent[-1].to_address == "ben@vocapp.test"


def test_a_hanging_provider_ends_the_job_between_two_recipients_and_the_others_come_next(
    mailer: FakeMailer, tell: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alert(now, alert_recipients=[*RECIPIENTS, "cleo@vocapp.test"])
    every_call_takes_all = {"monotonic": lambda: jobs.CALLING_SECONDS * len(mailer.attempts)}
    monkeypatch.setattr(tell_jobs, "calling_ends", partial(jobs.calling_ends, **every_call_takes_all))
    monkeypatch.setattr(tell_jobs, "in_time", partial(jobs.in_time, **every_call_takes_all))
    mailer.failures = [MailDeferred("timed out")]
    for calls in (1, 2, 3):
        assert not done(tell())
        assert len(mailer.attempts) == calls
    assert done(tell())
    assert mailer.attempts[1].to_address != mailer.attempts[0].to_address
    assert sorted(mail.to_address for mail in mailer.sent) == [*RECIPIENTS, "cleo@vocapp.test"]


def test_an_alert_is_never_given_up() -> None:
    assert PIPELINE["AlertOpened"].most_attempts is PIPELINE["NoticeDue"].most_attempts is None
    assert PIPELINE["SignalRaised"].most_attempts is None


def test_a_workers_death_after_the_call_repeats_the_same_message(mailer: FakeMailer, tell: Any, now: datetime) -> None:
    _alert(now, alert_recipients=["ana@vocapp.test"])
    mailer.failures = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        tell()
    assert not done(tell()), "as if that call were still under way"
    with transaction() as session:
        session.execute(update(Notice).values(calling_until=now))
    assert done(tell())
    assert len({mail.message_id for mail in mailer.attempts}) == 1


def test_recipients_are_read_leniently_and_each_counts_once() -> None:
    given = {"alert_recipients": [" Ana@vocapp.test", "ana@VOCAPP.test", "", None, 7]}
    assert noticing.recipients(given) == ["Ana@vocapp.test"]
    assert noticing.recipients({}) == noticing.recipients({"alert_recipients": "ana@vocapp.test"}) == []


def done(facts: list[Fact]) -> bool:
    return all(fact.done_at is not None for fact in facts)


def _id_of(alert_id: UUID, address: str) -> UUID:
    return notices.notice_id(notices.event_id("alert.opened", alert_id), address)


def _facts(db: Any, kind: str) -> list[int]:
    db.session.rollback()
    found = db.session.scalars(
        select(Fact.id).where(Fact.kind == kind, Fact.done_at.is_(None)).order_by(Fact.due_at, Fact.id)
    ).all()
    db.session.rollback()
    return list(found)


def _all_facts(db: Any) -> list[Fact]:
    db.session.rollback()
    return list(db.session.scalars(select(Fact).where(Fact.kind == "NoticeDue").order_by(Fact.id)).all())


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
