"""Whose call cannot come in time: a team that calls in the queue's order leaves nobody waiting without a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.callback_team import CallbackTeam
from vocapp.domain.overflow import (
    LATEST,
    MOVES,
    STATUSES,
    Booked,
    Hands,
    LetterRefused,
    Overflow,
    Waiting,
    after,
    out_of_reach,
)

HOURS = BusinessHours(zone=ZoneInfo("Europe/Paris"))
MORNING = datetime(2026, 3, 10, 8, tzinfo=UTC)
"""A Tuesday, nine o'clock in Paris: the team begins."""
HOUR = timedelta(hours=1)
MARGIN = Overflow().margin


def waiting(*hours: float) -> list[Waiting]:
    """Return alerts that are due so many hours from then on, in the queue's order."""
    return [Waiting(UUID(int=n), MORNING + length * HOUR, HOURS) for n, length in enumerate(hours, 1)]


def late(queue: list[Waiting], hands: Hands, now: datetime = MORNING, margin: timedelta = MARGIN) -> list[int]:
    return [one.int for one in out_of_reach(queue, hands, margin, now)]


def team(agents: int, calls: int = 4) -> Hands:
    return Hands(HOURS, CallbackTeam(agents=agents, calls_per_hour=calls))


def test_what_the_calls_ahead_leave_no_room_for_is_out_of_reach() -> None:
    queue = waiting(*[2] * 12)
    assert late(queue, team(1)) == [10, 11, 12]  # eight calls in two hours, and one begun before they are over
    assert late(queue, team(2)) == []
    assert late(queue, team(1, calls=1)) == list(range(4, 13))


def test_promised_and_begun_calls_take_their_room() -> None:
    queue = waiting(*[2] * 12)
    promised = Hands(HOURS, CallbackTeam(agents=1), (Booked(MORNING + HOUR, 2), Booked(MORNING + 3 * HOUR, 5)))
    assert late(queue, promised) == [8, 9, 10, 11, 12]
    assert late(queue, Hands(HOURS, CallbackTeam(agents=1), busy=1)) == [8, 9, 10, 11, 12]


def test_nobody_there_reaches_nobody_and_a_team_of_unknown_size_everybody_until_the_margin() -> None:
    away = CallbackTeam.read({"agents": 2, "absences": [{"from": "2026-03-10", "to": "2026-03-10", "agents": 2}]})
    assert late(waiting(2, 26), Hands(HOURS, away)) == [1]
    unknown = team(0)
    assert late(waiting(*[1] * 50), unknown) == []
    assert late(waiting(1), unknown, now=MORNING + 9 * HOUR) == []  # a working day from ten is ten the next morning
    assert late(waiting(1), unknown, now=MORNING + 25 * HOUR) == [1]
    assert late(waiting(1), unknown, now=MORNING + HOUR, margin=timedelta(0)) == [1]


def test_what_was_due_long_ago_is_left_in_silence() -> None:
    assert late(waiting(0), team(0), now=MORNING + LATEST) == []


@given(
    dues=st.lists(st.floats(0.1, 30), max_size=20),
    agents=st.integers(1, 4),
    calls=st.integers(1, 6),
    more=st.integers(0, 3),
)
def test_more_hands_never_leave_more_waiting(dues: list[float], agents: int, calls: int, more: int) -> None:
    few, many = (set(late(waiting(*dues), team(number, calls))) for number in (agents, agents + more))
    assert many <= few


@given(dues=st.lists(st.floats(0.1, 30), max_size=20), agents=st.integers(1, 4), calls=st.integers(1, 6))
def test_who_is_not_told_is_called_before_it_is_due(dues: list[float], agents: int, calls: int) -> None:
    queue = waiting(*dues)
    told = set(late(queue, team(agents, calls)))
    free = [MORNING] * agents
    for one in queue:  # each agent takes the next in the queue as soon as a call is over
        start = min(free)
        free[free.index(start)] = HOURS.add(start, HOUR / calls)
        assert one.id.int in told or start <= one.due_at + HOUR / calls


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"off": True}, "off"),
        ({"on": 1}, "on"),
        ({"margin_minutes": True}, "margin_minutes"),
        ({"margin_minutes": -1}, "margin_minutes"),
        ({"help_url": "http://maison.test/help"}, "help_url"),
        ({"help_url": "https://maison.test/a b"}, "help_url"),
        ({"help_url": []}, "help_url"),
        ({"help_phone": "call us"}, "help_phone"),
        ({"help_phone": "0" * 41}, "help_phone"),
    ],
)
def test_settings_that_say_nothing_are_refused_by_name(document: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: "):
        Overflow.read(document)


def test_a_letter_goes_by_its_table() -> None:
    assert Overflow.read({"on": False, "help_phone": "+33 1 84 80 00 00"}).margin == timedelta(minutes=540)
    for happening, moves in MOVES.items():
        for status in STATUSES:
            if status in moves:
                assert after(status, happening) == moves[status]
            else:
                with pytest.raises(LetterRefused):
                    after(status, happening)
