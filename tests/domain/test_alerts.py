"""The life of an alert: only legal moves, one holder, and a history that only grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain import alerts
from vocapp.domain.alerts import ACTIONS, HELD, OUTCOMES, STATUSES, AlertState, Hold, Left, MoveRefused

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OVER = NOW + timedelta(minutes=30)
"""When what was claimed now is over."""


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
    with pytest.raises(MoveRefused, match="held by Ada already") as refusal:
        move(state, "claim", by="Ben")
    assert refusal.value.holder == "Ada"


@pytest.mark.parametrize(
    ("action", "details"), [("contact", {"outcome": "reached"}), ("resolve", {"root_cause": "x"}), ("release", {})]
)
def test_only_the_holder_acts_and_an_owner_may_give_back_for_them(action, details):
    state = AlertState(status="contacted", holder="Ada", claimed_until=NOW + timedelta(hours=1))
    with pytest.raises(MoveRefused, match=f"held by Ada: {action} is theirs alone, not Ben's"):
        move(state, action, by="Ben", **details)
    assert move(state, action, **details).moves[-1].by == "Ada"
    given_back = move(state, "release", by="Ben", for_holder=True)
    assert (given_back.status, given_back.holder, given_back.moves[-1].by) == ("new", None, "Ben")


@pytest.mark.parametrize("outcome", ["voicemail", "no_answer"])
def test_only_a_customer_who_was_reached_is_contacted(outcome):
    state = move(move(AlertState(), "claim", by="Ada"), "contact", outcome=outcome)
    assert (state.status, state.misses) == ("claimed", 1)
    with pytest.raises(MoveRefused, match="not reached yet, and missed once of 3"):
        move(state, "resolve", root_cause="carrier")


def test_a_wrong_number_ends_the_calls_and_the_alert_may_be_resolved():
    state = move(move(AlertState(), "claim", by="Ada"), "contact", outcome="wrong_number")
    assert (state.status, state.misses, state.no_call) == ("claimed", 1, "wrong_number")
    with pytest.raises(MoveRefused, match="the number is not the customer's: write instead"):
        move(state, "contact", outcome="voicemail")
    assert move(state, "contact", outcome="reached").status == "contacted"  # they called, or gave another one
    assert move(state, "contact", outcome="reached", via="email").moves[-1].details["via"] == "email"
    resolved = move(state, "resolve", root_cause="x")
    assert resolved.moves[-1].details["resolution"] == "unreachable"
    assert move(resolved, "reopen", by="Cleo").no_call is None


def test_who_asks_not_to_be_called_is_not_called_and_their_cause_is_counted():
    state = move(AlertState(no_call="do_not_call"), "claim", by="Ada")
    with pytest.raises(MoveRefused, match="asks not to be called"):
        move(state, "contact", outcome="voicemail")
    assert move(state, "resolve", root_cause="x").moves[-1].details["resolution"] == "not_called"


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


def test_a_claim_is_a_lease_that_its_holders_moves_renew():
    state = move(AlertState(), "claim", by="Ada")
    assert state.claimed_until == NOW + timedelta(minutes=30)
    later = NOW + timedelta(minutes=20)
    for renewed in (
        alerts.move(state, "claim", at=later, by="Ada"),
        alerts.move(state, "contact", at=later, outcome="voicemail"),
    ):
        assert renewed.claimed_until == later + timedelta(minutes=30)
    assert alerts.move(state, "claim", at=later, by="Ada").moves == state.moves
    reached = alerts.move(state, "contact", at=later, outcome="reached")
    assert reached.claimed_until == later + timedelta(hours=24)
    assert alerts.move(reached, "contact", at=later, outcome="voicemail").claimed_until == reached.claimed_until
    assert move(state, "release").claimed_until is None
    assert alerts.move(reached, "resolve", at=later, root_cause="x").claimed_until is None
    assert move(AlertState(), "claim", by="Ada", hold=Hold(claim_minutes=5)).claimed_until == NOW + timedelta(minutes=5)


def test_a_lease_that_is_over_returns_the_alert_and_one_that_is_not_does_not():
    state = move(AlertState(), "claim", by="Ada")
    with pytest.raises(MoveRefused, match="held by Ada until 2026-03-02T12:30:00"):
        alerts.move(state, "lease_over", at=OVER - timedelta(seconds=1))
    state = alerts.move(state, "lease_over", at=OVER)
    assert (state.status, state.holder, state.claimed_until, state.left) == ("new", None, None, Left("Ada", "claimed"))
    line = state.moves[-1]
    assert (line.action, line.by, line.status, line.details) == ("lease_over", None, "new", {"holder": "Ada"})


def test_who_comes_back_before_the_clock_goes_on_and_a_colleague_may_take_it_already():
    state = move(AlertState(), "claim", by="Ada")
    assert alerts.move(state, "contact", at=OVER, by="Ada", outcome="reached").holder == "Ada"
    taken = alerts.move(state, "claim", at=OVER, by="Ben")
    assert (taken.holder, [line.action for line in taken.moves]) == ("Ben", ["claim", "lease_over", "claim"])


@pytest.mark.parametrize("by", ["Ada", None])
@pytest.mark.parametrize(
    ("reached", "action", "details", "status"),
    [
        (False, "contact", {"outcome": "voicemail"}, "claimed"),
        (False, "contact", {"outcome": "reached"}, "contacted"),
        (True, "resolve", {"root_cause": "carrier"}, "resolved"),
        (True, "release", {}, "new"),
    ],
)
def test_who_comes_back_late_goes_on_where_they_were_while_nobody_has_taken_it(by, reached, action, details, status):
    state = move(AlertState(), "claim", by="Ada")
    if reached:
        state = move(state, "contact", outcome="reached")
    state = alerts.move(state, "lease_over", at=NOW + timedelta(days=2))
    went_on = alerts.move(state, action, at=NOW + timedelta(days=3), by=by, **details)
    assert went_on.status == status
    assert [(line.action, line.by) for line in went_on.moves[-2:]] == [("claim", "Ada"), (action, "Ada")]
    assert went_on.moves[-2].status == ("contacted" if reached else "claimed")
    taken = alerts.move(state, "claim", at=NOW + timedelta(days=3), by="Ben")
    assert (taken.status, taken.left) == ("claimed", None)
    with pytest.raises(MoveRefused) as refusal:
        alerts.move(taken, action, at=NOW + timedelta(days=3), by="Ada", **details)
    assert refusal.value.holder == "Ben"


def test_who_never_had_it_takes_an_alert_before_they_act():
    state = alerts.move(move(AlertState(), "claim", by="Ada"), "lease_over", at=OVER)
    with pytest.raises(MoveRefused, match="only claim"):
        alerts.move(state, "contact", at=OVER, by="Ben", outcome="reached")


@pytest.mark.parametrize(
    ("document", "key"),
    [({"claim_minutes": 4}, "claim_minutes"), ({"contacted_hours": True}, "contacted_hours"), ({"days": 1}, "days")],
)
def test_a_time_that_cannot_be_is_refused_by_its_name(document, key):
    with pytest.raises(ValueError, match=f"^{key}: "):
        Hold.read(document)
    assert Hold.read({"claim_minutes": 60}) == Hold(claim_minutes=60)


@settings(deadline=None, max_examples=300)
@given(
    attempts=st.lists(
        st.tuples(
            st.sampled_from(ACTIONS),
            st.sampled_from(["Ada", "Ben"]),
            st.sampled_from(OUTCOMES),
            st.sampled_from([0, 10, 40, 1500]),  # minutes that pass before it
        ),
        max_size=30,
    )
)
def test_only_legal_moves_and_a_history_that_only_grows(attempts):
    state, now = AlertState(), NOW
    for action, agent, outcome, minutes in attempts:
        now += timedelta(minutes=minutes)
        given = {"by": agent, "outcome": outcome, "root_cause": "carrier", "to": "Ben" if agent == "Ada" else "Ada"}
        if not _is_owed(state, action, agent, now, outcome):
            with pytest.raises(MoveRefused) as refusal:
                alerts.move(state, action, at=now, **given)
            assert refusal.value.holder in {state.holder, agent}
            continue
        after = alerts.move(state, action, at=now, **given)
        _check_lines(state, after, action, agent)
        added = after.moves[len(state.moves) :]
        assert after.moves[: len(state.moves)] == state.moves
        assert (after.status in HELD) == (after.claimed_until is not None)
        assert (after.holder is None) == (after.status == "new") or after.status in {"resolved", "closed"}
        assert after.misses >= state.misses or action == "reopen"
        assert not after.left or (after.status == "new" and added[-1].action == "lease_over")
        if state.status in HELD and state.holder != agent and action != "lease_over":
            # nobody acts on what a colleague holds; what nobody holds any longer may be taken
            assert action in {"claim", "assign"}
            assert now >= state.claimed_until
        if after.status in HELD:
            assert after.holder == (given["to"] if action == "assign" else agent)
            assert after.claimed_until >= now + timedelta(minutes=30)
        if after.status == "resolved":
            assert after.root_cause
        state = after


def _is_owed(state, action, agent, now, outcome):
    """Say whether the table allows the move to this agent, whatever else."""
    if action in {"claim", "assign"}:
        return state.status == "new" or (state.status in HELD and (state.holder == agent or now >= state.claimed_until))
    if action == "lease_over":
        return state.status in HELD and now >= state.claimed_until
    if action == "contact" and state.no_call and outcome != "reached":
        return False
    if action in {"contact", "release"}:
        return (state.status in HELD and state.holder == agent) or (state.left and state.left.holder == agent)
    if action == "resolve":
        mine = state.status if state.status in HELD and state.holder == agent else None
        if state.left and state.left.holder == agent:
            mine = state.left.status
        return mine == "contacted" or (mine == "claimed" and (state.misses >= 3 or state.no_call is not None))
    return state.status in alerts.MOVES[action]


def _check_lines(state, after, action, agent):
    """Walk the lines that a move added: each by the table, and one that the table does not know by a late return."""
    status, left = state.status, state.left
    for line in after.moves[len(state.moves) :]:
        allowed = {alerts.MOVES[line.action][status]}
        if line.action == "contact" and line.details["outcome"] != "reached":
            allowed = {status}
        if line.action == "claim" and left and left.holder == line.by:
            allowed = {left.status}
        assert line.status in allowed
        assert line.by == (None if line.action == "lease_over" else agent)
        left = Left(line.details["holder"], status) if line.action == "lease_over" else None
        status = line.status
    assert status == after.status
    renewed = action == "claim" and state.holder == agent and state.status in HELD
    assert (len(after.moves) == len(state.moves)) == renewed


def test_every_status_can_be_left():
    assert {status for table in alerts.MOVES.values() for status in table} == set(STATUSES)


def test_a_signal_that_joins_adds_its_kinds_once():
    assert alerts.merged(["negative_verbatim"], ["detractor", "negative_verbatim"]) == (
        "detractor",
        "negative_verbatim",
    )
