"""What happened tells enough: an alert or an apology, and no survey; in bulk, and once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from flask import Flask

from tests.builders import House
from tests.watching import statements
from vocapp.adapters.mail import MailOutcomeUnknown, MailRefused
from vocapp.models import Alert, Event, Fact, Invitation, LedgerEntry, Signal
from vocapp.services import alert_rules, documents, intake_events, withdrawing
from vocapp.services.alert_rules import ready_made_definition

NOW = datetime.now(UTC).replace(microsecond=0)
"""The jobs go by the database's clock, and what is old is passed over."""
APOLOGY = yaml.safe_load((Path(__file__).parents[2] / "surveys" / "apology.yaml").read_text())


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.survey()
    return house


def apologising(house: House) -> None:
    house.survey("apology", **{name: APOLOGY[name] for name in ("trigger", "invitation", "questions", "priority")})


def switched_on(house: House, *keys: str) -> None:
    """Switch ready-made rules on, as the console does."""
    rules = [
        {**one, "active": one.get("active", True) or one["key"] in keys} for one in ready_made_definition()["alerts"]
    ]
    with house.writing():
        alert_rules.put(workspace_id=house.id, definition={"alerts": rules}, now=NOW)


def decisions(house: House) -> list[tuple[str, str, str, str | None]]:
    return sorted((one.survey_key, one.kind, one.status, one.reason) for one in house.rows(Invitation))


LATE = {"delivered_at": "2026-03-02T10:00:00Z", "estimated_at": "2026-03-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("name", "kind", "severity"),
    [("order.late", "late", 2), ("order.lost", "lost", 3)],
)
def test_what_is_late_or_lost_is_an_alert_at_once(house: House, name: str, kind: str, severity: int) -> None:
    place = house.place("nantes")
    event_id = house.event(house.customer(), "order-7:late", name=name, place=place.key)
    house.work()
    [alert] = house.rows(Alert)
    assert (alert.kinds, alert.reason, alert.severity, alert.place) == ([kind], kind, severity, "nantes")
    [signal] = house.rows(Signal)
    assert (signal.event_id, signal.alert_id) == (event_id, alert.id)
    with house.reading():
        document = documents.alert_documents(workspace_id=house.id, ids=[alert.id])[alert.id]
    assert (document["responses"], document["events"]) == ([], ["order-7:late"])
    assert document["history"][0] | {"at": None} == {
        "at": None, "action": "opened", "by": None, "status": "new", "event": "order-7:late", "kinds": [kind],
        "reason": kind,
    }  # fmt: skip


def test_no_survey_goes_out_for_it_and_the_reason_is_on_record(house: House) -> None:
    switched_on(house, "delivered_late")
    house.event(house.customer("late"), "e1", properties=LATE)
    house.event(house.customer("fine"), "e2", properties={**LATE, "delivered_at": LATE["estimated_at"]})
    house.work("EventAccepted", "SignalRaised")
    assert decisions(house) == [
        ("delivery", "invitation", "scheduled", None),
        ("delivery", "invitation", "suppressed", "by_event"),
    ]
    assert [one.kinds for one in house.rows(Alert)] == [["late"]]
    assert len(house.rows(LedgerEntry)) == 1


@pytest.mark.parametrize(
    ("name", "kind", "then"),
    [
        ("order.late", "late", "alert"),
        ("order.delivered", "late", "alert"),
        ("order.lost", "lost", "alert"),
        ("order.refunded", "refunded", "apology"),
        ("support.ticket_opened", "repeated_contacts", "alert"),
    ],
)
def test_whatever_tells_by_itself_is_not_asked_about(house: House, name: str, kind: str, then: str) -> None:
    apologising(house)
    switched_on(house, "delivered_late")
    customer_id = house.customer()
    if name == "support.ticket_opened":
        for number in (1, 2):
            house.event(customer_id, f"before-{number}", name=name, occurred_at=NOW - timedelta(days=number))
        house.work()
    house.survey("about_it", trigger={"event": name, "delay": "PT0S", "hot_for": "PT48H"})
    event_id = house.event(customer_id, "e1", name=name, properties=LATE)
    house.work("EventAccepted", "SignalRaised")
    asked = {one.survey_key: (one.kind, one.status, one.reason) for one in house.rows(Invitation)}
    assert asked.pop("about_it") == ("invitation", "suppressed", "by_event")
    asked.pop("delivery", None)
    assert asked == ({"apology": ("recovery", "scheduled", None)} if then == "apology" else {})
    alerts = [(one.event_id, one.kinds) for one in house.rows(Signal)]
    assert alerts == ([(event_id, [kind])] if then == "alert" else [])
    assert len(house.rows(Alert)) == len(alerts)


