"""Whatever customers ask for, in whatever order: their own limit is never exceeded, and no pause releases a backlog."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.services.sending_by_hand import claimed_behind, invited, send, stands
from vocapp.app import create_app
from vocapp.domain.preferences import FREQUENCIES, LIMITS
from vocapp.jobs.mail import MAILER
from vocapp.models import Consent, Customer, Fact, LedgerEntry
from vocapp.services import preferring

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


def pause(house: House, link: UUID, *, days: int, now: datetime = NOW) -> None:
    with house.writing():
        assert preferring.pause(invitation_id=link, until=now + days * DAY, now=now)


def test_what_is_planned_behind_the_end_of_a_pause_stays_planned(house: House) -> None:
    house.survey(trigger={"event": "order.delivered", "delay": "P9D", "hot_for": "P30D"})
    customer_id = house.customer()
    [planned] = house.decide(house.event(customer_id, "e1"))
    pause(house, planned, days=8)
    assert stands(house, planned) == ("scheduled", None)
    pause(house, planned, days=10)
    assert stands(house, planned) == ("suppressed", "paused")
    assert house.rows(LedgerEntry) == []


def test_a_worker_that_was_down_during_the_pause_sends_nothing_after_it(house: House) -> None:
    """Nobody decided about the event while the pause lasted; it was due then, and is not sent now."""
    house.survey(trigger={"event": "order.delivered", "hot_for": "P300D"})
    customer_id = house.customer()
    pause(house, house.invite(), days=7)
    late = house.event(customer_id, "e1", occurred_at=NOW + DAY)
    again = house.event(customer_id, "e2", occurred_at=NOW + 8 * DAY)
    [first, second] = house.decide(late, again, now=NOW + 9 * DAY)
    assert {stands(house, first), stands(house, second)} == {("suppressed", "paused"), ("scheduled", None)}


def test_a_pause_before_this_one_is_not_forgotten(house: House) -> None:
    house.survey(trigger={"event": "order.delivered", "hot_for": "P300D"})
    customer_id = house.customer()
    link = house.invite()
    pause(house, link, days=2)
    pause(house, link, days=2, now=NOW + 10 * DAY)
    [invitation_id] = house.decide(house.event(customer_id, "e1", occurred_at=NOW + DAY), now=NOW + 20 * DAY)
    assert stands(house, invitation_id) == ("suppressed", "paused")


def test_all_who_share_the_address_rest_and_only_its_owner_goes_on_alone(house: House) -> None:
    house.survey()
    for name in ("ada", "ben"):
        house.customer(name, email="both@example.test")
    link = house.invite("ada")
    pause(house, link, days=7)
    assert stands(house, house.invite("ben")) == ("suppressed", "paused")
    with house.writing() as session:  # Ben has an address of his own by now
        ben = session.query(Customer).filter_by(workspace_id=house.id, external_id="ben").one()
        ben.contact_key = "b" * 64
    assert stands(house, house.invite("ben")) == ("sent", None)


def test_coming_back_undoes_ones_own_no_only(house: House) -> None:
    house.survey()
    for name in ("ada", "ben"):
        house.customer(name, email="both@example.test")
    links = {name: house.invite(name) for name in ("ada", "ben")}
    for link in links.values():
        with house.writing():
            preferring.unsubscribe(invitation_id=link, text_version="v", now=NOW)
    with house.writing():
        preferring.come_back(invitation_id=links["ada"], text_version="v", now=NOW + DAY)
    assert stands(house, house.invite("ada", now=NOW + DAY)) == ("sent", None)
    assert stands(house, house.invite("ben", now=NOW + DAY)) == ("suppressed", "unsubscribed")
    assert [one.granted for one in house.rows(Consent, Consent.source == "preferences")] == [False, False, True]


def test_no_call_starts_behind_a_pause(crowd: House) -> None:
    """A claim that waits for the lock of the address finds the pause behind it."""
    invitation_id, fact_id = invited(crowd)

    def change(now: datetime) -> object:
        return preferring.pause(invitation_id=invitation_id, until=now + DAY, now=now)

    assert claimed_behind(crowd, fact_id, change) == [None]
    assert stands(crowd, invitation_id) == ("suppressed", "paused")


# ── never more than asked for, and never what a pause held back

someone = st.sampled_from(["ada", "ben"])
"""Two customers, one address."""

step = st.one_of(
    st.tuples(st.just("event"), st.sampled_from(["low", "high"]), someone),
    st.tuples(st.just("event"), st.sampled_from(["low", "high"]), someone),
    st.tuples(st.just("decide"), st.none(), st.none()),
    st.tuples(st.just("send"), st.none(), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 400), st.none()),
    st.tuples(st.just("limit"), st.sampled_from(FREQUENCIES), someone),
    st.tuples(st.just("pause"), st.integers(1, 30), someone),
    st.tuples(st.just("resume"), st.none(), someone),
)


class Told(NamedTuple):
    """What was asked for and what came of it, in the test's own book."""

    limits: dict[str, str]
    pauses: list[tuple[datetime, datetime]]
    """Of the address: what any of the two asked last."""
    sent: list[tuple[UUID, datetime]]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(step, min_size=6, max_size=24), quiet=st.booleans())
