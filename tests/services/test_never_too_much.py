"""However much happens at once to one customer: never a third mail in a week, and none behind a no."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event as Signal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.services.sending_by_hand import claim, claimed_behind, invited, send, stands
from tests.watching import at_once
from vocapp.adapters.mail import (
    MailDeferred,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    OutgoingMail,
    Receipt,
)
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.app import create_app
from vocapp.jobs.mail import MAILER
from vocapp.models import Contact, Fact, Invitation, LedgerEntry, database_now
from vocapp.services import unsubscribing

pytestmark = pytest.mark.both_databases

WEEK = timedelta(days=7)


class _Watched(FakeMailer):
    """Takes its time, and calls back at the start of each call."""

    def __init__(self, begun: Any) -> None:
        super().__init__(tells=False)
        self._begun = begun

    def send(self, mail: OutgoingMail) -> Receipt:
        self._begun()
        return super().send(mail)


def test_no_call_starts_behind_an_unsubscription(crowd: House) -> None:
    """A claim that waits for the lock of the address finds, behind it, that the person said no."""
    invitation_id, fact_id = invited(crowd)

    def change(now: datetime) -> object:
        return unsubscribing.unsubscribe(invitation_id=invitation_id, now=now)

    assert claimed_behind(crowd, fact_id, change) == [None]
    assert stands(crowd, invitation_id) == ("cancelled", "unsubscribed")


def test_a_call_under_way_may_finish_and_its_link_is_withdrawn(house: House) -> None:
    invitation_id, fact_id = invited(house)

    def unsubscribe() -> None:
        with house.writing():
            unsubscribing.unsubscribe(invitation_id=invitation_id, now=NOW)

    assert send(house, fact_id, NOW, _Watched(unsubscribe)) is not None
    assert stands(house, invitation_id) == ("cancelled", "unsubscribed")
    assert house.invitation(invitation_id).sent_at == NOW
    assert [entry.made for entry in house.rows(LedgerEntry)] == [True]


@pytest.mark.parametrize("interference", ["none", "pause", "unsubscribe"])
def test_six_triggers_at_once_never_send_a_third_mail(crowd: House, interference: str) -> None:
    crowd.survey()
    customer_id = crowd.customer()
    link = crowd.invite()  # whose foot holds the unsubscribe link; it counts as one of the two
    events = [crowd.event(customer_id, f"e{number}") for number in range(6)]
    committed = Signal()
    behind: list[bool] = []

    def trigger(event_id: UUID) -> None:
        for invitation_id in crowd.decide(event_id):
            for due in crowd.rows(Fact, Fact.subject_id == invitation_id):
                with crowd.reading():
                    now = database_now()
                was_committed = committed.is_set()
                if send(crowd, due.id, now) is not None:
                    behind.append(was_committed)

    def interfere() -> None:
        with crowd.writing() as session:
            if interference == "unsubscribe":
                unsubscribing.unsubscribe(invitation_id=link, now=crowd.now)
            elif interference == "pause":
                key = crowd.invitation(link).contact_key
                session.get_one(Contact, (crowd.id, key), with_for_update=True).paused_until = crowd.now + WEEK
        if interference != "none":
            committed.set()

    at_once(interfere, *[lambda one=one: trigger(one) for one in events])
    assert len(crowd.mailer.sent) <= 1
    assert not any(behind)
    if interference == "none":
        assert len(crowd.mailer.sent) == 1
    assert len(crowd.rows(LedgerEntry, LedgerEntry.made)) <= 2
    statuses = {one.status for one in crowd.rows(Invitation)}
    assert statuses <= {"sent", "suppressed", "cancelled"}


# ── never a third mail


LUCK = ("fine", "fine", "fine", "deferred", "refused", "unknown", "killed", "killed late")

someone = st.sampled_from(["ada", "ben"])
"""Two customers, one address."""

step = st.one_of(
    st.tuples(st.just("event"), st.sampled_from(["low", "high"]), someone),
    st.tuples(st.just("link"), st.sampled_from(["low", "high"]), someone),
    st.tuples(st.just("wait"), st.integers(1, 100), st.none()),
    st.tuples(st.just("send"), st.sampled_from(LUCK), st.none()),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(step, min_size=6, max_size=20), rests=st.booleans(), cap=st.integers(1, 2))
def test_no_week_ever_holds_a_third_mail(
    roomy: Flask, steps: list[tuple[str, Any, Any]], rests: bool, cap: int
) -> None:
    """Of one address, whoever is behind it. A link always goes, but takes the place of a mail behind it."""
    roomy.extensions.pop(MAILER, None)
    policy = {"cap": cap, "quiet_from": "20:00", "quiet_to": "08:00", **({} if rests else NO_RESTS)}
    house = House(roomy, f"w{next(_numbers)}", now=NOW, policy=policy)
    house.survey("low", priority=10)
    house.survey("high", priority=90, trigger={"event": "care.closed", "hot_for": "P30D"})
    customers = {name: house.customer(name, email="both@example.test") for name in ("ada", "ben")}
    now = NOW
    made: list[tuple[str, datetime]] = []
    for number, (what, how, who) in enumerate(steps):
        if what == "wait":
            now += timedelta(hours=how)
        elif what == "event":
            name = "order.delivered" if how == "low" else "care.closed"
            house.decide(house.event(customers[who], f"e{number}", name=name, occurred_at=now), now=now)
        elif what == "link":
            house.invite(who, how, now=now)
            made.append(("link", now))
        else:
            made += [("mail", at) for at in _send_all(house, how, now)]
    for number, (what, at) in enumerate(made):
        within_a_week = [before for _, before in made[:number] if at - before < WEEK]
        assert what == "link" or len(within_a_week) < cap, made
    ids = [mail.message_id for mail in house.mailer.sent]
    assert len(ids) == len(set(ids))


def _send_all(house: House, how: str, now: datetime) -> list[datetime]:
    """Send what is due by now, each with the same luck; return when something left."""
    failures: dict[str, MailError] = {
        "deferred": MailDeferred("busy", retry_after=3600),
        "refused": MailRefused("no"),
        "unknown": MailOutcomeUnknown("reset"),
    }
    left = []
    for due in house.rows(Fact, Fact.kind == "InvitationDue", Fact.done_at.is_(None), Fact.due_at <= now):
        before = len(house.mailer.sent)
        if how in failures:
            house.mailer.failures = [failures[how]]
        if how.startswith("killed"):
            mail = claim(house, due.id, now)
            if mail is not None and how == "killed late":
                house.mailer.send(mail)
        else:
            send(house, due.id, now)
        house.mailer.failures = []
        left += [now] * (len(house.mailer.sent) - before)
    return left


@pytest.fixture
def roomy(make_settings, database_url: str) -> Iterator[Flask]:
    """An application for many examples, a workspace each."""
    from vocapp.models import db

    app = create_app(make_settings(database_url=database_url))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


_numbers = iter(range(10**6))
