"""The figures of callbacks are those that anybody would count by hand, and none is given of too few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.callback_figures import Due, Line, Resolution, dues_of, figures, figures_by, pareto, resolutions_of
from vocapp.domain.scores import is_content, share_figure

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

GIVEN = st.none() | st.fixed_dictionaries(
    {}, optional={"nps": st.integers(0, 10), "csat": st.integers(1, 5), "ces": st.integers(1, 7)}
)


@st.composite
def resolved(draw: st.DrawFn) -> Resolution:
    began = NOON + draw(st.integers(0, 400)) * HOUR
    took = draw(st.integers(0, 300)) * HOUR
    reached = draw(st.none() | st.integers(0, 100))
    return Resolution(
        id=UUID(int=draw(st.integers(1, 2**64))),
        at=began + took,
        by=draw(st.sampled_from(["Ana", "Ben", None])),
        cause=draw(st.sampled_from(["a.x", "a.y", "b.x", "Its own. Text", "plain"])),
        outcome=draw(st.sampled_from(["spoken_to", "unreachable", "not_called"])),
        began_at=began,
        began_with=None,
        reached_at=None if reached is None else began + took * reached / 100,
        opened_again=draw(st.booleans()),
        team=draw(st.sampled_from(["nantes", None])),
        asked=draw(st.booleans()),
        before=draw(GIVEN),
        after=draw(GIVEN),
    )


@settings(deadline=None, max_examples=120)
@given(st.lists(resolved(), max_size=40))
def test_every_figure_is_what_one_counts_by_hand(these: list[Resolution]) -> None:
    told = figures(these, [])
    assert told.resolved == len(these) == sum(told.outcomes.values())
    for times, lengths in (
        (told.first_contact, [one.reached_at - one.began_at for one in these if one.reached_at]),
        (told.resolution, [one.at - one.began_at for one in these]),
    ):
        assert times.n == len(lengths)
        for value, tenths in ((times.median, 5), (times.nine_of_ten, 9)):
            if len(lengths) < 10:
                assert value is None
            else:  # the shortest that occurred within which so many were done
                done = [
                    length for length in lengths if 10 * sum(each <= length for each in lengths) >= tenths * times.n
                ]
                assert value == min(done)
    said = [one for one in these if one.after]
    assert told.answered == len(said)
    assert told.recovered == share_figure(sum(is_content(one.after or {}) is True for one in said), len(said))
    earlier = [is_content(one.before) for one in said if one.before]
    assert told.content_before == share_figure(earlier.count(True), len(earlier))
    for metric, change in told.changes.items():
        pairs = [
            (o.before[metric], o.after[metric])
            for o in said
            if o.before and o.after and metric in o.before.keys() & o.after.keys()
        ]
        assert change.n == len(pairs)
        assert (change.before is None) == (len(pairs) < 10)
        if change.before is not None and change.after is not None:
            assert round(change.after - change.before, 6) == round(sum(b - a for a, b in pairs) / len(pairs), 6)


@settings(deadline=None, max_examples=120)
@given(st.lists(resolved(), max_size=40))
def test_a_pareto_holds_every_resolution_once_the_most_frequent_first(these: list[Resolution]) -> None:
    for groups in (False, True):
        causes = pareto(these, groups=groups)
        assert sum(one.share.hits for one in causes) == len(these)
        assert [one.share.hits for one in causes] == sorted((one.share.hits for one in causes), reverse=True)
        assert len({one.key for one in causes}) == len(causes)
        if len(these) < 10:
            assert all(one.cumulative is one.share.share is None for one in causes)
        else:
            shares = [one.share.share or 0 for one in causes]
            assert [round(one.cumulative or 0, 6) for one in causes] == [
                round(sum(shares[: index + 1]), 6) for index in range(len(shares))
            ]
            assert round(causes[-1].cumulative or 0, 6) == 100
    by_team = figures_by(these, [], lambda one: one.team)
    assert by_team == {
        key: figures([one for one in these if one.team == key], []) for key in {one.team for one in these}
    }


def test_the_first_level_of_a_cause_is_of_the_list_alone() -> None:
    these = [line_to_resolution(cause) for cause in ("delivery.late", "delivery.lost", "The parcel. Was wet")]
    assert [(one.key, one.share.hits) for one in pareto(these, groups=True)] == [
        ("delivery", 2),
        ("The parcel. Was wet", 1),
    ]


def line_to_resolution(cause: str) -> Resolution:
    [found] = resolutions_of([line(1, "opened"), line(2, "resolve", root_cause=cause)])
    return found


def line(hour: int, action: str, status: str = "new", **details: str) -> Line:
    return Line(UUID(int=hour), NOON + hour * HOUR, action, status, "Ana", details)


def test_in_time_is_what_was_first_tried_or_settled_by_when_it_was_due_then() -> None:
    due = {"due_at": (NOON + 4 * HOUR).isoformat()}
    later = {"due_at": (NOON + 99 * HOUR).isoformat()}
    tried = [line(0, "opened"), line(3, "contact", "claimed", outcome="no_answer", **due)]
    reached = line(9, "contact", "contacted", outcome="reached", **due)
    histories: list[tuple[list[Line], list[tuple[bool, str | None]]]] = [
        ([*tried, reached, line(9, "resolve", **due)], [(True, "spoken_to")]),
        ([line(0, "opened"), line(5, "contact", **due), line(6, "resolve", **later)], [(False, "spoken_to")]),
        ([line(0, "opened"), line(4, "resolve", resolution="not_called", **due)], [(True, "not_called")]),
        ([line(0, "opened"), line(3, "contact"), line(6, "resolve", **due)], []),  # noted before lines kept it
        (tried, [(True, None)]),  # tried, and open still
        ([line(0, "opened"), line(1, "claim")], [(False, None)]),  # nobody has tried
        ([*tried, line(9, "resolve", **due), line(10, "reopen")], [(True, "spoken_to"), (False, None)]),
    ]
    for lines, wanted in histories:
        found = dues_of(lines, open_until=NOON + 40 * HOUR, holder="Ben")
        assert [(one.in_time, one.outcome) for one in found] == wanted
        assert all(one.by == ("Ben" if one.at == NOON + 40 * HOUR else "Ana") for one in found)
    assert dues_of([line(0, "opened"), line(4, "resolve", **due)], open_until=None, holder=None)
    told = figures([], [Due(NOON, in_time=number < 7, by=None) for number in range(10)])
    assert (told.in_time.hits, told.in_time.n, told.resolved) == (7, 10, 0)


def test_an_alert_that_is_opened_again_is_counted_from_then_on_anew() -> None:
    response = str(UUID(int=99))
    first, second = resolutions_of(
        [
            line(0, "opened", response=str(UUID(int=98))),
            line(1, "contact", "claimed", outcome="no_answer"),
            line(2, "contact", "contacted", outcome="reached"),
            line(3, "contact", "contacted", outcome="reached"),
            line(5, "resolve", "resolved", root_cause="delivery.late", resolution="spoken_to"),
            line(20, "reopen", "new", response=response),
            line(30, "resolve", "resolved", root_cause="delivery.lost", resolution="unreachable"),
        ]
    )
    assert (first.reached_at, first.opened_again, first.began_with) == (NOON + 2 * HOUR, True, UUID(int=98))
    assert (second.began_at, second.reached_at, second.opened_again) == (NOON + 20 * HOUR, None, False)
    assert (second.began_with, second.cause, second.outcome) == (UUID(response), "delivery.lost", "unreachable")


@pytest.mark.parametrize(
    ("given_scores", "content"),
    [({"csat": 4}, True), ({"csat": 3}, False), ({"csat": 5, "nps": 0}, True), ({"ces": 5}, True), ({"ces": 4}, False),
     ({"nps": 7}, True), ({"nps": 6}, False), ({}, None)],
)  # fmt: skip
def test_who_is_content_is_told_by_the_upper_end_of_a_scale(given_scores: dict[str, int], content: bool | None) -> None:
    assert is_content(given_scores) is content
