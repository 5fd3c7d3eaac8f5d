"""When to try again: while the team is there and the customer is not to be left in peace, three times at most."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.attempts import FURTHEST, next_attempt
from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.quiet_hours import QuietHours, is_quiet

HOURS = BusinessHours()
QUIET = QuietHours(time(20), time(8))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 5),
    st.sampled_from(["Europe/Paris", "America/Guadeloupe", "Indian/Reunion", "Pacific/Auckland", None]),
)
def test_nobody_is_called_again_out_of_hours_or_too_often(at: datetime, misses: int, zone: str | None) -> None:
    found = next_attempt(at, misses, HOURS, QUIET, zone, fallback="Europe/Paris")
    if misses in {0, 3, 4, 5} or zone == "Pacific/Auckland":  # up while the other sleeps
        assert found is None or zone == "Pacific/Auckland"
    else:
        assert found is not None
    if found is not None:
        assert misses in {1, 2}
        assert at + timedelta(hours=3) <= found <= at + FURTHEST
        assert HOURS.is_open(found)
        assert not is_quiet(found, QUIET, zone, fallback="Europe/Paris")


@pytest.mark.parametrize(
    ("at", "misses", "zone", "expected"),
    [
        ("2026-03-02T10:00", 1, None, "2026-03-02T13:00"),
        ("2026-03-02T16:00", 1, None, "2026-03-03T09:00"),
        ("2026-03-02T16:00", 2, None, "2026-03-03T14:00"),
        ("2026-03-07T16:00", 1, None, "2026-03-09T09:00"),  # Saturday → Monday
        ("2026-03-02T16:00", 1, "America/Guadeloupe", "2026-03-03T13:00"),  # eight in the morning there
    ],
)
def test_as_one_would_say_it(at: str, misses: int, zone: str | None, expected: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    found = next_attempt(
        datetime.fromisoformat(at).replace(tzinfo=paris), misses, HOURS, QUIET, zone, fallback="Europe/Paris"
    )
    assert found == datetime.fromisoformat(expected).replace(tzinfo=paris)
