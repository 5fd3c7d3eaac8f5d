"""Invitations asked for by hand, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update

from tests.unhappy import make_customer, make_workspace
from tests.web.api.calling import Machine
from vocapp.domain.links import read_token
from vocapp.models import Consent, Event, Invitation, SurveyRecord, new_id, transaction

BODY = {"survey": "post_delivery", "customer": {"external_id": "C-1"}, "channel": "link"}


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    anytime = {"quiet_from": None, "quiet_to": None}
    return make_workspace(now, contact_policy=anytime)


@pytest.fixture
def customer_id(db: Any, workspace_id: int, now: datetime) -> UUID:
    return _consenting(workspace_id, "C-1", now)


@pytest.fixture
def machine(client: FlaskClient, workspace_id: int, customer_id: UUID, now: datetime) -> Machine:
    return Machine(client, workspace_id, now, ["ingest"])


def _consenting(workspace_id: int, external_id: str, now: datetime) -> UUID:
    with transaction() as session:
        customer_id = make_customer(workspace_id, external_id, now, email=f"{external_id.lower()}@vocapp.test")
        session.execute(
            insert(Consent).values(
                workspace_id=workspace_id,
                id=new_id(),
                customer_id=customer_id,
                purpose="surveys",
                granted=True,
                source="test",
                at=now,
                recorded_at=now,
            )
        )
    return customer_id


def test_a_link_comes_with_its_url_for_the_caller_to_carry(machine: Machine, app: Any) -> None:
    made = machine.post("/invitations", BODY)
    assert made.status_code == 201, made.json
    document = made.json
    assert (document["status"], document["channel"], document["survey_version"]) == ("sent", "link", 1)
    prefix, _, token = document["url"].partition("/s/")
    assert prefix == "http://vocapp.test"
    assert str(read_token(b"a secret key of the tests, long enough", "survey", token)) == document["id"]
    assert document["decisions"][-1]["status"] == "sent"
    assert machine.get(f"/invitations/{document['id']}").json == document


def test_a_mail_is_scheduled_and_its_link_stays_in_the_mail(machine: Machine) -> None:
    made = machine.post("/invitations", {**BODY, "channel": "email"})
    assert made.status_code == 201
    assert (made.json["status"], made.json["url"]) == ("scheduled", None)
    assert made.json["send_at"].endswith("Z")


def test_a_place_that_nobody_made_yet_is_made(machine: Machine) -> None:
    for _ in range(2):
        assert machine.post("/invitations", {**BODY, "place": "kiosk"}).json["place"] == "kiosk"
    made = machine.get("/places/kiosk").json
    assert made == {"key": "kiosk", "name": "kiosk", "kind": "site", "parent": None, "path": "/kiosk/"}
    assert machine.get("/places/store").json["name"] == "Store"
    for place in ("", "a/b", "x" * 65):
        refused = machine.post("/invitations", {**BODY, "place": place})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/place")


def test_the_same_event_makes_one_invitation(machine: Machine) -> None:
    body = {**BODY, "event_id": "order-1", "place": "store", "properties": {"item": "lamp"}}
    first, again = machine.post("/invitations", body), machine.post("/invitations", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["place"] == "store"
    other = machine.post("/invitations", {**body, "event_id": "order-2"})
    assert (other.status_code, other.json["id"] == first.json["id"]) == (201, False)


def test_the_link_of_one_customer_is_given_to_no_other(
    db: Any, machine: Machine, workspace_id: int, now: datetime
) -> None:
    _consenting(workspace_id, "C-2", now)
    assert machine.post("/invitations", {**BODY, "event_id": "visit-1"}).status_code == 201
    refused = machine.post("/invitations", {**BODY, "event_id": "visit-1", "customer": {"external_id": "C-2"}})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "/event_id"
    assert "url" not in refused.json


def test_the_same_call_at_once_makes_one_invitation(db: Any, machine: Machine) -> None:
    db.session.rollback()
    body = {**BODY, "event_id": "order-1"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: machine.post("/invitations", body), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 1


def test_what_a_stored_event_tells_is_taken_over(
    db: Any, machine: Machine, workspace_id: int, customer_id: UUID
) -> None:
    occurred_at = datetime.now(UTC) - timedelta(hours=1)
    _event(workspace_id, customer_id, occurred_at)
    made = machine.post("/invitations", {**BODY, "event_id": "order-1", "properties": {"item": "chair"}}).json
    db.session.rollback()
    context = db.session.get(Invitation, (workspace_id, UUID(made["id"]))).context
    assert (context["event"], context["event_id"], context["place"]) == ("order.delivered", "order-1", "store")
    assert context["agent"] == "Max"
    assert context["properties"] == {"item": "chair", "basket": 40}  # what the call names wins
    assert made["place"] == "store"
    assert datetime.fromisoformat(made["occurred_at"]) == occurred_at


def test_another_customers_event_tells_nothing(
    db: Any, machine: Machine, workspace_id: int, customer_id: UUID, now: datetime
) -> None:
    _event(workspace_id, _consenting(workspace_id, "C-2", now), datetime.now(UTC))
    made = machine.post("/invitations", {**BODY, "event_id": "order-1"})
    assert (made.status_code, made.json["place"]) == (201, None)


def test_what_happened_too_long_ago_is_dropped_by_mail_not_by_link(machine: Machine) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=49)).isoformat()
    by_mail = machine.post("/invitations", {**BODY, "channel": "email", "occurred_at": long_ago})
    assert (by_mail.status_code, by_mail.json["status"], by_mail.json["reason"]) == (201, "dropped", "hot_window")
    assert machine.post("/invitations", {**BODY, "occurred_at": long_ago}).json["url"] is not None


def test_without_a_consent_there_is_no_link(db: Any, machine: Machine, workspace_id: int, now: datetime) -> None:
    with transaction():
        make_customer(workspace_id, "C-3", now)
    made = machine.post("/invitations", {**BODY, "customer": {"external_id": "C-3"}})
    assert made.status_code == 201
    assert (made.json["status"], made.json["reason"], made.json["url"]) == ("suppressed", "no_consent", None)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"survey": "no_such"}, "/survey"),
        ({"survey": None}, "/survey"),
        ({"customer": {"external_id": "C-9"}}, "/customer/external_id"),
        ({"customer": {}}, "/customer/external_id"),
        ({"customer": {"external_id": "C-1", "email": "a@vocapp.test"}}, "/customer/email"),
        ({"channel": "pigeon"}, "/channel"),
        ({"event_id": ""}, "/event_id"),
        ({"event_id": "x" * 201}, "/event_id"),
        ({"occurred_at": "now"}, "/occurred_at"),
        ({"place": "p" * 65}, "/place"),
        ({"properties": []}, "/properties"),
        ({"properties": {"big": "x" * 40_000}}, "/properties"),
        ({"status": "sent"}, "/status"),
    ],
)
def test_a_bad_field_is_named(db: Any, machine: Machine, change: dict[str, Any], pointer: str) -> None:
    refused = machine.post("/invitations", {**BODY, **change})
    assert (refused.status_code, [error["pointer"] for error in refused.json["errors"]]) == (422, [pointer])
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0


def test_a_survey_that_is_not_published_is_refused(db: Any, machine: Machine) -> None:
    with transaction() as session:
        session.execute(update(SurveyRecord).values(published_version=None))
    refused = machine.post("/invitations", BODY)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/survey")
    assert "not published" in refused.json["detail"]


def test_an_idempotency_key_repeats_the_answer(db: Any, machine: Machine) -> None:
    first, again = (machine.post("/invitations", BODY, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert machine.post("/invitations", {**BODY, "place": "store"}, **{"Idempotency-Key": "once"}).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 1


def test_another_workspaces_invitation_is_as_unknown_as_any(
    client: FlaskClient, machine: Machine, now: datetime
) -> None:
    made = machine.post("/invitations", BODY).json
    stranger = Machine(client, make_workspace(now, key="other"), now)
    theirs, none = stranger.get(f"/invitations/{made['id']}"), stranger.get(f"/invitations/{uuid4()}")
    assert (theirs.status_code, theirs.data) == (404, none.data)
    assert stranger.post("/invitations", BODY).status_code == 422  # neither is their customer


def _event(workspace_id: int, customer_id: UUID, occurred_at: datetime) -> None:
    with transaction() as session:
        session.execute(
            insert(Event).values(
                workspace_id=workspace_id,
                id=new_id(),
                key="order-1",
                name="order.delivered",
                occurred_at=occurred_at,
                received_at=occurred_at,
                customer_id=customer_id,
                place="store",
                agent="Max",
                properties={"item": "lamp", "basket": 40},
            )
        )
