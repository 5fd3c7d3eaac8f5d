"""Never more promises than there is room for; and through a year of outages, each is kept or apologised for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.callback_team import Absence, CallbackTeam
from vocapp.domain.promises import LEAD, MOVES, STATUSES, Calendar, Kept, PromiseRefused, Slot, after, is_kept_by

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_day_is_cut_into_slots_and_none_is_too_short() -> None:
    calendar = Calendar(BusinessHours(), CallbackTeam(agents=2, calls_per_hour=3))
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    slots = list(calendar.slots(monday, monday + timedelta(days=1)))
    assert [(slot.start.hour, slot.end.hour, slot.capacity) for slot in slots] == [
        (8, 10, 12),
        (10, 12, 12),
        (12, 14, 12),
        (14, 16, 12),
        (16, 17, 6),
    ]
    assert calendar.find(slots[1].start) == slots[1]
    assert calendar.find(slots[1].start + timedelta(minutes=1)) is None


@given(st.integers(0, 3), st.integers(1, 3), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 8)), max_size=150))
def test_never_more_promises_than_room(agents: int, calls: int, wishes: list[tuple[int, int]]) -> None:
    away = (Absence(date(2026, 1, 5), date(2026, 1, 6), 1),)
    calendar = Calendar(BusinessHours(), CallbackTeam(agents=agents, calls_per_hour=calls, absences=away))
    taken: Counter[datetime] = Counter()
    for hours, choice in sorted(wishes):
        now = NEW_YEAR + timedelta(hours=hours)
        offered = calendar.offered(now, taken, None, None)
        assert all(slot.start >= now + LEAD and calendar.hours.is_open(slot.start) for slot in offered)
        if choice < len(offered):
            taken[offered[choice].start] += 1
    for start, number in taken.items():
        slot = calendar.find(start)
        assert slot is not None
        assert number <= slot.capacity


def test_through_a_year_with_outages_every_promise_is_kept_or_apologised_for() -> None:
    lots = Random(2026)
    team = CallbackTeam(agents=2, calls_per_hour=1)
    calendar = Calendar(BusinessHours(), team)
    book: dict[int, tuple[Slot, str]] = {}
    taken: Counter[datetime] = Counter()
    for hour in range(365 * 24):
        now = NEW_YEAR + timedelta(hours=hour)
        for _ in range(lots.choice((0, 0, 0, 0, 0, 0, 1, 3))):
            offered = calendar.offered(now, taken, None, None)
            if offered:
                slot = lots.choice(offered)
                taken[slot.start] += 1
                book[len(book)] = (slot, "made")
        ill = lots.randrange(3) if (now.timetuple().tm_yday // 5) % 4 == 0 else 0  # nobody knew when it was promised
        able = replace(team, agents=team.agents - ill).agents if calendar.hours.is_open(now) else 0
        for number, (slot, status) in [one for one in book.items() if one[1][1] not in {"kept", "apologised"}]:
            if status == "made" and able and is_kept_by(now, start=slot.start, end=slot.end, reached=False):
                able -= 1
                book[number] = (slot, after("made", "keep"))
            elif status == "made" and now > slot.end:
                book[number] = (slot, after("made", "miss"))
            elif status == "missed":
                book[number] = (slot, after("missed", "apologise" if lots.random() < 0.9 else "owe"))
            elif status == "owed" and able and lots.random() < 0.2:
                book[number] = (slot, after("owed", "apologise"))
    over = [status for slot, status in book.values() if slot.end < now - timedelta(days=14)]
    found = Counter(over)
    assert set(found) == {"kept", "apologised"}
    assert min(found.values()) > 50
    assert Kept(len(over), found["kept"]).share == pytest.approx(found["kept"] / len(over))


def test_a_promise_is_settled_once() -> None:
    for happening, moves in MOVES.items():
        for status in STATUSES:
            if status not in moves:
                with pytest.raises(PromiseRefused):
                    after(status, happening)


def test_an_attempt_in_the_slot_keeps_it_and_so_does_reaching_them_before() -> None:
    slot = {"start": NEW_YEAR, "end": NEW_YEAR + timedelta(hours=2)}
    hour = timedelta(hours=1)
    assert is_kept_by(NEW_YEAR + hour, **slot, reached=False)
    assert not is_kept_by(NEW_YEAR - hour, **slot, reached=False)
    assert is_kept_by(NEW_YEAR - hour, **slot, reached=True)
    assert not is_kept_by(NEW_YEAR + 3 * hour, **slot, reached=True)
    assert is_kept_by(slot["end"] + hour, **slot, reached=True, held=True)  # a long call, begun in time
    assert not is_kept_by(slot["end"] + hour, **slot, reached=True)
    assert Kept(9, 9).share is None
