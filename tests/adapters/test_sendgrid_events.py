"""Who may speak for SendGrid, and what its events mean. The vectors are those of its own client libraries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.webhook import SIGNATURE, TIMESTAMP, Signer, told, written
from vocapp.adapters.mail.sendgrid_events import NotSigned, read_reports, sent_at
from vocapp.domain.delivery import Report

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
VECTORS = json.loads(Path(__file__).with_name("sendgrid_vectors.json").read_text())
MAIL = uuid4()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_the_vectors_pass_or_not_as_they_say(vector: dict[str, Any]) -> None:
    given = {
        "signature": vector["signature"],
        "timestamp": vector["timestamp"],
        "body": vector["body"].encode(),
    }
    if vector["valid"]:
        assert sent_at(keys=["no key", vector["public_key"]], **given).timestamp() == int(vector["timestamp"])
        assert read_reports(given["body"], now=NOW)[0]
    else:
        with pytest.raises(NotSigned):
            sent_at(keys=[vector["public_key"]], **given)


def test_two_keys_hold_while_one_is_rotated_and_no_third() -> None:
    old, new, other = Signer(), Signer(), Signer()
    for signer in (old, new):
        sent_at(keys=[old.public_key, new.public_key], **signed(signer, b"[]"))
    with pytest.raises(NotSigned):
        sent_at(keys=[old.public_key, new.public_key], **signed(other, b"[]"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"signature": None},
        {"timestamp": None},
        {"signature": ""},
        {"signature": "not base64!"},
        {"signature": "é"},
        {"signature": "AAAA"},
        {"signature": "A" * 100_000},
        {"timestamp": "hello"},
        {"timestamp": "-1"},
        {"timestamp": "1" * 40},
        {"timestamp": "١٦٠٠"},
        {"body": b"[] "},
        {"body": b""},
        {"keys": []},
        {"keys": ["", "x", "AAAA"]},
    ],
)
def test_whatever_is_wrong_is_simply_not_signed(wrong: dict[str, Any]) -> None:
    signer = Signer()
    with pytest.raises(NotSigned):
        sent_at(**{"keys": [signer.public_key], **signed(signer, b"[]"), **wrong})


@pytest.mark.parametrize(
    ("event", "kind", "suppresses"),
    [
        ({"event": "processed"}, "processed", None),
        ({"event": "deferred", "response": "400 try again"}, "deferred", None),
        ({"event": "delivered"}, "delivered", None),
        ({"event": "bounce", "status": "5.0.0", "reason": "500 unknown recipient"}, "bounced", "bounce"),
        ({"event": "bounce", "type": "bounce", "status": "5.1.1"}, "bounced", "bounce"),
        ({"event": "bounce", "type": "blocked", "status": "5.2.2"}, "blocked", None),
        ({"event": "bounce", "type": "bounce", "status": "4.2.2"}, "blocked", None),
        ({"event": "dropped", "reason": "Bounced Address"}, "dropped", "bounce"),
        ({"event": "dropped", "reason": "Invalid"}, "dropped", "bounce"),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, "dropped", "complaint"),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, "unwanted", None),
        ({"event": "dropped", "reason": "Recipient List over Package Quota"}, "dropped", None),
        ({"event": "dropped", "reason": "Invalid SMTPAPI header"}, "dropped", None),
        ({"event": "open"}, "opened", None),
        ({"event": "open", "sg_machine_open": False}, "opened", None),
        ({"event": "spamreport"}, "complained", "complaint"),
        ({"event": "unsubscribe"}, "unsubscribed", None),
        ({"event": "group_unsubscribe", "asm_group_id": 10}, "unsubscribed", None),
    ],
)
def test_each_event_has_one_meaning(event: dict[str, Any], kind: str, suppresses: str | None) -> None:
    report = one({**told("x", MAIL, NOW), **event})
    assert (report.kind, report.suppresses) == (kind, suppresses)


def test_what_tells_of_no_delivery_is_ignored_and_bad_events_break_nothing() -> None:
    events = [told(name, MAIL, NOW) for name in ("click", "group_resubscribe", "account_status_change", "?")]
    events += [told("open", MAIL, NOW, sg_machine_open=machine) for machine in (True, "false", 0, [])]
    odd: list[Any] = [None, 7, [], {}, {"event": 7}, {"event": None}]
    assert read_reports(written(events + odd), now=NOW) == ([], len(events) + len(odd))


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ({"vocapp_id": str(MAIL)}, MAIL),
        ({"unique_args": {"vocapp_id": str(MAIL)}}, MAIL),
        ({"custom_args": {"vocapp_id": str(MAIL)}}, MAIL),
        ({"smtp-id": f"<{MAIL}@example.test>"}, MAIL),
        ({"vocapp_id": "ada@example.test"}, None),
        ({"vocapp_id": ["x"]}, None),
        ({}, None),
    ],
)
def test_a_message_is_known_by_what_we_gave_it(place: dict[str, Any], found: UUID | None) -> None:
    assert one({**told("bounce", None, NOW, sg_message_id=None), **place}).mail_id == found


def test_the_providers_name_of_a_message_is_what_it_said_when_it_took_it() -> None:
    assert one(told("bounce", None, NOW, sg_message_id="LRzXl_NHStOGhQ4k.filterdrecv-p3.0")).provider_id == (
        "LRzXl_NHStOGhQ4k"
    )


def test_an_event_without_an_id_is_known_again_by_its_whole() -> None:
    event = told("bounce", MAIL, NOW, sg_event_id=None)
    assert one(event).key == one(dict(reversed(event.items()))).key != one({**event, "status": "5.1.1"}).key


def test_times_to_come_become_now_and_addresses_stay_out_of_the_detail() -> None:
    report = one(told("bounce", MAIL, NOW, timestamp=99999999999, reason="550 5.1.1 <ada@example.test> unknown\0\r\nX"))
    assert report.at == NOW
    assert report.detail == "550 5.1.1 <<address>> unknown X"


@pytest.mark.parametrize("body", [b"", b"payload", b"{}", b"7", b"[" * 200_000, b"\xff"])
def test_a_body_that_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        read_reports(body, now=NOW)


def one(event: dict[str, Any]) -> Report:
    [report], _ = read_reports(written([event]), now=NOW)
    return report


def signed(signer: Signer, body: bytes) -> dict[str, Any]:
    headers = signer.headers(body, NOW)
    return {"signature": headers[SIGNATURE], "timestamp": headers[TIMESTAMP], "body": body}
