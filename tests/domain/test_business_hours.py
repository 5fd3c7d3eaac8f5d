"""Hours in which somebody is there: never due outside them, and counting in them adds up, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.holidays import CALENDARS, alsatian, easter, french

PARIS = ZoneInfo("Europe/Paris")
ZONES = ("Europe/Paris", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")


@st.composite
def days(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))
    return tuple((15 * edges[n], 15 * edges[n + 1]) for n in range(0, len(edges) - 1, 2))


@st.composite
def hours(draw: st.DrawFn) -> BusinessHours:
    week = [draw(days()) for _ in range(7)]
    if not any(week):
        week[2] = ((540, 1080),)
    closed = draw(st.frozensets(st.dates(date(2026, 3, 1), date(2026, 4, 30)), max_size=5))
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return BusinessHours(tuple(week), zone, draw(st.sampled_from(sorted(CALENDARS))), closed)


def moments() -> st.SearchStrategy[datetime]:
    """Around the nights in which the clocks of Europe, America and Lebanon change, and any other time."""
    changes = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 29), (10, 25), (11, 1), (4, 5))]
    near = st.tuples(st.sampled_from(changes), st.integers(-3000, 3000)).map(lambda x: x[0] + timedelta(minutes=x[1]))
    return near | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


lengths = st.integers(0, 4000).map(lambda minutes: timedelta(minutes=minutes))


@given(hours(), moments(), lengths)
def test_nothing_is_due_while_nobody_is_there(open_hours: BusinessHours, at: datetime, length: timedelta) -> None:
    due = open_hours.add(at, length)
    assert due >= at
    assert open_hours.is_open(due)
    wall = due.astimezone(open_hours.zone)
    shown = wall.hour * 60 + wall.minute + wall.second / 60
    spans = [*open_hours.week[wall.weekday()]]
    if wall.time() == time(0):  # midnight ends the day before
        spans += [(0, 0) for _, end in open_hours.week[wall.weekday() - 1] if end == 1440]
    assert any(start <= shown <= end for start, end in spans)


@given(hours(), moments(), lengths, lengths)
def test_adding_in_two_steps_is_adding_at_once(
    open_hours: BusinessHours, at: datetime, one: timedelta, more: timedelta
) -> None:
    assert open_hours.add(open_hours.add(at, one), more) == open_hours.add(at, one + more)


@given(hours(), moments(), moments(), lengths, lengths)
def test_who_begins_later_or_needs_longer_is_not_done_sooner(
    open_hours: BusinessHours, one: datetime, other: datetime, short: timedelta, more: timedelta
) -> None:
    first, second = sorted((one, other))
    assert open_hours.add(first, short) <= open_hours.add(second, short + more)


@given(hours(), moments(), lengths)
def test_what_was_added_is_what_lies_between(open_hours: BusinessHours, at: datetime, length: timedelta) -> None:
    assert open_hours.between(at, open_hours.add(at, length)) == length


@pytest.mark.parametrize(
    ("at", "length", "due"),
    [
        ("2026-03-06T16:00", 4, "2026-03-07T11:00"),  # Friday evening → Saturday
        ("2026-03-07T17:00", 2, "2026-03-09T10:00"),  # over Sunday
        ("2026-03-08T03:00", 9, "2026-03-09T18:00"),  # the end of a day belongs to it
        ("2026-04-03T17:00", 2, "2026-04-04T10:00"),  # Good Friday is a working day in Paris
        ("2026-04-04T17:00", 2, "2026-04-07T10:00"),  # Easter Monday is not
        ("2026-12-24T17:30", 1, "2026-12-26T09:30"),
        ("2026-03-28T17:00", 2, "2026-03-30T10:00"),  # the clocks change in between
    ],
)
def test_due_as_one_would_count_on_ones_fingers(at: str, length: int, due: str) -> None:
    def paris(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=PARIS)

    assert BusinessHours().add(paris(at), timedelta(hours=length)) == paris(due)


def test_a_day_and_night_service_has_an_hour_less_in_march_and_one_more_in_october() -> None:
    always = BusinessHours((((0, 1440),),) * 7, PARIS, "none")
    for day, length in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 3, 2), 24)):
        [(opens, closes)] = always.spans(day)
        assert closes - opens == timedelta(hours=length)


def test_hours_inside_the_one_that_is_left_out_do_not_exist_that_night() -> None:
    night = BusinessHours((((130, 170),),) * 7, PARIS, "none")
    assert night.spans(date(2026, 3, 29)) == []
    assert len(night.spans(date(2026, 3, 28))) == 1


def test_where_nobody_ever_is_there_the_plain_clock_counts() -> None:
    never = BusinessHours(((),) * 7)
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert never.add(at, timedelta(hours=4)) == at + timedelta(hours=4)
    assert not never.is_open(at)


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (1961, (4, 2)),
        (2000, (4, 23)),
        (2008, (3, 23)),
        (2011, (4, 24)),
        (2026, (4, 5)),
        (2027, (3, 28)),
        (2038, (4, 25)),
    ],
)
def test_easter_is_when_it_is(year: int, day: tuple[int, int]) -> None:
    assert easter(year) == date(year, *day)


def test_the_holidays_of_france() -> None:
    assert sorted(french(2026)) == [
        date(2026, *day)
        for day in ((1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    ]
    assert alsatian(2026) - french(2026) == {date(2026, 4, 3), date(2026, 12, 26)}