def test_a_limit_is_never_exceeded_and_a_pause_never_releases_a_backlog(
    roomy: Flask, steps: list[tuple[str, Any, Any]], quiet: bool
) -> None:
    """Events come at any time, are decided about at any time later, and are sent at any time after that."""
    roomy.extensions.pop(MAILER, None)
    policy = {"cap": 5, "window_days": 1, **NO_RESTS}
    house = House(
        roomy,
        f"w{next(_numbers)}",
        now=NOW,
        policy=policy | ({"quiet_from": "20:00", "quiet_to": "08:00"} if quiet else {}),
    )
    house.survey("low", priority=10, trigger={"event": "low", "hot_for": "P300D"})
    house.survey("high", priority=90, trigger={"event": "high", "hot_for": "P300D"})
    customers = {name: house.customer(name, email="both@example.test") for name in ("ada", "ben")}
    links = {name: house.invite(name, "low") for name in customers}
    now, told, open_events = NOW, Told({}, [], []), []
    for number, (what, how, who) in enumerate(steps):
        now += timedelta(minutes=1)
        if what == "wait":
            now += timedelta(hours=how)
        elif what == "event":
            open_events.append(house.event(customers[who], f"e{number}", name=how, occurred_at=now))
        elif what == "decide":
            house.decide(*open_events, now=now)
            open_events.clear()
        elif what == "send":
            _send_what_is_due(house, told, now)
        else:
            _ask(house, links[who], who, what, how, told, now)
    house.decide(*open_events, now=now)
    for days in (1, 100):  # in the end, all that is still to go goes
        _send_what_is_due(house, told, now + days * DAY)


def _ask(house: House, link: UUID, who: str, what: str, how: Any, told: Told, now: datetime) -> None:
    with house.writing():
        if what == "limit":
            preferring.limit(invitation_id=link, frequency=how)
            told.limits[who] = told.limits["the address"] = how
        elif what == "pause":
            preferring.pause(invitation_id=link, until=now + how * DAY, now=now)
            told.pauses[:] = [(since, min(until, now)) for since, until in told.pauses] + [(now, now + how * DAY)]
        else:
            preferring.resume(invitation_id=link, now=now)
            told.pauses[:] = [(since, min(until, now)) for since, until in told.pauses]


def _send_what_is_due(house: House, told: Told, now: datetime) -> None:
    """Send what is due by now, and hold each mail against all that was asked for until now."""
    for due in house.rows(Fact, Fact.kind == "InvitationDue", Fact.done_at.is_(None), Fact.due_at <= now):
        if send(house, due.id, now) is None:
            continue
        invitation = house.invitation(due.subject_id)
        names = {customer.id: customer.external_id for customer in house.rows(Customer)}
        for asked in (told.limits.get("the address"), told.limits.get(names[invitation.customer_id])):
            if asked in LIMITS:
                window = LIMITS[asked].window
                assert not [at for _, at in told.sent if now - at < window], (asked, told.sent, now)
        assert not [one for one in told.pauses if one[0] <= now < one[1]], "sent in a pause"
        wanted = invitation.occurred_at
        assert not [one for one in told.pauses if one[0] <= wanted < one[1]], "held back by a pause, and sent after it"
        told.sent.append((invitation.id, now))


@pytest.fixture
def roomy(make_settings, sqlite_url: str) -> Iterator[Flask]:
    """An application for many examples, a workspace each."""
    from vocapp.models import db

    app = create_app(make_settings(database_url=sqlite_url))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


_numbers = iter(range(10**6))