def test_a_late_delivery_is_asked_about_like_any_other_where_the_rule_is_off(house: House) -> None:
    house.event(house.customer(), "e1", properties=LATE)
    house.work("EventAccepted", "SignalRaised")
    assert (decisions(house), house.rows(Alert)) == ([("delivery", "invitation", "scheduled", None)], [])


def test_an_apology_goes_by_mail_and_counts(house: House) -> None:
    apologising(house)
    house.event(house.customer(), "refund-1", name="order.refunded")
    house.work("EventAccepted")
    assert decisions(house) == [("apology", "recovery", "scheduled", None)]
    house.work()
    [mail] = house.mailer.sent
    assert "nous vous devons des excuses" in mail.subject
    assert "Votre commande vient d’être remboursée." in mail.text
    [entry] = house.rows(LedgerEntry)
    assert (entry.kind, entry.made, entry.survey_key) == ("recovery", True, "apology")
    assert house.rows(Alert) == []


def test_an_apology_breaks_the_rests_and_never_the_cap(house: House) -> None:
    apologising(house)
    customer_id = house.customer()
    house.event(customer_id, "delivered")
    house.work()
    for number in (1, 2):
        house.event(customer_id, f"refund-{number}", name="order.refunded")
        house.work()
    told = {(one.survey_key, one.status, one.reason) for one in house.rows(Invitation)}
    assert told == {("delivery", "sent", None), ("apology", "sent", None), ("apology", "suppressed", "cap")}


@pytest.mark.parametrize("fields", [{"consent": None}, {"unsubscribed_at": NOW - timedelta(days=9)}])
def test_who_may_not_be_written_to_is_called_instead_of_apologised_to(house: House, fields: dict[str, Any]) -> None:
    apologising(house)
    event_id = house.event(house.customer(**fields), "refund-1", name="order.refunded")
    house.work()
    assert [(one.kind, one.status) for one in house.rows(Invitation)] == [("recovery", "suppressed")]
    assert house.mailer.sent == []
    assert [(one.event_id, one.kinds) for one in house.rows(Signal)] == [(event_id, ["refunded"])]
    assert [one.kinds for one in house.rows(Alert)] == [["refunded"]]


def test_an_apology_that_is_not_sent_after_all_is_an_alert(house: House) -> None:
    apologising(house)
    ada, bob, eve = (house.customer(name) for name in ("ada", "bob", "eve"))
    for number, (customer_id, error) in enumerate(((ada, MailRefused("no")), (bob, MailOutcomeUnknown("who knows")))):
        house.event(customer_id, f"refund-{number}", name="order.refunded")
        house.work("EventAccepted")
        house.mailer.failures = [error]
        house.work()
    house.event(eve, "refund-9", name="order.refunded")
    house.work("EventAccepted")
    with house.writing():  # as who pauses does
        withdrawing.suppress_planned(workspace_id=house.id, customer_ids=[eve], reason="paused", now=house.now)
    house.work()
    assert sorted(one.status for one in house.rows(Invitation)) == ["failed", "suppressed", "unknown"]
    assert {one.customer_id: one.kinds for one in house.rows(Alert)} == {one: ["refunded"] for one in (ada, bob, eve)}


def test_who_is_told_about_is_not_asked_what_was_planned_nor_anything_new(house: House) -> None:
    apologising(house)
    ada, bob = house.customer("ada"), house.customer("bob")
    for customer_id, name in ((ada, "order.lost"), (bob, "order.refunded")):
        house.event(customer_id, f"{name}-delivered")
        house.work("EventAccepted")
        house.event(customer_id, name, name=name)
        house.work("EventAccepted")
    asked = house.rows(Invitation, Invitation.kind == "invitation")
    planned = {one.customer_id: (one.status, one.reason) for one in asked}
    assert planned == dict.fromkeys((ada, bob), ("suppressed", "by_event"))
    assert [one.kind for one in house.rows(LedgerEntry)] == ["recovery"]
    house.event(ada, "again-before")  # the alert is still to come
    house.work("EventAccepted")
    house.work("SignalRaised")
    house.event(ada, "again-behind")
    house.work("EventAccepted")
    again = house.rows(Invitation, Invitation.occasion.startswith("again-"))
    assert [(one.status, one.reason) for one in again] == [("suppressed", "alert_open")] * 2


def test_where_nobody_has_published_the_apology_somebody_is_to_call(house: House) -> None:
    house.event(house.customer(), "refund-1", name="order.refunded")
    house.work()
    assert [one.kinds for one in house.rows(Alert)] == [["refunded"]]


def test_the_third_request_in_a_month_is_an_alert(house: House) -> None:
    ada, eve = house.customer("ada"), house.customer("eve")
    for number, days in enumerate((40, 20, 5, 0)):
        house.event(ada, f"a{number}", name="support.ticket_opened", occurred_at=NOW - timedelta(days=days))
        house.event(eve, f"e{number}", name="support.ticket_opened", occurred_at=NOW - timedelta(days=days * 10))
    house.work()
    assert [(one.customer_id, one.kinds) for one in house.rows(Alert)] == [(ada, ["repeated_contacts"])]


