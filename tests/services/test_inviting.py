"""Every occasion gets its invitation or its reason, once, whatever happens at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.builders import BUYS_FOR, CSAT, NO_RESTS, NPS, House
from tests.conftest import NOW
from tests.watching import at_once
from vocapp.app import create_app
from vocapp.models import Contact, Fact, Invitation, LedgerEntry
from vocapp.services.inviting_one import Uninvitable

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> House:
    return House(app, now=NOW)


@pytest.fixture
def on_postgresql(make_settings, postgres_url: str) -> House:
    from vocapp.models import db

    app = create_app(make_settings(database_url=postgres_url))
    yield House(app, now=NOW, policy=NO_RESTS)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def told(house: House) -> list[tuple[str, str | None]]:
    return sorted((one.status, one.reason or "") for one in house.rows(Invitation))


def test_an_event_makes_one_invitation_that_waits_for_its_time(house: House) -> None:
    house.survey(trigger={"event": "order.delivered", "delay": "PT15M", "hot_for": "PT48H"}, questions=[NPS, BUYS_FOR])
    event_id = house.event(house.customer(), "e1", properties={"order_number": "A1"})
    [made] = house.decide(event_id)
    assert house.decide(event_id) == []
    [invitation] = house.rows(Invitation)
    assert invitation.id == made
    assert (invitation.status, invitation.reason, invitation.send_at) == (
        "scheduled",
        None,
        NOW + timedelta(minutes=15),
    )
    assert (invitation.occasion, invitation.survey_version, invitation.first_page) == ("e1", 1, ["nps"])
    assert invitation.context["properties"] == {"order_number": "A1"}
    assert [(step["status"], step["reason"]) for step in invitation.decisions] == [("scheduled", None)]
    [entry] = house.rows(LedgerEntry)
    assert (entry.id, entry.made, entry.at) == (made, False, invitation.send_at)
    [due] = house.rows(Fact, Fact.kind == "InvitationDue")
    assert (due.subject_id, due.due_at) == (made, invitation.send_at)


NOT_INVITED: list[tuple[dict[str, Any], dict[str, Any], tuple[str, str]]] = [
    ({"consent": None}, {}, ("suppressed", "no_consent")),
    ({"consent": False}, {}, ("suppressed", "no_consent")),
    ({"email": None}, {}, ("suppressed", "no_address")),
    ({"unsubscribed_at": NOW - timedelta(days=400)}, {}, ("suppressed", "unsubscribed")),
    ({}, {"occurred_at": NOW - timedelta(days=3)}, ("dropped", "hot_window")),
    ({"attributes": {"buys_for": "gift"}}, {}, ("suppressed", "nothing_to_ask")),
]


def test_who_is_not_invited_has_the_reason_on_record(house: House) -> None:
    house.survey(questions=[BUYS_FOR])
    for number, (customer, event, reason) in enumerate(NOT_INVITED):
        [made] = house.decide(house.event(house.customer(f"c{number}", **customer), f"e{number}", **event))
        assert (house.invitation(made).status, house.invitation(made).reason) == reason
    assert house.rows(LedgerEntry) == []
    assert house.rows(Fact, Fact.kind == "InvitationDue") == []


def test_of_two_surveys_for_one_place_the_more_important_one_goes(house: House) -> None:
    house.survey("small", priority=10)
    house.survey("large", priority=90, questions=[CSAT])
    house.decide(house.event(house.customer(), "e1"))
    assert {(one.survey_key, one.status, one.reason) for one in house.rows(Invitation)} == {
        ("large", "scheduled", None),
        ("small", "suppressed", "rest_any"),
    }


def test_what_was_only_planned_gives_way_to_what_is_more_important(house: House) -> None:
    house.survey("small", priority=10)
    house.survey("large", priority=90, questions=[CSAT], trigger={"event": "care.closed", "hot_for": "PT48H"})
    customer_id = house.customer()
    house.decide(house.event(customer_id, "e1"))
    house.decide(house.event(customer_id, "e2", name="care.closed"))
    assert {(one.survey_key, one.status, one.reason) for one in house.rows(Invitation)} == {
        ("large", "scheduled", None),
        ("small", "suppressed", "outranked"),
    }
    assert [entry.survey_key for entry in house.rows(LedgerEntry)] == ["large"]


def test_two_customers_who_share_an_address_share_its_limits(app: Flask) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 1})
    house.survey()
    for name in ("ada", "ben"):
        house.decide(house.event(house.customer(name, email="both@example.test"), name))
    assert told(house) == [("scheduled", ""), ("suppressed", "cap")]
    assert len(house.rows(Contact)) == 1


def test_a_link_counts_in_the_ledger_and_waits_for_nothing(house: House) -> None:
    house.survey()
    house.customer()
    invitations = [house.invitation(house.invite(event_id=f"e{number}")) for number in range(4)]
    assert {one.status for one in invitations} == {"sent"}
    assert [entry.made for entry in house.rows(LedgerEntry)] == [True] * 4


def test_who_asks_twice_for_the_same_gets_the_same(house: House) -> None:
    house.survey()
    house.customer()
    assert house.invite(event_id="e1") == house.invite(event_id="e1")
    with pytest.raises(Uninvitable):
        house.invite("nobody")
    with pytest.raises(Uninvitable):
        house.invite(survey="nothing")


def test_the_same_event_decided_eight_times_at_once_is_decided_once(on_postgresql: House) -> None:
    house = on_postgresql
    house.survey()
    house.survey("care", questions=[CSAT])
    event_id = house.event(house.customer(), "e1")
    made = at_once(*[lambda: house.decide(event_id)] * 8)
    assert sum(map(len, made)) == 2
    assert told(house) == [("scheduled", ""), ("scheduled", "")]


def test_the_same_call_at_once_gives_one_invitation_to_all(on_postgresql: House) -> None:
    house = on_postgresql
    house.survey()
    house.customer()
    assert len(set(at_once(*[lambda: house.invite(event_id="e1", channel="email")] * 8))) == 1
    assert len(house.rows(Invitation)) == 1


def test_twenty_triggers_at_once_take_the_two_places_of_the_week(on_postgresql: House) -> None:
    house = on_postgresql
    house.survey()
    customer_id = house.customer()
    events = [house.event(customer_id, f"e{number}") for number in range(20)]
    at_once(*[lambda one=one: house.decide(one) for one in events])
    assert told(house) == [("scheduled", "")] * 2 + [("suppressed", "cap")] * 18
    assert len(house.rows(LedgerEntry)) == len(house.rows(Fact, Fact.kind == "InvitationDue")) == 2


def test_batches_that_cross_do_not_wait_for_each_other_for_ever(on_postgresql: House) -> None:
    house = on_postgresql
    house.survey()
    house.survey("large", priority=90, questions=[CSAT], trigger={"event": "care.closed", "hot_for": "PT48H"})
    people = [house.customer(f"c{number}") for number in range(6)]
    first = [house.event(one, f"d{number}") for number, one in enumerate(people)]
    second = [house.event(one, f"k{number}", name="care.closed") for number, one in enumerate(reversed(people))]
    at_once(lambda: house.decide(*first), lambda: house.decide(*second), lambda: house.decide(*reversed(first)))
    assert len(house.rows(Invitation)) == 12
