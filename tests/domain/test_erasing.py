"""By when an erasure is due, when it worries somebody, and which ids speak of a person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from vocapp.domain.erasing import due_at, is_late, speaks_of, week_of, words_of


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ((2026, 1, 15), (2026, 2, 15)),
        ((2026, 1, 30), (2026, 2, 28)),
        ((2028, 1, 31), (2028, 2, 29)),
        ((2026, 11, 30), (2026, 12, 30)),
        ((2026, 12, 31), (2027, 1, 31)),
    ],
)
def test_it_is_due_a_calendar_month_later(asked: tuple[int, int, int], due: tuple[int, int, int]) -> None:
    assert due_at(datetime(*asked, 9, tzinfo=UTC)) == datetime(*due, 9, tzinfo=UTC)


def test_it_is_late_at_day_twenty() -> None:
    asked = datetime(2026, 3, 1, tzinfo=UTC)
    assert not is_late(asked, asked + timedelta(days=19, hours=23))
    assert is_late(asked, asked + timedelta(days=20))


def test_a_week_begins_on_its_monday() -> None:
    assert {week_of(date(2026, 11, day)) for day in range(16, 23)} == {date(2026, 11, 16)}


def test_an_id_speaks_of_somebody_by_any_word_of_theirs() -> None:
    words = words_of(["C-4711", "Zoé", "de la Tour", "+33 6 01", None])
    assert speaks_of("order-4711-x", words)
    assert speaks_of("mme-ZOÉ", words)
    assert not speaks_of("delivery-12", words)
    assert "de" not in words