@pytest.mark.parametrize("days", [(9, 1, 5), (1, 9, 5), (9, 5, 1)])
def test_the_third_request_is_an_alert_in_whatever_order_they_are_told(house: House, days: tuple[int, ...]) -> None:
    ada = house.customer()
    house.event(ada, "long-ago", name="support.ticket_opened", occurred_at=NOW - timedelta(days=33))
    for number in days:  # the rule takes no event of more than a week ago
        at = NOW - timedelta(days=number / 2)
        house.event(ada, f"days-{number}", name="support.ticket_opened", occurred_at=at)
        house.work("EventAccepted")
        assert len(house.rows(Signal)) == (number == days[-1])


def test_requests_told_at_once_make_one_alert_and_the_last_of_them_is_what_it_is_about(house: House) -> None:
    ada = house.customer()
    told = [
        house.event(ada, f"n{days}", name="support.ticket_opened", occurred_at=NOW - timedelta(days=days))
        for days in (1, 5, 3)
    ]
    house.decide(*told)
    assert [one.event_id for one in house.rows(Signal)] == told[2:]


def test_what_happened_long_ago_is_history_that_is_brought_along(house: House) -> None:
    house.event(house.customer(), "e1", name="order.lost", occurred_at=NOW - timedelta(days=8))
    house.work()
    assert (house.rows(Alert), house.rows(Signal)) == ([], [])


def test_the_same_customer_is_called_once_about_all_of_it(house: House) -> None:
    ada = house.customer()
    for key, name in (("e1", "order.late"), ("e2", "order.lost")):
        house.event(ada, key, name=name)
        house.work()
    [alert] = house.rows(Alert)
    assert (alert.kinds, alert.reason, alert.severity) == (["lost", "late"], "lost", 3)
    with house.reading():
        document = documents.alert_documents(workspace_id=house.id, ids=[alert.id])[alert.id]
    assert document["events"] == ["e1", "e2"]


def test_the_same_event_twice_and_the_job_twice_do_nothing_twice(house: House) -> None:
    apologising(house)
    told = [_event("ada", "l1", "order.lost"), _event("ada", "r1", "order.refunded")]
    for _ in range(2):
        with house.writing():
            outcome = intake_events.take_events(workspace_id=house.id, documents=told, secret=house.secret, now=NOW)
        assert outcome.refused == []
        house.work()
    house.decide(*(one.id for one in house.rows(Event)))
    house.work()
    assert [len(house.rows(one)) for one in (Signal, Alert, Invitation, LedgerEntry)] == [1, 1, 1, 1]
    assert len(house.mailer.sent) == 1


def test_only_what_some_rule_or_survey_is_about_is_followed_up(house: House) -> None:
    names = ("order.placed", "order.lost", "order.delivered", "support.ticket_opened")
    with house.writing():
        told = [_event("ada", name, name) for name in names]
        intake_events.take_events(workspace_id=house.id, documents=told, secret=house.secret, now=NOW)
    assert len(house.rows(Fact, Fact.kind == "EventAccepted")) == 3


def test_two_hundred_events_are_decided_in_as_many_statements_as_ten(house: House) -> None:
    apologising(house)
    switched_on(house, "delivered_late")

    def said(ids: Sequence[UUID]) -> int:
        with statements(house.app) as heard:
            house.decide(*ids)
        return len(heard)

    few, many = _taken(house, 10, "few"), _taken(house, 200, "many")
    said(_taken(house, 4, "warm"))
    assert said(few) == said(many)
    house.work("SignalRaised")
    assert len(house.rows(Alert)) == (10 + 200 + 4) // 2


def _event(customer: str, key: str, name: str, **properties: Any) -> dict[str, Any]:
    return {
        "id": key,
        "event": name,
        "occurred_at": NOW.isoformat(),
        "customer": {
            "external_id": customer,
            "email": f"{customer}@example.test",
            "consents": [{"purpose": "surveys", "granted": True, "source": "shop", "at": NOW.isoformat()}],
        },
        "properties": properties,
    }


def _taken(house: House, n: int, prefix: str) -> list[UUID]:
    """Take in events of as many customers: late, lost by turns with refunded ones; return their ids."""
    kinds = (("order.delivered", LATE), ("order.refunded", {}), ("order.lost", {}), ("order.refunded", {}))
    told = [_event(f"{prefix}{i}", f"{prefix}{i}", kinds[i % 4][0], **kinds[i % 4][1]) for i in range(n)]
    with house.writing():
        intake_events.take_events(workspace_id=house.id, documents=told, secret=house.secret, now=NOW)
    return [one.id for one in house.rows(Event, Event.key.startswith(prefix))]
