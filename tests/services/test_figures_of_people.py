"""Figures of personas and segments: of those who belonged when they answered, exact, and none below ten answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import CSAT, NPS, House, answer
from tests.erased import differences, doctor, erase, take
from tests.followed import follow
from vocapp import jobs
from vocapp.domain.boards import Sums, span_after, span_start
from vocapp.jobs import sweep
from vocapp.models import Response, Tally
from vocapp.services import comparing, counting, counting_segments, dashboards, finding_drivers, reporting, segmenting
from vocapp.services.comparing import Comparison
from vocapp.services.dashboards import Asked
from vocapp.services.past_answers import take_past_answers
from vocapp.services.reporting import Question

pytestmark = pytest.mark.both_databases

SCORES = [10, 10, 9, 9, 9, 9, 8, 8, 10, 9, 0, 3]
"""Of twelve who are gold; two of them are unhappy."""
GOLD = {"==": [{"var": "customer.attributes.plan"}, "gold"]}
UNHAPPY = {"<=": [{"var": "scores.nps"}, 6]}
PERSONAS = {
    "personas": [
        {
            "key": key,
            "name": key.title(),
            "criteria": [{"when": {rule: [{"var": "answers.nps"}, 7]}, "weight": 1, "because": "so they said"}],
        }
        for key, rule in (("fan", ">"), ("critic", "<="))
    ]
}


def segment(house: House, key: str, when: Any) -> None:
    with house.writing():
        segmenting.put(workspace_id=house.id, key=key, definition={"name": key, "when": when}, now=house.now)
    follow(house)


def say(house: House, client: FlaskClient, who: str, nps: int, csat: int = 4) -> None:
    path = house.link(house.invite(who, "bought", place="shop"))
    answer(client, path, {"nps": str(nps), "csat": str(csat)})


def sort_answers(house: House) -> None:
    """Do what the clock does every ten seconds, without adding up."""
    with house.writing():
        counting_segments.count_some()


def asked_of(house: House, **more: Any) -> Asked:
    monday = span_start(house.today, "week")
    days = {"since": monday, "until": span_after(span_after(monday, "week"), "week")}
    return Asked(**{"workspace_id": house.id, **days, **more})


def by(house: House, group_by: str, **more: Any) -> dict[str, Sums]:
    with house.reading():
        board = dashboards.read(asked=asked_of(house, **more))
        return {row.key: row.now for row in dashboards.rows_by(board=board, group_by=group_by)}


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> House:
    """Give twelve gold customers and two others who answered, once the two segments had followed."""
    house = House(app)
    house.survey("bought", trigger=None, questions=[NPS, CSAT])
    house.personas(PERSONAS)
    house.place("shop", house.place("south"))
    house.place("elsewhere")
    for number in range(14):
        house.customer(f"c{number}", attributes={"plan": "gold"} if number < len(SCORES) else {})
    for key, when in (("gold", GOLD), ("unhappy", UNHAPPY)):
        segment(house, key, when)
    for number, score in enumerate([*SCORES, 1, 2]):
        say(house, client, f"c{number}", score, csat=5 if score > 7 else 2)
    return house


def test_an_answer_counts_for_the_segments_of_its_author_when_it_was_given(house: House, client: FlaskClient) -> None:
    assert by(house, "segment") == {}
    sort_answers(house)
    follow(house)
    for _ in range(2):  # as tallies, and added up
        found = by(house, "segment")
        assert set(found) == {"gold"}, "whoever became unhappy by answering was not so before"
        nps, csat = found["gold"].sample("nps"), found["gold"].sample("csat")
        assert (nps.n, round(nps.value, 2)) == (12, round(100 * (8 - 2) / 12, 2))
        assert (csat.n, csat.value) == (12, 100 * 10 / 12)
        assert by(house, "segment", seen=("elsewhere",)) == {}
        assert by(house, "segment", place="south")["gold"] == found["gold"]
        with house.writing():
            counting.add_up()
    take(house, "c0", attributes={"plan": "silver"})
    follow(house)
    for who in ("c0", "c10"):
        say(house, client, who, 2)
    sort_answers(house)
    after = by(house, "segment")
    assert after["gold"].sample("nps").n == 13, "who has left counts where they belonged, and no more from then on"
    assert after["unhappy"].sample("nps").n == 1
    assert [one.segments for one in house.rows(Response)].count(["gold", "unhappy"]) == 1


def test_these_figures_are_those_of_the_rows_whoever_is_erased(house: House) -> None:
    sort_answers(house)
    follow(house)
    for kind in ("persona", "segment"):
        for metric in ("nps", "csat"):
            true: dict[str, list[int]] = {}
            for row in house.rows(Response):
                for key in row.segments if kind == "segment" else [row.persona["key"]]:
                    true.setdefault(key, []).append(getattr(row, metric))
            with house.reading():
                question = Question(workspace_id=house.id)
                said = reporting.scores_counted(metric, question, kind)
                of_one = {
                    key: reporting.scores_counted(metric, Question(workspace_id=house.id, people=(kind, key)), "place")
                    for key in true
                }
            told = {key: sum(counts.values()) for key, counts in said.items()}
            assert told == {key: len(scores) for key, scores in true.items()}
            if metric == "csat":
                assert {key: sum(score * n for score, n in counts.items()) for key, counts in said.items()} == {
                    key: sum(scores) for key, scores in true.items()
                }
            assert {key: list(found) for key, found in of_one.items()} == {key: ["shop"] for key in true}
            assert {key: row.sample(metric).n for key, row in by(house, kind).items()} == told
    before = {kind: by(house, kind) for kind in ("persona", "segment")}
    for rebuilt in (False, True):
        assert (differences(house), doctor(house)) == ([], [])
        if not rebuilt:
            erase(house, "c1")
            assert {kind: by(house, kind) for kind in before} == before
            with house.writing():
                counting.rebuild(workspace_id=house.id)
    assert {kind: by(house, kind) for kind in before} == before


def test_a_line_of_one_segment_and_none_of_two_at_once(house: House) -> None:
    sort_answers(house)
    with house.reading():
        board = dashboards.read(asked=asked_of(house, people="segment:gold"))
        assert [point.sums.sample("nps").n for point in board.points] == [12, 0]
        assert board.figure("csat").value == 100 * 10 / 12
        assert dashboards.rows_by(board=board, group_by="persona") == ()
        assert [row.now.sample("nps").n for row in dashboards.rows_by(board=board, group_by="place")] == [12]
        crossed = Question(workspace_id=house.id, people=("segment", "gold"))
        assert reporting.scores_counted("nps", crossed, "persona") == {}
        few = dashboards.read(asked=asked_of(house, people="persona:critic"))
        assert (few.figure("nps").now.n, few.figure("nps").value) == (4, None)
        asked = asked_of(house)
        days = {"since": asked.since, "until": asked.until, "question": Question(workspace_id=house.id)}
        found = comparing.compare(comparison=Comparison(measure="ces", group_by="segment", **days))
        assert found["groups"] == []
        found = comparing.compare(comparison=Comparison(measure="nps", group_by="segment", **days))
        assert [(one["key"], one["n"], one["rank"]) for one in found["groups"]] == [("gold", 12, None)]
        with pytest.raises(ValueError, match="persona"):
            comparing.compare(comparison=Comparison(measure="completion", group_by="persona", **days))


def test_answers_wait_until_everybody_was_asked_and_older_ones_go_by_who_belongs_then(house: House) -> None:
    with house.writing():
        segmenting.put(workspace_id=house.id, key="late", definition={"name": "late", "when": GOLD}, now=house.now)
    sort_answers(house)
    assert by(house, "segment") == {}
    follow(house)
    sort_answers(house)
    assert {key: sums.sample("nps").n for key, sums in by(house, "segment").items()} == {"gold": 12, "late": 12}


def test_what_is_newer_than_a_segment_and_comes_from_another_tool_counts_for_who_belongs(house: House) -> None:
    sort_answers(house)
    told = [
        {
            "id": f"old {number}", "survey": "bought", "answered_at": house.now.isoformat(), "place": "shop",
            "customer": {"external_id": f"new{number}", "attributes": {"plan": "gold" if number else "silver"}},
            "answers": {"nps": 9, "csat": 5},
        }
        for number in range(4)
    ]  # fmt: skip
    with house.writing():
        taken = take_past_answers(workspace_id=house.id, documents=told, secret=house.secret, now=house.now)
    assert taken.accepted == 4
    sort_answers(house)
    came = [Response.channel == "import"]
    assert [one.segments for one in house.rows(Response, *came)] == [None] * 4, "nobody knows yet who they are"
    for _ in range(2):  # who joins has changed, and is looked at once more
        follow(house)
    sort_answers(house)
    assert sorted(one.segments for one in house.rows(Response, *came)) == [[], ["gold"], ["gold"], ["gold"]]
    assert by(house, "segment")["gold"].sample("nps").n == 15
    assert (differences(house), doctor(house)) == ([], [])


def test_a_backlog_is_counted_a_little_at_each_tick_and_what_is_counted_is_added_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting_segments, "MOST_AT_ONCE", 6)
    monkeypatch.setattr(sweep, "SHARE_SECONDS", 0.0)
    jobs.bind(house.app, most_attempts={})
    seen = []
    for _ in range(4):
        sweep.add_up_tallies()
        looked_at = sum(one.segments is not None for one in house.rows(Response))
        seen.append((looked_at, by(house, "segment")["gold"].sample("nps").n))
    assert seen == [(6, 6), (12, 12), (14, 12), (14, 12)]
    assert house.rows(Tally) == []
    assert differences(house) == []


def test_a_closer_look_has_the_same_figure_of_a_segment_and_leaves_out_what_is_made_of_a_score(
    house: House, client: FlaskClient
) -> None:
    segment(house, "fans", {"==": [{"var": "persona.key"}, "fan"]})
    sort_answers(house)
    take(house, "c0", attributes={"plan": "silver"})  # who belongs to it today is another matter
    take(house, "c13", attributes={"plan": "gold"})
    follow(house)
    say(house, client, "c1", 0)  # not looked at yet: neither in a segment nor among the others
    with house.writing():
        finding_drivers.want(workspace_id=house.id, survey="bought", metric="nps", now=house.now)
    with house.reading():
        wish = finding_drivers.find_wish()
        assert wish is not None
        found = finding_drivers.think(finding_drivers.read(wish=wish, now=house.now + timedelta(minutes=1)))
    [gold] = found["groups"]
    same = by(house, "segment")["gold"].sample("nps")
    assert (gold["by"], gold["key"], gold["value"], gold["n"]) == ("segment", "gold", round(same.value, 4), same.n)
    assert gold["others"]["n"] == 2
    assert [tuple(one.values()) for one in found["groups_left_out"]] == [
        ("persona", "critic"),
        ("persona", "fan"),
        ("segment", "fans"),
        ("segment", "unhappy"),
    ]
