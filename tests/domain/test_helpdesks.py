"""What another tool tells of an alert: once, the latest counts, and only what the alert's own table allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain import alerts, helpdesks
from vocapp.domain.alerts import AlertState, MoveRefused
from vocapp.domain.helpdesks import STATUSES, External, Told
from vocapp.domain.resolutions import Resolutions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def told(status="open", minutes=0, **given):
    plain = {"id": f"{status}-{minutes}", "tool": "Zendesk", "reference": "35436", "status": status}
    return Told(**{**plain, "at": NOW + timedelta(minutes=minutes), **given})


def heard(*all_told):
    known = None
    for one in all_told:
        if helpdesks.judge(known, one) == "news":
            known = helpdesks.after(known, one)
    return known


def move(state, action, **details):
    return alerts.move(state, action, at=NOW, **details)


@given(
    st.permutations([told(status, minutes) for minutes, status in enumerate(STATUSES)]),
    st.lists(st.integers(0, 4), max_size=5),
)
def test_whatever_the_order_and_however_often_the_last_status_counts(shuffled, again):
    repeated = [*shuffled, *(shuffled[index] for index in again)]
    last = max(shuffled, key=lambda one: one.at)
    known = heard(*repeated)
    assert (known.status, known.at) == (last.status, last.at)
    assert External.read(known.kept()) == known


def test_a_repeat_is_known_by_its_id_and_what_is_older_by_its_time():
    known = heard(told("open", 0), told("pending", 5))
    assert helpdesks.judge(known, told("pending", 5)) == "duplicate"
    assert helpdesks.judge(known, told("solved", 9, id="open-0")) == "duplicate"
    assert helpdesks.judge(known, told("solved", 4)) == "older"
    assert helpdesks.judge(known, told("solved", 5)) == "news"  # some tools count in minutes
    assert helpdesks.judge(known, told("open", 0, tool="Salesforce")) == "news"
    assert helpdesks.judge(known, told("pending", 5, tool="ZENDESK")) == "duplicate"


@pytest.mark.parametrize(
    ("status", "before", "now", "asked"),
    [
        ("new", None, "open", None),
        ("new", None, "solved", "resolve"),
        ("claimed", "open", "closed", "resolve"),
        ("contacted", "open", "pending", None),
        ("new", "solved", "reopened", None),
        ("resolved", "solved", "closed", None),
        ("resolved", "solved", "reopened", "reopen"),
        ("resolved", "solved", "open", "reopen"),
        ("resolved", "open", "pending", None),  # resolved here meanwhile
        ("resolved", "open", "reopened", "reopen"),
        ("closed", None, "open", None),
    ],
)
def test_what_is_told_asks_for_one_move_or_none(status, before, now, asked):
    known = heard(told(before)) if before else None
    assert helpdesks.move_for(status, known, told(now, 5)) == asked


def test_another_reference_of_the_tool_reopens_nothing_by_being_open():
    assert helpdesks.move_for("resolved", heard(told("solved")), told("open", 5, reference="35437")) is None


def test_what_was_taken_back_stays_here_until_it_is_opened_again_there():
    known = External.read({**heard(told("open")).kept(), "taken_back": True})
    assert not known.wants_it
    assert not helpdesks.after(known, told("pending", 5)).wants_it
    assert helpdesks.after(known, told("reopened", 5)).wants_it
    assert helpdesks.after(known, told("open", 5, reference="35437")).wants_it
    assert helpdesks.after(known, told("pending", 5, url="https://a.test/1")).url == "https://a.test/1"


def test_what_a_tool_has_no_clock_returns_and_no_agent_takes():
    state = move(AlertState(), "claim", by="Zendesk", elsewhere=True)
    assert (state.status, state.holder, state.elsewhere, state.claimed_until) == ("claimed", "Zendesk", True, None)
    for action, details in (
        ("claim", {"by": "Ada"}),
        ("lease_over", {}),
        ("contact", {"by": "Ada", "outcome": "reached"}),
    ):
        with pytest.raises(MoveRefused) as refusal:
            alerts.move(state, action, at=NOW + timedelta(days=30), **details)
        assert refusal.value.holder == "Zendesk"
    resolved = move(state, "resolve", by="Zendesk", root_cause=helpdesks.CAUSE)
    assert (resolved.moves[-1].details["resolution"], resolved.elsewhere) == ("elsewhere", False)
    spoken = move(state, "contact", by="Zendesk", outcome="reached", via="email")
    assert spoken.elsewhere
    assert move(spoken, "resolve", root_cause="x").moves[-1].details["resolution"] == "spoken_to"
    back = move(state, "release", by="Ada", for_holder=True)
    assert (back.status, back.elsewhere) == ("new", False)
    given_on = move(state, "assign", by="Ada", to="Ben", for_holder=True)
    assert (given_on.holder, given_on.elsewhere) == ("Ben", False)
    assert given_on.claimed_until is not None


def test_the_cause_of_what_was_solved_there_has_its_words_in_every_list():
    for document in ({}, {"causes": [{"key": "lamp", "label": "L", "causes": [{"key": "dark", "label": "D"}]}]}):
        assert Resolutions.read(document).cause(helpdesks.CAUSE, "en") == "Another tool – Handled in the helpdesk"
        assert Resolutions.read(document).has_cause(helpdesks.CAUSE)


@pytest.mark.parametrize(
    "text",
    [
        "http://a.test/1",
        "javascript:alert(1)",
        "https:///x",
        "https://",
        "https://a@b.test/",
        "https://a.test/ x",
        "https://a.test/\n",
        "https://[::1/",
        "https://a.test:0/",
        "https://a.test:99999/",
        "https://a.test/é",
        'https://a.test/"onclick',
        "https:\\\\a.test",
        "//a.test/1",
        "https://a.test/" + "x" * 500,
    ],
)
def test_a_link_that_leads_elsewhere_than_it_says_is_refused(text):
    with pytest.raises(ValueError, match=r"^(must|holds|is) "):
        helpdesks.read_link(text)


def test_a_link_stays_as_it_came():
    for text in ("https://maison.zendesk.com/agent/tickets/35436", "https://a.test:8443/x?y=1&z=%20#f"):
        assert helpdesks.read_link(text) == text
