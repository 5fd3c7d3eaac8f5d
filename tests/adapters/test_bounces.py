"""Mails that came back: what they say, and what a forged one can't do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bounced import complaint, notification
from vocapp.adapters.mail.bounces import read_bounce
from vocapp.domain.delivery import Report
from vocapp.domain.links import make_return_path, read_return_path

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SECRET = b"a secret key of the tests, long enough"
MAIL = UUID("01957f3a-0000-7000-8000-0123456789ab")


def read(raw: bytes) -> Report | None:
    return read_bounce(raw, secret=SECRET, now=NOW)


@pytest.mark.parametrize(
    ("fields", "kind", "suppresses"),
    [
        ({}, "bounced", "bounce"),
        ({"status": "5.1.2", "diagnostic": "smtp; 550 no such domain"}, "bounced", "bounce"),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 5.1.1 no such user"}, "bounced", "bounce"),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 unknown user"}, "bounced", "bounce"),
        ({"status": "5.0.0", "diagnostic": "smtp; 554 Blocked: looks like spam"}, "blocked", None),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 5.7.1 not from you"}, "blocked", None),
        ({"status": "5.7.1"}, "blocked", None),
        ({"status": "5.7.515", "diagnostic": "smtp; 550 5.7.515 Access denied, too many"}, "blocked", None),
        ({"status": "5.2.2", "diagnostic": "smtp; 552 5.2.2 mailbox full"}, "blocked", None),
        ({"status": "4.4.7", "diagnostic": "smtp; 421 try later"}, "blocked", None),
        ({"status": "4.2.2", "action": "delayed"}, "deferred", None),
        ({"status": "", "diagnostic": ""}, "blocked", None),
        ({"returned": "text/rfc822-headers"}, "bounced", "bounce"),
        ({"original_recipient": None}, "bounced", "bounce"),
    ],
)
def test_a_notification_says_whether_the_address_is_dead(
    fields: dict[str, Any], kind: str, suppresses: str | None
) -> None:
    report = read(notification(MAIL, **fields))
    assert report is not None
    assert (report.mail_id, report.kind, report.suppresses) == (MAIL, kind, suppresses)
    assert "@" not in (report.detail or "")


def test_a_complaint_is_one_and_its_opposite_is_none() -> None:
    report = read(complaint(MAIL))
    assert report is not None
    assert (report.mail_id, report.kind, report.suppresses) == (MAIL, "complained", "complaint")
    assert read(complaint(MAIL, "not-spam")) is None


def test_what_was_delivered_or_passed_on_tells_nothing() -> None:
    for action in ("delivered", "relayed", "expanded", "nonsense"):
        assert read(notification(MAIL, action=action)) is None


def test_the_same_bounce_again_has_the_same_key() -> None:
    first, second, other = read(notification(MAIL)), read(notification(MAIL)), read(notification(uuid4()))
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.key == second.key != other.key


def test_the_return_path_is_enough_where_nothing_of_the_mail_came_back() -> None:
    raw = notification("nothing", to=make_return_path(SECRET, "bounces@maison.test", MAIL).upper())
    report = read(raw)
    assert report is not None
    assert report.mail_id == MAIL


def test_a_return_path_that_is_not_ours_is_none() -> None:
    ours = make_return_path(SECRET, "bounces@maison.test", MAIL)
    assert len(ours.partition("@")[0]) <= 64
    assert read_return_path(SECRET, f"<{ours}>") == MAIL
    forged = make_return_path(b"another secret", "bounces@maison.test", MAIL)
    assert read_return_path(SECRET, forged) is None
    assert read(notification("nothing", to=forged)) is None
    token = ours.partition("+")[2].partition("@")[0]
    for place, letter in enumerate(token):
        altered = token[:place] + ("b" if letter == "a" else "a") + token[place + 1 :]
        if place < 38:  # the last letter holds two bits that mean nothing
            assert read_return_path(SECRET, f"bounces+{altered}@maison.test") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"Subject: Out of office\r\n\r\nI am away until Monday. <" + str(MAIL).encode() + b"@maison.test>",
        notification(MAIL).replace(b"message/delivery-status", b"text/plain"),
        notification("ada@example.test"),
        b"Content-Type: multipart/report; boundary=b1\r\n\r\n" + b"--b1\r\n\r\n" * 10_000,
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="\xff\xfe"\r\n\r\n--\xff\xfe\r\n',
        b"Content-Type: message/rfc822\r\n\r\n" * 500,
    ],
)
def test_what_is_no_notification_of_ours_is_none(raw: bytes) -> None:
    assert read(raw) is None


def test_a_notification_inside_what_came_back_is_not_believed() -> None:
    """Somebody forwards, or quotes, a bounce: only the outermost report speaks."""
    inner = notification(MAIL)
    assert (
        read(
            b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n"
            + inner
            + b"\r\n--m--\r\n"
        )
        is None
    )


@given(st.binary(max_size=2000), st.integers(0, 1200))
def test_no_mail_breaks_the_reader(noise: bytes, place: int) -> None:
    raw = notification(MAIL)
    read(noise)
    read(raw[:place] + noise + raw[place:])
