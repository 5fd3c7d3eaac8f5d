"""Which events ask for a survey, and which share of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain import triggers
from vocapp.domain.survey import Question, Survey, Trigger

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DELIVERED = Trigger(event="order.delivered", delay=timedelta(minutes=15))


def survey(key, trigger, priority=50):
    question = Question(key="nps", type="nps", text={"en": "?"})
    return Survey(
        key=key,
        version=1,
        title={"en": key},
        default_language="en",
        questions=(question,),
        priority=priority,
        trigger=trigger,
    )


def event(name, **properties):
    return {"event": {"name": name, "properties": properties}, "customer": {"attributes": {}}}


def test_the_surveys_that_want_the_event_come_the_most_important_first():
    web_only = Trigger(event="order.delivered", when={"==": [{"var": "event.properties.channel"}, "web"]})
    surveys = [
        survey("low", DELIVERED, 10),
        survey("web", web_only, 90),
        survey("by_hand", None),
        survey("other", Trigger(event="order.returned")),
        survey("not_yet", Trigger(event="order.delivered", active=False)),
        survey("all", DELIVERED, 10),
    ]
    assert [one.key for one in triggers.matching(surveys, event("order.delivered", channel="web"))] == [
        "web",
        "all",
        "low",
    ]
    assert [one.key for one in triggers.matching(surveys, event("order.delivered"))] == ["all", "low"]
    assert triggers.matching(surveys, event("page.viewed")) == []


def test_the_sample_of_an_occasion_never_changes():
    """The very numbers are part of the promise: an upgrade must not draw again."""
    assert [round(triggers.chance("default", "nps", f"event-{number}"), 6) for number in range(3)] == EXPECTED


EXPECTED = [0.332667, 0.283167, 0.663931]


def test_a_quarter_is_about_a_quarter_and_differs_from_survey_to_survey():
    taken = {
        key: {number for number in range(4000) if triggers.in_sample("default", key, str(number), 0.25)}
        for key in ("nps", "csat")
    }
    assert all(850 < len(numbers) < 1150 for numbers in taken.values())
    assert 150 < len(taken["nps"] & taken["csat"]) < 350, "independent of one another"


@settings(deadline=None)
@given(event_id=st.text(), share=st.floats(0, 1), more=st.floats(0, 1))
def test_all_and_none_and_more_takes_at_least_what_less_took(event_id, share, more):
    assert triggers.in_sample("default", "nps", event_id, 1.0)
    assert not triggers.in_sample("default", "nps", event_id, 0.0)
    if triggers.in_sample("default", "nps", event_id, min(share, more)):
        assert triggers.in_sample("default", "nps", event_id, max(share, more))


def test_keys_are_not_run_together():
    assert triggers.chance("a", "bc") != triggers.chance("ab", "c")


def test_an_invitation_waits_its_delay_and_is_never_due_in_the_past():
    assert triggers.due_at(DELIVERED, NOW) == NOW + timedelta(minutes=15)
    assert triggers.due_at(DELIVERED, NOW - timedelta(hours=1)) == NOW - timedelta(minutes=45)
