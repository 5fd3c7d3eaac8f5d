"""After the call: who was spoken to is asked once whether it helped; an unhappy answer opens that alert again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import NPS, WHY, House, answer
from tests.watching import at_once
from vocapp.domain.helpdesks import Told
from vocapp.models import Alert, AlertMove, Customer, Fact, Invitation, LedgerEntry, Response, Signal
from vocapp.models.outbox import announce
from vocapp.services import alerting, calling_back, helpdesks, recovering

RECOVERY = yaml.safe_load((Path(__file__).parents[2] / "surveys" / "recovery.yaml").read_text())
SADLY = {"csat": "1", "why": ""}


@pytest.fixture
def house(app: Flask) -> House:
    """Give a house in which a mail, a call and a mail may be in one week."""
    return built(app, cap=9)


def built(app: Flask, **policy: Any) -> House:
    house = House(app, policy=policy)
    house.survey(questions=[NPS, WHY])
    house.survey("recovery", **{key: RECOVERY[key] for key in ("trigger", "invitation", "questions", "priority")})
    return house


def complain(house: House, client: FlaskClient, name: str = "ada") -> Alert:
    """Let a customer answer unhappily; return the alert that is open then."""
    found = house.rows(Customer, Customer.external_id == name)
    customer_id = found[0].id if found else house.customer(name)
    answer(client, house.link(house.invite(name)), {"nps": "2", "why": ""})
    house.work("SignalRaised")
    [alert] = house.rows(Alert, Alert.customer_id == customer_id, Alert.status == "new")
    return alert


def call(house: House, alert: Alert, *outcomes: Any) -> None:
    """Call back about an alert, with these outcomes, and resolve it."""
    on: dict[str, Any] = {"workspace_id": house.id, "alert_id": alert.id, "now": house.now}
    with house.writing():
        calling_back.claim(**on, agent="zoe@maison.test")
        for outcome in outcomes:
            calling_back.contact(**on, outcome=outcome, note=None, by=None)
        calling_back.resolve(**on, root_cause="delivery.late", remedy="refund", note=None, by=None)


def reopen(house: House, alert: Alert) -> None:
    with house.writing():
        calling_back.reopen(workspace_id=house.id, alert_id=alert.id, note=None, by="zoe@maison.test", now=house.now)


def asked(house: House) -> list[Invitation]:
    found: list[Invitation] = house.rows(Invitation, Invitation.survey_key == "recovery")
    return sorted(found, key=lambda one: (one.created_at, one.id))


def lines(house: House, alert: Alert) -> list[str]:
    moves = house.rows(AlertMove, AlertMove.alert_id == alert.id)
    return [one.action for one in sorted(moves, key=lambda one: (one.at, one.id))]


def again(house: House, kind: str, subject_id: UUID) -> None:
    """Announce something once more, as a relay does whose lease ran out."""
    with house.writing():
        announce(kind, subject_id, workspace_id=house.id, due_at=house.now)


def test_who_was_called_is_asked_once_and_opens_the_same_alert_again_once(house: House, client: FlaskClient) -> None:
    alert = complain(house, client)
    call(house, alert, "reached")
    for _ in range(2):
        house.work("AlertResolved")
        again(house, "AlertResolved", alert.id)
    [invitation] = asked(house)
    assert (invitation.kind, invitation.status, invitation.alert_id) == ("recovery", "scheduled", alert.id)
    [resolution] = house.rows(AlertMove, AlertMove.action == "resolve")
    assert invitation.occasion == recovering.occasion_of(resolution.id)
    house.work()
    [mail] = house.mailer.sent
    assert "avons-nous pu arranger les choses" in mail.subject
    assert mail.text.startswith("http")

    assert answer(client, house.link(invitation.id), SADLY) == [["csat"], ["why"]]
    [response] = house.rows(Response, Response.survey_key == "recovery")
    for _ in range(3):
        house.work()
        again(house, "SignalRaised", response.id)
    house.work()
    [same] = house.rows(Alert)
    assert (same.id, same.status, same.assignee, same.root_cause) == (alert.id, "new", None, None)
    assert (same.reason, same.kinds) == ("csat 1", ["detractor", "low_csat"])
    assert same.due_at >= alert.due_at
    assert same.ages_at == same.due_at
    assert {one.alert_id for one in house.rows(Signal)} == {alert.id}
    assert lines(house, alert) == ["opened", "claim", "contact", "resolve", "reopen"]
    [line] = house.rows(AlertMove, AlertMove.action == "reopen")
    assert (line.by, line.status, line.details["response"]) == (None, "new", str(response.id))

    call(house, same, "reached")  # the second resolution is asked about, too
    house.work("AlertResolved")
    assert [one.alert_id for one in asked(house)] == [alert.id] * 2


def test_who_is_content_leaves_it_resolved(house: House, client: FlaskClient) -> None:
    alert = complain(house, client)
    call(house, alert, "reached")
    house.work()
    answer(client, house.link(asked(house)[0].id), {"csat": "5", "why": ""})
    house.work()
    assert [one.status for one in house.rows(Alert)] == ["resolved"]


def test_the_week_is_full_after_a_mail_and_a_call_so_it_waits_for_its_place(app: Flask, client: FlaskClient) -> None:
    house = built(app)
    alert = complain(house, client)
    call(house, alert, "reached")
    house.work("AlertResolved")
    [invitation] = asked(house)
    first = min(one.at for one in house.rows(LedgerEntry))
    assert (invitation.status, invitation.reason) == ("scheduled", "cap")
    assert invitation.send_at == first + timedelta(days=7)


def test_what_is_too_late_is_dropped(house: House, client: FlaskClient) -> None:
    alert = complain(house, client)
    call(house, alert, "reached")
    long_ago = house.now - timedelta(days=11)
    with house.writing() as session:
        session.execute(update(AlertMove).values(at=long_ago))
    house.work("AlertResolved")
    assert [(one.status, one.reason) for one in asked(house)] == [("dropped", "hot_window")]


def test_who_was_never_spoken_to_is_not_asked(house: House, client: FlaskClient) -> None:
    call(house, complain(house, client), "no_answer", "voicemail", "no_answer")
    silent = complain(house, client, "bob")
    house.attribute(silent.customer_id, "do_not_call", value=True)
    call(house, silent)
    house.work()
    assert asked(house) == []


def test_of_those_whose_ticket_was_closed_in_another_tool_only_who_was_reached_there_is_asked(
    house: House, client: FlaskClient
) -> None:
    spoken_to, silent = complain(house, client), complain(house, client, "bob")
    for alert, reached in ((spoken_to, "phone"), (silent, None)):
        told = Told(id="1", tool="Zendesk", reference="7", status="closed", at=house.now, reached=reached)
        with house.writing():
            assert helpdesks.hear(workspace_id=house.id, alert_id=alert.id, told=told, now=house.now).refused is None
    house.work("AlertResolved")
    assert [one.alert_id for one in asked(house)] == [spoken_to.id]


def test_who_objects_is_not_asked_and_the_reason_is_on_record(house: House, client: FlaskClient) -> None:
    alert = complain(house, client)
    call(house, alert, "reached")
    house.consent(alert.customer_id, granted=False)
    house.work()
    assert [(one.status, one.reason) for one in asked(house)] == [("suppressed", "no_consent")]


def test_nobody_is_asked_about_what_was_opened_again_meanwhile(house: House, client: FlaskClient) -> None:
    alert = complain(house, client)
    call(house, alert, "reached")
    house.work("AlertResolved")
    reopen(house, alert)
    house.work()
    assert [(one.status, one.reason) for one in asked(house)] == [("suppressed", "alert_open")]
    assert [one.kind for one in house.rows(LedgerEntry)] == ["invitation", "call"]
    with house.reading() as session:
        [again_open] = house.rows(Alert)
        assert session.get(Alert, (house.id, again_open.id)).status == "new"


def test_only_the_last_resolution_is_asked_about(house: House, client: FlaskClient) -> None:
    alert = complain(house, client)
    call(house, alert, "reached")
    house.work("AlertResolved")
    reopen(house, alert)
    call(house, alert, "reached")
    house.work()
    assert sorted((one.status, one.reason) for one in asked(house)) == [("sent", None), ("suppressed", "alert_open")]


def test_where_a_new_complaint_is_open_the_answer_joins_that(house: House, client: FlaskClient) -> None:
    first = complain(house, client)
    call(house, first, "reached")
    house.work()
    second = complain(house, client)
    answer(client, house.link(asked(house)[0].id), SADLY)
    house.work()
    assert {one.id: one.status for one in house.rows(Alert)} == {first.id: "resolved", second.id: "new"}
    assert lines(house, second)[:2] == ["opened", "joined"]


def test_of_an_answer_and_a_new_complaint_at_once_one_alert_is_open(house: House, client: FlaskClient) -> None:
    first = complain(house, client)
    call(house, first, "reached")
    house.work()
    answer(client, house.link(asked(house)[0].id), SADLY)
    answer(client, house.link(house.invite("ada")), {"nps": "1", "why": ""})
    facts = house.rows(Fact, Fact.kind == "SignalRaised", Fact.done_at.is_(None))
    assert len(facts) == 2

    def follow(fact_id: int) -> None:
        with house.writing():
            alerting.open_or_join(fact_ids=[fact_id], now=house.now)

    at_once(*(lambda one=one: follow(one.id) for one in facts))
    [open_one] = house.rows(Alert, Alert.status == "new")
    assert {one.alert_id for one in house.rows(Signal)} == {first.id, open_one.id}
    assert all(one.alert_id for one in house.rows(Signal))


def test_an_event_of_that_name_from_outside_asks_nobody(house: House) -> None:
    house.event(house.customer(), "e1", name="alert.resolved")
    house.work()
    assert asked(house) == []
