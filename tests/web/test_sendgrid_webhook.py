"""SendGrid's event webhook over HTTP: who is let in, what a replay does, and how quickly five thousand are answered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.builders import NO_RESTS, House
from tests.watching import at_once
from tests.webhook import PATH, SIGNATURE, TIMESTAMP, Signer, told, written
from vocapp.app import add_doors, create_app
from vocapp.config import Settings
from vocapp.models import Fact, MailReport

VECTORS = json.loads((Path(__file__).parents[1] / "adapters" / "sendgrid_vectors.json").read_text())
SIGNER, OLD = Signer(), Signer()


@pytest.fixture
def settings(make_settings: Callable[..., Settings], database_url: str) -> Settings:
    keys = (OLD.public_key, SIGNER.public_key)
    return make_settings(database_url=database_url, sendgrid_webhook_public_keys=keys)


@pytest.fixture
def house(app: Any) -> House:
    return House(app, policy=NO_RESTS)


def now() -> datetime:
    return datetime.now(UTC)


def sent(house: House) -> Any:
    house.survey()
    house.customer("ada")
    invitation_id = house.invite("ada", channel="email")
    house.work("InvitationDue")
    assert house.invitation(invitation_id).status == "sent"
    return invitation_id


def reports(house: House) -> list[MailReport]:
    with house.reading() as session:
        found = list(session.query(MailReport).order_by(MailReport.key))
        session.expunge_all()
    return found


def batches(house: House) -> list[Fact]:
    with house.reading() as session:
        return list(session.query(Fact).filter(Fact.kind == "MailReported"))


def test_a_bounce_suppresses_the_address_at_once(client: FlaskClient, house: House) -> None:
    invitation_id = sent(house)
    reply = SIGNER.post(client, [told("bounce", invitation_id, now(), status="5.1.1")], now())
    assert (reply.status_code, reply.json) == (200, {"accepted": 1, "duplicates": 0, "ignored": 0})
    assert house.work("MailReported") == ["MailReported"]
    headers = {"Authorization": f"Bearer {house.api_key()}"}
    contact = client.get("/api/v1/customers/ada", headers=headers).json["contact"]
    assert (contact["allowed"], contact["reason"], contact["next_allowed_at"]) == (False, "suppressed_bounce", None)
    assert client.get(f"/api/v1/invitations/{invitation_id}", headers=headers).json["reason"] == "bounced"


@pytest.mark.parametrize("signer", [OLD, SIGNER])
def test_either_key_is_taken_while_one_is_rotated(client: FlaskClient, house: House, signer: Signer) -> None:
    assert signer.post(client, [told("delivered", uuid4(), now())], now()).status_code == 200


def test_nothing_unsigned_or_altered_comes_in(client: FlaskClient, house: House) -> None:
    body = written([told("bounce", sent(house), now())] * 2)
    good = SIGNER.headers(body, now())
    before = house.dump()
    tomorrow = str(int(good[TIMESTAMP]) + 86400)
    attacks: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body, {SIGNATURE: good[SIGNATURE]}),
        (body, {TIMESTAMP: good[TIMESTAMP]}),
        (body, {**good, TIMESTAMP: tomorrow}),
        (body, {**good, TIMESTAMP: "soon"}),
        (body, {**good, SIGNATURE: "%%%"}),
        (body, {**good, SIGNATURE: good[SIGNATURE][:-8]}),
        (body, {**good, SIGNATURE: "é".encode().decode("latin-1")}),
        (body, Signer().headers(body, now())),
        (body.replace(b"bounce", b"bouncf", 1), good),
        (body.rstrip(b"\r\n"), good),
        (body.replace(b",\r\n", b","), good),
        (b"", good),
        (b"payload", good),
    ]
    for raw, headers in attacks:
        reply = client.post(PATH, data=raw, headers=headers)
        assert reply.status_code == 403, headers
        assert reply.mimetype == "application/problem+json"
    assert house.dump() == before
    assert client.post(PATH, data=body, headers=good).status_code == 200


def test_a_replay_changes_nothing_and_an_old_one_is_not_even_looked_at(client: FlaskClient, house: House) -> None:
    body = written([told("bounce", sent(house), now()), told("delivered", uuid4(), now())])
    headers = SIGNER.headers(body, now() - timedelta(hours=20))
    assert client.post(PATH, data=body, headers=headers).json["accepted"] == 2
    before = house.dump()
    assert client.post(PATH, data=body, headers=headers).json == {"accepted": 0, "duplicates": 2, "ignored": 0}
    other = written([told("bounce", uuid4(), now())])
    old = client.post(PATH, data=other, headers=SIGNER.headers(other, now() - timedelta(hours=73)))
    assert (old.status_code, old.json) == (200, {"accepted": 0, "duplicates": 0, "ignored": 1})
    assert house.dump() == before


@pytest.mark.parametrize(("ahead", "status"), [(5, 200), (11, 403), (24 * 60, 403)])
def test_a_clock_may_be_a_little_ahead(client: FlaskClient, house: House, ahead: int, status: int) -> None:
    events = [told("delivered", uuid4(), now())]
    assert SIGNER.post(client, events, now() + timedelta(minutes=ahead)).status_code == status


@pytest.mark.parametrize("body", [b"payload", b"", b"{}", b"[" * 100_000])
def test_signed_nonsense_is_refused_and_not_stored(client: FlaskClient, house: House, body: bytes) -> None:
    reply = client.post(PATH, data=body, headers=SIGNER.headers(body, now()))
    assert reply.status_code == 400
    assert reports(house) == []


def test_signed_oddities_break_nothing(client: FlaskClient, house: House) -> None:
    odd = [
        told("bounce", uuid4(), now(), reason="a NUL \0", email="a\0@b.test", sg_event_id="\0" * 200),
        told("bounce", uuid4(), now(), timestamp=1e300, email=["x"], status={"a": 1}, sg_message_id="x" * 5000),
        told("bounce", "x" * 5000, now(), timestamp=-(2**62), reason="é" * 10_000),
        told("open", uuid4(), now(), sg_machine_open=True),
    ]
    reply = SIGNER.post(client, odd, now())
    assert reply.json == {"accepted": 3, "duplicates": 0, "ignored": 1}


def test_without_a_key_the_refusal_says_so(make_settings: Callable[..., Settings], sqlite_url: str) -> None:
    client = add_doors(create_app(make_settings(database_url=sqlite_url))).test_client()
    reply = SIGNER.post(client, [told("delivered", uuid4(), now())], now())
    assert reply.status_code == 403
    assert "SENDGRID_WEBHOOK_PUBLIC_KEY" in reply.json["detail"]


def test_five_thousand_events_are_answered_within_two_seconds(client: FlaskClient, house: House) -> None:
    invitation_id = sent(house)
    at = now()
    events = [told("delivered", uuid4(), at, email=f"p{n}@example.test", response="250 OK " * 20) for n in range(4999)]
    events.append(told("bounce", invitation_id, at))
    body = written(events)
    headers = SIGNER.headers(body, at)
    began = time.process_time()  # of this process, which others on the machine do not lengthen
    reply = client.post(PATH, data=body, headers=headers)
    assert time.process_time() - began < 2
    assert reply.json == {"accepted": 5000, "duplicates": 0, "ignored": 0}
    again = client.post(PATH, data=body, headers=headers)
    assert again.json["duplicates"] == 5000
    assert len(batches(house)) == 1, "nothing new is announced"


def test_five_at_a_time_store_each_event_once(client: FlaskClient, house: House) -> None:
    invitation_id = sent(house)
    events = [told(kind, invitation_id, now()) for kind in ("processed", "delivered", "bounce", "spamreport")]
    events += [told("delivered", uuid4(), now()) for _ in range(20)]
    posts = [lambda n=n: SIGNER.post(house.app.test_client(), events[n:] + events[:n], now()) for n in range(5)]
    replies = at_once(*posts)
    assert [reply.status_code for reply in replies] == [200] * 5
    assert sum(reply.json["accepted"] for reply in replies) == len(events) == len(reports(house))


def test_other_methods_and_paths_are_answered_as_to_a_machine(client: FlaskClient, house: House) -> None:
    assert client.get(PATH).status_code == 405
    assert client.get(PATH).mimetype == client.get("/webhooks/x").mimetype == "application/problem+json"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_the_vectors_pass_over_http_and_years_later_change_nothing(
    make_settings: Callable[..., Settings], sqlite_url: str, vector: dict[str, Any]
) -> None:
    app = create_app(make_settings(database_url=sqlite_url, sendgrid_webhook_public_keys=(vector["public_key"],)))
    headers = {SIGNATURE: vector["signature"], TIMESTAMP: vector["timestamp"]}
    reply = add_doors(app).test_client().post(PATH, data=vector["body"].encode(), headers=headers)
    assert reply.status_code == (200 if vector["valid"] else 403)
    assert not vector["valid"] or reply.json["accepted"] == 0
