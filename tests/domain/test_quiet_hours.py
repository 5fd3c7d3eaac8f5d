"""Quiet hours hold on the customer's wall clock, through every change of it, and always end."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.quiet_hours import QuietHours, is_quiet, next_allowed, zone_of

NIGHT = QuietHours(time(20), time(8))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("Europe/Paris", "2026-03-02T12:00", "2026-03-02T12:00"),
        ("Europe/Paris", "2026-03-02T19:00", "2026-03-03T07:00"),  # 20:00 is quiet
        ("Europe/Paris", "2026-03-02T06:59:59", "2026-03-02T07:00"),
        ("Europe/Paris", "2026-03-02T07:00", "2026-03-02T07:00"),  # 08:00 is not
        ("Europe/Paris", "2026-03-28T20:30", "2026-03-29T06:00"),  # the night that is an hour shorter
        ("Europe/Paris", "2026-10-24T20:30", "2026-10-25T07:00"),  # the night that is an hour longer
        ("Pacific/Kiritimati", "2026-03-02T06:00", "2026-03-02T18:00"),  # UTC+14: the day after there
        ("Pacific/Chatham", "2026-03-02T10:00", "2026-03-02T18:15"),  # UTC+13:45
        ("Pacific/Chatham", "2026-04-04T10:00", "2026-04-04T19:15"),  # back to UTC+12:45 in that night
        ("America/Los_Angeles", "2026-03-02T04:00", "2026-03-02T16:00"),
    ],
)
def test_a_night_ends_at_eight_on_the_customers_clock(zone, at, expected):
    assert next_allowed(utc(at), NIGHT, zone) == utc(expected)


def test_an_end_that_does_not_exist_ends_behind_the_gap():
    until_half_past_two = QuietHours(time(22), time(2, 30))
    allowed = next_allowed(utc("2026-03-29T00:50"), until_half_past_two, "Europe/Paris")
    assert allowed == utc("2026-03-29T01:30")  # 03:30, the clock went from 02:00 to 03:00
    assert not is_quiet(allowed, until_half_past_two, "Europe/Paris")


def test_an_end_that_comes_twice_is_quiet_again_the_second_time():
    until_half_past_two = QuietHours(time(22), time(2, 30))
    first, between, second = utc("2026-10-25T00:10"), utc("2026-10-25T00:40"), utc("2026-10-25T01:10")
    assert next_allowed(first, until_half_past_two, "Europe/Paris") == utc("2026-10-25T00:30")
    assert next_allowed(between, until_half_past_two, "Europe/Paris") == between
    assert next_allowed(second, until_half_past_two, "Europe/Paris") == utc("2026-10-25T01:30")


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "", None, "../../etc/passwd", "Europe", "x" * 5000, "\0", "europe paris"]
)
def test_an_unknown_zone_is_the_fallback(zone):
    assert next_allowed(utc("2026-03-02T19:00"), NIGHT, zone, fallback="Europe/Paris") == utc("2026-03-03T07:00")
    assert zone_of(zone, "Nowhere/Either").key == "UTC"


def test_a_customer_who_moves_is_asked_by_the_new_clock():
    at = utc("2026-03-02T19:30")
    assert is_quiet(at, NIGHT, "Europe/Paris")
    assert not is_quiet(at, NIGHT, "America/New_York")


def test_without_quiet_hours_any_time_will_do():
    assert next_allowed(utc("2026-03-02T02:00"), None, "Europe/Paris") == utc("2026-03-02T02:00")
    assert not is_quiet(utc("2026-03-02T02:00"), None, "Europe/Paris")


def test_quiet_hours_that_never_end_are_refused():
    with pytest.raises(ValueError, match="never end"):
        QuietHours(time(8), time(8))


@settings(deadline=None, max_examples=200)
@given(
    minutes=st.integers(0, 2 * 366 * 24 * 60),
    zone=st.sampled_from(
        [
            "Europe/Paris",
            "America/St_Johns",
            "Pacific/Chatham",
            "Pacific/Kiritimati",
            "Australia/Lord_Howe",
            "Asia/Kolkata",
        ]
    ),
    start=st.integers(0, 95),
    length=st.integers(1, 95),
)
def test_what_is_allowed_is_never_quiet_never_early_and_at_most_two_days_off(minutes, zone, start, length):
    def quarter(number):
        return time(number % 96 // 4, number % 4 * 15)

    quiet = QuietHours(quarter(start), quarter(start + length))
    at = utc("2025-06-01T00:00") + timedelta(minutes=minutes)
    allowed = next_allowed(at, quiet, zone)
    assert at <= allowed <= at + timedelta(days=2)
    assert not is_quiet(allowed, quiet, zone)
    assert next_allowed(allowed, quiet, zone) == allowed, "no endless postponing"
    assert (allowed == at) == (not is_quiet(at, quiet, zone))
