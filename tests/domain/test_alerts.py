"""The life of an alert: only legal moves, one holder, and a history that only grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain import alerts
from vocapp.domain.alerts import ACTIONS, OUTCOMES, STATUSES, AlertState, MoveRefused
from vocapp.domain.sentiment import judged

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEGATIVE = judged([0.9, 0.08, 0.02], language="fr", model="m")
POSITIVE = judged([0.02, 0.08, 0.9], language="fr", model="m")


def move(state, action, **details):
    return alerts.move(state, action, at=NOW, **details)


def test_from_the_claim_to_the_root_cause():
    state = move(AlertState(), "claim", by="Ada")
    assert (state.status, state.holder) == ("claimed", "Ada")
    state = move(state, "contact", outcome="reached", note="will get a refund")
    assert state.status == "contacted"
    state = move(state, "resolve", root_cause="carrier", note="refunded")
    assert (state.status, state.root_cause) == ("resolved", "carrier")
    assert [(line.action, line.by, line.status) for line in state.moves] == [
        ("claim", "Ada", "claimed"),
        ("contact", "Ada", "contacted"),
        ("resolve", "Ada", "resolved"),
    ]
    assert state.moves[1].details == {"note": "will get a refund", "outcome": "reached"}
    assert state.moves[2].details == {"note": "refunded", "root_cause": "carrier", "resolution": "spoken_to"}
    assert move(state, "close").status == "closed"


def test_two_agents_never_hold_one_alert():
    state = move(AlertState(), "claim", by="Ada")
    for agent in ("Ben", "Ada"):
        with pytest.raises(MoveRefused, match="held by Ada already") as refusal:
            move(state, "claim", by=agent)
        assert refusal.value.holder == "Ada"


@pytest.mark.parametrize("outcome", ["voicemail", "no_answer", "wrong_number"])
def test_only_a_customer_who_was_reached_is_contacted(outcome):
    state = move(move(AlertState(), "claim", by="Ada"), "contact", outcome=outcome)
    assert (state.status, state.misses) == ("claimed", 1)
    with pytest.raises(MoveRefused, match="not reached yet, and missed once of 3"):
        move(state, "resolve", root_cause="carrier")


def test_after_three_misses_an_alert_is_resolved_as_unreachable():
    state = move(AlertState(), "claim", by="Ada")
    for _ in range(3):
        state = move(state, "contact", outcome="no_answer")
    state = move(state, "resolve", root_cause="unknown")
    assert (state.status, state.moves[-1].details["resolution"]) == ("resolved", "unreachable")


def test_misses_stay_when_an_alert_changes_hands_and_end_when_it_is_reopened():
    state = move(AlertState(), "claim", by="Ada")
    for _ in range(3):
        state = move(state, "contact", outcome="voicemail")
    state = move(state, "release")
    assert (state.status, state.holder, state.misses) == ("new", None, 3)
    state = move(move(state, "claim", by="Ben"), "resolve", root_cause="unknown")
    state = move(state, "reopen", by="Cleo")
    assert (state.status, state.holder, state.misses, state.root_cause) == ("new", None, 0, None)
    assert state.moves[-1].by == "Cleo"


def test_one_who_gives_back_a_contacted_alert_gives_back_the_whole_of_it():
    state = move(move(AlertState(), "claim", by="Ada"), "contact", outcome="reached")
    state = move(move(state, "release"), "claim", by="Ben")
    with pytest.raises(MoveRefused):
        move(state, "resolve", root_cause="carrier")


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("claim", {}),
        ("claim", {"by": "  "}),
        ("contact", {}),
        ("contact", {"outcome": "perhaps"}),
        ("resolve", {}),
        ("resolve", {"root_cause": " "}),
    ],
)
def test_a_move_without_what_it_needs_is_no_move(action, details):
    with pytest.raises(ValueError):
        move(AlertState(status="contacted", holder="Ada"), action, **details)


@settings(deadline=None, max_examples=200)
@given(
    attempts=st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.sampled_from(["Ada", "Ben"]), st.sampled_from(OUTCOMES)), max_size=30
    )
)
def test_only_legal_moves_and_a_history_that_only_grows(attempts):
    state = AlertState()
    for action, agent, outcome in attempts:
        too_soon = action == "resolve" and state.status == "claimed" and state.misses < 3
        if state.status not in alerts.MOVES[action] or too_soon:
            with pytest.raises(MoveRefused) as refusal:
                move(state, action, by=agent, outcome=outcome, root_cause="carrier")
            assert refusal.value.holder == state.holder
            continue
        after = move(state, action, by=agent, outcome=outcome, root_cause="carrier")
        assert after.status in {alerts.MOVES[action][state.status], state.status}
        assert after.moves[:-1] == state.moves
        assert after.moves[-1].status == after.status
        assert (after.holder is None) == (after.status == "new") or after.status in {"resolved", "closed"}
        assert after.misses >= state.misses or action == "reopen"
        if after.status == "resolved":
            assert after.root_cause
        state = after


def test_every_status_can_be_left():
    assert {status for table in alerts.MOVES.values() for status in table} == set(STATUSES)


# ── what makes an alert


@pytest.mark.parametrize(
    ("scores", "sentiment", "kinds"),
    [
        ({"nps": 6}, None, ("detractor",)),
        ({"nps": 0, "csat": 1}, None, ("detractor", "low_csat")),
        ({"nps": 7}, None, ()),
        ({"csat": 2}, None, ("low_csat",)),
        ({"csat": 3}, None, ()),
        ({"ces": 1}, None, ()),
        ({"nps": 9}, NEGATIVE, ("negative_verbatim",)),
        ({}, NEGATIVE, ("negative_verbatim",)),
        ({"nps": 2}, NEGATIVE, ("detractor",)),
        ({"nps": 9}, POSITIVE, ()),
        ({}, None, ()),
    ],
)
def test_what_makes_a_person_unhappy(scores, sentiment, kinds):
    assert alerts.unhappy(scores, sentiment) == kinds


def test_a_signal_that_joins_adds_its_kinds_once():
    assert alerts.merged(["negative_verbatim"], ["detractor", "negative_verbatim"]) == (
        "detractor",
        "negative_verbatim",
    )


@pytest.mark.parametrize(
    ("kinds", "scores", "value", "expected", "hours"),
    [
        (["negative_verbatim"], {"nps": 9}, 1, 1, 72),
        (["detractor"], {"nps": 5}, 1, 2, 48),
        (["detractor"], {"nps": 3}, 1, 3, 24),
        (["low_csat", "negative_verbatim"], {"csat": 1}, 2, 6, 4),
        (["detractor"], {"nps": 0}, 99, 9, 4),
        ([], {}, 1, 1, 72),
    ],
)
def test_the_worse_and_the_dearer_the_sooner(kinds, scores, value, expected, hours):
    found = alerts.priority(kinds, scores, value=value)
    assert found == expected
    assert alerts.due_at(NOW, found) == NOW + timedelta(hours=hours)
