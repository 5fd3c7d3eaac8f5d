"""How urgent an alert is, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.callback_team import DAYS, CallbackTeam, read_week, write_week
from vocapp.domain.urgency import Urgency, ValueScale, in_english, severity

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday, 13:00 in Paris."""
HOURS = BusinessHours()


@pytest.mark.parametrize(
    ("kinds", "scores", "value", "expected", "due"),
    [
        (["negative_verbatim"], {"nps": 9}, 1, 1, NOW.replace(day=5)),
        (["detractor"], {"nps": 5}, 1, 2, NOW.replace(day=4)),
        (["detractor"], {"nps": 3}, 1, 3, NOW.replace(day=3)),
        (["low_csat", "negative_verbatim"], {"csat": 1}, 2, 6, NOW.replace(hour=16)),
        (["detractor"], {"nps": 0}, 3, 9, NOW.replace(hour=16)),
        ([], {}, 1, 1, NOW.replace(day=5)),
    ],
)
def test_the_worse_and_the_dearer_the_sooner(
    kinds: list[str], scores: dict[str, int], value: int, expected: int, due: datetime
) -> None:
    urgency = Urgency(severity(kinds, scores), value)
    assert urgency.priority == expected
    assert urgency.due_at(NOW, HOURS) == due


def test_waiting_makes_it_more_urgent_twice_and_then_no_more() -> None:
    urgency = Urgency(2, 1)
    due = urgency.due_at(NOW, HOURS)
    assert urgency.ages_at(due, HOURS) == due
    overdue = urgency.aged()
    assert (overdue.priority, overdue.ages_at(due, HOURS)) == (4, HOURS.add(due, timedelta(hours=9)))
    assert (overdue.aged().priority, overdue.aged().ages_at(due, HOURS)) == (6, None)
    assert overdue.aged().aged() == overdue.aged()


@given(*[st.integers(1, 3)] * 3)
def test_the_reasons_are_the_factors_of_the_priority(bad: int, value: int, age: int) -> None:
    urgency = Urgency(bad, value, age)
    product = 1
    for reason in urgency.reasons(4.0):
        product *= reason.times
        assert in_english(reason)
    assert product == urgency.priority


@pytest.mark.parametrize(("told", "value"), [(None, 1), (True, 1), ("12", 1), (2, 1), (3, 2), (9.5, 2), (10, 3)])
def test_a_customers_value_is_read_from_a_figure_alone(told: object, value: int) -> None:
    assert ValueScale().value(told) == value


def test_a_team_is_read_and_its_places_have_hours_of_their_own() -> None:
    team = CallbackTeam.read(
        {
            "week": {"mon": ["09:00-12:30", "14:00-24:00"], "sun": ["10:00-12:00"]},
            "places": {"north": {"week": {"mon": []}}},
            "agents": 3,
            "absences": [
                {"from": "2026-08-03", "to": "2026-08-14", "agents": 2},
                {"from": "2026-08-10", "to": "2026-08-10", "agents": 2},
            ],
            "closed": ["2026-12-24"],
        }
    )
    assert team.week[0] == ((540, 750), (840, 1440))
    assert read_week("week", write_week(team.week)) == team.week
    assert team.hours("Europe/Paris", ("nantes", "north")).week[0] == ()
    assert team.hours("Europe/Paris", ("nantes", "west")).week == team.week
    august = [team.agents_on(datetime(2026, 8, day).date()) for day in (2, 3, 10, 14, 15)]
    assert august == [3, 1, 0, 1, 3]


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"weeks": {}}, "weeks"),
        ({"week": []}, "week"),
        ({"week": {"lundi": []}}, "week"),
        ({"week": {"mon": ["9-18"]}}, "week.mon"),
        ({"week": {"mon": ["18:00-09:00"]}}, "week.mon"),
        ({"week": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "week.mon"),
        ({"week": {"mon": ["09:00-24:30"]}}, "week.mon"),
        ({"week": {day: [] for day in DAYS}}, "week"),
        ({"holidays": "de"}, "holidays"),
        ({"closed": ["24/12/2026"]}, "closed"),
        ({"places": {"x": {}}}, "places.x"),
        ({"agents": -1}, "agents"),
        ({"agents": True}, "agents"),
        ({"calls_per_hour": 0}, "calls_per_hour"),
        ({"absences": [{"from": "2026-01-02", "to": "2026-01-01", "agents": 1}]}, "absences.to"),
        ({"value_regular": 20}, "value_best"),
        ({"value_attribute": "Orders count"}, "value_attribute"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(document: dict[str, object], where: str) -> None:
    with pytest.raises(ValueError, match=rf"^{where}: "):
        CallbackTeam.read(document)
