"""When a report is due: at eight on the reader's wall, whatever the clocks do; and which days it tells of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from vocapp.domain.report_times import KINDS, goes_at, moved, next_due, period_of, too_late_from

ZONES = (
    "Europe/Paris",
    "America/Sao_Paulo",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Africa/Casablanca",
)
PARIS = ZoneInfo("Europe/Paris")


@settings(max_examples=60)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
@example("weekly", "Europe/Paris", datetime(2026, 3, 29, 1, tzinfo=UTC))
@example("weekly", "Europe/Paris", datetime(2026, 10, 25, 1, tzinfo=UTC))
def test_every_period_has_one_moment_at_eight_on_the_wall(kind, name: str, after: datetime) -> None:
    zone = ZoneInfo(name)
    due = next_due(kind, zone, after)
    here = due.astimezone(zone)
    assert due > after
    assert here.time() == time(8)
    assert here.weekday() == 0 if kind == "weekly" else here.day == 1
    assert due - after <= timedelta(days=7 if kind == "weekly" else 31, hours=2)
    period = period_of(kind, here.date())
    following = next_due(kind, zone, due)
    assert period_of(kind, following.astimezone(zone).date()).own.since == period.own.until
    assert moved(kind, zone, due) == due
    assert due < too_late_from(zone, due) <= due + timedelta(hours=41)


def test_east_of_the_company_it_goes_once_the_week_is_over_there_in_summer_and_winter() -> None:
    """Nouméa keeps one time, Paris changes: the Monday after the change is an hour earlier on the wall, and back."""
    noumea = ZoneInfo("Pacific/Noumea")
    hours = {}
    for monday in (date(2026, 3, 23), date(2026, 3, 30), date(2026, 10, 19), date(2026, 10, 26)):
        due = datetime.combine(monday, time(8), noumea)
        hours[monday] = goes_at("weekly", noumea, PARIS, due).astimezone(noumea).hour
        for zone in ("Europe/Paris", "America/New_York", "Indian/Reunion", "Asia/Dubai"):
            here = datetime.combine(monday, time(8), ZoneInfo(zone))
            assert goes_at("weekly", ZoneInfo(zone), PARIS, here) == here, zone
    assert list(hours.values()) == [10, 9, 9, 10]
    first = datetime(2026, 4, 1, 8, tzinfo=noumea)
    assert goes_at("monthly", noumea, PARIS, first) == datetime(2026, 4, 1, tzinfo=PARIS)


@settings(max_examples=40)
@given(st.sampled_from(ZONES), st.sampled_from(ZONES), st.integers(0, 300))
def test_a_change_of_the_clock_on_the_wall_loses_no_week_and_doubles_none(old: str, new: str, week: int) -> None:
    planned = next_due("weekly", ZoneInfo(old), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(weeks=week))
    again = moved("weekly", ZoneInfo(new), planned)
    assert again.astimezone(ZoneInfo(new)).date() == planned.astimezone(ZoneInfo(old)).date()


def test_a_week_and_a_month_are_told_whole() -> None:
    week = period_of("weekly", date(2027, 1, 4))
    assert (week.own.since, week.own.until, week.own.before) == (
        date(2026, 12, 28),
        date(2027, 1, 4),
        date(2026, 12, 21),
    )
    assert (week.wide.since, week.wide.before) == (date(2026, 12, 7), date(2026, 11, 9))
    month = period_of("monthly", date(2026, 3, 1))
    assert (month.own.since, month.own.until, month.own.before) == (
        date(2026, 2, 1),
        date(2026, 3, 1),
        date(2026, 1, 1),
    )
    assert (month.wide.since, month.wide.before) == (date(2025, 12, 1), date(2025, 9, 1))
    assert period_of("weekly", date(2027, 1, 7)) == week  # seen on another day: what the last one told of


def test_a_late_one_goes_on_the_next_day_and_no_later() -> None:
    due = datetime(2026, 3, 23, 7, tzinfo=UTC)
    assert too_late_from(PARIS, due) == datetime(2026, 3, 24, 23, tzinfo=UTC)
