"""Dates are read in the form that is named, and in no other."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vocapp.domain.history_dates import read_moment, read_past

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "form", "read"),
    [
        ("03/04/2025", "day/month/year", datetime(2025, 4, 3, 10, tzinfo=UTC)),
        ("03/04/2025", "month/day/year", datetime(2025, 3, 4, 11, tzinfo=UTC)),
        ("3.4.2025 9:05", "day/month/year", datetime(2025, 4, 3, 7, 5, tzinfo=UTC)),
        ("2025-04-03 23:30:01", "year/month/day", datetime(2025, 4, 3, 21, 30, 1, tzinfo=UTC)),
        ("2025-04-03", "iso", datetime(2025, 4, 3, 10, tzinfo=UTC)),
        ("2025-04-03T09:00:00-05:00", "iso", datetime(2025, 4, 3, 14, tzinfo=UTC)),
        ("1743674400", "unix", datetime(2025, 4, 3, 10, tzinfo=UTC)),
        ("1743674400000", "unix", datetime(2025, 4, 3, 10, tzinfo=UTC)),
        ("29/03/2026 02:30", "day/month/year", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # an hour that was not
    ],
)
def test_a_named_form_is_read(text: str, form: str, read: datetime) -> None:
    assert read_moment(text, form, PARIS) == read


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("31/04/2025", "day/month/year"),
        ("04/31/2025", "day/month/year"),
        ("3/4/25", "day/month/year"),
        ("2025-04-03", "day/month/year"),
        ("03/04/2025", "iso"),
        ("03/04/2025 25:00", "day/month/year"),
        ("yesterday", "unix"),
        ("", "iso"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, form: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        read_moment(text, form, PARIS)


def test_what_is_still_to_come_did_not_happen() -> None:
    now = datetime(2025, 4, 3, 6, tzinfo=UTC)
    assert read_past("2025-04-03", "iso", PARIS, now) == datetime(2025, 4, 3, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="is still to come"):
        read_past("2025-04-05", "iso", PARIS, now)
