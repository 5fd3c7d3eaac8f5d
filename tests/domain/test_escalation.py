"""Steps while nobody closes an alert: by the hours of those who call, up the tree of teams, and never back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.escalation import TARGETS, Escalation, Step, team_after

HOURS = BusinessHours(zone=ZoneInfo("Europe/Paris"))
MONDAY = datetime(2026, 3, 2, 16, tzinfo=UTC)  # five in the afternoon: an hour is left


def test_a_workspace_that_sets_nothing_has_one_step_a_working_day_later():
    usual = Escalation.read({})
    assert usual.next_at(MONDAY, 0, HOURS) == MONDAY + timedelta(days=1)
    assert usual.next_at(MONDAY, 1, HOURS) is None


def test_each_step_has_its_time_in_the_hours_of_those_who_call():
    ours = Escalation.read({"steps": [{"after_minutes": 0}, {"after_minutes": 120, "to": "above", "tell": ["a@b.c"]}]})
    assert ours.steps == (Step(timedelta(0)), Step(timedelta(hours=2), "above", ("a@b.c",)))
    assert [ours.next_at(MONDAY, taken, HOURS) for taken in range(3)] == [
        MONDAY,
        datetime(2026, 3, 3, 9, tzinfo=UTC),  # an hour on Monday, one on Tuesday
        None,
    ]
    assert Escalation.read({"steps": []}).next_at(MONDAY, 0, HOURS) is None


@given(
    to=st.sampled_from(TARGETS),
    team=st.sampled_from([None, "store", "region", "brand", "elsewhere"]),
    teams=st.sampled_from([(), ("store",), ("store", "region"), ("store", "region", "brand"), ("region",)]),
)
def test_an_alert_only_goes_up(to, team, teams):
    after = team_after(to, team, teams)
    if to == "stay" or team is None:
        assert after == team
    elif after is not None:
        assert to == "above"
        assert teams.index(after) == teams.index(team) + 1
    while after is not None and to != "stay":
        after = team_after("above", after, teams)  # and ends with the central team


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"step": []}, "step"),
        ({"steps": {}}, "steps"),
        ({"steps": [{"after_minutes": n} for n in range(6)]}, "steps"),
        ({"steps": [{"after_minutes": 60}, {"after_minutes": 60}]}, "steps"),
        ({"steps": [{}]}, "steps.0"),
        ({"steps": [{"after_minutes": True}]}, "steps.0.after_minutes"),
        ({"steps": [{"after_minutes": 1, "to": "boss"}]}, "steps.0.to"),
        ({"steps": [{"after_minutes": 1, "tell": "a@b.c"}]}, "steps.0.tell"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(document, named):
    with pytest.raises(ValueError, match=f"^{named}: "):
        Escalation.read(document)
